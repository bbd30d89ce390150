"""Verdicts: a closed set that never softens.

A verdict says what was claimed, how it was decided and for which inputs. Nothing falls back
silently from one status to another, and an ``UNDECIDED`` never counts as a pass.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

from gradproof.text import Text


class Status(enum.Enum):
    """What is known about a claim."""

    PROVED = "PROVED"
    CHECKED = "CHECKED"
    REFUTED = "REFUTED"
    UNDECIDED = "UNDECIDED"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Counterexample:
    """Inputs at which code and mathematics differ, with both values.

    ``inputs`` maps argument names to short numbers or nested lists of them; ``at`` names the
    element that differs, such as ``dx[2, 0]``; ``snippet`` reproduces it when pasted.
    """

    inputs: Mapping[str, Any]
    at: str
    got: str
    wanted: str
    snippet: str = ""

    def __str__(self) -> str:
        where = ", ".join(f"{name} = {value}" for name, value in self.inputs.items())
        return f"at {where}: {self.at} is {self.got}, but the derivative is {self.wanted}"


_NO_WORDS = Text("", "")


def certainty(chance: float | None, each: bool = False) -> Text:
    """In words, how sure a proof is; each: of several proofs, of which each is so sure.

    >>> certainty(0.0).en, certainty(2.0**-100).en
    ('exact', 'chance of error at most 2^-100')
    """
    if chance is None:
        return _NO_WORDS
    if chance == 0.0:
        return Text("exact", "정확")
    bits = math.floor(-math.log2(chance))
    return Text(
        f"chance of error at most 2^-{bits}{' each' if each else ''}",
        f"틀릴 확률은 {'각각 ' if each else ''}2^-{bits} 이하",
    )


@dataclass(frozen=True)
class Edit:
    """A text in the place of what stands in a file from one place to another.

    line, end_line: from 1; column, end_column: letters before the place, from 0.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong with a refuted gradient, in words a learner understands.

    kind:     the kind of slip, an identifier of gradproof.diagnosis.Kind ("missing path").
    message:  one sentence in plain words, with the author's own names.
    equation: yours against the true one, the differing term marked; "" if there is none.
    line:     the line of the author's file where the slip most likely is; None if unknown.
    fix:      the corrected term or expression; "" if there is none.
    exact:    whether the explanation reproduces the given gradient exactly; where it does not,
              message says that no simple slip explains it and what is known.
    others:   further explanations that fit as well, the simpler first.
    term:     the term it is about, as the author wrote it where it stands in their code ("1 - y"),
              or what is missing ("gamma", "1/m", "dvar * 2 * (x - mu) / m").
    parts:    of two slips together, each by itself.
    confirmation: how the explanation was confirmed: proved for arrays of which shapes, or held at
              random points; "" where nothing is explained.
    steps:    a line for each named step of backward: right, or wrong because of which.
    edits:    the fix as edits of the author's file; none where it cannot be put into it as told.
    """

    kind: str
    message: Text
    equation: str = ""
    line: int | None = None
    fix: str = ""
    exact: bool = True
    others: tuple[Diagnosis, ...] = ()
    term: str = ""
    parts: tuple[Diagnosis, ...] = ()
    confirmation: Text = _NO_WORDS
    edits: tuple[Edit, ...] = ()
    steps: tuple[Text, ...] = ()

    def rows(self, language: str) -> list[str]:
        """Return the lines of the equation, its labels in "en" or "ko"."""
        from gradproof.diagnosis.sentences.catalogue import equation_rows

        return equation_rows(self.equation, language)

    def lines(self, language: str | None = None) -> list[str]:
        """Return what to print: the sentence, its line, the equation, what else fits.

        language: "en" or "ko"; default: that of the locale.
        """
        from gradproof.diagnosis.sentences.catalogue import printed

        return printed(self, language)


@dataclass(frozen=True)
class Verdict:
    """The outcome of one check of one claim.

    claim:   what was claimed, for instance "dx of sigmoid".
    method:  how it was decided, for instance "complex step".
    scope:   for which inputs it holds ("for all real x"), or which were tried.
    figure:  the number to print in a table's cell ("8e-17 of 4e-15", "12 steps"), in words of
             both languages where it has words.
    error, bound: largest error found and the bound on it at that place, where numeric.
    chance:  of a PROVED, the bound on the chance that it is wrong: 0 where an exact form decided,
             2**-100 where an evaluation at a random point of a large prime field did.
    cases:   how many inputs were tried, where sampled.
    reason:  what differs (REFUTED) or what stood in the way (UNDECIDED).
    explain: of a REFUTED, its diagnosis, or a function that looks for it; of a PROVED, where floats
             lose what is right: infinite, NaN or far off at extreme inputs. It is called when the
             diagnosis is first read (of a REFUTED: printed), and runs the code again.
    """

    status: Status
    claim: str
    method: str
    scope: str = ""
    figure: str | Text = ""
    error: float | None = None
    bound: float | None = None
    chance: float | None = None
    cases: int | None = None
    reason: str = ""
    counterexample: Counterexample | None = None
    seed: int | None = None
    seconds: float | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    explain: Diagnosis | Callable[[], Diagnosis | None] | None = field(
        default=None, repr=False, compare=False
    )

    @property
    def diagnosis(self) -> Diagnosis | None:
        """What slip explains a REFUTED, or where floats lose a PROVED; None if there is nothing.

        It is looked for now if it has not been.
        """
        if callable(self.explain):
            object.__setattr__(self, "explain", self.explain())
        return self.explain  # type: ignore[return-value]

    @property
    def holds(self) -> bool:
        """True for PROVED and CHECKED only."""
        return self.status in (Status.PROVED, Status.CHECKED)

    @property
    def certainty(self) -> Text:
        """Of a PROVED, "exact", or the bound on its chance of error; else no words."""
        return certainty(self.chance) if self.status is Status.PROVED else _NO_WORDS

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "a Verdict has four values, so it has no truth value: "
            "ask verdict.holds, or compare verdict.status"
        )

    def timed(self, seconds: float) -> Verdict:
        """Return the same verdict with the time it took."""
        return replace(self, seconds=seconds)

    def _repr_html_(self) -> str:
        """The verdict in a notebook."""
        from gradproof.checking.formats.html_report import verdict_html

        return verdict_html(self)

    def __str__(self) -> str:
        head = f"{self.status} {self.claim}".rstrip() + f" by {self.method}"
        parts = [head + (f" ({self.scope})" if self.scope else "")]
        if self.figure:
            parts.append(str(self.figure))
        if self.reason:
            parts.append(self.reason)
        if self.counterexample:
            parts.append(str(self.counterexample))
        if self.status is Status.REFUTED and self.diagnosis is not None:
            parts += self.diagnosis.lines()
        if self.seed is not None and not self.holds:
            parts.append(f"seed {self.seed}")
        return ": ".join(parts[:2]) + "".join(f"\n  {part}" for part in parts[2:])

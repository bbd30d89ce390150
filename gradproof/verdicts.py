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

from gradproof.shown import written
from gradproof.text import Text


class Status(enum.Enum):
    """The closed set of outcomes; none is ever softened into another.

    PROVED: decided for all inputs that the scope names. CHECKED: it held at every input that was
    tried. REFUTED: wrong, with a counterexample. UNDECIDED: could not be decided, and why; this is
    never a pass.

    Examples
    --------
    >>> check_gradient(np.exp, lambda dy, x: dy * np.exp(x), np.array([0.3])).status
    <Status.CHECKED: 'CHECKED'>
    """

    PROVED = "PROVED"
    CHECKED = "CHECKED"
    REFUTED = "REFUTED"
    UNDECIDED = "UNDECIDED"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Counterexample:
    """Inputs at which code and mathematics differ, with both values.

    Attributes
    ----------
    inputs : mapping of str to number or nested list
        Short numbers, by the names of the arguments.
    at : str
        The element that differs, such as ``dx[2, 0]``.
    got, wanted : str
        The value of the code there, and of the derivative.
    snippet : str
        Code that reproduces it when pasted.

    Examples
    --------
    >>> wrong = prove_gradient(np.sin, lambda dy, x: dy, np.array([0.3]))
    >>> wrong.counterexample.at
    'dx[0]'
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
    """An explanation of a refuted gradient, in words a learner understands.

    Attributes
    ----------
    kind : str
        The kind of slip, an identifier of ``gradproof.diagnosis.Kind`` (``"missing path"``).
    message : Text
        One sentence in plain words, with the author's own names, in English and Korean.
    equation : str
        Yours beside the true one, the differing term marked; empty if there is none.
    line : int or None
        The line of the author's file where the slip most likely is.
    fix : str
        The corrected term or expression; empty if there is none.
    exact : bool
        Whether the explanation reproduces the given gradient exactly. Where it does not, message
        says that no simple slip explains it, and what is known.
    others : tuple of Diagnosis
        Further explanations that fit as well, the simpler first.
    term : str
        The term it is about, as the author wrote it (``"1 - y"``), or the missing one (``"1/m"``).
    parts : tuple of Diagnosis
        Of two slips together, each by itself.
    confirmation : Text
        How the explanation was confirmed: proved, and for which shapes, or held at random points;
        empty where nothing is explained.
    edits : tuple of Edit
        The fix as edits of the author's file; none where it cannot be put into it as told.
    steps : tuple of Text
        A line for each named step of backward: right, or wrong because of which.

    Examples
    --------
    >>> def tanh_backward(dy, x):
    ...     return dy * (1 - np.tanh(x))
    >>> found = prove_gradient(np.tanh, tanh_backward, np.array([0.3])).diagnosis
    >>> found.kind, found.exact
    ('wrong exponent', True)
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
        rows: list[str] = written("equation_rows", self.equation, language)
        return rows

    def lines(self, language: str | None = None) -> list[str]:
        """Return what to print: the sentence, its line, the equation, what else fits.

        language: "en" or "ko"; default: that of the locale.
        """
        lines: list[str] = written("diagnosis_lines", self, language)
        return lines


@dataclass(frozen=True)
class Verdict:
    """The outcome of one check of one claim.

    Attributes
    ----------
    status : Status
        PROVED, CHECKED, REFUTED or UNDECIDED. ``holds`` is True for the first two.
    claim : str
        What was claimed, for instance ``"dx of sigmoid"``.
    method : str
        How it was decided, for instance ``"complex step"``.
    scope : str
        The inputs for which it holds (``"for all real x"``), or those that were tried.
    figure : str or Text
        The number for a cell of a table (``"8e-17 of 4e-15"``), with words of both languages.
    error, bound : float or None
        The largest error found, and the bound on it at that place, where the check is numeric.
    chance : float or None
        Of a PROVED, the bound on the chance that it is wrong: 0 where an exact form decided,
        2**-100 where an evaluation at a random point of a large prime field did.
    cases : int or None
        The number of inputs that were tried, where they were sampled.
    reason : str
        The difference (REFUTED), or the obstacle (UNDECIDED).
    counterexample : Counterexample or None
        Of a REFUTED, inputs at which it can be seen.
    seed : int or None
        The seed of all draws.
    seconds : float or None
        The time taken.
    details : mapping
        Facts that depend on the method.
    explain : Diagnosis, callable or None
        Of a REFUTED, its diagnosis, or a function that looks for it; of a PROVED, where floats lose
        a right formula: infinite, NaN or far off at extreme inputs. It is called when ``diagnosis``
        is first read (of a REFUTED: printed), and runs the code again.
    program : gradproof.tracing.record_trace.Program or None
        Of a REFUTED or PROVED, the code that it is about, for whoever looks for a diagnosis.

    Examples
    --------
    >>> verdict = prove_gradient(np.exp, lambda dy, x: dy * np.exp(x), np.array([0.3]))
    >>> verdict.status, verdict.holds
    (<Status.PROVED: 'PROVED'>, True)
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
    program: Any = field(default=None, repr=False, compare=False)

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
        return str(written("verdict_html", self))

    def __str__(self) -> str:
        return str(written("verdict_text", self))

"""The records that pass between discovery, the worker process and the printer: plain data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from gradproof.shown import written
from gradproof.text import Text
from gradproof.verdicts import Diagnosis, Edit, certainty

if TYPE_CHECKING:
    from gradproof.checking.reading.record import Reading

Kind = Literal["cache", "derivative", "flag", "loss", "layer", "object", "engine"]

SCHEMA = 1
HOLDS = ("PROVED", "CHECKED")
DAMAGE = re.compile(r"(?:(?:forward|backward) )?changes (?P<what>\w+) in place")


@dataclass(frozen=True)
class Candidate:
    """A pair that discovery has found by its names, not yet called.

    kind: "cache" (backward takes the upstream gradient), "derivative" (f and f'), "flag" (one
          function with deriv=True), "loss" (returns the loss and its gradient), "layer" (class
          with forward and backward), "object" (class with a function and its derivative), "engine"
          (operation of a class of values that differentiates by itself: Value, Tensor).
    owner: the class whose methods these are; "" for functions of the module.
    shapes: sizes of arguments of forward, where their author has declared them.
    guessed: whether neither names nor calls say that it is one: it is judged where it is right, or
          in part, and else listed.
    signs: what the derivative is to be multiplied by to be that of forward, likeliest first: -1
           for forces, which are minus the gradient of an energy.
    """

    kind: Kind
    forward: str
    backward: str
    line: int
    owner: str = ""
    shapes: Mapping[str, Sequence[int]] = field(default_factory=dict)
    guessed: bool = False
    signs: Sequence[int] = (1,)

    @property
    def title(self) -> str:
        """The name by which a report calls the pair."""
        return f"{self.owner}.{self.backward}" if self.owner else self.backward

    @property
    def names(self) -> tuple[str, ...]:
        """All the names by which ``--only`` may pick the pair."""
        return tuple(n for n in (self.title, self.owner, self.forward, self.backward) if n)


@dataclass(frozen=True)
class GradientResult:
    """The verdict about one gradient: one entry of "gradients" in the JSON report.

    chance: of a PROVED, the bound on its chance of error, 0 where it is exact; else None.
    korean:  the scope, or the reason, in Korean, where it was said in both languages.
    cell: which code cell of a notebook line is in, counted from 1; None in other files.
    diagnosis: the slip that explains a REFUTED, where floats lose what is right (if that was asked
               for), or what :func:`plain_diagnosis` made of it.
    """

    file: str
    line: int
    forward: str
    backward: str
    of: str
    output: str
    contract: str
    mode: str | None
    verdict: str
    method: str
    scope: str
    max_error: float | None = None
    bound: float | None = None
    counterexample: Mapping[str, Any] | None = None
    reason: str = ""
    diagnosis: Diagnosis | Mapping[str, Any] | None = None
    seconds: float = 0.0
    cell: int | None = None
    chance: float | None = None
    korean: str = ""

    @property
    def place(self) -> str:
        """Where backward is defined: "layers.py:12", or "layers.ipynb, cell 3:12"."""
        return f"{self.file}:{self.line}" if self.cell is None else (
            f"{self.file}, cell {self.cell}:{self.line}")  # fmt: skip

    @property
    def holds(self) -> bool:
        """True for PROVED and CHECKED only."""
        return self.verdict in HOLDS

    @property
    def damages(self) -> bool:
        """Whether forward or backward changes arrays that it is given."""
        return bool(DAMAGE.search(self.scope))

    @property
    def certainty(self) -> Text:
        """Of a PROVED, "exact", or the bound on its chance of error; else no words."""
        return certainty(self.chance)

    @property
    def slip(self) -> Diagnosis | None:
        """The diagnosis as a record, however it came here."""
        if self.diagnosis is None or isinstance(self.diagnosis, Diagnosis):
            return self.diagnosis
        return _diagnosis(self.diagnosis)

    @property
    def what(self) -> str:
        """The gradient in words: "relu_backward: d(out)/d(x) [train]"."""
        mode = f" [{self.mode}]" if self.mode else ""
        return f"{self.backward}: d({self.output})/d({self.of}){mode}"


@dataclass(frozen=True)
class Unmatched:
    """Something that looks like a gradient, and why it could not be judged."""

    file: str
    name: str
    reason: str


@dataclass(frozen=True)
class FileError:
    """Why a file could not be examined at all."""

    file: str
    reason: str


@dataclass(repr=False)
class Report:
    """What came of all files; prints as ``gradproof check`` does, in notebooks as a table.

    without: files of folders in which there is nothing to judge; configuration: the file that
    options were read from, "" for none; isolation: what kept every file that was run apart from
    the system, None where none was run; readings: as what each pair was read, where that was
    asked for; strict: whether damage in place is an error; known: files of which this is what came
    of them before, as nothing has changed since.
    """

    gradients: list[GradientResult] = field(default_factory=list)
    unmatched: list[Unmatched] = field(default_factory=list)
    errors: list[FileError] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    configuration: str = ""
    isolation: list[str] | None = None
    readings: list[Reading] = field(default_factory=list)
    strict: bool = False
    known: list[str] = field(default_factory=list)

    def add(self, other: Report) -> None:
        """Append what came of another file."""
        self.gradients += other.gradients
        self.unmatched += other.unmatched
        self.errors += other.errors
        self.readings += other.readings
        self.known += other.known
        if self.isolation is None:
            self.isolation = other.isolation
        elif other.isolation is not None:
            self.isolation = [each for each in self.isolation if each in other.isolation]

    def as_json(self, language: str = "en") -> dict[str, Any]:
        """The report in the documented schema (docs/json-schema.md); language: of diagnoses."""
        plain: dict[str, Any] = {
            "schema": SCHEMA,
            "gradients": [_entry(each, language) for each in self.gradients],
            "unmatched": [asdict(each) for each in self.unmatched],
            "errors": [asdict(each) for each in self.errors],
            "configuration": self.configuration or None,
            "isolation": self.isolation,
        }
        if self.readings:
            plain["readings"] = [each.as_plain() for each in self.readings]
        return plain

    def as_plain(self) -> dict[str, Any]:
        """Everything as plain data, from which :meth:`from_plain` makes the same report."""
        return asdict(
            replace(
                self,
                gradients=[
                    replace(each, diagnosis=plain_diagnosis(each.slip)) if each.slip else each
                    for each in self.gradients
                ],
            )
        )

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Report:
        """The report that :meth:`as_plain` was made of."""
        return cls(
            [GradientResult(**each) for each in plain["gradients"]],
            [Unmatched(**each) for each in plain["unmatched"]],
            [FileError(**each) for each in plain["errors"]],
            list(plain["without"]), plain["configuration"], plain["isolation"],
            [_reading(each) for each in plain["readings"]], plain["strict"], list(plain["known"]),
        )  # fmt: skip

    @property
    def files(self) -> list[str]:
        """Every file that something is said about, once, in order."""
        return list(
            dict.fromkeys(
                [
                    *(each.file for each in self.gradients),
                    *(each.file for each in self.unmatched),
                    *(each.file for each in self.errors),
                ]
            )
        )

    def about(self, file: str) -> Report:
        """The part about one file."""
        return Report(
            [each for each in self.gradients if each.file == file],
            [each for each in self.unmatched if each.file == file],
            [each for each in self.errors if each.file == file],
            readings=[each for each in self.readings if each.file == file],
        )

    def __repr__(self) -> str:
        return str(written("report_text", self))

    def _repr_html_(self) -> str:
        return str(written("report_html", self))

    @property
    def status(self) -> int:
        """The exit status: 1 refuted, 2 not loaded, 3 undecided or unmatched, else 0.

        1 as well for damage in place, where that is an error.
        """
        verdicts = {each.verdict for each in self.gradients}
        if "REFUTED" in verdicts or (self.strict and any(each.damages for each in self.gradients)):
            return 1
        if self.errors:
            return 2
        return 3 if "UNDECIDED" in verdicts or self.unmatched else 0


def _reading(plain: Mapping[str, Any]) -> Reading:
    from gradproof.checking.reading.record import Reading

    return Reading.from_plain(plain)


def plain_diagnosis(diagnosis: Diagnosis) -> dict[str, Any]:
    """A diagnosis as plain data that can pass between processes."""
    names = ("kind", "equation", "line", "fix", "exact", "term")
    plain = {name: getattr(diagnosis, name) for name in names}
    others = [plain_diagnosis(each) for each in diagnosis.others]
    texts = {name: list(getattr(diagnosis, name)) for name in ("message", "confirmation")}
    edits = [list(vars(edit).values()) for edit in diagnosis.edits]
    steps = [list(step) for step in diagnosis.steps]
    return {**plain, **texts, "others": others, "edits": edits, "steps": steps}


def _diagnosis(plain: Mapping[str, Any]) -> Diagnosis:
    others = tuple(_diagnosis(each) for each in plain["others"])
    texts = {name: Text(*plain[name]) for name in ("message", "confirmation")}
    edits = tuple(Edit(*edit) for edit in plain.get("edits", ()))
    steps = tuple(Text(*step) for step in plain.get("steps", ()))
    return Diagnosis(**{**plain, **texts, "others": others, "edits": edits, "steps": steps})


def _entry(result: GradientResult, language: str) -> dict[str, Any]:
    """One gradient of the JSON report."""
    slip = result.slip
    entry = asdict(replace(result, diagnosis=None))
    said = entry.pop("korean")
    if said and language == "ko":
        entry["scope" if result.holds else "reason"] = said
    if slip is not None:
        entry["diagnosis"] = {
            "kind": slip.kind, "message": slip.message.within(language), "line": slip.line,
            "equation": slip.equation, "fix": slip.fix,
            "confirmation": slip.confirmation.within(language),
        }  # fmt: skip
    return entry

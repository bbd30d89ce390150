"""Everything that the page about one's own file says, as records for its template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from gradproof.checking.formats.closing_lines import summary
from gradproof.checking.formats.failures import detail_of, value_text
from gradproof.checking.formats.inert import one_line, written_out
from gradproof.checking.formats.unified_diff import fixes
from gradproof.checking.records import GradientResult, Report
from gradproof.checking.source.ipynb import SUFFIX
from gradproof.pages.explained.marked_source import Line, marked_lines
from gradproof.text import Text
from gradproof.verdicts import Diagnosis

# The worst first: what is wrong, what is not known, what holds.
_ORDER = ("REFUTED", "UNDECIDED", "CHECKED", "PROVED")

RIGHT = Text("should be", "이렇게 써야 해요:")


@dataclass(frozen=True)
class Told:
    """One gradient: its verdict, where it stands, and all that is said about it."""

    what: str
    verdict: str
    line: int
    detail: str
    anchor: str
    function: str
    numbers: tuple[str, ...] = ()
    message: str = ""
    where: int | None = None
    equation: tuple[str, ...] = ()
    confirmation: str = ""
    others: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    same_as: str = ""


@dataclass(frozen=True)
class ExplainedFile:
    """The page: what is wrong, the source, what could not be judged, and the fixes as a diff."""

    name: str
    language: str
    summary: str
    gradients: tuple[Told, ...]
    lines: tuple[Line, ...]
    verdict_at: Mapping[int, str] = field(default_factory=dict)
    unmatched: tuple[tuple[str, str], ...] = ()
    errors: tuple[str, ...] = ()
    diff: tuple[str, ...] = ()

    @property
    def wrong(self) -> tuple[Told, ...]:
        """What is refuted, in the order of the file."""
        return tuple(each for each in self.gradients if each.verdict == "REFUTED")

    @property
    def functions(self) -> tuple[tuple[str, str, tuple[Told, ...]], ...]:
        """Each function with its worst verdict and its gradients, the worst function first."""
        found: dict[str, list[Told]] = {}
        for each in self.gradients:
            found.setdefault(each.function, []).append(each)
        listed = [
            (name, min((each.verdict for each in own), key=_ORDER.index), tuple(own))
            for name, own in found.items()
        ]
        return tuple(sorted(listed, key=lambda each: _ORDER.index(each[1])))


def explained(report: Report, path: Path, language: str, shown: str = "") -> ExplainedFile:
    """Gather the page about the file at ``path`` from what ``gradproof check`` reports of it.

    shown: how the page names the file, by default as it was given.
    """
    told: list[Told] = []
    for number, result in enumerate(report.gradients):
        found = _told(result, f"g{number}", language, told)
        if all(replace(found, anchor=each.anchor) != each for each in told):  # a loop's step once
            told.append(found)
    notebook = path.suffix == SUFFIX
    source = "" if notebook else path.read_text("utf-8", errors="replace")
    edits = [] if notebook else [edit for each in fixes(report, language) for edit in each.edits]
    worst: dict[int, str] = {}
    for each in told:
        known = worst.get(each.line, _ORDER[-1])
        worst[each.line] = min(known, each.verdict, key=_ORDER.index)
    return ExplainedFile(
        shown or str(path), language, summary(report, language), tuple(told),
        tuple(marked_lines(source, edits, RIGHT.within(language))) if source else (), worst,
        tuple((one_line(each.name), one_line(each.reason)) for each in report.unmatched),
        tuple(one_line(error.reason) for error in report.errors),
        tuple(written_out(line.rstrip("\n")) for each in fixes(report, language)
              if each.edits and not notebook for line in each.diff()),
    )  # fmt: skip


def _told(result: GradientResult, anchor: str, language: str, before: list[Told]) -> Told:
    slip = result.slip
    base = Told(
        one_line(result.what), result.verdict, result.line, one_line(detail_of(result, language)),
        anchor, one_line(result.backward), _numbers(result, language),
    )  # fmt: skip
    if slip is None:
        return base
    message = one_line(slip.message.within(language))
    same = next((each.anchor for each in before if each.message == message), "")
    return Told(
        **{**vars(base), "message": message, "where": slip.line, "same_as": same,
           "equation": tuple(written_out(row) for row in slip.rows(language)),
           "confirmation": one_line(slip.confirmation.within(language)),
           "others": tuple(_other(each, language) for each in slip.others),
           "steps": tuple(one_line(step.within(language)) for step in slip.steps)},
    )  # fmt: skip


def _other(slip: Diagnosis, language: str) -> str:
    return one_line(slip.message.within(language))


def _numbers(result: GradientResult, language: str) -> tuple[str, ...]:
    """The inputs at which it is wrong, and both values."""
    from gradproof.checking.formats.command_words import word

    example = result.counterexample
    if not example:
        return ()
    lines = [value_text(name, value, language) for name, value in example["inputs"].items()]
    values = {name: example[name] for name in ("at", "got", "wanted")}
    return tuple(map(one_line, [*lines, word("differs", language, **values)]))

"""The end of a report: a table of files, how many of each verdict there are, what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from gradproof.checking.formats.command_words import word
from gradproof.checking.formats.inert import one_line
from gradproof.checking.formats.report_style import PLAIN, Style
from gradproof.checking.records import GradientResult, Report
from gradproof.checking.sandbox.linux_namespaces import ALL
from gradproof.columns import padded, text_width

_FEW = 3  # files that are named in one line
VERDICTS = ("PROVED", "CHECKED", "REFUTED", "UNDECIDED")
# Beginnings of the reasons that a word of the author's about what belongs together would settle.
_PAIRING = ("its forward was not found", "its name speaks of a derivative",
            "no argument of forward was found", "no way was found to call it")  # fmt: skip


def table(report: Report, style: Style = PLAIN) -> Iterator[str]:
    """A line per file: how many of each verdict, and how many were not matched."""
    counts = {one_line(file): _counted(report.about(file)) for file in report.files}
    names = [v for v in (*VERDICTS, "UNMATCHED", "ERROR") if any(c[v] for c in counts.values())]
    title = word("file", style.language)
    wide = max(map(text_width, [title, *counts]))
    yield padded(title, wide) + "".join(f"  {name}" for name in names)
    for file, found in counts.items():
        cells = (
            f"  {style.painted(name, number) if found[name] else number}"
            for name in names
            for number in [f"{found[name] or '-':>{len(name)}}"]
        )
        yield padded(file, wide) + "".join(cells)


def _counted(report: Report) -> Counter[str]:
    counts = Counter(each.verdict for each in report.gradients)
    return counts + Counter(UNMATCHED=len(report.unmatched), ERROR=len(report.errors))


def closing(report: Report, language: str = "en") -> Iterator[str]:
    """The last lines: which configuration was read, what was known before, what of the isolation is
    not in force here, and how many of each verdict there are.
    """
    if report.configuration:
        yield one_line(word("options_from", language, path=report.configuration))
    if report.known:
        yield one_line(word("known", language, files=", ".join(report.known[:_FEW]) + (
            ", ..." if len(report.known) > _FEW else "")))  # fmt: skip
    missing = [] if report.isolation is None else [x for x in ALL if x not in report.isolation]
    if missing:
        held = ", ".join(report.isolation or ()) or "-"
        yield word("not_isolated", language, missing=", ".join(missing), held=held)
    yield summary(report, language)


def summary(report: Report, language: str = "en") -> str:
    """How many of each: "12 gradients: 10 PROVED, 2 REFUTED; 1 unmatched"."""
    counts = Counter(each.verdict for each in report.gradients)
    parts = ", ".join(f"{counts[name]} {name}" for name in VERDICTS if counts[name])
    total = len(report.gradients)
    text = word("gradient" if total == 1 else "gradients", language, count=total)
    text += f": {parts}" if parts else ""
    if report.unmatched:
        text += "; " + word("unmatched", language, count=len(report.unmatched))
    if report.without:
        text += "; " + word("without", language, count=len(report.without))
    if report.errors:
        text += "; " + word("not_examined", language, count=len(report.errors))
    return text


def next_step(report: Report, language: str = "en") -> str:
    """What to do next: the first thing that stands in the way of a file that holds."""
    wrong = [each for each in report.gradients if each.verdict == "REFUTED"]
    if wrong:
        return word("next_mend", language, place=one_line(_place(wrong[0])))
    damaged = [each for each in report.gradients if each.damages]
    if report.strict and damaged:
        return word("next_damage", language, place=one_line(damaged[0].place))
    if report.errors:
        return word("next_error", language)
    if any(each.reason.startswith(_PAIRING) for each in report.unmatched):
        return word("next_pair", language)
    if report.unmatched or any(each.verdict == "UNDECIDED" for each in report.gradients):
        return word("next_left", language)
    return word("next_none", language) if report.gradients else ""


def _place(result: GradientResult) -> str:
    """Where the slip is, as far as it is known."""
    slip = result.slip
    if slip is None or slip.line is None or result.cell is not None:
        return result.place
    return f"{result.file}:{slip.line}"


__all__ = ["VERDICTS", "closing", "next_step", "summary", "table"]

"""Print what was found: a line per function, then what was not judged, then what is wrong."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TextIO

from gradproof.checking.formats.closing_lines import closing, next_step, table
from gradproof.checking.formats.failures import body_of, line_of, slip_key, steps_of
from gradproof.checking.formats.inert import one_line
from gradproof.checking.formats.report_rows import (
    Row,
    gradient_name,
    named,
    remarks,
    rows_of,
    table_lines,
)
from gradproof.checking.formats.report_style import PLAIN, Style, broken, cut
from gradproof.checking.records import GradientResult, Report
from gradproof.diagnosis.sentences.catalogue import CONFIRMED
from gradproof.text import system_language

_LONG_REASON = 400
_CONFIRMED = tuple(text.partition("{")[0] for text in CONFIRMED)


def print_file(report: Report, out: TextIO, quiet: bool = False, style: Style = PLAIN) -> None:
    """What holds of a file: its name, and a line for each function; quiet leaves it out."""
    held = [each for each in report.gradients if each.holds]
    if quiet or not held:
        return
    for file in dict.fromkeys(each.file for each in held):
        print(one_line(file), file=out)
        own = [each for each in held if each.file == file]
        rows = rows_of(own, style)
        cells = [(row.verdict, (row.name, row.gradients, row.limits)) for row in rows]
        lines = list(table_lines(cells, style))
        for at, row in enumerate(rows):
            print(*(line for which, line in lines if which == at), sep="\n", file=out)
            if style.verbose:
                print(*(f"  {line_of(each, style)}" for each in row.members), sep="\n", file=out)


def print_rest(report: Report, out: TextIO, quiet: bool = False, style: Style = PLAIN) -> None:
    """What comes after the lines: what was read, remarks, what was not judged, what is wrong."""
    blocks = [[*map(one_line, reading.lines(style.language))] for reading in report.readings]
    blocks += [[] if quiet and not report.strict else _remark_lines(report, style),
               _left_lines(report, style)]  # fmt: skip
    told: set[object] = set()
    for result in report.gradients:
        if result.verdict == "REFUTED" or result.slip is not None:
            again = slip_key(result) in told
            told |= {slip_key(result)} - {None}
            blocks.append(_failure(result, style, again))
    if not quiet:
        blocks += [list(table(report, style)) if len(report.files) > 1 else [],
                   _last_lines(report, style)]  # fmt: skip
    begun = not quiet and any(each.holds for each in report.gradients)
    for block in filter(None, blocks):
        print(*[""] * begun, *block, sep="\n", file=out)
        begun = True


def print_report(report: Report, out: TextIO, quiet: bool = False, style: Style = PLAIN) -> None:
    """Print everything; quiet leaves out what holds."""
    print_file(report, out, quiet, style)
    print_rest(report, out, quiet, style)


def text_of(report: Report) -> str:
    """All of it as plain text, in the language of the system."""
    out = io.StringIO()
    print_report(report, out, style=Style(system_language()))
    return out.getvalue().strip("\n")


def _last_lines(report: Report, style: Style) -> list[str]:
    """How many of each verdict there are, and what to do next."""
    *before, count = closing(report, style.language)
    step = next_step(report, style.language)
    return [*before, *_fitting(f"{count}. {step}" if step else count, style.columns)]


def _remark_lines(report: Report, style: Style) -> list[str]:
    rows = [(kind, (said,)) for kind, said in remarks(report.gradients, style, report.strict)]
    return [line for _, line in table_lines(rows, style)]


def _left_lines(report: Report, style: Style) -> list[str]:
    """What was not judged, with the reason; those with the same reason together."""
    open_ones = [each for each in report.gradients if each.verdict == "UNDECIDED"]
    rows = [("UNDECIDED", (_whose(row), row.limits)) for row in rows_of(open_ones, style)]
    together: dict[tuple[str, str], list[str]] = {}
    for each in report.unmatched:
        together.setdefault((each.file, each.reason), []).append(each.name)
    rows += [
        ("UNMATCHED", (one_line(f"{file}: {', '.join(names)}"), _said(reason, style)))
        for (file, reason), names in together.items()
    ]
    rows += [("ERROR", (one_line(each.file), _said(each.reason, style))) for each in report.errors]
    return [
        line
        for verdict, (what, why) in rows
        for _, line in table_lines([(verdict, (f"{what}: {why}",))], style)
    ]


def _whose(row: Row) -> str:
    first = row.members[0]
    name = first.of if first.contract == "step" else f"{row.name} {row.gradients}"
    return one_line(f"{first.place}: {name}")


def _said(reason: str, style: Style) -> str:
    return cut(" ".join(style.said(reason).split()), _LONG_REASON)


def _failure(result: GradientResult, style: Style, again: bool) -> list[str]:
    """One gradient that is wrong: its name and place, then why."""
    what = f"{named(result)} {gradient_name(result)}".rstrip()
    head = style.tagged(result.verdict, one_line(f"{what} ({result.place})"))
    lines = list(body_of(result, style, again))
    if style.steps and result.slip is not None and style.hint is None:
        lines += steps_of(result.slip, style.language)
    if style.verbose:
        lines.insert(0, line_of(result, style))
    return [head, *(f"  {line}" for each in lines for line in _fitting(each, style.columns - 2))]


def _fitting(line: str, width: int) -> Iterator[str]:
    """A sentence in lines that fit; code and what is marked under it stay as they are."""
    if line.startswith("  ") and not line.lstrip().startswith(_CONFIRMED):
        yield line
        return
    inside = line[: len(line) - len(line.lstrip())]
    first, *rest = broken(line, width)
    yield first
    for each in broken(" ".join(rest), width - len(inside) - 2) if rest else ():
        yield f"{inside}  {each}"


__all__ = ["print_file", "print_report", "print_rest", "text_of"]

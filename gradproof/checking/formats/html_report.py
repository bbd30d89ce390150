"""Verdicts and reports as HTML for notebooks: nothing from outside, readable on light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import TYPE_CHECKING

from gradproof.checking.formats.closing_lines import summary
from gradproof.checking.formats.command_words import word
from gradproof.checking.formats.failures import detail_of, failure_lines, value_text
from gradproof.checking.formats.inert import written_out
from gradproof.checking.formats.report_style import Style
from gradproof.checking.records import GradientResult, Report
from gradproof.text import system_language

if TYPE_CHECKING:
    from gradproof.verdicts import Verdict

# White on these reads well; everything else takes the notebook's own colours.
_COLOURS = {"PROVED": "#1a7f37", "CHECKED": "#0b7285", "REFUTED": "#c92a2a",
            "UNDECIDED": "#8a5a00", "UNMATCHED": "#8a5a00", "ERROR": "#c92a2a"}  # fmt: skip
_BOX = "color:inherit;background:transparent;font-size:90%;text-align:left"
_CELL = "text-align:left;vertical-align:top;padding:2px 10px 2px 0;border:0;background:transparent"
_CODE = "white-space:pre-wrap;margin:2px 0 8px 1em;color:inherit;background:transparent"


def report_html(report: Report, language: str | None = None) -> str:
    """A row per gradient, then what is wrong."""
    spoken = language or system_language()
    style = Style(spoken)
    rows = [_row(result, spoken) for result in report.gradients]
    for each in report.unmatched:
        rows.append(_cells("UNMATCHED", each.name, style.said(each.reason), each.file))
    for error in report.errors:
        rows.append(_cells("ERROR", error.file, style.said(error.reason), ""))
    wrong = [each for each in report.gradients if not each.holds or each.slip is not None]
    return _box(
        f"<table style='border-collapse:collapse;{_BOX}'>{''.join(rows)}</table>"
        + "".join(_block(failure_lines(each, spoken)) for each in wrong)
        + f"<div>{_text(summary(report, spoken))}</div>"
    )


def verdict_html(verdict: Verdict, language: str | None = None) -> str:
    """One verdict: what was claimed, how it was decided, for which inputs, what is wrong."""
    spoken = language or system_language()
    style = Style(spoken)
    head = f"{_badge(verdict.status.value)} <b>{_text(verdict.claim)}</b>"
    figure = verdict.figure if isinstance(verdict.figure, str) else verdict.figure.within(spoken)
    facts = {
        word("method", spoken): style.said(verdict.method),
        word("scope_column", spoken): style.said(verdict.scope),
        word("figure", spoken): figure,
        word("reason", spoken): style.said(verdict.reason),
    }
    example = verdict.counterexample
    lines = []
    if example is not None:
        lines = [value_text(name, value, spoken) for name, value in example.inputs.items()]
        values = {"at": example.at, "got": example.got, "wanted": example.wanted}
        lines.append(word("differs", spoken, **values))
    if verdict.diagnosis is not None:
        lines += verdict.diagnosis.lines(spoken)
    return _box(f"<div>{head}</div>{_facts(facts)}{_block(lines) if lines else ''}")


def _facts(facts: Mapping[str, str]) -> str:
    rows = "".join(
        f"<tr style='background:transparent'><td style='{_CELL};opacity:.75'>{_text(name)}</td>"
        f"<td style='{_CELL}'>{_text(value)}</td></tr>"
        for name, value in facts.items()
        if value
    )
    return f"<table style='border-collapse:collapse;{_BOX}'>{rows}</table>" if rows else ""


def _row(result: GradientResult, language: str) -> str:
    contract = word("by_output", language) if result.contract == "output" else ""
    return _cells(result.verdict, result.what + contract, detail_of(result, language), result.place)


def _cells(verdict: str, what: str, detail: str, where: str) -> str:
    cells = [_badge(verdict), f"<code>{_text(what)}</code>", _text(detail), _text(where)]
    inside = "".join(f"<td style='{_CELL}'>{cell}</td>" for cell in cells)
    return f"<tr style='background:transparent'>{inside}</tr>"


def _badge(verdict: str) -> str:
    style = f"background:{_COLOURS[verdict]};color:#fff;border-radius:3px;padding:0 6px"
    return f"<span style='{style};font-weight:600;font-size:85%'>{verdict}</span>"


def _block(lines: Iterable[str]) -> str:
    return f"<pre style='{_CODE}'>{_text(chr(10).join(lines))}</pre>"


def _box(inside: str) -> str:
    return f"<div class='gradproof' style='{_BOX}'>{inside}</div>"


def _text(text: str) -> str:
    return escape(written_out(text))

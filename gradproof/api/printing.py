"""Who prints the records: handed down to them, because they stand below everyone who prints.

The printers are imported when something is printed, so that ``import gradproof`` stays quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradproof.shown import written_by

if TYPE_CHECKING:
    from gradproof.checking.records import Report
    from gradproof.verdicts import Diagnosis, Verdict


def verdict_text(verdict: Verdict) -> str:
    """A verdict in lines: what was claimed and decided; then why, where, and which slip it is."""
    head = f"{verdict.status} {verdict.claim}".rstrip() + f" by {verdict.method}"
    parts = [head + (f" ({verdict.scope})" if verdict.scope else "")]
    parts += [str(each) for each in (verdict.figure, verdict.reason) if each]
    if verdict.counterexample:
        parts.append(str(verdict.counterexample))
    if verdict.status.value == "REFUTED" and verdict.diagnosis is not None:
        parts += verdict.diagnosis.lines()
    if verdict.seed is not None and not verdict.holds:
        parts.append(f"seed {verdict.seed}")
    return ": ".join(parts[:2]) + "".join(f"\n  {part}" for part in parts[2:])


def verdict_html(verdict: Verdict) -> str:
    """A verdict as a notebook shows it."""
    from gradproof.checking.formats import html_report

    return html_report.verdict_html(verdict)


def report_text(report: Report) -> str:
    """A report as ``gradproof check`` prints it."""
    from gradproof.checking.formats.text_report import text_of

    return text_of(report)


def report_html(report: Report) -> str:
    """A report as a notebook shows it."""
    from gradproof.checking.formats import html_report

    return html_report.report_html(report)


def diagnosis_lines(diagnosis: Diagnosis, language: str | None) -> list[str]:
    """The lines in which a diagnosis is printed."""
    from gradproof.diagnosis.sentences.catalogue import printed

    return printed(diagnosis, language)


def equation_rows(equation: str, language: str) -> list[str]:
    """The rows of a diagnosis' equation."""
    from gradproof.diagnosis.sentences import catalogue

    return catalogue.equation_rows(equation, language)


def hand_down() -> None:
    """Tell the records who prints them."""
    written_by(
        verdict_text=verdict_text,
        verdict_html=verdict_html,
        report_text=report_text,
        report_html=report_html,
        diagnosis_lines=diagnosis_lines,
        equation_rows=equation_rows,
    )

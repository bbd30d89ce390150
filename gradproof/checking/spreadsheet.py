"""The report as CSV: a row per gradient, for a spreadsheet of many people's files."""

from __future__ import annotations

import csv
import io
from typing import Any

from gradproof.checking.printing import detail_of
from gradproof.checking.records import GradientResult, Report

COLUMNS = ("file", "line", "backward", "of", "mode", "verdict", "detail", "slip", "seconds")


def spreadsheet(report: Report, language: str = "en") -> str:
    """All rows, with a head; what was not judged has the verdict UNMATCHED or ERROR."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for result in report.gradients:
        writer.writerow(_row(result, language))
    for each in report.unmatched:
        cells = {"backward": each.name, "verdict": "UNMATCHED", "detail": _inert(each.reason)}
        writer.writerow({"file": _inert(each.file), **cells})
    for error in report.errors:
        cells = {"verdict": "ERROR", "detail": _inert(error.reason)}
        writer.writerow({"file": _inert(error.file), **cells})
    return out.getvalue()


def _row(result: GradientResult, language: str) -> dict[str, Any]:
    slip = result.slip
    return {
        "file": _inert(result.file), "line": result.line, "backward": result.backward,
        "of": result.of, "mode": result.mode, "verdict": result.verdict,
        "detail": _inert(detail_of(result, language)), "seconds": result.seconds,
        "slip": "" if slip is None else _inert(slip.message.within(language)),
    }  # fmt: skip


def _inert(text: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text

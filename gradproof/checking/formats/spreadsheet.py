"""The report as CSV: a row per gradient, for a spreadsheet of many people's files."""

from __future__ import annotations

import csv
import io
from typing import Any

from gradproof.checking.formats.failures import detail_of
from gradproof.checking.formats.inert import cell
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
        cells = {"backward": cell(each.name), "verdict": "UNMATCHED", "detail": cell(each.reason)}
        writer.writerow({"file": cell(each.file), **cells})
    for error in report.errors:
        cells = {"verdict": "ERROR", "detail": cell(error.reason)}
        writer.writerow({"file": cell(error.file), **cells})
    return out.getvalue()


def _row(result: GradientResult, language: str) -> dict[str, Any]:
    slip = result.slip
    return {
        "file": cell(result.file), "line": result.line, "backward": cell(result.backward),
        "of": cell(result.of), "mode": result.mode and cell(result.mode), "verdict": result.verdict,
        "detail": cell(detail_of(result, language)), "seconds": result.seconds,
        "slip": "" if slip is None else cell(slip.message.within(language)),
    }  # fmt: skip

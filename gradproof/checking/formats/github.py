"""Annotations for GitHub Actions: a line for each gradient that does not hold.

Format: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from gradproof.checking.formats.closing_lines import closing
from gradproof.checking.formats.failures import failure_lines
from gradproof.checking.formats.inert import one_line
from gradproof.checking.formats.report_style import Style
from gradproof.checking.records import GradientResult, Report


def commands(report: Report, language: str = "en") -> Iterator[str]:
    """One workflow command per finding, then the summary as plain text."""
    style = Style(language)
    for result in report.gradients:
        if not result.holds:
            level = "error" if result.verdict == "REFUTED" else "warning"
            _, *lines = failure_lines(result, language)
            line = _line(result) if result.cell is None else None
            where = "" if result.cell is None else f", cell {result.cell}"
            yield _command(level, result.file, line, f"{result.verdict} {result.what}{where}",
                           "\n".join(line.strip() for line in lines))  # fmt: skip
    for each in report.unmatched:
        title = f"UNMATCHED {each.name}"
        yield _command("warning", each.file, None, title,
                       one_line(style.said(each.reason)))  # fmt: skip
    for error in report.errors:
        yield _command("error", error.file, None, "gradproof",
                       one_line(style.said(error.reason)))  # fmt: skip
    yield from closing(report, language)


def _line(result: GradientResult) -> int:
    """Where the slip is, as far as it is known."""
    slip = result.slip
    return slip.line if slip is not None and slip.line is not None else result.line


def _command(level: str, file: str, line: int | None, title: str, message: str) -> str:
    values = {"file": PurePath(file).as_posix(), "line": line, "title": title}
    given = ",".join(f"{k}={_property(str(v))}" for k, v in values.items() if v is not None)
    return f"::{level} {given}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(one_line(text)).replace(":", "%3A").replace(",", "%2C")

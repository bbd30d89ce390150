"""Plain text in columns that fit a width: long cells go on in the next line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

GAP = "  "
# Where a cell may go on: after a space, after the underscore of a name.
_PIECES = re.compile(r"[^ _]*[ _]|[^ _]+")


def fitted(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """How wide each column is to be, so that all of them fit: the widest gives way first.

    A cell may hold several lines; what is one word is never cut, so that a table of very long
    words may be wider.
    """
    parts = [[_lines(row[at]) for row in rows] for at in range(len(rows[0]))]
    widths = [max(text_width(line) for cell in column for line in cell) for column in parts]
    least = [
        max(text_width(piece.rstrip()) for cell in column for line in cell for piece in _cut(line))
        for column in parts
    ]
    while sum(widths) + len(GAP) * (len(widths) - 1) > width:
        shrinking = [at for at in range(len(widths)) if widths[at] > least[at]]
        if not shrinking:
            break
        widths[max(shrinking, key=lambda at: widths[at])] -= 1
    return widths


def wrapped(cell: str, width: int) -> list[str]:
    """The lines of a cell in a column of this width."""
    return [short for line in _lines(cell) for short in _wrapped(line, width)]


def padded(text: str, width: int) -> str:
    """The text with spaces up to the width; Hangul takes two columns."""
    return text + " " * (width - text_width(text))


def text_width(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def _lines(cell: str) -> list[str]:
    return cell.split("\n")


def _cut(line: str) -> list[str]:
    return _PIECES.findall(line) or [""]


def _wrapped(line: str, width: int) -> list[str]:
    lines = [""]
    for piece in _cut(line):
        if lines[-1] and text_width(lines[-1] + piece.rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return [each.rstrip() for each in lines]

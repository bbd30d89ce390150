"""Tables of plain text: a title, column heads of up to two lines, rows, and notes."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

WIDTH = 150


@dataclass
class Table:
    """Rows with a label and one cell per column; columns are as wide as they need to be."""

    title: str
    columns: Sequence[str]
    rows: list[tuple[str, list[str], Sequence[Any]]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, label: str, cells: Sequence[str], values: Sequence[Any] | None = None) -> None:
        """Append a row; values: what the cells show, as numbers."""
        self.rows.append((label, list(cells), cells if values is None else values))

    def note(self, text: str) -> None:
        """Append a line below the table."""
        self.notes.append(text)

    def as_dict(self) -> dict[str, Any]:
        """Everything for a JSON file; infinities and NaN as text, which JSON lacks."""
        columns = [each.replace("\n", " ") for each in self.columns]
        rows = [
            {"row": label.strip(), **{n: _plain(value) for n, value in zip(columns, values)}}
            for label, _, values in self.rows
        ]
        return {"title": self.title, "rows": rows, "notes": self.notes}

    def __str__(self) -> str:
        heads = [each.split("\n") for each in self.columns]
        height = max((len(each) for each in heads), default=1)
        heads = [[""] * (height - len(each)) + each for each in heads]
        lines = [["", *(head[line] for head in heads)] for line in range(height)]
        body = lines + [[label, *cells] for label, cells, _ in self.rows]
        widths = [max(len(row[at]) for row in body) for at in range(len(self.columns) + 1)]
        text = ["", self.title, *(_line(row, widths) for row in body)]
        for note in self.notes:
            text += textwrap.wrap(note, WIDTH, initial_indent="  ", subsequent_indent="    ")
        return "\n".join(text)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    label, *rest = (
        cell.ljust(width) if at == 0 else cell.rjust(width)
        for at, (cell, width) in enumerate(zip(cells, widths))
    )
    return "  ".join(["  " + label, *rest]).rstrip()

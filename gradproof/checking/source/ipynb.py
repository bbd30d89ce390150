"""Jupyter notebooks: their code cells as one Python text, and lines of it by cell.

Format: https://nbformat.readthedocs.io/en/latest/format_description.html (version 4).
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from gradproof.checking.records import GradientResult, Report
from gradproof.checking.source.notebook_cells import Cells

SUFFIX = ".ipynb"


def code_of(data: bytes) -> tuple[str, str]:
    """The text of all code cells, and why there is none; one of the two is empty."""
    try:
        cells = _cells(data)
        return cells.text or "\n", ""
    except SyntaxError as error:
        return "", f"does not parse: code cell {error.filename}, line {error.lineno}: {error.msg}"
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "", "is no notebook that can be read: expected JSON of nbformat 4"


def by_cell(report: Report, path: Path) -> Report:
    """A report about the text of a notebook, as one about its cells: the line and the cell."""
    cells = _cells(path.read_bytes())
    return replace(
        report,
        gradients=[
            _placed(each, cells) if each.file.endswith(SUFFIX) else each  # of a file beside it
            for each in report.gradients
        ],
    )


def _placed(result: GradientResult, cells: Cells) -> GradientResult:
    placed, slip = cells.placed(result), result.slip
    if slip is not None and slip.line is not None:
        slip = replace(slip, line=cells.place(slip.line)[1])
    return replace(placed, file=result.file, cell=int(placed.file), diagnosis=slip)


def _cells(data: bytes) -> Cells:
    """The code cells, numbered from 1. Raises SyntaxError, and what other JSON makes it raise."""
    found = Cells()
    notebook = json.loads(data.decode("utf-8-sig"))
    for number, source in enumerate(_sources(notebook), 1):
        if source.strip():
            plain = _plain(source)
            ast.parse(plain, str(number))
            found.add(plain, str(number), 1)
    return found


def _sources(notebook: dict[str, Any]) -> Iterator[str]:
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            source = cell["source"]
            yield source if isinstance(source, str) else "".join(source)


def _plain(source: str) -> str:
    """A cell without what only IPython understands; as many lines as before."""
    lines = source.splitlines()
    if lines[0].lstrip().startswith("%%") and lines[0].split()[0] not in ("%%time", "%%timeit"):
        return "\n" * (len(lines) - 1)
    return "\n".join(map(_without_magic, lines))


def _without_magic(line: str) -> str:
    if not _magic(line):
        return line
    indent = line[: len(line) - len(line.lstrip())]
    return f"{indent}pass" if indent else ""


def _magic(line: str) -> bool:
    bare = line.strip()
    return bare.startswith(("%", "!", "?")) or (bare.endswith("?") and "#" not in bare)

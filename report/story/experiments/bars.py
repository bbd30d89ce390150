"""What a terminal shows while nested progress bars run."""

from __future__ import annotations

import contextlib
import io
import re
import runpy
from pathlib import Path
from typing import Any

LISTINGS = Path(__file__).parent.parent / "listings"
_BLOCK = "█"
_WRITES = re.compile(r"\r|\n|\x1b\[A|[^\r\n\x1b]+")


def run(listing: str, text: str) -> dict[str, Any]:
    """Run ``listings/<listing>.py``, whose text is ``text``; the screen while two bars stood there.

    ``text`` is among the parameters so that another text is another run.
    """
    path = LISTINGS / f"{listing}.py"
    if path.read_text(encoding="utf-8") != text:
        raise ValueError(f"listing {listing}: {path.name} has another text than was asked for")
    # tqdm draws its fine blocks only for a stream that says it is UTF-8.
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")
    with contextlib.redirect_stderr(stream):
        runpy.run_path(str(path))
    stream.seek(0)
    return {"screen": screen(stream.read())}


def screen(written: str) -> list[str]:
    """The terminal at the moment when the most lines stood there and the bars were fullest."""
    lines, row, column = [""], 0, 0
    best: list[str] = []
    for write in _WRITES.findall(written):
        if write == "\r":
            column = 0
        elif write == "\n":
            row, column = row + 1, 0
            lines += [""] * (row + 1 - len(lines))
        elif write == "\x1b[A":
            row = max(row - 1, 0)
        else:
            kept = lines[row].ljust(column)
            lines[row] = kept[:column] + write + kept[column + len(write) :]
            column += len(write)
        shown = [line.rstrip() for line in lines if line.strip()]
        if _fullness(shown) >= _fullness(best):
            best = shown
    return best


def _fullness(lines: list[str]) -> tuple[int, int]:
    return len(lines), sum(line.count(_BLOCK) for line in lines)

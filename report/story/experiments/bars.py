"""What a terminal shows while nested progress bars run."""

from __future__ import annotations

import contextlib
import io
import re
import runpy
import threading
import time
from pathlib import Path
from typing import Any
from unittest import mock

LISTINGS = Path(__file__).parent.parent / "listings"
_BLOCK = "█"
COLUMNS, ROWS = 78, 24  # of the terminal
_WRITES = re.compile(r"\r|\n|\x1b\[A|[^\r\n\x1b]+")


class Clock:
    """A clock that a listing sleeps by and bars read: the same in every run, on every machine.

    look: seconds that pass whenever it is read, for work that takes a time of its own.
    """

    def __init__(self, look: float) -> None:
        self.now, self.look = 0.0, look
        self.owner, self.others_sleep = threading.get_ident(), time.sleep

    def time(self) -> float:
        """Seconds since the start."""
        if threading.get_ident() == self.owner:
            self.now += self.look
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let exactly so many seconds pass; in another thread, which has no part in it, sleep."""
        if threading.get_ident() != self.owner:
            self.others_sleep(seconds)
            return
        self.now += seconds


def run(listing: str, text: str, look: float, outer: str) -> dict[str, Any]:
    """Run ``listings/<listing>.py``, whose text is ``text``; the screen when ``outer`` stood there.

    ``text`` is among the parameters so that another text is another run; ``look``: of its clock;
    ``outer``: how the outer bar's line begins at the moment to be shown, "1st loop:  50%".
    """
    path = LISTINGS / f"{listing}.py"
    if path.read_text(encoding="utf-8") != text:
        raise ValueError(f"listing {listing}: {path.name} has another text than was asked for")
    # tqdm draws its fine blocks only for a stream that says it is UTF-8.
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")
    clock = Clock(look)
    with (
        contextlib.redirect_stderr(stream),
        mock.patch("time.sleep", clock.sleep),
        mock.patch("tqdm.std.time", clock.time),
        mock.patch("tqdm.std._screen_shape_wrapper", return_value=_screen_shape),
        # A thread that refreshes bars which stand still goes by another clock.
        mock.patch("tqdm._monitor.TMonitor.get_instances", return_value=[]),
    ):
        runpy.run_path(str(path))
    stream.seek(0)
    return {"screen": screen(stream.read(), outer)}


def _screen_shape(stream: object) -> tuple[int, int]:
    return COLUMNS, ROWS


def screen(written: str, outer: str) -> list[str]:
    """The terminal when one line began with ``outer`` and the inner bar below it had begun, too."""
    lines, row, column = [""], 0, 0
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
        if len(shown) > 1 and shown[-2].startswith(outer) and _BLOCK in shown[-1]:
            return shown
    raise ValueError(f"the bars never stood at {outer!r}")

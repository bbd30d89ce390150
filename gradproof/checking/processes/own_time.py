"""Time as a process has it: without the time for which it was ready to run and others ran.

On a busy machine seconds of the wall say nothing about code. Linux counts for every process how
long it has waited for a processor (``schedstat`` in proc(5)); what it sleeps is its own. Elsewhere,
and where that is not counted, time is that of the wall.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable

MOST = 3.0  # times as long as it may take, a process may wait beside that
_OFTEN = 0.1  # seconds for which the last answer of the kernel is good enough
_open, _read, _close = os.open, os.read, os.close  # before a file puts others in their place


def waited(process: int | str = "self") -> float:
    """The seconds for which a process was ready and others ran; 0 where nobody counts them."""
    try:
        handle = _open(f"/proc/{process}/schedstat", os.O_RDONLY)
    except OSError:
        return 0.0
    try:
        return int(_read(handle, 100).split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0
    finally:
        _close(handle)


def inner(process: int, depth: int) -> int:
    """The first child of the first child, and so on, so deep; what there is of that."""
    for _ in range(depth):
        with contextlib.suppress(OSError, IndexError):
            handle = _open(f"/proc/{process}/task/{process}/children", os.O_RDONLY)
            try:
                process = int(_read(handle, 100).split()[0])
            finally:
                _close(handle)
    return process


class OwnClock:
    """Seconds that pass for this process alone."""

    def __init__(self) -> None:
        self.process, self.asked, self.waited = 0, 0.0, 0.0

    def __call__(self, exactly: bool = False) -> float:
        now = time.monotonic()
        if exactly or now - self.asked > _OFTEN or self.process != os.getpid():
            self.process, self.asked, self.waited = os.getpid(), now, waited()
        return now - self.waited


own_time = OwnClock()


class Waiting:
    """What a process has waited and was not yet granted, up to so many seconds in all.

    process: its number, asked for when it is needed.
    """

    def __init__(self, process: Callable[[], int | str], most: float) -> None:
        self.process, self.left = process, most
        self.seen = waited(process())

    def granted(self) -> float:
        """The seconds since the last time."""
        now = waited(self.process())
        new = min(max(now - self.seen, 0.0), self.left)
        self.seen, self.left = max(now, self.seen), self.left - new
        return new


__all__ = ["MOST", "OwnClock", "Waiting", "inner", "own_time", "waited"]

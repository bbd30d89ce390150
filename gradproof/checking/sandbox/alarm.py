"""Interrupt code that takes too long, in the process in which it runs.

Where the platform has interval timers (POSIX), a timer's signal interrupts it, a sleep included.
Elsewhere (Windows) a thread watches the clock and interrupts the main thread between two bytecodes.
Neither reaches compiled code that does not return; against that the process is ended from outside.
"""

from __future__ import annotations

import _thread
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_TICK = 0.05


class TooLong(BaseException):
    """Raised by the alarm; no ``except Exception`` of the author's swallows it."""


def _stop(*_: Any) -> None:
    raise TooLong


class _Timer:
    """The timer of the process; where one runs already, it goes on afterwards."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __enter__(self) -> None:
        if signal.getsignal(signal.SIGALRM) is not _stop:
            signal.signal(signal.SIGALRM, _stop)
        self.start = time.monotonic()
        self.outer, _ = signal.setitimer(signal.ITIMER_REAL, self.seconds)

    def __exit__(self, *_: object) -> None:
        left = self.outer - (time.monotonic() - self.start) if self.outer else 0.0
        signal.setitimer(signal.ITIMER_REAL, max(left, 1e-3) if self.outer else 0.0)


class _Watch:
    """A thread that interrupts the main thread once the deadline has passed."""

    def __init__(self) -> None:
        self.deadline: float | None = None
        self.started = False

    def start(self) -> None:
        if not self.started:
            self.started = True
            threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while True:
            time.sleep(_TICK)
            deadline = self.deadline
            if deadline is not None and time.monotonic() > deadline:
                self.deadline = None
                _thread.interrupt_main()


_watch = _Watch()


@contextmanager
def _by_thread(seconds: float) -> Iterator[None]:
    before = signal.signal(signal.SIGINT, _stop)
    outer = _watch.deadline
    _watch.deadline = time.monotonic() + seconds
    _watch.start()
    try:
        yield
    finally:
        _watch.deadline = outer
        signal.signal(signal.SIGINT, before)


at_most = _Timer if hasattr(signal, "setitimer") else _by_thread
"""``with at_most(seconds):`` raises TooLong in a body that takes longer; main thread only."""

__all__ = ["TooLong", "at_most"]

"""Interrupt code that takes too long, in the process in which it runs.

Where the platform has interval timers (POSIX), a timer's signal interrupts it, a sleep included.
Elsewhere (Windows) a thread watches the clock and interrupts the main thread between two bytecodes.
On Linux what the process waits for a processor does not count, within bounds.
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

from gradproof.checking.processes.own_time import MOST, own_time

_TICK, _SOON = 0.05, 1e-3


class TooLong(BaseException):
    """Raised by the alarm; no ``except Exception`` of the author's swallows it."""


def _stop(*_: Any) -> None:
    raise TooLong


class _Timer:
    """The timer of the process; where one runs already, it goes on afterwards."""

    running: tuple[_Timer, ...] = ()  # the innermost is the last one

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __enter__(self) -> None:
        if signal.getsignal(signal.SIGALRM) is not _Timer._rung:
            signal.signal(signal.SIGALRM, _Timer._rung)
        self.end = own_time() + self.seconds
        self.last = time.monotonic() + (1 + MOST) * self.seconds
        self.outer, _Timer.running = _Timer.running, (*_Timer.running, self)
        signal.setitimer(signal.ITIMER_REAL, max(self.seconds, _SOON))

    def __exit__(self, *_: object) -> None:
        _Timer.running = self.outer
        left = min((each.left(own_time()) for each in self.outer), default=0.0)
        signal.setitimer(signal.ITIMER_REAL, max(left, _SOON) if self.outer else 0.0)

    def left(self, now: float) -> float:
        """Seconds until it has to ring; now: by the clock of the process."""
        return min(self.end - now, self.last - time.monotonic())

    @staticmethod
    def _rung(*_: Any) -> None:
        left = min((each.left(own_time(exactly=True)) for each in _Timer.running), default=1.0)
        if left <= 0:
            raise TooLong
        if _Timer.running:
            signal.setitimer(signal.ITIMER_REAL, max(left, _SOON))


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

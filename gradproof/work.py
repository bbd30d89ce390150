"""How much a search may do, counted in work: the same input gives the same words everywhere.

Whatever searches spends units as it goes: for an expression that is built, an operation on arrays
that is carried out, a change that is tried. A ``Budget`` is a number of units, so where a search
ends depends neither on how fast the machine is nor on what else runs there. One unit is about a
microsecond of an idle machine of 2024, and ``PER_SECOND`` units are about a second of it.

Seconds are left as a net (``Net``), far above what the work usually takes: it is there for
code under check that is slow by itself, which nothing here counts. A net remembers that it was hit,
and whoever makes the words says so.

Units are counted per thread, so that other threads take nothing from a budget.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

PER_SECOND = 1_000_000  # units that take about a second

# What each kind of work costs, in units.
SOUGHT, MADE, VISITED = 2, 6, 2  # a node of an expression: looked up, made, passed in a walk
EVALUATED, PRECISELY = 6, 24  # a node, in a prime field or in floats; with many digits
TERM = 15  # a term of a polynomial in a normal form
CROSSED = 4  # a coefficient of a linear condition that is eliminated
CARRIED, ELEMENTS = 20, 256  # an operation on arrays; so many elements of it are a unit more
SWEPT = 40  # an operation that is differentiated
RECORDED = 150  # an operation of the author's code, run and written down
TRIED, REWRITTEN = 90, 4000  # a change that is tried: on the tape, in a copy of the author's code
SCREENED = 1500  # one that is tried in a copy that is there already
WEIGHED = 8  # a change that is only added to another one
DIGITS_EACH = 12  # an element of an array with many digits


class WorkLimitError(Exception):
    """The work that was allowed is done."""


class TimeLimitError(Exception):
    """The net of seconds was hit before the work that was allowed was done."""


class Meter:
    """The units that one thread has spent so far; only differences mean anything."""

    __slots__ = ("units",)

    def __init__(self) -> None:
        self.units = 0


class _Thread(threading.local):
    def __init__(self) -> None:
        self.meter = Meter()


_thread = _Thread()


def meter() -> Meter:
    """Return the meter of this thread, for loops in which a call of ``spend`` would be felt."""
    return _thread.meter


def spend(units: int) -> None:
    """Count some work of this thread."""
    _thread.meter.units += units


class Net:
    """Seconds after which a search is cut short, whatever work is left.

    hit: whether it was, once somebody has asked ``torn``.
    """

    def __init__(
        self, seconds: float = math.inf, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.seconds, self._clock = seconds, clock
        self._end = clock() + seconds
        self.hit = False

    @property
    def left(self) -> float:
        """The seconds that are left."""
        return self._end - self._clock()

    def torn(self) -> bool:
        """Whether the seconds are over."""
        self.hit = self.hit or self.left < 0
        return self.hit


class Budget:
    """Units of work that this thread may spend from now on, above a net of seconds.

    >>> budget = Budget(100)
    >>> spend(60)
    >>> budget(), budget.left
    (False, 40)
    >>> spend(50)
    >>> budget()
    True
    """

    def __init__(self, units: float, net: Net | None = None) -> None:
        self.units, self.net = units, net or Net()
        self._meter = meter()
        self._end = self._meter.units + units

    @property
    def left(self) -> float:
        """The units that may still be spent; below 0 where more was spent."""
        return self._end - self._meter.units

    def __call__(self) -> bool:
        """Whether it is used up, or the net was hit."""
        return self._meter.units > self._end or self.net.torn()

    def check(self) -> None:
        """Raise WorkLimitError if it is used up, TimeLimitError if the net was hit."""
        if self._meter.units > self._end:
            raise WorkLimitError
        if self.net.torn():
            raise TimeLimitError

    def part(self, units: float) -> Budget:
        """Return a budget of so many units from now on, and not more than is left of this one."""
        return Budget(min(units, self.left), self.net)

    def and_more(self, units: float) -> Budget:
        """Return a budget of what is left of this one and so many units more."""
        return Budget(max(self.left, 0.0) + units, self.net)


__all__ = [
    "PER_SECOND", "Budget", "Meter", "Net", "TimeLimitError", "WorkLimitError", "meter", "spend",
]  # fmt: skip

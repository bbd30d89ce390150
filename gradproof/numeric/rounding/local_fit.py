"""The slope of a staircase that rounding makes, from values at uneven points around the point.

A function that computes in a lower precision inside, or loses its digits to cancellation, is
constant over short stretches. Differences over less than a stretch are zero and say nothing; those
over more are as uncertain as the stairs are high, which halving steps does not show where only a
few steps lie between the stairs and the scale of the function. So a parabola is fitted to values at
points that are no grid, over a window of a few stairs, and over wider ones. What it leaves over is
how far the function is from being smooth there, whatever the reason: rounding, a kink, periods that
the stairs do not resolve. A window tells a slope if what it rises by is several times that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.numeric.rounding.stairs import stairs

Array = np.ndarray[Any, Any]

# Where a window is looked at: uneven, so that no two points are as far on either side.
_POINTS = 16
_EVEN = (np.arange(_POINTS) + 0.5) / _POINTS * 2 - 1
_AT = _EVEN + 0.045 * np.sin(2.4 * np.pi * np.arange(_POINTS) + 0.5)
_PARABOLA = np.vander(_AT, 3, increasing=True)
_FIT = np.linalg.pinv(_PARABOLA)
# Columns that are constant over so many of the finest steps lie on a plateau.
_FINE = 3
# Of the values off the plateau, so many come again at another point, and so many differ.
_AGAIN, _HEIGHTS = 3, 3
# The first window is so many times as wide as the plateau, or up to twice as many.
_FIRST = 1.5
# In so many windows, each twice as wide as the one before, stairs are looked for, from the first
# on that reaches beyond the plateau on both sides, which takes so many at most; if there are any,
# the others are looked at for the slope, until it is told no better by one of them.
_LOOKED, _BEYOND, _WORSE = 4, 8, 4.0
# The widest window is so many times, as a power of two, wider than the first step.
_WIDEST = 2
# A slope is told by a window with so many heights over which it rises by so many times what is left
# over, and is off by no more than so many times that, over the width, also beside a kink.
_TOLD, _OFF, _MANY = 3.0, 10.0, 8
# Whole numbers below this have no lower precision whose spacing is 1.
_WHOLE = 128
# Rounding that is coarser than in single precision makes plateaus wherever there are any.
_SINGLE = 2.0**-20
# Half the distance of two slopes either of which may be right, and a little more.
_HALF = 0.51
# The significant binary digits of lower precisions, and one more for the other side of a power of
# two; stairs are as long as their numbers are apart, to this part; differences below the other part
# of all are rounding errors.
_PRECISIONS, _EVENLY, _ALIKE = (8, 9, 11, 12, 24, 25), 0.01, 1e-9


@dataclass(frozen=True)
class LocalFit:
    """What windows around the point tell of each column: ``slope`` within ``bound``.

    stairs: columns that rounding makes a staircase around the point, the others are not looked at.
    Where stairs may be meant or not, slope and bound hold both 0 and what a window tells; where no
    window tells a slope, it is 0 within the height of the stairs over their length, and
    ``told`` is false.
    """

    slope: Array
    bound: Array
    stairs: Array
    told: Array


def local_fit(
    line: Callable[[float], Array],
    steps: Array,
    ahead: Array,
    behind: Array,
    here: Array,
    few_digits: Array,
    unit: float,
    magnitude: Array | float = 1.0,
    input_size: Array | float = 0.0,
    hidden: Array | float = 0.0,
) -> LocalFit | None:
    """Fit windows around 0 of ``line``; None where no column is a staircase of rounding.

    ahead, behind: what is known of it at ``steps``, (steps, outputs), from the coarsest one on;
    here: at 0. few_digits: columns that may be one though no step is short enough to show it;
    unit: the largest relative error of one rounding.
    magnitude: of the input, or 1: finer stairs than that says are never meant. input_size: of the
    input itself, in units of the steps, where it is known: stairs as long as the spacing of numbers
    of a lower precision there may be rounding, however even they are. hidden: what numbers inside
    may lose that a narrow window does not show, since it lies on one of their stairs.
    """
    (columns,) = np.nonzero(few_digits | _on_plateau(ahead, behind, here))
    if not columns.size:
        return None
    count, (ahead, behind, here) = here.size, (ahead[:, columns], behind[:, columns], here[columns])
    off = (ahead != here) | (behind != here)
    last = np.where(off.any(axis=0), len(steps) - 1 - np.argmax(off[::-1], axis=0), 0)
    lost = np.broadcast_to(hidden, count)[columns]
    windows = _Windows(here, steps[last], steps[0], unit > _SINGLE, lost)
    for level in range(int(windows.first.min()), _WIDEST + 1):
        if windows.due(level).any():
            width = float(steps[0] * 2.0**level)
            windows.look(level, width, np.stack([line(width * at)[columns] for at in _AT]))
    if not windows.stairs.any():
        return None
    reach = np.minimum(np.broadcast_to(magnitude, count)[columns], 1.0)
    even = stairs(np.concatenate([ahead, behind, windows.widest]), reach)
    either = np.zeros(columns.size, bool)
    if even.any():
        size = np.broadcast_to(input_size, count)[columns]
        either = even & _like_rounding(steps, ahead, behind, windows.widest, size)
    return windows.among(columns, even & ~either, either, count)


class _Windows:
    """Windows around the point, from narrow to wide, of columns that lie on a plateau.

    finest: the smallest step that changes each column; widest: half the width of window 0; coarse:
    whether plateaus are known to be made by rounding; hidden: what no window shows. Stairs are on
    both sides of the point: beside a kink, or where a function is saturated, one side may be
    constant.
    """

    def __init__(
        self, here: Array, finest: Array, widest: float, coarse: bool, hidden: Array
    ) -> None:
        self.here, self.finest, self.coarse, self.hidden = here, finest, coarse, hidden
        wanted = np.log2(_FIRST * finest / widest)
        self.first = np.ceil(wanted).clip(max=_WIDEST).astype(int)
        self.until = self.first + _LOOKED
        self.stairs, self.done = np.zeros(here.size, bool), np.zeros(here.size, bool)
        self.widest = np.repeat(here[None], _POINTS, axis=0)
        self.slope, self.bound = np.zeros(here.size), np.full(here.size, np.inf)
        self.height, self.width = np.zeros(here.size), np.zeros(here.size)

    def due(self, level: int) -> Array:
        """Which columns are to be looked at over the window of this number."""
        begun = level < self.until
        return np.asarray((self.first <= level) & (begun | (self.stairs & ~self.done)))

    def look(self, level: int, width: float, values: Array) -> None:
        """Take in the values, (points, columns), of one window."""
        due = self.due(level)
        off = np.isfinite(values) & (values != self.here)
        both = off[: _POINTS // 2].any(axis=0) & off[_POINTS // 2 :].any(axis=0)
        one_sided = due & ~both & (level < self.first + _BEYOND)
        self.until = np.where(one_sided, level + 1 + _LOOKED, self.until)
        heights, again = _heights(values, self.here)
        found = ((again >= _AGAIN) & (heights >= _HEIGHTS)) | self.coarse
        self.stairs |= due & (level < self.until) & both & found
        far = np.abs(values - self.here)
        far = np.where(np.isfinite(far), far, 0.0).max(axis=0)
        self.height = np.where(due & (self.first == level), far, self.height)
        fit = _FIT @ (values - self.here)
        left = np.abs(values - self.here - _PARABOLA @ fit).max(axis=0)
        told = (np.abs(fit[1]) >= _TOLD * left) & (heights >= _MANY)
        bound = np.where(told, (_OFF * left + self.hidden) / width, np.inf)
        # What hides is told by wider windows alone, beyond those that straddle its stairs.
        hides = ~told & (self.hidden > 0.5 * self.bound * self.width)
        self.done |= due & (bound > _WORSE * self.bound) & ~hides
        self.widest[:, due] = values[:, due]
        better = due & (bound < self.bound)
        self.slope = np.where(better, fit[1] / width, self.slope)
        self.bound = np.where(better, bound, self.bound)
        self.width = np.where(better, width, self.width)

    def among(self, columns: Array, meant: Array, either: Array, count: int) -> LocalFit:
        """What was found, in its place among all columns; not where stairs are meant.

        either: stairs that may be meant or not, so that 0 may be right as well as the slope.
        """
        told = np.isfinite(self.bound)
        bound = np.where(told, self.bound, self.height / self.finest)
        either = either & told
        bound = np.where(either, _HALF * np.abs(self.slope) + bound, bound)
        self.slope = np.where(either, self.slope / 2, self.slope)
        found = LocalFit(*(np.zeros(count, kind) for kind in (float, float, bool, bool)))
        parts = self.slope, bound, self.stairs & ~meant, told
        for every, own in zip((found.slope, found.bound, found.stairs, found.told), parts):
            every[columns] = own
        return found


def _on_plateau(ahead: Array, behind: Array, here: Array) -> Array:
    """Which columns do not change over the finest steps."""
    few = min(_FINE, len(ahead))
    return np.asarray((ahead[-few:] == here).all(axis=0) & (behind[-few:] == here).all(axis=0))


def _heights(values: Array, here: Array) -> tuple[Array, Array]:
    """How many values differ off the plateau of the point, and how often one comes again."""
    ordered = np.sort(values, axis=0)
    off = np.isfinite(ordered) & (ordered != here)
    new = off.copy()
    new[1:] &= ordered[1:] != ordered[:-1]
    heights = new.sum(axis=0)
    return heights, off.sum(axis=0) - heights


def _like_rounding(steps: Array, ahead: Array, behind: Array, further: Array, size: Array) -> Array:
    """Whether even stairs are as long, or as high, as numbers of a lower precision are apart.

    Near the input, or near the outputs. Whole numbers that are large may be either, unless there
    are small ones further away, which are whole as well.
    """
    values = np.concatenate([behind[::-1], ahead])
    rise = np.diff(np.sort(values, axis=0), axis=0)
    span = np.nanmax(values, axis=0) - np.nanmin(values, axis=0)
    rise = np.where(rise > _ALIKE * span, rise, np.inf).min(axis=0)
    long = (steps[0] + steps[0]) * rise / span
    largest = np.nanmax(np.abs(values), axis=0)
    # How long they are is known to one stair at either end, and how high, exactly.
    found = (size > 0) & _is_spacing(long, size, _EVENLY + 2 * rise / span)
    found |= _is_spacing(rise, largest, _ALIKE)
    every = np.concatenate([values, further])
    whole = ((np.round(every) == every) | np.isnan(every)).all(axis=0)
    small = (rise <= 1) & ((np.abs(every) < _WHOLE / 2) & (every != 0)).any(axis=0)
    return np.asarray((found | (whole & (largest >= _WHOLE))) & ~(whole & small))


def _is_spacing(apart: Array, size: Array, tolerance: Array | float) -> Array:
    """Whether numbers of about this size are so far apart in a lower precision."""
    _, exponent = np.frexp(size)
    like = [
        np.abs(apart - spacing) <= tolerance * spacing
        for spacing in (np.ldexp(1.0, exponent - digits) for digits in _PRECISIONS)
    ]
    return np.asarray(np.logical_or.reduce(like))


__all__ = ["LocalFit", "local_fit"]

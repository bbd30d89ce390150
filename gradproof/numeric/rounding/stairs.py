"""Values that few digits make a staircase: in which precision they are, or whether it is meant."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

UNIT_ROUNDOFF = float(np.finfo(np.float64).eps) / 2

# This part of the numbers of a precision use its last digit, at least.
_USED = 0.2
# So many numbers that differ say in which precision they are.
_SEVERAL = 8
# A staircase has so many stairs at least; differences below this part of all are rounding errors;
# each rise is this close to a multiple of the smallest; finer stairs are rounding to digits.
_FEWEST_STAIRS, _SAME_STAIR, _EVEN_STAIR, _FINEST_STAIR, _LEAST_STAIR = 6, 1e-9, 1e-3, 1e-4, 5e-4
# Whole numbers below this have no lower precision whose spacing is 1: of those that rise by 1, so
# few say that they are meant.
_WHOLE, _FEWEST_WHOLE = 64, 3


def digits_inside(values: Array) -> Array:
    """The unit roundoff of the lowest precision that holds all values of each column.

    Numbers that are few-digit by nature (integers, halves) do not use the last digit of any lower
    precision; at least a fifth of rounded ones do.
    """
    flat = np.sort(np.ascontiguousarray(values, np.float64), axis=0)
    bits = flat.view(np.uint64)
    told = np.isfinite(flat) & (flat != 0)
    told[1:] &= flat[1:] != flat[:-1]  # each number once
    count, found = told.sum(axis=0), np.full(flat.shape[1], UNIT_ROUNDOFF)
    usable = count >= _SEVERAL
    if not usable.any():
        return found
    whole = ((np.round(flat) == flat) | ~told).all(axis=0)
    for unit, digits in ((2.0**-24, 29), (2.0**-11, 42), (2.0**-8, 45)):
        holds = ((bits & np.uint64((1 << digits) - 1)) == 0) | ~told
        last = ((bits >> np.uint64(digits)) & np.uint64(1)).astype(bool) & told
        used = usable & (5 * last.sum(axis=0) >= count)
        for column in np.flatnonzero(whole & used):  # whole numbers by nature, or by rounding?
            used[column] = _fills_binades(flat[:, column], last[:, column], told[:, column])
        found = np.where(holds.all(axis=0) & used, unit, found)
    return found


def _fills_binades(values: Array, last: Array, told: Array) -> bool:
    """Whether the last digit of a precision is used below and above a power of 2.

    It is worth half as much below: numbers that are whole by nature have no digit there.
    """
    _, exponents = np.frexp(np.abs(values[told]))
    uses = last[told]
    shares = [
        uses[exponents == e].mean() for e in np.unique(exponents) if (exponents == e).sum() > 2
    ]
    return len(shares) > 1 and min(shares[-2:]) >= _USED


def stairs(values: Array, magnitude: Array | float = 1.0) -> Array:
    """Whether each column is a staircase by intention: multiples of one number, and not too many.

    Rounding to a lower precision makes stairs of many heights, each a power of two, and rounding to
    some decimals stairs far smaller than ``magnitude``. Whole numbers are meant, however large;
    halves, quarters, and so on may be rounding all the same.
    """
    least = _LEAST_STAIR * np.broadcast_to(magnitude, values.shape[1:])
    found = np.zeros(values.shape[1], bool)
    for column in np.flatnonzero(digits_inside(values) == UNIT_ROUNDOFF):
        heights = np.unique(values[np.isfinite(values[:, column]), column])
        if len(heights) < _FEWEST_STAIRS:
            found[column] = len(heights) >= _FEWEST_WHOLE and _counts(heights)
            continue
        span = max(heights[-1] - heights[0], abs(heights[0]), abs(heights[-1]))
        rises = np.diff(heights)
        rise = float(rises[rises > _SAME_STAIR * span].min(initial=np.inf))
        steps = rises / rise
        even = np.abs(steps - np.round(steps)) < _EVEN_STAIR
        whole = rise >= 1 and bool((np.round(heights) == heights).all())
        # Halves, quarters, ... of 1 may be either.
        binary = rise < 1 and np.frexp(rise)[0] == 0.5
        coarse = rise > _FINEST_STAIR * span and rise > least[column] and not binary
        found[column] = bool(even.all()) and (coarse or whole)
    return found


def _counts(heights: Array) -> bool:
    """Whether these are small whole numbers one after the other, as of ``round`` and ``floor``."""
    small = bool((np.abs(heights) < _WHOLE).all())
    return small and bool((np.round(heights) == heights).all() and (np.diff(heights) == 1).all())


__all__ = ["UNIT_ROUNDOFF", "digits_inside", "stairs"]

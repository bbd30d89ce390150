"""Derivatives along a line, from few well-placed steps, and more only where those do not suffice.

Central differences at h, h/4, h/16 (and on, while the bound asks for it) are extrapolated to
h = 0, as in :mod:`gradproof.numeric.differences`. Steps are powers of two, so that a displaced
input is exact. Outputs for which a few steps do not settle, or whose one-sided differences do not
meet at h = 0, are handed to the full tables (:func:`difference`), which know kinks.

Source: Ridders, Advances in Engineering Software 4, 1982.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.numeric.differences import SAFETY, UNIT_ROUNDOFF, difference

Array = np.ndarray[Any, Any]
Line = Callable[[float], Array]

FIRST_STEP = 2.0**-4
RATIO = 4.0
FEWEST, MOST = 3, 6
# A coarser neighbour in the table is so much worse, at least; smaller ratios are luck.
_COARSER = 16.0
_ROUNDINGS = 8.0
# Where the full tables would cost too much, two isolated steps stand in for them.
_LARGE = 50_000
_ISOLATED = (2.0**-18, 2.0**-27)


@dataclass
class Slopes:
    """Derivatives of all outputs along a line: ``value`` within ``bound``.

    kink marks outputs without a derivative; low and high are the one-sided ones there, None while
    there is no kink. rounding is the part of the bound that rounding makes, per output. settled
    says after how many steps each output was settled, 0 for the full tables.
    """

    value: Array
    bound: Array
    settled: Array
    kink: Array | None = None
    low: Array | None = None
    high: Array | None = None
    side_bound: Array | None = None


def slopes(
    line: Line,
    here: Array,
    noise: Array,
    enough: Callable[[Array, Array], Array],
    fewest: int = FEWEST,
    ahead: Array | None = None,
    unit: float = UNIT_ROUNDOFF,
) -> Slopes:
    """Differentiate ``line`` at 0.

    line:   maps a displacement t, in units in which 1 changes the input appreciably, to outputs.
    here:   ``line(0)``; noise: the bound on its rounding error.
    enough: says, of values and truncation bounds, for which outputs the bound is small enough.
    fewest: how many steps to begin with; ahead: ``line(FIRST_STEP)`` where already known;
    unit: the largest relative error of one rounding.
    """
    table = _Table(here, noise, unit)
    table.add(FIRST_STEP, line(FIRST_STEP) if ahead is None else ahead, line(-FIRST_STEP))
    value = bound = np.empty(0)
    settled = np.zeros(here.size, np.int8)
    while len(table.steps) < MOST:
        step = table.steps[-1] / RATIO
        table.add(step, line(step), line(-step))
        count = len(table.steps)
        if count < fewest:
            continue
        now, truncation, rounding = table.best()
        good = np.isfinite(now) & (enough(now, truncation) | (truncation <= rounding))
        good &= ~table.one_sided_differ()
        now_bound = truncation + rounding
        if count == fewest:
            value, bound = now, now_bound
            settled[good] = count
        else:
            new = good & (settled == 0)
            value[new], bound[new] = now[new], now_bound[new]
            settled[new] = count
        open_ = int((settled == 0).sum())
        # A stencil with a kink inside does not settle by one more step: leave those to the tables.
        if open_ == 0 or (count > fewest and here.size > _LARGE and open_ < here.size // 16):
            break
    found = Slopes(value, bound, settled)
    hard = np.flatnonzero(settled == 0)
    if hard.size:
        _settle_hard(found, line, here, noise, hard, unit)
    return found


class _Table:
    """The extrapolation table of central differences, kept by its last row."""

    def __init__(self, here: Array, noise: Array, unit: float) -> None:
        self.here, self.noise = here, noise + _ROUNDINGS * unit * np.abs(here)
        self.unit = unit
        self.steps: list[float] = []
        self.row: list[Array] = []
        self.older: list[Array] = []
        self.bends: list[Array] = []

    def add(self, step: float, ahead: Array, behind: Array) -> None:
        entry = (ahead - behind) * (0.5 / step)
        row = [entry]
        for order, coarser in enumerate(self.row, start=1):
            row.append(row[-1] + (row[-1] - coarser) * (1 / (RATIO ** (2 * order) - 1)))
        self.older, self.row = self.row, row
        self.steps.append(step)
        self.bends.append(ahead + behind - 2 * self.here)

    def best(self) -> tuple[Array, Array, Array]:
        """The last entry, and the two parts of its bound: truncation and rounding."""
        value, finer, coarser = self.row[-1], self.row[-2], self.older[-1]
        truncation = np.maximum(np.abs(value - finer), np.abs(value - coarser) * (1 / _COARSER))
        truncation *= SAFETY
        step = self.steps[-1]
        # Away from the point the outputs may be larger: by the slope times the step.
        rounding = (self.noise + _ROUNDINGS * self.unit * step * np.abs(value)) * (1.4 / step)
        return value, truncation, rounding

    def one_sided_differ(self) -> Array:
        """Whether the one-sided differences, freed of curvature, fail to meet at h = 0."""
        step, weight = self.steps[-1], 1 / (RATIO**2 - RATIO)
        finer = np.abs(self.bends[-1] * RATIO**2 - self.bends[-2]) * (weight / step)
        coarser = np.abs(self.bends[-2] * RATIO**2 - self.bends[-3]) * (weight / step / RATIO)
        noise = self.noise * (4 * RATIO**2 * weight / step)
        return np.asarray(finer > np.maximum(noise, coarser * 0.25))


def _settle_hard(
    found: Slopes, line: Line, here: Array, noise: Array, hard: Array, unit: float
) -> None:
    """Replace what did not settle by the full tables, or by two isolated steps if those are dear.

    ``hard`` are the indices of the outputs concerned.
    """
    if here.size > _LARGE:
        parts = _isolated(line, here[hard], noise[hard], hard, unit)
    else:
        full = difference(lambda t: line(t)[hard], 1.0, noise[hard], unit)
        parts = (full.value, full.bound, full.kink, full.left, full.right, full.side_bound)
    value, bound, kink, left, right, side_bound = parts
    found.value[hard], found.bound[hard] = value, bound
    if not kink.any():
        return
    found.kink, found.low, found.high = np.zeros(here.size, bool), found.value.copy(), found.value
    found.high, found.side_bound = found.value.copy(), np.zeros(here.size)
    found.kink[hard] = kink
    found.low[hard] = np.where(kink, np.minimum(left, right), value)
    found.high[hard] = np.where(kink, np.maximum(left, right), value)
    found.side_bound[hard] = np.where(kink, side_bound, 0.0)


def _isolated(
    line: Line, here: Array, noise: Array, hard: Array, unit: float
) -> tuple[Array, ...]:
    """Central differences at two small steps, each bounded by how far its two sides differ.

    One kink within the step moves the central difference by at most half that distance.
    """
    best = best_bound = np.empty(0)
    left = right = rounding = kink = np.empty(0)
    for step in _ISOLATED:
        ahead, behind = line(step)[hard], line(-step)[hard]
        right, left = (ahead - here) / step, (here - behind) / step
        largest = np.maximum(np.abs(ahead), np.abs(behind))
        rounding = (noise + _ROUNDINGS * unit * largest) / step
        value, apart = (right + left) / 2, np.abs(right - left)
        bound = apart + rounding
        bound = np.where(np.isfinite(bound), bound, np.inf)
        # Apart by the same amount at both steps: a kink, not curvature.
        kink = (apart > 4 * rounding) & (apart > 1e-6 * np.abs(value))
        if best.size == 0:
            best, best_bound = value, bound
        else:
            better = bound < best_bound
            best, best_bound = np.where(better, value, best), np.where(better, bound, best_bound)
    # Only the last, smallest step says whether there is a kink at the point.
    return best, best_bound, kink, left, right, 4 * rounding

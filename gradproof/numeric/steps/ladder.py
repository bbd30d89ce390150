"""Derivatives along a line, from few well-placed steps, and more only where those do not suffice.

Central differences at h, h/4, h/16 (and on, while the bound asks for it) are extrapolated to
h = 0, as in :mod:`gradproof.numeric.steps.differences`. Steps are powers of two, so that a
displaced input is exact. Outputs for which a few steps do not settle, or whose one-sided
differences do not meet at h = 0, are handed to the full tables (:func:`difference`), which know
kinks.

Source: Ridders, Advances in Engineering Software 4, 1982.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradproof.numeric.rounding.stairs import UNIT_ROUNDOFF
from gradproof.numeric.steps.differences import SAFETY, difference
from gradproof.numeric.steps.line_slopes import Slopes

Array = np.ndarray[Any, Any]
Line = Callable[[float], Array]

FIRST_STEP = 2.0**-5
RATIO = 4.0
FEWEST, MOST = 3, 6
# How many times the last correction an entry may be off: it should be off by far less.
_CAUTION = 4 * SAFETY
# How much of the noise an extrapolated entry carries: what its weights of the plain differences add
# up to, each over its step; 1.083 after one correction, 1.105 after two, 1.110 after any number.
_CARRIED = 1.11
# How many times slower than it should a table may converge.
_LEEWAY = 2.0
_ROUNDINGS = 8.0
# Where the full tables would cost too much, two isolated steps stand in for them.
_LARGE = 50_000
_ISOLATED = (2.0**-18, 2.0**-27)


def slopes(
    line: Line,
    here: Array,
    noise: Array,
    enough: Callable[[Array, Array], Array],
    fewest: int = FEWEST,
    ahead: Array | None = None,
    unit: float = UNIT_ROUNDOFF,
    hard: Array | None = None,
    magnitude: float = 1.0,
    finest: float = 0.0,
) -> Slopes:
    """Differentiate ``line`` at 0.

    line:   maps a displacement t, in units in which 1 changes the input appreciably, to outputs.
    here:   ``line(0)``; noise: the bound on its rounding error.
    enough: says, of values and truncation bounds, for which outputs the bound is small enough.
    fewest: how many steps to begin with; ahead: ``line(FIRST_STEP)`` where already known;
    unit: the largest relative error of one rounding; hard: outputs that few steps do not suit;
    magnitude, finest: as in :func:`difference`.
    """
    table = Table(here, noise, unit)
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
        if hard is not None:
            good &= ~hard
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
        if open_ == 0 or (count >= 4 and here.size > _LARGE and open_ < here.size // 16):
            break
    found = Slopes(value, bound, settled)
    open_ones = np.flatnonzero(settled == 0)
    if open_ones.size:
        _settle_hard(found, line, here, noise, open_ones, unit, magnitude, finest)
    return found


def careful_slopes(
    line: Line,
    noise: Array,
    outputs: Array | None = None,
    unit: float = UNIT_ROUNDOFF,
    magnitude: Array | float = 1.0,
    finest: float = 0.0,
    lost: Line | None = None,
    input_size: Array | float = 0.0,
    far: float = 1.0,
) -> Slopes:
    """Differentiate ``line`` at 0 with the full tables, for the outputs of these numbers, or all.

    About seventy evaluations, where :func:`slopes` takes eight; what rounding does to the function
    is measured at every step, instead of at the point alone. lost, input_size, far: as in
    :func:`difference`.
    """
    size = noise.size
    found = Slopes(np.zeros(size), np.full(size, np.inf), np.zeros(size, np.int8))
    chosen = np.arange(size) if outputs is None else outputs
    if chosen.size:
        _take_tables(found, line, noise, chosen, unit, magnitude, finest, lost, input_size, far)
    return found


class Table:
    """The extrapolation table of central differences, kept by its last row."""

    def __init__(self, here: Array, noise: Array, unit: float) -> None:
        self.noise, self.unit = noise, unit
        self.twice = 2 * here
        self.steps: list[float] = []
        self.row: list[Array] = []
        self.corrections: list[Array] = []
        self.earlier: list[Array] = []
        self.bends: list[Array] = []

    def add(self, step: float, ahead: Array, behind: Array) -> None:
        """Add a pair of outputs at a quarter of the step before."""
        entry = ahead - behind
        entry *= 0.5 / step
        row, corrections = [entry], []
        for order, coarser in enumerate(self.row, start=1):
            correction = row[-1] - coarser
            correction *= 1 / (RATIO ** (2 * order) - 1)
            corrections.append(correction)
            row.append(correction + row[-1])
        self.row, self.earlier, self.corrections = row, self.corrections, corrections
        self.steps.append(step)
        bend = ahead + behind
        bend -= self.twice
        self.bends.append(bend)

    def best(self) -> tuple[Array, Array, Array]:
        """The last entry, and the two parts of its bound: truncation and rounding."""
        value, step = self.row[-1], self.steps[-1]
        truncation = np.abs(self.corrections[-1])
        # Away from the point the outputs may be larger: by slope times step, and by the bend. The
        # plain difference is one by which terms of odd order, like x^3 at 0, are seen.
        rounding = np.maximum(np.abs(value), np.abs(self.row[0]))
        rounding *= 2 * step
        rounding += np.abs(self.bends[-1])
        rounding *= _ROUNDINGS / 2 * self.unit
        rounding += self.noise
        rounding *= _CARRIED / step
        truncation *= _CAUTION
        if len(self.steps) < 3:
            return value, truncation, rounding
        early = self._too_early(rounding)
        if len(self.steps) > 3:
            # A kink between two steps can cancel in one correction, but not in two.
            before = np.abs(self.corrections[-2])
            before *= 2
            np.maximum(truncation, before, out=truncation)
        if early.any():
            # What the correction was taken from, instead of the correction.
            whole = RATIO ** (2 * len(self.corrections)) * (SAFETY / _CAUTION)
            truncation = np.where(early, truncation * whole, truncation)
        return value, truncation, rounding

    def _too_early(self, rounding: Array) -> Array:
        """Whether entries do not yet converge at the rate that corrections are made for."""
        order = len(self.corrections) - 1
        rate = RATIO ** (2 * order)
        now, before = np.abs(self.corrections[-2]), np.abs(self.earlier[-1])
        now *= rate / _LEEWAY
        return np.asarray(now > np.maximum(before, rounding))

    def one_sided_differ(self) -> Array:
        """Whether the one-sided differences, freed of curvature, fail to meet at h = 0."""
        square = RATIO**2
        finer, coarser = self.bends[-1] * square, self.bends[-2] * square
        finer -= self.bends[-2]
        coarser -= self.bends[-3]
        np.abs(finer, out=finer)
        np.abs(coarser, out=coarser)
        # Of a smooth function, these go as the fourth power of the step: by 1/256 each time. At
        # 1/128, a kink inside the stencil that escapes leaves a correction that is large enough.
        coarser *= 1 / 128
        # A gap between slopes that rounding hides moves the value by less than the bound.
        np.maximum(coarser, self.noise * (1.5 * square), out=coarser)
        return np.asarray(finer > coarser)


def _settle_hard(
    found: Slopes,
    line: Line,
    here: Array,
    noise: Array,
    hard: Array,
    unit: float,
    magnitude: float,
    finest: float,
) -> None:
    """Replace what did not settle by the full tables, or by two isolated steps if those are dear.

    ``hard`` are the indices of the outputs concerned.
    """
    if here.size <= _LARGE:
        _take_tables(found, line, noise, hard, unit, magnitude, finest)
        return
    value, bound, kink, left, right, side_bound = _isolated(
        line, here[hard], noise[hard], hard, unit
    )
    found.value[hard], found.bound[hard] = value, bound
    _take_kinks(found, hard, kink, left, right, side_bound)


def _take_tables(
    found: Slopes,
    line: Line,
    noise: Array,
    hard: Array,
    unit: float,
    magnitude: Array | float,
    finest: float,
    lost: Line | None = None,
    input_size: Array | float | None = None,
    far: float = 1.0,
) -> None:
    """Differentiate the outputs ``hard`` with the full tables."""
    reach = magnitude[hard] if isinstance(magnitude, np.ndarray) else magnitude
    known = None if lost is None else lambda t: lost(t)[hard]
    size = input_size[hard] if isinstance(input_size, np.ndarray) else input_size
    full = difference(
        lambda t: line(t)[hard], 1.0, noise[hard], unit, reach, finest, known, size, far
    )
    found.value[hard], found.bound[hard] = full.value, full.bound
    count = found.value.size
    if full.jump.any():
        found.jump = np.zeros(count, bool)
        found.jump[hard] = full.jump
    if full.twofold.any():
        found.other, found.other_bound = found.value.copy(), found.bound.copy()
        found.other[hard], found.other_bound[hard] = full.other, full.other_bound
        found.twofold = np.zeros(count, bool)
        found.twofold[hard] = full.twofold
    if full.still.any():
        found.still = np.zeros(count, bool)
        found.still[hard] = full.still
    _take_kinks(found, hard, full.kink, full.left, full.right, full.side_bound)


def _take_kinks(
    found: Slopes, hard: Array, kink: Array, left: Array, right: Array, side_bound: Array
) -> None:
    """Note the one-sided derivatives at kinks, of the outputs ``hard``."""
    if not kink.any():
        return
    found.low, found.high = found.value.copy(), found.value.copy()
    found.kink, found.side_bound = np.zeros(found.value.size, bool), np.zeros(found.value.size)
    found.kink[hard] = kink
    value = found.value[hard]
    found.low[hard] = np.where(kink, np.minimum(left, right), value)
    found.high[hard] = np.where(kink, np.maximum(left, right), value)
    found.side_bound[hard] = np.where(kink, side_bound, 0.0)


def _isolated(line: Line, here: Array, noise: Array, hard: Array, unit: float) -> tuple[Array, ...]:
    """Central differences at two small steps, each bounded by how far its two sides differ.

    One kink within the step moves the central difference by at most half that distance.
    """
    best: Array = np.empty(0)
    best_bound = left = right = rounding = kink = best
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

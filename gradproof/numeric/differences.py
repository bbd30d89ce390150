"""Derivatives along a line, each with a bound on its own error.

Central differences at steps h, h/4, h/16, ... are extrapolated to h = 0 (Ridders, Advances in
Engineering Software 4, 1982). Of the whole table, each output takes the entry whose truncation
estimate plus rounding bound is smallest, after every entry's bound has been widened until it
agrees with all plain differences at finer steps: where the function varies faster than the coarse
steps, a table can converge to a wrong value, but the finer steps contradict it.

One-sided differences, extrapolated the same way, tell a kink: there the table of central
differences converges to a value that is no derivative at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Line = Callable[[float], Array]

FIRST_STEP = 0.125
RATIO = 4.0
LEVELS = 13
COMPLEX_STEP = 1e-60
UNIT_ROUNDOFF = float(np.finfo(np.float64).eps) / 2

# A truncation estimate is the difference of two neighbours in the table; the smaller of many
# such differences is biased low, and this factor makes up for it.
SAFETY = 4.0

# How many roundings an output is taken to have suffered on top of the noise that was measured.
_ROUNDINGS = 8.0


@dataclass(frozen=True)
class Estimate:
    """A derivative of each output along a line: ``value`` within ``bound``.

    ``left`` and ``right`` are the one-sided derivatives with their bounds; ``kink`` marks outputs
    for which they differ by more than both bounds, so that ``value`` means nothing there. ``jump``
    marks those that do not tend to their value at the point, however small the step.
    """

    value: Array
    bound: Array
    left: Array
    right: Array
    side_bound: Array
    kink: Array
    jump: Array

    @property
    def arrays(self) -> tuple[Array, ...]:
        """All of them."""
        parts = (self.value, self.bound, self.left, self.right, self.side_bound)
        return (*parts, self.kink, self.jump)


def difference(line: Line, scale: float, noise: Array, unit: float = UNIT_ROUNDOFF) -> Estimate:
    """Differentiate ``line`` at 0.

    line:  maps a displacement t to the outputs, a 1-d float array.
    scale: the size of a displacement that changes the input appreciably; steps start at 1/8 of it.
    noise: bound on the rounding error of each output; unit: of one rounding, relatively.
    """
    here = line(0.0)
    steps = scale * FIRST_STEP / RATIO ** np.arange(LEVELS)
    forward, backward, rounding = np.empty((3, LEVELS, here.size))
    # Infinite or undefined values beside the point disqualify that step, not the whole estimate.
    with np.errstate(invalid="ignore", over="ignore"):
        for level, step in enumerate(steps):
            ahead, behind = line(step), line(-step)
            forward[level], backward[level] = (ahead - here) / step, (here - behind) / step
            # Away from the point the outputs, and with them their rounding, may be larger.
            largest = np.maximum(np.abs(ahead), np.abs(behind))
            rounding[level] = (noise + _ROUNDINGS * unit * largest) / step
        value, bound = _extrapolate((forward + backward) / 2, rounding, power=2)
        right, right_bound = _extrapolate(forward, 2 * rounding, power=1)
        left, left_bound = _extrapolate(backward, 2 * rounding, power=1)
        jump = _jumps(forward, steps, rounding) | _jumps(backward, steps, rounding)
    side_bound = left_bound + right_bound
    kink = np.abs(right - left) > side_bound
    return Estimate(value, bound, left, right, side_bound, kink, jump)


def _jumps(quotients: Array, steps: Array, rounding: Array) -> Array:
    """Whether the change of the outputs stays the same as the step goes to zero."""
    change = np.abs(quotients[-3:] * steps[-3:, None])
    large = change[-1] > 64 * rounding[-1] * steps[-1]
    return np.asarray(large & (change[-1] > 0.75 * change[-2]) & (change[-2] > 0.75 * change[-3]))


def complex_step(line: Callable[[complex], Array]) -> Array:
    """Differentiate an analytic ``line`` at 0 by a step along the imaginary axis.

    Exact to rounding, with no subtraction, but only where the code computes an analytic function
    of complex numbers; it must be held against a real difference before it is believed.
    Source: Squire & Trapp, SIAM Review 40, 1998.
    """
    return np.imag(line(1j * COMPLEX_STEP)) / COMPLEX_STEP


def _extrapolate(table: Array, rounding: Array, power: int) -> tuple[Array, Array]:
    """The best entry of the extrapolation table of each column, with its bound.

    power: the error of a plain difference goes as h**power, h**(2 power), ... for central
    differences (2), and as h, h^2, ... for one-sided ones (1).
    """
    columns = np.arange(table.shape[1])
    low, high = _allowed_by_finer_steps(table, rounding)
    best, best_bound = table[-1].copy(), np.full(table.shape[1], np.inf)
    previous = table
    amplification = 1.0
    for order in range(1, table.shape[0]):
        ratio = RATIO ** (power * order)
        finer, coarser = previous[1:], previous[:-1]
        current = finer + (finer - coarser) / (ratio - 1)
        amplification *= (ratio + 1) / (ratio - 1)
        truncation = np.maximum(np.abs(current - finer), np.abs(current - coarser))
        bound = SAFETY * truncation + amplification * rounding[order:]
        # The last row has no finer step to contradict it.
        bound[:-1] = np.fmax(
            bound[:-1], np.fmax(low[order:] - current[:-1], current[:-1] - high[order:])
        )
        bound = np.where(np.isfinite(bound), bound, np.inf)
        at = np.argmin(bound, axis=0)
        better = bound[at, columns] < best_bound
        best = np.where(better, current[at, columns], best)
        best_bound = np.where(better, bound[at, columns], best_bound)
        previous = current
    return best, best_bound


def _allowed_by_finer_steps(table: Array, rounding: Array) -> tuple[Array, Array]:
    """What the plain differences from each level onwards leave possible, as low and high ends."""
    slack = SAFETY * np.abs(np.diff(table, axis=0)) + rounding[:-1]
    low = np.fmax.accumulate((table[:-1] - slack)[::-1])[::-1]
    high = np.fmin.accumulate((table[:-1] + slack)[::-1])[::-1]
    return low, high

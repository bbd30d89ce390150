"""Derivatives along a line, each with a bound on its own error.

Central differences at a ladder of steps are extrapolated to h = 0 (Ridders, Advances in Engineering
Software 4, 1982). Of the whole table, each output takes the entry whose truncation estimate plus
rounding bound is smallest, after every entry's bound has been widened until it agrees with all
plain differences at finer steps: where the function varies faster than the coarse steps, a table
can converge to a wrong value, but the finer steps contradict it. The rounding error at each step is
measured by how the values scatter (:mod:`gradproof.numeric.rounding.scatter`).

One-sided differences, extrapolated the same way, tell a kink: there the table of central
differences converges to a value that is no derivative at all.

Where rounding makes a function a staircase, it has two derivatives: that of a stair, which the
finest steps see, and that of the slope, which is meant. Both are reported. Of a function that is a
staircase by intention, such as ``np.floor``, only the first is a derivative.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from gradproof.numeric.rounding.local_fit import LocalFit, local_fit
from gradproof.numeric.rounding.scatter import STEPS, UNIT_ROUNDOFF, Scatter, scatter
from gradproof.numeric.rounding.stairs import stairs

Array = np.ndarray[Any, Any]
Line = Callable[[float], Array]

# A truncation estimate is the difference of two neighbours in the table; the smaller of many
# such differences is biased low, and this factor makes up for it.
SAFETY = 4.0
_ORDERS = 7
# A slope across stairs is the one meant if it is known this well; else the finest steps are right.
_VAGUE = 0.2
# A one-sided derivative of 0 is known this well, beside the slope over the coarsest step.
_CONVERGED = 1e-3
# What is lost on plateaus is so many times what fine steps show.
_COARSE = 64.0
# A step of the function at the point is larger than this part of its values: not of rounding.
_STEP = 1e-3
# What it tends to beside the point differs from its value there by so many times as much as from
# step to step.
_STEADY = 2.0**12
_FINEST = 6
# Of so many steps on either side, the largest known rounding error counts.
_NEAR = 4
# Of so many coarser ones, this part: the wider precision has an error of its own.
_COARSER, _OWN = 24, 2.0**-8
# Any derivative that anyone may give is within this: nothing is known of one.
_ANY = 1e150
# Numbers inside, of up to the size that outputs reach far away, are rounded by so many units.
_INSIDE = 2.0
# Where outputs are looked for that do not change nearer by.
_FAR = (1.0, 4.0, 16.0, 64.0)


@dataclass(frozen=True)
class Estimate:
    """A derivative of each output along a line: ``value`` within ``bound``.

    ``left`` and ``right`` are the one-sided derivatives with their bounds; ``kink`` marks outputs
    for which they differ by more than both bounds, so that ``value`` means nothing there. ``jump``
    marks those that do not tend to their value at the point, however small the step.
    ``twofold`` marks outputs that rounding makes a staircase; ``other`` within ``other_bound`` is
    then the second of their derivatives, else it is the same as ``value``. ``still`` marks outputs
    that no step changed.
    """

    value: Array
    bound: Array
    left: Array
    right: Array
    side_bound: Array
    kink: Array
    jump: Array
    other: Array
    other_bound: Array
    twofold: Array
    still: Array


def difference(
    line: Line,
    scale: float,
    noise: Array,
    unit: float = UNIT_ROUNDOFF,
    magnitude: Array | float = 1.0,
    finest: float = 0.0,
    lost: Line | None = None,
    input_size: Array | float | None = None,
    far: float = 1.0,
) -> Estimate:
    """Differentiate ``line`` at 0.

    line:  maps a displacement t to the outputs, a 1-d float array.
    scale: the size of a displacement that changes the input appreciably; steps start at 1/4 of it.
    noise: bound on the rounding error of each output, where it is known to be as large as that;
           unit: of one rounding, relatively.
    magnitude: of the input, or 1 if that is more: numbers of that size may cancel inside.
    finest: no step is smaller than this part of the scale; what is smaller than a few units in the
           last place of the input does not move it as told.
    lost:  what rounding is known to do to the outputs at a displacement, where it is known.
    input_size: if given, staircases of rounding are looked at over windows of a few stairs, as in
           :func:`gradproof.numeric.rounding.local_fit.local_fit`; 0 where it is not known.
    far:   a displacement that moves the input by about its magnitude, where ``scale`` moves it by
           less: an output that no smaller one changes may hide numbers of any size up to there.
    """
    steps = STEPS[finest <= STEPS]
    here = line(0.0)
    # Infinite or undefined values beside the point disqualify that step, not the whole estimate.
    with np.errstate(all="ignore"):
        ahead = np.stack([line(scale * step) for step in steps])
        behind = np.stack([line(-scale * step) for step in steps])
        still = ((ahead == here) & (behind == here)).all(axis=0)
        idle = _idle(line, scale, here, magnitude, far) if still.any() else None
        spread = scatter(ahead, behind, here, unit, magnitude, idle)
        if lost is not None:
            known = _known(lost, scale * steps)
            spread = spread.with_known(known)
            noise = np.where(spread.explained(known), 0.0, noise)
        found = _estimated(ahead, behind, here, scale * steps, noise, unit, spread, magnitude)
        if idle is not None and far > _FAR[-1]:  # not even so far away: it does not depend on it
            bound = np.where(still & (idle == 0), 0.0, found.bound)
            found = replace(found, bound=bound, other_bound=np.fmin(found.other_bound, bound))
        found = replace(found, still=still)
        if input_size is None:
            return found
        few, size = spread.few_digits | (unit > UNIT_ROUNDOFF), scale * np.asarray(input_size)
        hidden: Array | float = 0.0
        if unit > UNIT_ROUNDOFF and few.any():
            far_off = _idle(line, scale, here, magnitude, far) if idle is None else idle
            hidden = _INSIDE * unit * far_off
        fit = local_fit(
            line, scale * steps, ahead, behind, here, few, unit, magnitude, size, hidden
        )
        return found if fit is None else _with_fit(found, fit)


def _with_fit(found: Estimate, fit: LocalFit) -> Estimate:
    """The same with what windows tell where rounding makes a staircase.

    The other derivative is that of a stair; where no window tells a slope, anything may be right.
    Stairs may lie on others: a window across the finer ones tells the slope of a coarser stair
    then, and the differences over larger steps another, so that either may be right.
    """
    on = fit.stairs
    apart = on & fit.told & (np.abs(fit.slope - found.value) > fit.bound + found.bound)
    slope, bound = np.where(on, fit.slope, found.value), np.where(on, fit.bound, found.bound)
    left, right = (np.where(on, slope, each) for each in (found.left, found.right))
    other = np.where(on, np.where(fit.told, 0.0, bound), found.other)
    other_bound = np.where(on, np.where(fit.told, 0.0, _ANY), found.other_bound)
    other, other_bound = (
        np.where(apart, mine, its)
        for mine, its in ((found.value, other), (found.bound, other_bound))
    )
    return Estimate(
        slope, bound, left, right, np.where(on, bound, found.side_bound), found.kink & ~on,
        found.jump & ~on, other, other_bound, found.twofold | on, found.still,
    )  # fmt: skip


def _known(lost: Line, steps: Array) -> Array:
    """What is known to be lost at each step, (steps, outputs): as much as at those near by.

    Small steps may all meet one value that is right by luck, in wider precision, too.
    """
    each = np.stack([np.fmax(lost(step), lost(-step)) for step in steps])
    there = np.fmax(lost(0.0), _OWN * each[-_COARSER:].max(axis=0))
    near, coarser = (
        sliding_window_view(np.pad(each, (rows, (0, 0)), mode="edge"), sum(rows) + 1, axis=0)
        for rows in ((_NEAR, _NEAR), (_COARSER, 0))
    )
    return np.fmax(np.fmax(near.max(axis=-1), there), _OWN * coarser.max(axis=-1))


def _idle(line: Line, scale: float, here: Array, magnitude: Array | float, further: float) -> Array:
    """Numbers of which size may hide in outputs that no step changed: those that far ones show.

    What does not change far away either does not depend on the input.
    """
    steps = [scale * step for step in _FAR]
    if further > steps[-1]:
        steps += [further * step for step in _FAR[:2]]
    far = np.stack([line(sign * step) for step in steps for sign in (1, -1)])
    by = np.where(np.isfinite(far), np.abs(far - here), np.where(np.isnan(far), 0.0, np.inf))
    return np.minimum(by.max(axis=0), magnitude)


def _estimated(
    ahead: Array,
    behind: Array,
    here: Array,
    steps: Array,
    noise: Array,
    unit: float,
    found: Scatter,
    magnitude: Array | float,
) -> Estimate:
    per = 1 / steps[:, None]
    central = (ahead - behind) * (per / 2)
    plain, whole = (np.fmax(each, noise) * per for each in (found.plain, found.whole))
    value, bound = extrapolate(central, whole, steps, power=2)
    other, other_bound = extrapolate(central, plain, steps, power=2)
    right, right_bound = extrapolate((ahead - here) * per, 2 * whole, steps, power=1)
    left, left_bound = extrapolate((here - behind) * per, 2 * whole, steps, power=1)
    for beyond, inside, slope, slope_bound in (
        (behind, ahead, right, right_bound), (ahead, behind, left, left_bound),
    ):  # fmt: skip
        # At the edge of a domain, the derivative is the one-sided one, if that converges.
        coarse = np.abs(inside[0] - here) * per[0]
        known = np.fmax(_VAGUE * np.abs(slope), _CONVERGED * coarse)
        edge = ~np.isfinite(beyond).any(axis=0) & (slope_bound <= known)
        value, bound = np.where(edge, slope, value), np.where(edge, slope_bound, bound)
        other, other_bound = np.where(edge, value, other), np.where(edge, bound, other_bound)
    jump = _jumps(ahead, behind, here, unit, _STEP * np.abs(ahead[0] - behind[0]))
    twofold = (np.abs(other - value) > bound + other_bound) & ~jump
    meant = np.zeros(value.shape, bool)
    if twofold.any():
        reach = np.broadcast_to(magnitude, twofold.shape)[twofold]
        meant[twofold] = stairs(np.concatenate([ahead, behind])[:, twofold], np.minimum(reach, 1.0))
    swapped = twofold & (meant | ~(bound <= _VAGUE * np.abs(value)))
    value, other = np.where(swapped, other, value), np.where(swapped, value, other)
    bound, other_bound = (
        np.where(swapped, other_bound, bound),
        np.where(swapped, bound, other_bound),
    )
    twofold &= ~meant
    # A kink that is nearer than the stairs of rounding are long is not told from one at the point.
    side_bound = left_bound + right_bound
    coarse = found.few_digits | (found.whole[-1] > _COARSE * found.plain[-1])
    straddled = np.abs(right - left)
    bound = np.where(coarse & (straddled > 0), np.fmax(bound, straddled), bound)
    bound = np.where(jump, np.inf, bound)
    kink = (np.abs(right - left) > side_bound) & ~twofold
    return Estimate(
        value, bound, left, right, side_bound, kink, jump,
        np.where(twofold, other, value), np.where(twofold, other_bound, bound), twofold,
        np.zeros(value.shape, bool),
    )  # fmt: skip


def _jumps(ahead: Array, behind: Array, here: Array, unit: float, reach: Array | float) -> Array:
    """Whether the function steps at the point itself: beside it, it tends to another value.

    On one side, as x mod 1 at a whole number, or on both, constant there, as the sign at 0.
    """
    few = min(_FINEST, len(ahead))
    high, low = ahead[-few:], behind[-few:]
    constant = (high == high[0]).all(axis=0) & (low == low[0]).all(axis=0)
    by = np.maximum(np.abs(high[0] - here), np.abs(low[0] - here))
    found = constant & (by > max(_STEP, 64 * unit) * np.abs(here)) & (by > 0)
    for side in (high, low):
        by = np.abs(side[-1] - here)
        steady = by > _STEADY * np.abs(side - side[-1]).max(axis=0)
        found |= steady & (by > max(_STEP, 64 * unit) * np.fmax(np.abs(here), reach))
    return np.asarray(found)


def extrapolate(table: Array, rounding: Array, steps: Array, power: int) -> tuple[Array, Array]:
    """The best entry of the extrapolation table of each column, with its bound.

    power: the error of a plain difference goes as h**power, h**(2 power), ... for central
    differences (2), and as h, h^2, ... for one-sided ones (1).
    """
    columns = np.arange(table.shape[1])
    low, high = _allowed_by_finer_steps(table, rounding)
    best, best_bound = table[-1].copy(), np.full(table.shape[1], np.inf)
    previous, carried = table, rounding
    for order in range(1, min(_ORDERS, len(steps) - 1) + 1):
        ratio = ((steps[:-order] / steps[order:]) ** power)[:, None]
        finer, coarser = previous[1:], previous[:-1]
        current = finer + (finer - coarser) / (ratio - 1)
        carried = (ratio * carried[1:] + carried[:-1]) / (ratio - 1)
        truncation = np.maximum(np.abs(current - finer), np.abs(current - coarser))
        bound = SAFETY * truncation + carried
        bound = np.where(np.isfinite(bound), bound, np.inf)
        # The last row has no finer step to contradict it.
        bound[:-1] = np.fmax(
            bound[:-1], np.fmax(low[order:] - current[:-1], current[:-1] - high[order:])
        )
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

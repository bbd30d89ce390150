"""How values at a ladder of steps scatter: the rounding error of a function, step by step.

A function is evaluated at x + s and x - s for steps s that fall from an appreciable one to a few
units in the last place. Whatever a smooth function does at the coarser steps predicts its values at
the finer ones; by how much a prediction fails is its innovation. Where the function is smooth, the
innovations fall with a high power of the step until they meet the rounding error, and stay there.

Three things would make plain differences believe too much, and show here:

- A plateau. 1 + erf(x) far out, or a kernel that computes in half precision, is the same number
  over many small steps, as if it had no rounding error. Its innovations stay at one size while
  steps shrink, and vanish below the length of a plateau: what was lost above is lost below as well.
- Few digits. Values that all end in the same zero bits were computed in a lower precision.
- Structure that the steps cannot resolve, such as many periods of a sine: innovations as large as
  the function itself say nothing about rounding, and such steps are not to be used.

Source of the idea that noise is what no polynomial explains: Moré & Wild, Estimating computational
noise, SIAM J. Sci. Comput. 33, 2011.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from gradproof.numeric.rounding.bending import bent, unresolved
from gradproof.numeric.rounding.stairs import UNIT_ROUNDOFF, digits_inside

Array = np.ndarray[Any, Any]

# Below this, numbers lose digits on the way, if not in the end.
_SMALLEST = float(np.finfo(np.float64).tiny) * 2.0**-8
_HALF, _SMALLEST_HALF = 2.0**-11, float(np.finfo(np.float16).smallest_subnormal)

# The steps, in units of an appreciable displacement: each about half of the one before. No two have
# digits in common: rounding errors at x + 1/2, x + 1/4, ... would repeat each other, since what is
# added is a multiple of what is rounded to.
_FIRST, _LAST = -2, -46
_COUNT = _FIRST - _LAST + 1
STEPS = 2.0 ** np.arange(_FIRST, _LAST - 1, -1.0) * (1 - np.arange(_COUNT) * 0.6180339887 % 1 / 4)

# A bound is so many times the largest innovation near by.
_FACTOR = 4.0
# What is lost on plateaus is known from fewer of them.
_LOST = 2.0
# How many finer steps, with two innovations each, say how large the rounding error is.
_FINER = 6
# What scatters by so many times what is known is not all explained by it.
_EXPLAINED, _FINEST = 16.0, 2
# Roundings that an output suffers on top, in units of its own size.
_ROUNDINGS = 8.0
# An input is at most so many times as large as what it is displaced by at a step of 1.
_UNEXACT = 3.0
# Innovations larger than this part of all that the function does are no rounding error.
_ROUGH = 2e-2
# So many steps in a row of one size of innovation, up to this ratio of their ends.
_LEVEL, _EVEN, _SCARCE = 8, 6.0, 64.0
# Where few digits are known to be inside: so few in a row, up to this ratio.
_FEWER, _SLOWLY = 3, 16.0
# Rounding errors of numbers of about the size of 1, or x, that a function may add to its own.
_INNER = 64.0
# A smooth function's innovations do not fall by as much from one step to the next.
_ABRUPT = 2.0**16
# A side of the point that is smooth by itself has innovations that are smaller by this factor.
_CLEAN = 2.0**10
# So many steps lie between the last innovation of one size and rounding, if they fade smoothly.
_FADING = 6
# Four steps after the last one they are smaller than this, and after some more count as gone.
_STEEP, _GONE = 2.0**-14, 2.0**-44
# A plateau may reach further on one side: that many steps.
_BEFORE = 6


@dataclass(frozen=True)
class Scatter:
    """Bounds on the rounding error at every step, all of shape (steps, outputs).

    plain:   from what finer steps show alone.
    whole:   the same with what is lost on plateaus that coarser steps show.
    base:    the roundings of an output itself, and of the step, which are part of both.
    finest:  what is new at the finest steps, (outputs,).
    few_digits: which outputs have fewer digits than their dtype, (outputs,).
    """

    plain: Array
    whole: Array
    base: Array
    finest: Array
    few_digits: Array

    def explained(self, known: Array) -> Array:
        """Whether a known rounding error at each step is all there is, (outputs,).

        At the finest steps every function is smooth: what is new there is rounding.
        """
        resolved = np.isfinite(self.plain[-1])
        return np.asarray(resolved & (self.finest <= _EXPLAINED * (known + self.base)[-1]))

    def with_known(self, known: Array) -> Scatter:
        """The same where the rounding error at each step is known from elsewhere.

        Where it is all there is, coarser steps that scatter by more do not resolve the function.
        """
        all_there_is, rounding = self.explained(known), known + self.base
        plain, whole = (
            np.where(all_there_is, rounding, np.fmax(each, known))
            for each in (self.plain, self.whole)
        )
        return replace(self, plain=plain, whole=whole)


def scatter(
    ahead: Array,
    behind: Array,
    here: Array,
    unit: float = UNIT_ROUNDOFF,
    magnitude: Array | float = 1.0,
    idle: Array | float | None = None,
) -> Scatter:
    """Bound the rounding error of values ``ahead`` and ``behind``, each (steps, outputs), at STEPS.

    here:      the values at the point, (outputs,).
    unit:      the largest relative error of one rounding of an output.
    magnitude: of x where that is more than 1: numbers of this size may be added and cancel.
    idle:      the same for outputs that no step changes; 0 where nothing else does either.
    """
    with np.errstate(all="ignore"):
        unit_of = np.maximum(digits_inside(np.concatenate([ahead, behind])), unit)
        odd, even = (ahead - behind) / 2, (ahead + behind) / 2 - here
        sides = [_innovations(side - here, (1, 2, 3, 4)) for side in (behind, ahead)]
        size = np.fmax(_innovations(odd, (1, 3, 5)), _innovations(even, (1, 2, 4, 6)))
        # At the edge of a domain one side is all there is.
        size = np.where(np.isfinite(odd), size, np.fmax(*sides))
        span = _span(ahead, behind)
        finer = _largest_of_finer(size)
        rough = (finer > _ROUGH * span) & (finer > _INNER * unit_of * np.abs(here))
        rough |= unresolved(size)
        # What a step does not resolve coarser ones do not, either, even where they agree by luck.
        rough = np.logical_or.accumulate(rough[::-1], axis=0)[::-1]
        plain = np.where(rough, np.inf, _FACTOR * finer)
        inner = unit_of * np.asarray(magnitude)
        lost = _lost(size, sides, span, _INNER * inner)
        lost = np.fmax(lost, _lost_inside(size, np.where(unit_of > UNIT_ROUNDOFF, inner, 0.0)))
        # On a plateau all around, nothing shows; numbers near 1 may have been rounded all the same.
        constant = (odd[-_FINER:] == 0).all(axis=0) & (even[-_FINER:] == 0).all(axis=0)
        still = constant & (odd == 0) & (even == 0)
        if idle is not None:
            inner = np.where(still.all(axis=0), unit_of * np.asarray(idle), inner)
        base = _ROUNDINGS * unit_of * np.fmax(np.abs(ahead), np.abs(behind))
        base = base + np.where(unit_of == _HALF, _SMALLEST_HALF, _SMALLEST)
        base = base + np.where(still, 4 * inner, 0.0)
        # A displaced input is rounded, so the step taken is not quite the one that is divided by.
        change = np.where(np.isfinite(odd), odd, np.fmax(np.abs(ahead - here), behind - here))
        base = base + np.abs(change) * (_UNEXACT * UNIT_ROUNDOFF / STEPS[: len(odd), None])
        whole = np.fmax(plain, _LOST * _FACTOR * lost)
        finest = size[-_FINEST:].max(axis=0)
        return Scatter(plain + base, whole + base, base, finest, unit_of > UNIT_ROUNDOFF)


@functools.cache
def _weights(powers: tuple[int, ...], count: int) -> Array:
    """For every window of steps, the combination of unit norm that these powers do not see."""
    width = len(powers) + 1
    windows = sliding_window_view(STEPS[:count], width)
    rows = []
    for window in windows:
        relative = window / window[0]
        _, _, basis = np.linalg.svd(np.array([relative**power for power in powers]))
        rows.append(basis[-1])
    return np.array(rows)


def _innovations(table: Array, powers: tuple[int, ...]) -> Array:
    """What is new at each step, beyond what coarser steps predict; 0 where none do."""
    width, found = len(powers) + 1, np.zeros(table.shape)
    if len(table) >= width:
        windows = sliding_window_view(table, width, axis=0)
        new = np.einsum("knw,kw->kn", windows, _weights(powers, len(table)))
        found[width - 1 :] = np.fmax(np.abs(new), 0.0)
    return found


def _span(ahead: Array, behind: Array) -> Array:
    """By how much the values differ at all."""
    both = np.concatenate([ahead, behind])
    finite = np.isfinite(both)
    largest = np.where(finite, both, -np.inf).max(axis=0)
    smallest = np.where(finite, both, np.inf).min(axis=0)
    return np.maximum(largest - smallest, 0.0)


def _largest_of_finer(size: Array) -> Array:
    """The largest of the next finer steps; at the end, of the last ones."""
    count = len(size)
    few = min(_FINER, count)
    windows = sliding_window_view(size, few, axis=0).max(axis=-1)
    return windows[np.minimum(np.arange(1, count + 1), count - few)]


def _lost(size: Array, sides: list[Array], span: Array, limit: Array) -> Array:
    """What is lost in plateaus of rounding, at each step: as much as at any coarser one.

    Recognised by innovations that stay at one size over many steps; or by some no larger than
    rounding errors of numbers near 1, or x, that vanish abruptly. On both sides of the point: a
    kink, or the edge of a domain, leaves the other side smooth.
    """
    found = np.zeros(size.shape)
    if len(size) <= _LEVEL:
        return found
    row = sliding_window_view(size, _LEVEL, axis=0)
    largest, start, end = row.max(axis=-1), row[..., :3].max(axis=-1), row[..., -3:].max(axis=-1)
    typical = np.partition(row, 3, axis=-1)[..., 3]
    level = (start <= _EVEN * end) & (end <= _EVEN * start) & (typical >= largest / _SCARCE)
    level &= largest <= _ROUGH * span
    for side in sides:
        level &= sliding_window_view(side, _LEVEL, axis=0).max(axis=-1) > largest / _SCARCE
    level[:3] = False  # the first innovations lack coarser steps
    level &= ~_resolved(size, sides, level, largest) & ~bent(size, len(level))
    found[: len(level)] = np.where(level, largest, 0.0)
    vanishing = _vanishing(size, sides, span, limit)
    np.fmax(found, vanishing, out=found)
    return np.maximum.accumulate(found, axis=0)


def _lost_inside(size: Array, inner: Array) -> Array:
    """What numbers near 1, or x, lose that are known to have few digits, at each step.

    Innovations of their size that do not fall from step to step, as those of smooth functions do,
    are such losses. Finer steps may lie on a stair of a factor, and show the slope of the other.
    """
    found = np.zeros(size.shape)
    if len(size) > _FEWER and (inner > 0).any():
        row = sliding_window_view(size, _FEWER, axis=0)
        largest = row.max(axis=-1)
        level = (largest <= _INNER * inner) & (row.min(axis=-1) >= largest / _SLOWLY)
        level[:3] = False  # the first innovations lack coarser steps
        found[: len(level)] = np.where(level, largest, 0.0)
    return np.maximum.accumulate(found, axis=0)


def _resolved(size: Array, sides: list[Array], level: Array, largest: Array) -> Array:
    """Which innovations of one size are no rounding error, since they fade like a smooth function.

    Beside a corner that is rounded off at a small scale they stay at one size, too, at steps larger
    than that; at smaller ones they fall with a power of the step, over many steps. At the end of a
    plateau they have weight in the next few innovations, and are gone then.
    """
    fading = np.fmax(size, np.fmax(*sides))
    tallest = np.where(level, largest, 0.0).max(axis=0)
    floor = np.maximum(fading[-_LEVEL:].max(axis=0), _GONE * tallest)
    numbers = np.arange(len(size))[:, None]
    last = np.where(fading >= tallest / 16, numbers, -1).max(axis=0)
    between = ((numbers > last) & (fading > 8 * floor)).sum(axis=0)
    further = np.minimum(last + 4, len(size) - 1)
    steep = np.take_along_axis(fading, further[None], axis=0)[0] < _STEEP * tallest
    return np.asarray((between >= _FADING) & steep & (largest > _SCARCE * floor))


def _vanishing(size: Array, sides: list[Array], span: Array, limit: Array) -> Array:
    """Innovations no larger than ``limit`` that vanish abruptly, where they begin."""
    found = np.zeros(size.shape)
    small = np.where(size <= limit, size, 0.0)
    for at in range(4, len(size) - 3):
        gone = size[at] > _ABRUPT * np.fmax(size[at + 1], size[at + 2])
        gone &= (size[at] <= limit) & (size[at] <= _ROUGH * span)
        if not gone.any():
            continue
        for side in sides:
            before = side[max(0, at - _BEFORE) : at + 1].max(axis=0)
            after = side[at + 1 : at + 4].max(axis=0)
            gone &= before > _CLEAN * after
        first = max(0, at - 4)
        found[first] = np.fmax(found[first], np.where(gone, small[first : at + 1].max(axis=0), 0.0))
    return found


__all__ = ["STEPS", "UNIT_ROUNDOFF", "Scatter", "scatter"]

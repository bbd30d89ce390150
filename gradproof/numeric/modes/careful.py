"""Derivatives by the elements of one colour with full tables, at two scales of steps.

Steps of about 1, or of the size of x where that is more, suit most functions; next to zero, where
x is far smaller, a function may live at the scale of x instead (1 / x does, a sigmoid does not).
Both are tried there, and what is known better is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.numeric.copies import Moved
from gradproof.numeric.problem import Array, Problem
from gradproof.numeric.rounding.extended import rounding_along
from gradproof.numeric.steps.ladder import careful_slopes
from gradproof.numeric.steps.line_slopes import Slopes
from gradproof.numeric.structure.pattern import Index, Pattern

# Steps of the size of x itself are tried where x is smaller than this.
SMALL = 2.0**-16
# A derivative that is known no better than this may be better known from such steps.
_VAGUE = 1e-2
# Elements of so many powers of two of one another are moved together.
_ALIKE = 12
# The smallest steps are so many units in the last place.
_PLACES = 16


@dataclass(frozen=True)
class CarefulSteps:
    """How to differentiate the outputs of a problem by elements of input number ``at``.

    size:  an appreciable displacement of each element, a power of two, of either sign.
    noise: the bound on the rounding error of each output, as far as it is known at the point.
    unit:  the largest relative error of one rounding of an output.
    """

    problem: Problem
    at: int
    pattern: Pattern
    size: Array
    noise: Array
    unit: float

    def slopes(self, index: Index, chosen: Array | None = None) -> Slopes:
        """Differentiate by the elements at the index of a colour, in units of their ``size``.

        chosen: which of them are meant; derivatives of other outputs are not known.
        """
        x, size = self.problem.inputs[self.at][index], self.size[index]
        wanted = np.ones(size.shape, bool) if chosen is None else chosen
        outputs = np.flatnonzero(np.broadcast_to(self.pattern.spread(wanted), self.pattern.out))
        found = self._along(index, size, outputs)
        small = wanted & (np.abs(x) < SMALL) & (x != 0)
        if small.any():
            with np.errstate(divide="ignore"):
                own = np.copysign(np.exp2(np.round(np.log2(np.abs(x, dtype=np.float64)))), size)
            own = np.where(small, own, size)
            self._take_better(found, self._along(index, own, outputs), size / own)
        return found

    def _along(self, index: Index, size: Array, outputs: Array) -> Slopes:
        where: Any = index if self.problem.inputs[self.at].ndim else Ellipsis

        def moved_by(t: float) -> Moved:
            moved = self.problem.moved(self.at, where, t * size)
            self._outside(moved[self.at])
            return moved

        known: dict[float, Array] = {}

        def line(t: float) -> Array:
            moved = self.problem.moved(self.at, where, t * size)
            outside = self._outside(moved[self.at])
            found = self.problem.displaced(moved)
            if lost is not None:
                known[t] = found
            if outside is None:
                return found
            hidden = np.broadcast_to(self.pattern.spread(outside[index]), self.pattern.out)
            return np.where(hidden.ravel(), np.nan, found)

        x = np.abs(self.problem.inputs[self.at][index], dtype=np.float64)
        reach, of_size = (
            np.broadcast_to(self.pattern.spread(each), self.pattern.out).ravel()
            for each in (np.maximum(x, 1.0), x / np.abs(size))
        )
        finest = finest_step(self.problem.inputs[self.at])
        lost = rounding_along(self.problem, moved_by, known)
        return careful_slopes(line, self.noise, outputs, self.unit, reach, finest, lost, of_size)

    def _outside(self, x: Array) -> Array | None:
        """Which elements were moved out of the domain of x; they are put back, in place."""
        if self.problem.domain is None:
            return None
        low, high = self.problem.domain
        outside = np.asarray((x < low) | (x > high))
        np.clip(x, low, high, out=x)
        return outside

    def _take_better(self, found: Slopes, other: Slopes, ratio: Array) -> None:
        """Take what steps of the size of x tell better; ratio: of the units of the two."""
        by = np.broadcast_to(self.pattern.spread(ratio), self.pattern.out).ravel()
        per = np.abs(by)
        kinked = found.kink if found.kink is not None else np.zeros(by.size, bool)
        still = other.kink if other.kink is not None else np.zeros(by.size, bool)
        vague = kinked | ~(found.bound <= _VAGUE * np.abs(found.value))
        better = vague & ((other.bound * per < found.bound) | (kinked & ~still))
        # Smaller steps that contradict the larger ones are right: those did not see what is there.
        apart = np.abs(found.value - other.value * by)
        better |= (apart > found.bound + other.bound * per) & np.isfinite(other.bound)
        better &= by != 1
        for reason in (found.twofold, other.twofold, other.still):
            if reason is not None:
                better &= ~reason
        found.value = np.where(better, other.value * by, found.value)
        found.bound = np.where(better, other.bound * per, found.bound)
        if found.jump is not None:  # it jumps beside the larger steps alone
            beside = np.zeros(by.size, bool) if other.jump is None else other.jump
            found.jump = found.jump & ~better & (beside | (by == 1))
        if found.other is not None and found.other_bound is not None:
            found.other = np.where(better, found.value, found.other)
            found.other_bound = np.where(better, found.bound, found.other_bound)
        if found.kink is None or found.low is None or found.high is None:
            return
        # Where both see a kink, that of the smaller steps is not told apart from the other.
        found.kink = found.kink & ~(better & ~still)
        found.low = np.where(found.kink, found.low, found.value)
        found.high = np.where(found.kink, found.high, found.value)


def by_scale(
    inputs: Sequence[Array], along: tuple[Array, ...]
) -> Iterator[tuple[float, tuple[Array, ...]]]:
    """Tangents taken apart by how far they may move their elements: 1, or less next to zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = [np.where((x != 0) & (v != 0), np.abs(x / v), 1.0) for x, v in zip(inputs, along)]
        power = [np.where(r < SMALL, np.floor(np.log2(r) / _ALIKE), 0.0) for r in reach]
    for each in sorted({float(p) for part in power for p in np.unique(part)}, reverse=True):
        part = tuple(np.where(p == each, v, 0.0) for p, v in zip(power, along))
        if any(v.any() for v in part):
            yield 2.0 ** (each * _ALIKE), part


def finest_step(x: Array) -> float:
    """The smallest step, in units of its size, that a number of this precision can be moved by."""
    return _PLACES * float(np.finfo(x.dtype).eps) if x.dtype.itemsize < 8 else 0.0


__all__ = ["SMALL", "CarefulSteps", "by_scale", "finest_step"]

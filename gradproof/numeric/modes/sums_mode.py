"""The numeric gradient from sums: <dy, outputs> of each class of outputs, many colours in one call.

Where the elements of a colour do not meet in an output, the outputs fall into classes, one for each
element, and all that the gradient asks of a class is its sum <dy, outputs>. Differences of these
sums are extrapolated instead of those of every output. What does not settle in a few steps (a kink
inside the stencil, a steep function) is left to the walk that looks at every output.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gradproof.numeric.problem import Array, Problem, one_output_shape
from gradproof.numeric.rounding.noise import Bounded
from gradproof.numeric.steps.ladder import FIRST_STEP, RATIO, Table
from gradproof.numeric.steps.moves import Moves
from gradproof.numeric.structure.tiling import Tiling, at_once

STEPS = 3
# A truncation bound of this part of the gradient's magnitude is small enough.
TARGET = 2e-11
# How often the steps are shortened where most elements of a class ask for it, and by how much.
_SHORTENED = 3
# More than this part of the magnitude lost in rounding, and outputs are looked at one by one.
_LOST = 1e-8
_SHORTER = 2.0**-6


@dataclass
class Sums:
    """Derivatives of class sums, (colours, *classes), within their bounds.

    magnitude is the sum of |dy * derivative|; settled says which of them are to be believed.
    """

    value: Array
    bound: Array
    magnitude: Array
    settled: Array

    @property
    def parts(self) -> tuple[Array, Array, Array]:
        """What belongs together of each element."""
        return self.value, self.bound, self.magnitude

    def part(self, moves: slice) -> Sums:
        """Those along some of the moves."""
        return Sums(*(each[moves] for each in (*self.parts, self.settled)))


class Differences:
    """Differences of class sums along displacements of one input, or of several at once.

    kept: the output axes that classes differ along, in the order of the sums; noise: the bound on
    the rounding error of each class sum.
    """

    def __init__(
        self, problem: Problem, moves: Moves, tiling: Tiling | None, kept: Sequence[int],
        dy: Array, here: Bounded, noise: Array,
    ) -> None:  # fmt: skip
        self.problem, self.moves, self.tiling, self.noise = problem, moves, tiling, noise
        self.size = moves.size
        out = one_output_shape(problem)
        self.here = here.value.reshape(out)
        # Where the copies stand in what an evaluation returns, and the sums taken of it.
        self.axis = tiling.axis if tiling is not None else 0
        self.beside = np.expand_dims(self.here, self.axis)
        self.dy = dy.reshape(out)
        self.weights = np.abs(self.dy)
        outputs = list(range(len(out)))
        copies = len(outputs)
        self.labels = [*outputs[: self.axis], copies, *outputs[self.axis :]], outputs
        self.kept = [copies, *kept]

    def along(self) -> Sums:
        """Differentiate along every colour, with steps that suit most elements of its classes."""
        factor = np.ones(self.noise.shape)
        for _ in range(_SHORTENED):
            found = self._at_scale(factor)
            late = (~found.settled).mean(axis=0) > 0.5
            if not late.any():
                break
            factor = np.where(late, factor * _SHORTER, factor)
        return found

    def _at_scale(self, factor: Array) -> Sums:
        """Three steps; one more for the colours that few elements of are not content with."""
        steps = FIRST_STEP / RATIO ** np.arange(STEPS + 1)
        every = np.arange(len(self.size))
        differences = self._evaluated(every, steps[:STEPS], factor)
        found = self._judged(every, steps[:STEPS], differences, factor)
        again = np.flatnonzero(~np.all(found.settled.reshape(len(every), -1), axis=1))
        if not again.size or found.settled.mean() < 0.5:
            return found
        further = self._evaluated(again, steps[STEPS:], factor)
        ahead, behind, _ = differences
        together = (
            np.concatenate([ahead[:, again], further[0]]),
            np.concatenate([behind[:, again], further[1]]),
            further[2],
        )
        better = self._judged(again, steps, together, factor)
        for own, its in zip(found.parts, better.parts):
            own[again] = np.where(found.settled[again], own[again], its)
        found.settled[again] |= better.settled
        return found

    def _judged(
        self,
        colours: Array,
        steps: Array,
        differences: tuple[Array, Array, Array],
        factor: Array,
    ) -> Sums:
        ahead, behind, magnitude = differences
        noise = np.broadcast_to(self.noise, magnitude.shape).ravel()
        table = Table(np.zeros(noise.size), noise, self.problem.unit)
        for step, forth, back in zip(steps, ahead, behind):
            table.add(float(step), forth.ravel(), back.ravel())
        value, truncation, rounding = table.best()
        size = magnitude.ravel() / (2 * steps[-1])
        good = np.isfinite(value) & ((truncation <= TARGET * size) | (truncation <= rounding))
        good &= ~table.one_sided_differ()
        if (factor < 1).any():  # steps that short may only hide a kink in rounding
            good &= rounding <= _LOST * size
        shape = magnitude.shape
        by = self.size[colours] * factor
        per = 1 / np.abs(by)
        return Sums(
            value.reshape(shape) / by,
            (truncation + rounding).reshape(shape) * per,
            size.reshape(shape) * per,
            good.reshape(shape),
        )

    def _evaluated(self, colours: Array, steps: Array, factor: Array) -> tuple[Array, Array, Array]:
        """Changes of the sums ahead and behind, (steps, colours, *classes), and what they add up.

        The last are sums of |dy * difference| over the finest step.
        """
        count = len(steps) * len(colours)
        # About as many pairs to a call as copies are best evaluated together, none with few.
        few = math.ceil(count / max(1, round(count / max(1, at_once(self.problem) // 2))))
        which = np.tile(colours, len(steps))
        by = np.concatenate([step * self.size[colours] * factor for step in steps])
        summed = np.empty((count, 2, *self.noise.shape))
        magnitude = np.empty((len(colours), *self.noise.shape))
        finest = count - len(colours)  # the pairs from here on
        for start in range(0, count, few):
            part = slice(start, start + few)
            change = self._changes(which[part], by[part])
            found = self._summed(change, self.dy)
            summed[part] = found.reshape(-1, 2, *found.shape[1:])
            if start + few > finest:
                first = max(start, finest)
                magnitude[first - finest : start + few - finest] = self._magnitudes(
                    change, first - start
                )
        summed = summed.reshape(len(steps), len(colours), *summed.shape[1:])
        return summed[:, :, 0], summed[:, :, 1], magnitude

    def _changes(self, which: Array, by: Array) -> Array:
        """By how much every output changes along moves, the copies where evaluations have them."""
        if self.tiling is not None:
            variants = self.moves.displaced(which, by)
            found = self.tiling.evaluate(self.problem, variants, made=True)
            if found is not None:
                return np.subtract(found, self.beside)
        parts, variants = [], self.moves.displaced(which, by)
        for k in range(len(next(iter(variants.values())))):
            moved = list(self.problem.inputs)
            for at, copies in variants.items():
                moved[at] = copies[k]
            parts.append(self.problem.displaced(moved).reshape(self.here.shape))
        return np.stack(parts, axis=self.axis) - self.beside

    def _summed(self, change: Array, weights: Array) -> Array:
        """Sums over the outputs of each class, (copies, *classes)."""
        layout, outputs = self.labels
        return np.asarray(np.einsum(change, layout, weights, outputs, self.kept))

    def _magnitudes(self, change: Array, first: int) -> Array:
        """Sums of |dy * (ahead - behind)| of the pairs from ``first`` on."""
        before = (slice(None),) * self.axis
        ahead, behind = (change[(*before, slice(2 * first + k, None, 2))] for k in (0, 1))
        return self._summed(np.abs(ahead - behind), self.weights)


__all__ = ["Differences", "Sums"]

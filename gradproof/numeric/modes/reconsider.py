"""What seems wrong is looked at again, with steps of every size, before it is called wrong.

The first look takes few steps and measures rounding at the point alone. That is quick, and enough
to let a right gradient pass. A gradient is refuted only by the full tables of
:mod:`gradproof.numeric.steps.differences`, which measure rounding at every step: here, for those
elements that the first look finds wrong, the worst first. Elements that are too many to be looked
at again count as unknown, never as wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from gradproof.numeric.compare import Comparison, compare, untold
from gradproof.numeric.measured import Measured
from gradproof.numeric.modes.careful import SMALL, finest_step
from gradproof.numeric.modes.colour_gradient import careful_walk
from gradproof.numeric.modes.gradient_total import NumericGradient
from gradproof.numeric.problem import Array, Problem
from gradproof.numeric.rounding.extended import known_rounding
from gradproof.numeric.rounding.inner_precision import precision_inside, seems_coarse
from gradproof.numeric.rounding.noise import Bounded
from gradproof.numeric.rounding.of_data import with_rounding_of_data
from gradproof.numeric.rounding.of_gradients import rounded
from gradproof.numeric.rounding.scatter import STEPS
from gradproof.numeric.structure.pattern import Index
from gradproof.numeric.structure.patterns import Structure

# So many colours are looked at in a row, and as many times again while none is found wrong.
AT_ONCE, ROUNDS = 16, 4
# An element not looked at again is still called wrong, beside one that is, if it is so far off.
_FAR = 1e3
# So many outputs are differentiated with full tables at a time.
_OUTPUTS = 20_000
# Fewer steps than this say nothing about rounding: half precision has five.
_STEPS = 12
# If more than this part of the derivatives are 0, it is asked why.
_STILL = 0.25
# Larger ones are looked at in wider precision.
_FEW_ROUNDINGS = 64.0
# How high stairs are is known from few of them: bounds there are up to so many times too small.
_OF_STAIRS = 4.0


@dataclass(frozen=True)
class Again:
    """What a second look needs of the first one."""

    problem: Problem
    dy: Array
    measured: Measured
    structures: dict[str, Structure]
    random_signs: bool

    def looked_at(
        self, comparisons: list[Comparison], numeric: dict[str, NumericGradient],
        rng: np.random.Generator,
    ) -> list[Comparison]:  # fmt: skip
        """The comparisons, those that failed made anew from a second look; changes ``numeric``."""
        comparisons = [self._jumps_believed(each, numeric[each.name]) for each in comparisons]
        # Few outputs that no step changed may lie on a plateau of rounding.
        still = all((each.wanted == 0).mean() > _STILL for each in comparisons if each.got.size)
        coarse = seems_coarse(self.problem, closely=still or self.measured.stuck)
        doubtful = coarse or any(map(_doubtful, comparisons))
        leaning = not doubtful and any(map(self._leans, comparisons))
        if not (doubtful or leaning) or not self._has_steps():
            return comparisons
        gradients: Mapping[str, Bounded] | None
        gradients = known_rounding(self.problem, self.dy, self.measured.gradients)
        if leaning:
            if gradients is None:
                return comparisons
            comparisons = [
                compare(each.name, gradients[each.name], numeric[each.name], self.problem.unit, rng)
                for each in comparisons
            ]
        precision = precision_inside(self.problem)
        if gradients is None:
            gradients = rounded(self.problem, self.dy, self.measured, numeric, rng, precision)
            gradients = with_rounding_of_data(self.problem, self.dy, gradients)
        return [
            _Second(
                self, each, gradients[each.name], numeric[each.name], rng, precision, coarse
            ).comparison()
            if coarse or _doubtful(each)
            else each
            for each in comparisons
        ]

    def _jumps_believed(self, comparison: Comparison, numeric: NumericGradient) -> Comparison:
        """The same without jumps beside elements that are far smaller than all steps were."""
        if not comparison.at_jump.any():
            return comparison
        x = np.abs(self.problem.inputs[self.problem.at(comparison.name)])
        numeric.jumped = numeric.jumped & ((x == 0) | (x >= SMALL))
        return replace(comparison, jumped=numeric.jumped.ravel())

    def _leans(self, comparison: Comparison) -> bool:
        """Whether a gradient is right only by a rounding error of more than a few roundings.

        A mask that flips at the given point looks like it.
        """
        lost = self.measured.gradients[comparison.name].bound.ravel()
        few = _FEW_ROUNDINGS * self.problem.unit * comparison.magnitude
        return bool(((lost > few) & (comparison.error > comparison.bound - lost + few)).any())

    def _has_steps(self) -> bool:
        """Whether the precision of the inputs leaves room for steps of many sizes."""
        return all(
            int((finest_step(self.problem.inputs[self.problem.at(name)]) <= STEPS).sum()) >= _STEPS
            for name in self.problem.wrt
        )


def _doubtful(comparison: Comparison) -> bool:
    """Whether the first look finds something wrong, or does not know enough."""
    return comparison.failed or bool(comparison.unbounded.any())


class _Second:
    """The second look at the gradient of one input."""

    def __init__(
        self, again: Again, first: Comparison, got: Bounded, numeric: NumericGradient,
        rng: np.random.Generator, precision: float, coarse: bool,
    ) -> None:  # fmt: skip
        self.precision, self.coarse = precision, coarse or precision > again.problem.unit
        self.again, self.first, self.got, self.numeric, self.rng = again, first, got, numeric, rng
        self.seen = np.zeros(first.shape, bool)
        numeric.predicted = None

    def comparison(self) -> Comparison:
        """Look at the worst elements until one is confirmed to be wrong, or none is left."""
        problem, name = self.again.problem, self.first.name
        structure = self.again.structures[name]
        look = careful_walk(
            problem, name, self.again.dy, self.again.measured.outputs, structure, self.numeric,
            self.again.random_signs, self.precision,
        )  # fmt: skip
        found = self._compared()
        for _ in range(ROUNDS):
            for index, chosen in self._worst(found, structure):
                look(index, chosen)
                self.seen[index] |= chosen
            found = self._compared()
            seen = self.seen.ravel()
            open_ = (found.wrong | found.unbounded) & ~seen
            if self.coarse:
                open_ = ~seen
            if (found.wrong & seen).any() or not open_.any():
                break
        return self._without_unseen(found)

    def _compared(self) -> Comparison:
        found = compare(self.first.name, self.got, self.numeric, self.precision, self.rng)
        if not self.coarse:
            return found
        # With few digits inside, errors of elements have their reasons in common: no sum is known.
        found = replace(found, projection=(0.0, 0.0))
        return untold(found, found.wrong & (found.error <= _OF_STAIRS * found.bound))

    def _worst(self, found: Comparison, structure: Structure) -> Iterator[tuple[Index, Array]]:
        """Colours with the worst elements not looked at again yet, and which these are."""
        seen = self.seen.ravel()
        urgent = np.where(found.unbounded, np.inf, found.ratio)
        if self.coarse:  # few steps see the slopes of stairs
            urgent = urgent + np.finfo(float).tiny
        urgent = np.where(seen, 0.0, urgent)
        pattern, size = structure.pattern, max(1, self.again.problem.size)
        most = max(1, _OUTPUTS * pattern.classes // size)
        worst = np.argpartition(-urgent, min(most, urgent.size) - 1)[:most]
        worst = worst[np.argsort(-urgent[worst], kind="stable")]
        chosen = np.zeros(self.seen.shape, bool)
        chosen.ravel()[worst[urgent[worst] > 0]] = True
        colour_of = _colours(structure)
        taken: dict[int, Index] = {}
        for element in worst[: 64 * AT_ONCE]:
            if len(taken) == AT_ONCE or urgent[element] == 0:
                break
            number, index = colour_of(int(element))
            taken.setdefault(number, index)
        for index in taken.values():
            yield index, chosen[index]

    def _without_unseen(self, found: Comparison) -> Comparison:
        """Leave out what was not looked at again, but what is far off beside something wrong."""
        seen = self.seen.ravel()
        unseen = found.wrong & ~seen
        confirmed = bool((found.wrong & seen).any())
        if confirmed:
            unseen &= found.ratio <= _FAR
        projection = found.projection
        if not confirmed and not seen.all() and found.failed:
            # The sum over all elements is known no better than those that were not seen.
            projection = (0.0, 0.0)
        bound = np.where(unseen, np.inf, found.bound)
        return replace(found, bound=bound, projection=projection)


def _colours(structure: Structure) -> Callable[[int], tuple[int, Index]]:
    """From an element to the number and the index of its colour."""
    pattern = structure.pattern
    free = pattern.free_axes

    def colour(element: int) -> tuple[int, Index]:
        at = np.unravel_index(element, pattern.shape) if pattern.shape else ()
        where = tuple(int(at[a]) for a in free)
        number = int(np.ravel_multi_index(where, [pattern.shape[a] for a in free])) if free else 0
        return number, pattern.index(where)

    return colour


__all__ = ["Again"]

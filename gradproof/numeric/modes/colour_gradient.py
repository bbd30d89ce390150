"""The numeric gradient of <dy, y> for one input, every element of it, colour by colour.

The Jacobian is never stored: of every colour's derivatives only the sums that the comparison needs
are kept, so memory is a few arrays of the size of inputs and outputs.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from gradproof.numeric.modes.careful import CarefulSteps, finest_step
from gradproof.numeric.modes.gradient_total import HIDDEN, NumericGradient, Total
from gradproof.numeric.modes.sums_mode import TARGET, Sums
from gradproof.numeric.problem import Array, Problem
from gradproof.numeric.rounding.noise import Bounded, norm
from gradproof.numeric.rounding.stairs import UNIT_ROUNDOFF
from gradproof.numeric.steps.complexstep import ComplexSteps
from gradproof.numeric.steps.ladder import FIRST_STEP, slopes
from gradproof.numeric.steps.line_slopes import Slopes
from gradproof.numeric.structure.pattern import Index
from gradproof.numeric.structure.patterns import Structure

# What is displaced far, in units of its size, to see how large outputs may be that nothing changed
# nearer by.
_FAR = (1.0, -1.0, 16.0, -16.0)
# Of more outputs than this no further evaluation is made for it.
_DEAR = 50_000
# Below the smallest normal number digits are lost on the way, if not in the end.
_TINY, _VANISHING = float(np.finfo(np.float64).tiny), 1e-290
# A sum of products is rounded by so many units of the terms that it adds up.
_SUMMED = 4.0


def numeric_gradient(
    problem: Problem,
    name: str,
    dy: Array,
    noise: Bounded,
    structure: Structure,
    test: Array,
    hard: Array | None = None,
    random_signs: bool = False,
    sums: Sums | None = None,
) -> NumericGradient:
    """Differentiate <dy, outputs> by every element of input ``name``.

    noise: the outputs with their rounding bound; test: a small displacement of the input, for
    which the change of the outputs is predicted; hard: outputs that few steps do not suit;
    random_signs: dy was drawn, so that errors of different outputs add up as squares; sums: what is
    known from sums over outputs, which is taken where it settled.
    """
    at = problem.at(name)
    pattern = structure.pattern
    walk = _Walk(problem, at, structure, dy, noise, test, hard, random_signs)
    if sums is not None:
        walk.by_sums(sums)
    else:
        for group in pattern.each_colour():
            walk.colour(group)
    walk.found.bound += walk.outside(...)
    walk.allow_for_what_hides()
    walk.found.colours = pattern.colours
    walk.found.method = walk.complex.method
    return walk.found


def careful_walk(
    problem: Problem,
    name: str,
    dy: Array,
    noise: Bounded,
    structure: Structure,
    found: NumericGradient,
    random_signs: bool,
    unit: float,
) -> Callable[[Index, Array], None]:
    """A function that differentiates anew, with full tables, by some elements of a colour.

    It takes the index of the colour, and which of its elements are meant; what comes out is written
    into ``found``. unit: the largest relative error of one rounding of an output.
    """
    at = problem.at(name)
    test = np.zeros(problem.inputs[at].shape)
    walk = _Walk(problem, at, structure, dy, noise, test, None, random_signs)
    walk.found, walk.unit = found, unit
    found.predicted = None
    return walk.carefully


class _Walk(Total):
    """Goes through the colours of a pattern and adds up what each contributes."""

    def __init__(
        self,
        problem: Problem,
        at: int,
        structure: Structure,
        dy: Array,
        noise: Bounded,
        test: Array,
        hard: Array | None,
        random_signs: bool,
    ) -> None:
        pattern, x = structure.pattern, problem.inputs[at]
        super().__init__(x.shape, pattern, dy, noise, test, random_signs)
        self.problem, self.at, self.structure, self.hard = problem, at, structure, hard
        grid = [x.shape[a] for a, _ in sorted(pattern.carried)]
        self.factor = np.ones(grid)  # what was learned about the scale of each class of elements
        self.complex = ComplexSteps(problem, at, pattern.colours)
        self.single = pattern.colours == 1 and not pattern.groups
        self.magnitude = max(1.0, float(np.abs(x).max(initial=0.0)))
        self.finest, self.unit = finest_step(x), problem.unit

    def by_sums(self, sums: Sums) -> None:
        """Take what differences of sums settle; walk through the colours of the rest."""
        pattern, found = self.pattern, self.found
        found.predicted = None
        left = ~np.all(sums.settled.reshape(pattern.colours, -1), axis=1)
        if left.any():
            for group in itertools.compress(pattern.each_colour(), left.tolist()):
                self.colour(group)
        values = (found.value, found.low, found.high), (found.bound,), (found.magnitude,)
        for parts, its in zip(values, sums.parts):
            for own in parts:
                view = pattern.by_colour(own)
                np.copyto(view, its.reshape(view.shape), where=sums.settled.reshape(view.shape))
        if left.any():
            kinked = pattern.by_colour(found.kinked)
            kinked &= ~sums.settled.reshape(kinked.shape)
        if found.other is not None and found.other_bound is not None:
            settled = np.zeros(found.value.shape, bool)
            view = pattern.by_colour(settled)
            view |= sums.settled.reshape(view.shape)
            np.copyto(found.other, found.value, where=settled)
            np.copyto(found.other_bound, found.bound, where=settled)

    def colour(self, group: Any) -> None:
        """Differentiate by all elements of one group of colours, and add it to what was found."""
        size = np.zeros(self.problem.inputs[self.at].shape)
        for index, _ in group:
            size[index] = self.structure.size[index] * self.factor
        where = Ellipsis if self.single else None
        slices = [(index, size[index]) for index, _ in group]

        def line(t: float) -> Array:
            if where is Ellipsis:
                return self.problem.displaced(self.problem.moved(self.at, where, t * size))
            moved = self.problem.moved(self.at, slices[0][0], t * slices[0][1])
            for index, step in slices[1:]:
                moved[self.at][index] += t * step
            return self.problem.displaced(moved)

        slope = slopes(
            line, self.noise.value, self.noise.bound, self._enough,
            fewest=4 if self.single else 3,
            ahead=self.structure.first if self.single and (self.factor == 1).all() else None,
            unit=self.problem.unit, hard=self.hard, magnitude=self.magnitude, finest=self.finest,
        )  # fmt: skip
        if self.complex.usable:
            self._prefer_complex_step(slope, slices)
        for index, mask in group:
            self._add(slope, index, mask, size[index])
        self._learn(slope)

    def carefully(self, index: Index, chosen: Array) -> None:
        """Differentiate by ``chosen`` elements of a colour anew, with full tables."""
        found, size = self.found, self.structure.size[index]
        steps = CarefulSteps(
            self.problem, self.at, self.pattern, self.structure.size, self.noise.bound, self.unit
        )
        slope = steps.slopes(index, chosen)
        first = [np.array(each[index]) for each in found.arrays]
        found.kinked[index] = found.jumped[index] = False
        self._add(slope, index, None, size)
        found.bound[index] += self.outside(index)
        for each, before in zip(found.arrays, first):
            each[index] = np.where(chosen, each[index], before)

    def outside(self, index: Any) -> Array | float:
        """The bound on dependence outside the pattern that is lost in rounding, by element.

        It is of random sign, like dy.
        """
        if self.pattern.exact:
            return 0.0
        lost = norm(self.dy * self.noise.bound) / FIRST_STEP
        return np.asarray(lost / np.abs(self.structure.size[index]))

    def allow_for_what_hides(self) -> None:
        """Widen bounds by what no difference shows.

        The sum over outputs is rounded itself. An output that no step changed, such as
        log(1 + exp(-x)) at 50, may change by less than the rounding of numbers inside it, which are
        at most as large as what it becomes far away.
        """
        pattern, found = self.pattern, self.found
        found.bound += _SUMMED * UNIT_ROUNDOFF * found.magnitude
        if (found.magnitude > _VANISHING).all() or not found.value.size:
            return
        every = self.noise.value.size > _DEAR  # then as large as they may be at all
        far = np.full(self.noise.value.shape, self.magnitude if every else 0.0)
        for t in () if every else _FAR:
            there = self.problem.displaced(
                self.problem.moved(self.at, Ellipsis, t * self.structure.size)
            )
            by = np.abs(there - self.noise.value)
            far = np.maximum(far, np.where(np.isnan(by), 0.0, by))
        hidden = HIDDEN * self.problem.unit * np.minimum(far, self.magnitude)
        classes = self._summed(np.where(far > 0, np.maximum(hidden, _TINY), 0.0)) / FIRST_STEP
        bound, still, size = map(
            pattern.by_colour, (found.bound, found.magnitude <= _VANISHING, self.structure.size)
        )
        np.maximum(bound, np.where(still, classes / np.abs(size), 0.0), out=bound)

    def _prefer_complex_step(self, slope: Slopes, slices: Any) -> None:
        exact = self.complex.along(slices)
        if exact is None:
            return
        smooth = np.ones(slope.value.size, bool) if slope.kink is None else ~slope.kink
        agrees = np.abs(exact.value - slope.value) <= slope.bound + exact.bound
        if bool((agrees | ~smooth).all()):
            slope.value = np.where(smooth, exact.value, slope.value)
            slope.bound = np.where(smooth, exact.bound, slope.bound)
            self.complex.used = True
        else:
            self.complex.usable, self.complex.disagreed = False, True

    def _enough(self, value: Array, truncation: Array) -> Array:
        """Small beside what the gradient element adds up, or beside the derivative itself."""
        pattern, weights = self.pattern, self.weights
        error = truncation * weights
        size = np.abs(value)
        good = pattern.total(error) <= TARGET * pattern.total(size * weights)
        if good.all():
            return np.ones(value.size, bool)
        spread = np.broadcast_to(pattern.spread(good), pattern.out).ravel()
        return np.asarray(spread | (truncation <= TARGET * size))

    def _learn(self, slope: Slopes) -> None:
        """Shrink the steps of a class most of whose outputs asked for more than the first few."""
        if self.single or (slope.settled.min() > 0 and slope.settled.max() <= 4):
            return
        active = slope.value != 0
        if slope.kink is not None:
            active &= ~slope.kink
        count = self.pattern.total(active.astype(float))
        late = self.pattern.total((active & (slope.settled == 0)).astype(float))
        later = self.pattern.total((active & (slope.settled > 4)).astype(float))
        half = 0.5 * np.maximum(count, 1)
        self.factor = self.factor * np.where(late > half, 2.0**-8, np.where(later > half, 0.25, 1))


__all__ = ["careful_walk", "numeric_gradient"]

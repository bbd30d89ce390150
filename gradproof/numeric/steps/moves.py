"""Displacements to differentiate along: of single elements, or of whole classes at once.

Outputs fall into classes that have nothing to do with each other, and every class is displaced by
a step of its own. Each move is made ahead and behind, as a pair of copies of the inputs.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from gradproof.numeric.problem import Array, Problem
from gradproof.numeric.structure.pattern import Pattern
from gradproof.numeric.structure.tiling import Tiling


class Moves(Protocol):
    """Displacements in each class of outputs, of ``size`` (moves, *classes)."""

    size: Array

    def displaced(self, which: Array, by: Array) -> dict[int, Array]:
        """Some inputs, displaced ahead and behind by every move in turn: (2 * moves, *shape).

        which: the numbers of the moves; by: the displacements, (moves, *classes).
        """


@dataclass(frozen=True)
class Element:
    """The input whose elements are displaced one by one in every class, by about ``size``."""

    at: int
    pattern: Pattern
    size: Array


class Elements:
    """Moves of one element in each class, of inputs whose elements fall into the same classes."""

    def __init__(self, problem: Problem, inputs: Sequence[Element], tiling: Tiling | None) -> None:
        self.problem, self.inputs, self.tiling = problem, inputs, tiling
        sizes = []
        self.layouts = [_Layout(problem.inputs[each.at], each.pattern) for each in inputs]
        for each, layout in zip(inputs, self.layouts):
            x = problem.inputs[each.at]
            sizes.append(layout.by_colour(_suited(x, each.size, each.pattern)))
        self.size = np.concatenate(sizes)
        ends = [0, *itertools.accumulate(map(len, sizes))]
        self.parts = [slice(*pair) for pair in itertools.pairwise(ends)]

    def displaced(self, which: Array, by: Array) -> dict[int, Array]:
        """Some inputs, displaced ahead and behind by every move in turn: (2 * moves, *shape)."""
        found = {}
        for each, part, layout in zip(self.inputs, self.parts, self.layouts):
            moves = ((which >= part.start) & (which < part.stop)).nonzero()[0]
            if not moves.size:
                continue
            x = self.problem.inputs[each.at]
            if self.tiling is not None:
                copies = self.tiling.copies(x, each.at, 2 * len(which))
            else:
                copies = np.repeat(x[None], 2 * len(which), axis=0)
            colours = which[moves] - part.start
            moving, at = copies.transpose(layout.copies), layout.where(colours)
            base, step, ahead = layout.base[colours], by[moves], 2 * moves
            moving[(ahead, *at)] = base + step
            moving[(ahead + 1, *at)] = base - step
            found[each.at] = copies
        return found


class _Layout:
    """Where the elements of each colour of an input are: in itself, and in copies of it."""

    def __init__(self, x: Array, pattern: Pattern) -> None:
        self.free = [x.shape[a] for a in pattern.free_axes]
        self.classes = [x.shape[a] for a in range(x.ndim) if a not in pattern.free_axes]
        rest = (a for a in range(x.ndim) if a not in pattern.free_axes)
        self.order = (*pattern.free_axes, *rest)
        self.copies = (0, *(1 + a for a in self.order))
        self.base = self.by_colour(x)

    def by_colour(self, values: Array) -> Array:
        """An array of the input's shape as (colours, *classes)."""
        return values.transpose(self.order).reshape(math.prod(self.free), *self.classes)

    def where(self, colours: Array) -> tuple[Array, ...]:
        """The index of colours along the free axes; nothing where there is one colour."""
        return (colours,) if len(self.free) == 1 else self._unravelled(colours)

    def _unravelled(self, colours: Array) -> tuple[Array, ...]:
        return np.unravel_index(colours, self.free) if self.free else ()


class Directions:
    """Moves of all elements at once, in random directions: ``units`` by position of the input.

    Every component is between half and three halves of the scale of its element, of either sign,
    with few digits, so that displaced inputs are exact.
    """

    def __init__(
        self, problem: Problem, scales: dict[int, Array], tiling: Tiling | None, count: int,
        rng: np.random.Generator,
    ) -> None:  # fmt: skip
        self.problem, self.tiling = problem, tiling
        self.units = {
            at: _COMPONENTS[rng.integers(0, len(_COMPONENTS), (count, *scale.shape), np.uint16)]
            * scale
            for at, scale in scales.items()
        }
        classes = () if tiling is None else (problem.shapes[0][tiling.axis],)
        self.size = np.ones((count, *classes))

    def displaced(self, which: Array, by: Array) -> dict[int, Array]:
        """The inputs, displaced ahead and behind along every direction: (2 * moves, *shape)."""
        found = {}
        for at, units in self.units.items():
            x, count = self.problem.inputs[at], 2 * len(which)
            delta = units[which]
            delta *= self.placed(by, at)
            if self.tiling is not None:
                copies = self.tiling.room(x, at, count)
            else:
                copies = np.empty((count, *x.shape), x.dtype)
            np.add(x, delta, out=copies[::2])
            np.subtract(x, delta, out=copies[1::2])
            found[at] = copies
        return found

    def placed(self, by: Array, at: int) -> Array:
        """A number per move and class, to broadcast against the input in every move."""
        shape = [1] * self.problem.inputs[at].ndim
        if self.tiling is not None:
            shape[self.tiling.carried[at]] = by.shape[1]
        return by.reshape(len(by), *shape)

    def sums(self, at: int, values: Array) -> Array:
        """Sums over the elements of each class of an array (moves, *shape): (moves, *classes)."""
        own = None if self.tiling is None else 1 + self.tiling.carried[at]
        return np.asarray(values.sum(axis=tuple(a for a in range(1, values.ndim) if a != own)))


# Of size 1/2 to 3/2, of either sign.
_COMPONENTS = (np.arange(128.5, 384) / 256 * np.array([[1.0], [-1.0]])).ravel()
LARGEST_COMPONENT = 1.5
# The probability of each.
ATOM = 1 / _COMPONENTS.size


def _suited(x: Array, size: Array, pattern: Pattern) -> Array:
    """Displacements that suit elements which meet in a function: no more than they differ by.

    Down to a quarter: where less than that is asked for, most elements of a class will say so.
    """
    largest = np.exp2(np.round(np.log2(np.maximum(1.0, np.abs(x)))))
    free = pattern.free_axes
    if math.prod(x.shape[a] for a in free) >= 3:
        apart = np.maximum(x.std(axis=free, keepdims=True), 0.25)
        largest = np.minimum(largest, np.exp2(np.round(np.log2(apart))))
    return np.copysign(largest, size)

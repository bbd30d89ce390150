"""Which outputs may depend on which elements of an input: axes carried over, classes, colours."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Index = tuple[Any, ...]


@dataclass(frozen=True)
class Pattern:
    """The colours of one input, and which element of a colour an output depends on.

    shape, out:  shapes of input and output (flat, if there are several outputs).
    carried:     pairs (input axis, output axis).
    groups:      colours to displace together, each a tuple of positions along the free axes, with
                 the outputs that each of them touches (None: all of them).
    exact:       NaN spreads along the pattern only, so that what lies outside it is exactly 0; if
                 the function refuses NaN, it may be anything that is lost in rounding.
    """

    shape: tuple[int, ...]
    out: tuple[int, ...]
    carried: tuple[tuple[int, int], ...]
    groups: tuple[tuple[tuple[Index, Array | None], ...], ...] = ()
    exact: bool = True

    @functools.cached_property
    def free_axes(self) -> tuple[int, ...]:
        """The axes of the input that are not carried."""
        taken = {a for a, _ in self.carried}
        return tuple(a for a in range(len(self.shape)) if a not in taken)

    @property
    def colours(self) -> int:
        """How many colours there are: calls per step of a difference quotient."""
        return len(self.groups) or math.prod(self.shape[a] for a in self.free_axes)

    @property
    def classes(self) -> int:
        """How many elements are displaced together in a colour, each with outputs of its own."""
        return math.prod(self.shape[a] for a, _ in self.carried)

    def by_colour(self, values: Array) -> Array:
        """A view of an array of the input's shape, free axes first: [colour] is a class each."""
        free = self.free_axes
        return values.transpose(*free, *(a for a in range(len(self.shape)) if a not in free))

    def each_colour(self) -> Any:
        """Go through the groups, each a sequence of (index of its elements, outputs or None)."""
        if self.groups:
            yield from self.groups
            return
        for at in np.ndindex(*(self.shape[a] for a in self.free_axes)):
            yield ((self.index(at), None),)

    def index(self, at: tuple[int, ...]) -> Index:
        """Where in the input the elements at position ``at`` along the free axes are."""
        where = dict(zip(self.free_axes, at))
        return tuple(where.get(a, slice(None)) for a in range(len(self.shape)))

    def total(self, weights: Array, reduce: Any = np.add) -> Array:
        """Add up a number per output over the outputs of each element, in the shape of a colour."""
        taken, rest, order = self._axes
        found = reduce.reduce(weights.reshape(self.out), axis=rest) if rest else weights
        return np.asarray(found).reshape([self.out[b] for b in taken]).transpose(order)

    def spread(self, values: Array) -> Array:
        """Give every output the number of the element it depends on; broadcasts against ``out``."""
        _, rest, order = self._axes
        found = np.asarray(values).transpose(np.argsort(order))
        return np.expand_dims(found, rest)

    @functools.cached_property
    def _axes(self) -> tuple[list[int], tuple[int, ...], list[int]]:
        """Carried output axes in order, the other ones, and how the carried ones are permuted."""
        taken = sorted(b for _, b in self.carried)
        rest = tuple(b for b in range(len(self.out)) if b not in taken)
        return taken, rest, [taken.index(b) for _, b in sorted(self.carried)]


def dense(shape: tuple[int, ...], out: tuple[int, ...]) -> Pattern:
    """Nothing known: every element has a colour of its own."""
    return Pattern(shape, out, ())


__all__ = ["Array", "Index", "Pattern", "dense"]

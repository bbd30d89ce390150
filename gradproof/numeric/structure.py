"""Which outputs depend on which inputs, found by displacing inputs and looking at what changes.

An axis of the input is *carried* to an axis of the output when slice i of the output depends on
slice i of the input only: batch norm carries its features, softmax its rows, an elementwise
function every axis. Elements that differ only along carried axes never meet in an output, so all
of them are displaced in one call: they have the same colour. (Curtis, Powell & Reid, On the
estimation of sparse Jacobian matrices, J. Inst. Maths Applics 13, 1974.)

What is found is a conjecture from a few random displacements; whoever uses it must hold the
derivatives that come out against a displacement of everything at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Index = tuple[Any, ...]
Displaced = Callable[[Array], Array]  # a displacement of the whole input -> flat outputs

# Displacements of half of everything by which a conjecture is tried.
_TRIALS = 2
# Bytes that the masks of outputs touched by each colour may take.
_MASK_CAP = 64 * 2**20


@dataclass(frozen=True)
class Pattern:
    """The colours of one input, and which element of a colour an output depends on.

    shape, out:  shapes of input and output (flat, if there are several outputs).
    carried:     pairs (input axis, output axis).
    groups:      colours to displace together, each a tuple of positions along the free axes, with
                 the outputs that each of them touches (None: all of them).
    """

    shape: tuple[int, ...]
    out: tuple[int, ...]
    carried: tuple[tuple[int, int], ...]
    groups: tuple[tuple[tuple[Index, Array | None], ...], ...] = ()

    @property
    def free_axes(self) -> tuple[int, ...]:
        """The axes of the input that are not carried."""
        taken = {a for a, _ in self.carried}
        return tuple(a for a in range(len(self.shape)) if a not in taken)

    @property
    def colours(self) -> int:
        """How many colours there are: calls per step of a difference quotient."""
        return len(self.groups) or math.prod(self.shape[a] for a in self.free_axes)

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
        _, rest, order = self._axes()
        found = reduce.reduce(weights.reshape(self.out), axis=rest) if rest else weights
        return np.asarray(found).reshape([self.out[b] for b in self._axes()[0]]).transpose(order)

    def spread(self, values: Array) -> Array:
        """Give every output the number of the element it depends on; broadcasts against ``out``."""
        _, rest, order = self._axes()
        found = np.asarray(values).transpose(np.argsort(order))
        return np.expand_dims(found, rest)

    def _axes(self) -> tuple[list[int], tuple[int, ...], list[int]]:
        """Carried output axes in order, the other ones, and how the carried ones are permuted."""
        taken = sorted(b for _, b in self.carried)
        rest = tuple(b for b in range(len(self.out)) if b not in taken)
        return taken, rest, [taken.index(b) for _, b in sorted(self.carried)]


def dense(shape: tuple[int, ...], out: tuple[int, ...]) -> Pattern:
    """Nothing known: every element has a colour of its own."""
    return Pattern(shape, out, ())


def find_pattern(
    displaced: Displaced,
    here: Array,
    size: Array,
    out: tuple[int, ...],
    tolerance: Array,
    rng: np.random.Generator,
    moved: Array | None = None,
) -> Pattern:
    """Find which axes are carried.

    displaced: outputs after a displacement; here: outputs without; size: appreciable displacement
    of each element; tolerance: by how much an output may change by rounding alone; moved:
    ``displaced(size)`` where already known.
    """
    shape = size.shape
    if size.size <= 1 or here.size == 0:
        return dense(shape, out)
    if moved is None:
        moved = displaced(size)
    guess = _aligned(shape, out)
    if guess and _separate(displaced, here, moved, size, Pattern(shape, out, guess), tolerance, rng):
        return Pattern(shape, out, guess)
    carried: list[tuple[int, int]] = []
    for axis in range(len(shape)):
        found = _carried_to(axis, displaced, here, size, out, tolerance, rng, carried)
        if found is not None:
            carried.append((axis, found))
    pattern = Pattern(shape, out, tuple(carried))
    if carried and _separate(displaced, here, moved, size, pattern, tolerance, rng):
        return pattern
    return dense(shape, out)


def _aligned(shape: tuple[int, ...], out: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    """Every axis carried, as by an elementwise function or a broadcast; () if shapes forbid it."""
    shift = len(out) - len(shape)
    pairs = [(a, a + shift) for a in range(len(shape)) if shape[a] > 1]
    fits = shift >= 0 and all(shape[a] == out[b] for a, b in pairs)
    return tuple(pairs) if fits else ()


def _carried_to(
    axis: int,
    displaced: Displaced,
    here: Array,
    size: Array,
    out: tuple[int, ...],
    tolerance: Array,
    rng: np.random.Generator,
    carried: list[tuple[int, int]],
) -> int | None:
    """The output axis along which only slice i changes when slice i of the input does."""
    shape = size.shape
    taken = {b for _, b in carried}
    shift = len(out) - len(shape)
    candidates = [b for b in range(len(out)) if out[b] == shape[axis] and b not in taken]
    if shape[axis] < 2 or not candidates:
        return None
    at = int(rng.integers(shape[axis]))
    field = np.zeros(shape)
    where = (slice(None),) * axis + (at,)
    field[where] = size[where]
    changed = _differs(displaced(field), here, tolerance).reshape(out)
    for b in sorted(candidates, key=lambda b: abs(b - axis - shift)):
        others = tuple(a for a in range(len(out)) if a != b)
        touched = np.flatnonzero(changed.any(axis=others))
        if set(touched.tolist()) <= {at}:
            return b
    return None


def _separate(
    displaced: Displaced,
    here: Array,
    moved: Array,
    size: Array,
    pattern: Pattern,
    tolerance: Array,
    rng: np.random.Generator,
) -> bool:
    """Whether outputs follow their own class of elements alone, when half of them is displaced."""
    grid = [size.shape[a] for a, _ in sorted(pattern.carried)]
    for _ in range(_TRIALS):
        chosen = rng.random(grid) < 0.5
        field = np.expand_dims(chosen, pattern.free_axes) * size
        expected = np.where(
            np.broadcast_to(pattern.spread(chosen), pattern.out).ravel(), moved, here
        )
        if _differs(displaced(field), expected, tolerance).any():
            return False
    return True


def _differs(found: Array, expected: Array, tolerance: Array) -> Array:
    with np.errstate(invalid="ignore"):
        same = np.abs(found - expected) <= tolerance
    return np.asarray(~(same | (np.isnan(found) & np.isnan(expected)) | (found == expected)))


def merged(
    pattern: Pattern, displaced: Displaced, here: Array, size: Array, tolerance: Array
) -> Pattern:
    """Join colours that touch different outputs: diagonals, permutations, windows, maxima."""
    colours = pattern.colours
    if colours < 4 or colours * here.size > _MASK_CAP:
        return pattern
    groups: list[list[tuple[Index, Array | None]]] = []
    taken: list[Array] = []
    for ((index, _),) in pattern.each_colour():
        field = np.zeros(size.shape)
        field[index] = size[index]
        mask = _differs(displaced(field), here, tolerance)
        mask |= _differs(displaced(-field), here, tolerance)
        for group, used in zip(groups, taken):
            if not (used & mask).any():
                group.append((index, mask))
                used |= mask
                break
        else:
            groups.append([(index, mask)])
            taken.append(mask.copy())
        if len(groups) > 8 and len(groups) == sum(map(len, groups)):
            return pattern  # dense as far as one can see: do not spend more on it
    return Pattern(pattern.shape, pattern.out, pattern.carried, tuple(map(tuple, groups)))

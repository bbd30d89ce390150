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

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from gradproof.numeric.structure.pattern import Array, Index, Pattern, dense

Displaced = Callable[[Array], Array]  # a displacement of the whole input -> flat outputs

# With more outputs than this, a conjecture is tried by one displacement instead of all it takes
# to tell every two classes apart.
_LARGE = 50_000
_SLOW = 2_000
# Fewer colours than this are not worth the search for some that can be joined.
_WORTH_JOINING = 48
# Bytes that the masks of outputs touched by each colour may take.
_MASK_CAP = 64 * 2**20


def find_pattern(
    displaced: Displaced,
    here: Array,
    size: Array,
    out: tuple[int, ...],
    tolerance: Array,
    rng: np.random.Generator,
    moved: Array | None = None,
    refused: Callable[[], bool] = lambda: False,
    affordable: float = math.inf,
) -> Pattern:
    """Find which axes are carried.

    displaced: outputs after a displacement; here: outputs without; size: appreciable displacement
    of each element; tolerance: by how much an output may change by rounding alone; moved:
    ``displaced(size)`` where already known; refused: whether the last displacement could not be
    evaluated; affordable: with more colours than this, the pattern is not looked at any closer.
    """
    shape = size.shape
    if size.size <= 1 or here.size == 0:
        return dense(shape, out)
    if moved is None:
        moved = displaced(size)
    guess = _aligned(shape, out)
    if guess:
        pattern = Pattern(shape, out, guess)
        if _separate(displaced, here, moved, size, pattern, tolerance, rng):
            spread = _spread_of_nan(displaced, size, pattern, rng, refused)
            if spread is not False:
                return replace(pattern, exact=spread is not None)
    carried: list[tuple[int, int]] = []
    for axis in range(len(shape)):
        found = _carried_to(axis, displaced, here, size, out, tolerance, rng, carried)
        if found is not None:
            carried.append((axis, found))
    pattern = Pattern(shape, out, tuple(carried))
    if pattern.colours > affordable:
        return replace(pattern, exact=False)
    if carried and _separate(displaced, here, moved, size, pattern, tolerance, rng):
        spread = _spread_of_nan(displaced, size, pattern, rng, refused)
        if spread is not False:
            return replace(pattern, exact=spread is not None)
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
    # Two slices: the last one of a cumulative sum looks as if it stood alone.
    at = int(rng.integers(shape[axis]))
    other = (at + 1 + int(rng.integers(shape[axis] - 1))) % shape[axis]
    for i in (at, other):
        field = np.zeros(shape)
        where = (slice(None),) * axis + (i,)
        field[where] = size[where]
        changed = _differs(displaced(field), here, tolerance).reshape(out)
        candidates = [b for b in candidates if _only_slice(changed, b, i)]
        if not candidates:
            return None
    return min(candidates, key=lambda b: abs(b - axis - shift))


def _only_slice(changed: Array, axis: int, i: int) -> bool:
    """Whether nothing but slice i along an axis changed."""
    others = tuple(a for a in range(changed.ndim) if a != axis)
    return set(np.flatnonzero(changed.any(axis=others)).tolist()) <= {i}


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
    for chosen in _halves(pattern, rng):
        field = np.expand_dims(chosen, pattern.free_axes) * size
        expected = np.where(
            np.broadcast_to(pattern.spread(chosen), pattern.out).ravel(), moved, here
        )
        if _differs(displaced(field), expected, tolerance).any():
            return False
    return True


def _spread_of_nan(
    displaced: Displaced,
    size: Array,
    pattern: Pattern,
    rng: np.random.Generator,
    refused: Callable[[], bool],
) -> bool | None:
    """Whether NaN in half of the classes leaves all others untouched; None if NaN is refused.

    A displacement can be lost in rounding, as the tails of a softmax are, or in a maximum; NaN
    cannot.
    """
    # NaN may send a function down a slow path, so large ones are tried by one digit only.
    halves = _halves(pattern, rng)
    few = itertools.islice(halves, 2) if math.prod(pattern.out) > _SLOW else halves
    for chosen in few:
        field = np.expand_dims(np.where(chosen, np.nan, 0.0), pattern.free_axes) + 0 * size
        reached = np.isnan(displaced(field)).reshape(pattern.out)
        if refused():
            return None
        if (reached & ~np.broadcast_to(pattern.spread(chosen), pattern.out)).any():
            return False
    return True


def _halves(pattern: Pattern, rng: np.random.Generator) -> Iterator[Array]:
    """Halves of the classes of elements: every two classes are in different ones at some point."""
    grid = [pattern.shape[a] for a, _ in sorted(pattern.carried)]
    if math.prod(pattern.out) > _LARGE:
        yield rng.random(grid) < 0.5
        return
    for chosen in apart(math.prod(grid), rng):
        yield chosen.reshape(grid)


def apart(classes: int, rng: np.random.Generator) -> Array:
    """Halves (count, classes), so few that each class is in one that any other is not in.

    Every class has a number of its own, and of as many binary digits 1 as all others: of two, each
    has a 1 where the other has none. Digit by digit, these are the halves. (Sperner, Ein Satz über
    Untermengen einer endlichen Menge, Math. Z. 27, 1928: fewer digits do not suffice.)

    >>> apart(6, np.random.default_rng(0)).shape
    (4, 6)
    """
    digits = next(n for n in itertools.count(1) if math.comb(n, n // 2) >= classes)
    numbers = np.arange(2**digits)
    chosen = rng.permutation(numbers[np.bitwise_count(numbers) == (digits + 1) // 2])[:classes]
    return np.asarray((chosen >> np.arange(digits)[:, None]) % 2 == 1)


def _differs(found: Array, expected: Array, tolerance: Array) -> Array:
    with np.errstate(invalid="ignore"):
        same = np.abs(found - expected) <= tolerance
    return np.asarray(~(same | (np.isnan(found) & np.isnan(expected)) | (found == expected)))


def merged(
    pattern: Pattern, displaced: Displaced, here: Array, size: Array, tolerance: Array
) -> Pattern:
    """Join colours that touch different outputs: diagonals, permutations, windows, maxima."""
    colours = pattern.colours
    if colours < _WORTH_JOINING or colours * here.size > _MASK_CAP:
        return pattern
    groups: list[list[tuple[Index, Array | None]]] = []
    taken: list[Array] = []
    for ((index, _),) in pattern.each_colour():
        field = np.zeros(size.shape)
        field[index] = size[index]
        mask = _differs(displaced(field), here, tolerance)
        field[index] = np.nan  # what is lost in rounding, or in a maximum, shows by this
        mask |= np.isnan(displaced(field))
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
    return replace(pattern, groups=tuple(map(tuple, groups)))

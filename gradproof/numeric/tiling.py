"""Many displaced copies of the inputs in one call, side by side along an axis that is carried.

Batch norm treats every feature by itself, so an input with four times as many features is four
inputs at once; a softmax takes more rows, a dense layer more samples or more units. Whether a
function does is found out by asking it: copies, of which different halves are displaced, must
come out as they do one by one. A function that only works at one width is asked one by one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from gradproof.numeric.noise import Bounded
from gradproof.numeric.problem import Array, Problem
from gradproof.numeric.structure import Pattern

# Elements of one call: beyond this, arrays leave the cache and copies cost more than calls.
_ELEMENTS = 2**14
# Elements to be computed to tell every two classes apart; beyond, halves are drawn at random.
_MOST = 4_000_000
# Larger outputs are dear to evaluate even once: other ways are cheaper there.
LARGEST = 200_000


@dataclass(frozen=True)
class Tiling:
    """Copies stand side by side along output axis ``axis``, and along ``carried[at]`` of inputs."""

    axis: int
    carried: Mapping[int, int]
    repeated: dict[tuple[int, int], Array] = field(default_factory=dict, compare=False, repr=False)

    def repeat(self, x: Array, at: int, count: int) -> Array:
        """Input ``at`` so many times side by side; kept, since calls take the same few numbers."""
        if (at, count) not in self.repeated:
            self.repeated[at, count] = np.concatenate([x] * count, axis=self.carried[at])
        return self.repeated[at, count]

    def copies(self, x: Array, at: int, count: int) -> Array:
        """So many copies of input ``at``, a view with the copies along the leading axis."""
        axis = self.carried[at]
        wide = (*x.shape[:axis], count, *x.shape[axis:])
        beside = self.repeat(x, at, count).copy().reshape(wide)
        return beside.transpose(axis, *range(axis), *range(axis + 1, beside.ndim))

    def evaluate(self, problem: Problem, variants: Mapping[int, Array]) -> Array | None:
        """The outputs of every copy; None where the function refuses to be evaluated there.

        variants: of some inputs, their copies along a leading axis; the others are repeated.
        Returns an array like the output, with an axis of copies before ``axis``.
        """
        count = len(next(iter(variants.values())))
        joined = list(problem.inputs)
        for at, axis in self.carried.items():
            if at in variants:
                joined[at] = _beside(variants[at], axis)
            else:
                joined[at] = self.repeat(problem.inputs[at], at, count)
        shape, axis = problem.shapes[0], self.axis
        wide = (*shape[:axis], count * shape[axis], *shape[axis + 1 :])
        try:
            outputs, _ = problem.run(joined)
        except Exception:  # whatever it raises, it does not take these copies
            return None
        if len(outputs) != 1 or outputs[0].shape != wide:
            return None
        split = (*shape[:axis], count, *shape[axis:])
        return outputs[0].reshape(split).astype(np.float64, copy=False)


def _beside(copies: Array, axis: int) -> Array:
    """Copies along the leading axis, laid side by side along an axis of the array itself."""
    shape = copies.shape[1:]
    moved = copies.transpose(*range(1, axis + 1), 0, *range(axis + 1, copies.ndim))
    return moved.reshape(*shape[:axis], len(copies) * shape[axis], *shape[axis + 1 :])


def at_once(problem: Problem) -> int:
    """How many copies to evaluate in one call."""
    return max(1, _ELEMENTS // max(1, problem.size))


@dataclass(frozen=True)
class Tiled:
    """One input of a function that takes copies: its pattern, and how copies are laid out."""

    pattern: Pattern
    tiling: Tiling


def find_tilings(
    problem: Problem,
    here: Bounded,
    sizes: Mapping[str, Array],
    rng: np.random.Generator,
    lightly: bool = False,
) -> dict[str, Tiled]:
    """The inputs whose copies can stand side by side, each along the axis that saves most.

    here: the outputs with their rounding bound; sizes: appreciable displacements by input name;
    lightly: a few displacements make a conjecture, which whoever uses it must find confirmed.
    """
    found: dict[str, Tiled] = {}
    if len(problem.shapes) != 1 or not 1 < problem.size <= LARGEST or problem.careful:
        return found
    search = _Search(problem, here, sizes, rng, lightly)
    for axis in reversed(range(len(problem.shapes[0]))):
        for name, each in search.along(axis, skip=_settled(problem, found, axis)).items():
            if name not in found or each.pattern.colours < found[name].pattern.colours:
                found[name] = each
    return found


def _settled(problem: Problem, found: Mapping[str, Tiled], axis: int) -> set[str]:
    """Inputs of which it is known already whether they are carried to this output axis."""
    shift = {name: len(problem.shapes[0]) - problem.inputs[problem.at(name)].ndim for name in found}
    return {name for name in found if axis - shift[name] >= 0}


class _Search:
    """Asks the function about one output axis after the other."""

    def __init__(
        self,
        problem: Problem,
        here: Bounded,
        sizes: Mapping[str, Array],
        rng: np.random.Generator,
        lightly: bool,
    ) -> None:
        self.problem, self.rng, self.lightly = problem, rng, lightly
        self.out = problem.shapes[0]
        self.here = here.value.reshape(self.out)
        self.tolerance = 2 * here.bound.reshape(self.out)
        self.sizes = {problem.at(name): size for name, size in sizes.items() if size.size}

    def along(self, axis: int, skip: set[str]) -> dict[str, Tiled]:
        """What can stand side by side along an output axis."""
        wanted = {self.problem.at(n) for n in self.problem.wrt if n not in skip} & set(self.sizes)
        for carried in self._candidates(axis):
            if not wanted & set(carried):
                continue
            tiling = Tiling(axis, carried)
            exact = self._separates(tiling)
            if exact is None:
                continue
            return {
                self.problem.names[at]: Tiled(self._pattern(at, tiling, exact), tiling)
                for at in carried
                if at in wanted
            }
        return {}

    def _candidates(self, axis: int) -> Iterator[dict[int, int]]:
        """Which axes of the inputs may belong to an output axis: as broadcasting aligns them."""
        length, aligned = self.out[axis], {}
        if length < 2:
            return
        for at, x in enumerate(self.problem.inputs):
            own = axis - len(self.out) + x.ndim
            if own >= 0 and x.shape[own] == length:
                aligned[at] = own
        yield aligned
        # Square weights look as if they were aligned along an axis that is summed over.
        if len(aligned) > 1:
            for left_out in aligned:
                yield {at: own for at, own in aligned.items() if at != left_out}

    def _separates(self, tiling: Tiling) -> bool | None:
        """Whether slices along the axis have nothing to do with each other, nor copies.

        None if they have; False if NaN is refused, so that what is lost in rounding went unseen.
        """
        chosen = self._halves((self.out[tiling.axis],))
        picked = {
            at: _along(chosen, axis, self.sizes[at])
            for at, axis in tiling.carried.items()
            if at in self.sizes
        }
        return self._alone(tiling, picked, self._masks(chosen, (tiling.axis,), tiling.axis))

    def _alone(self, tiling: Tiling, picked: Mapping[int, Array], mask: Array) -> bool | None:
        """Whether nothing changes but the outputs in ``mask`` when what is picked is displaced.

        picked: of some inputs, halves (count, ...) that broadcast against copies of them.
        None if something else does; False if NaN is refused, or not tried, so that what is lost in
        rounding went unseen.
        """
        sizes = {at: self.sizes[at] for at in picked}
        whole = self._displaced(sizes)
        if whole is None:
            return None
        found = self._evaluated(tiling, {at: half * sizes[at] for at, half in picked.items()})
        if found is None:
            return None
        here, tolerance = self._spread(self.here, tiling), self._spread(self.tolerance, tiling)
        expected = np.where(mask, self._spread(whole, tiling), here)
        if not _same(found, expected, tolerance).all():
            return None
        if self.lightly:
            return False
        reached = self._evaluated(
            tiling,
            {at: np.where(half, np.nan, 0.0) + 0 * sizes[at] for at, half in picked.items()},
        )
        if reached is None:
            return False
        return None if (np.isnan(reached) & ~mask & ~np.isnan(here)).any() else True

    def _pattern(self, at: int, tiling: Tiling, exact: bool) -> Pattern:
        """The pattern of one input: the axis of the tiling, and any other axes it carries."""
        shape = self.problem.inputs[at].shape
        own = ((tiling.carried[at], tiling.axis),)
        more = self._further(at, tiling)
        if more:
            pattern = Pattern(shape, self.out, tuple(sorted((*own, *more))), exact=exact)
            if self.lightly or self._confirmed(at, tiling, pattern):
                return pattern
        return Pattern(shape, self.out, own, exact=exact)

    def _further(self, at: int, tiling: Tiling) -> list[tuple[int, int]]:
        """Other axes of which one slice alone changes when one slice is displaced."""
        shape, shift = self.sizes[at].shape, len(self.out) - self.sizes[at].ndim
        pairs = [
            (a, a + shift) for a in range(len(shape))
            if a != tiling.carried[at] and a + shift >= 0 and 1 < shape[a] == self.out[a + shift]
        ]  # fmt: skip
        if not pairs:
            return []
        # Two slices: the last one of a cumulative sum looks as if it stood alone.
        probes, copies = [], []
        for a, b in pairs:
            for i in self.rng.choice(shape[a], 2, replace=False):
                field = np.zeros(shape)
                field[(slice(None),) * a + (i,)] = self.sizes[at][(slice(None),) * a + (i,)]
                probes.append((a, b, int(i)))
                copies.append(field)
        found = self._evaluated(tiling, {at: np.stack(copies)})
        if found is None:
            return []
        changed = ~_same(
            found, self._spread(self.here, tiling), self._spread(self.tolerance, tiling)
        )
        changed = np.moveaxis(changed, tiling.axis, 0)
        alone: dict[tuple[int, int], bool] = {}
        for (a, b, i), each in zip(probes, changed):
            others = tuple(axis for axis in range(each.ndim) if axis != b)
            only = not np.delete(each.any(axis=others), i).any()
            alone[a, b] = alone.get((a, b), True) and only
        return [pair for pair, only in alone.items() if only]

    def _confirmed(self, at: int, tiling: Tiling, pattern: Pattern) -> bool:
        """Whether outputs follow their own class alone, every two classes held apart."""
        carried = sorted(pattern.carried)
        grid = tuple(pattern.shape[a] for a, _ in carried)
        chosen = self._halves(grid)
        free = tuple(a + 1 for a in pattern.free_axes)
        mask = self._masks(chosen, tuple(b for _, b in carried), tiling.axis)
        return self._alone(tiling, {at: np.expand_dims(chosen, free)}, mask) is not None

    def _halves(self, grid: tuple[int, ...]) -> Array:
        """Halves of the classes, (count, *grid): every two classes are apart in one of them."""
        classes = math.prod(grid)
        digits = max(1, (classes - 1).bit_length())
        if self.lightly or 2 * digits * self.problem.size > _MOST:
            half = self.rng.random(grid) < 0.5
            return np.stack([half, ~half])
        numbers = self.rng.permutation(classes).reshape(grid)
        half = np.stack([(numbers >> digit) % 2 == 1 for digit in range(digits)])
        return np.concatenate([half, ~half])

    def _masks(self, chosen: Array, axes: tuple[int, ...], at: int) -> Array:
        """Which outputs belong to the chosen classes, in the layout of evaluated copies."""
        order = np.argsort(axes)
        shape = [self.out[b] if b in axes else 1 for b in range(len(self.out))]
        placed = chosen.transpose(0, *(1 + order)).reshape(len(chosen), *shape)
        return np.moveaxis(placed, 0, at)

    def _spread(self, values: Array, tiling: Tiling) -> Array:
        return np.expand_dims(values, tiling.axis)

    def _displaced(self, fields: Mapping[int, Array]) -> Array | None:
        moved = list(self.problem.inputs)
        for at, by in fields.items():
            moved[at] = (moved[at] + by).astype(moved[at].dtype, copy=False)
        found = self.problem.displaced(moved)
        return None if self.problem.refused else found.reshape(self.out)

    def _evaluated(self, tiling: Tiling, fields: Mapping[int, Array]) -> Array | None:
        """The outputs of copies displaced by fields (count, *shape), a few at a time."""
        count, few, parts = len(next(iter(fields.values()))), at_once(self.problem), []
        for start in range(0, count, few):
            variants = {
                at: (self.problem.inputs[at] + by[start : start + few]).astype(
                    self.problem.inputs[at].dtype, copy=False
                )
                for at, by in fields.items()
            }
            part = tiling.evaluate(self.problem, variants)
            if part is None:
                return None
            parts.append(part)
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=tiling.axis)


def _along(chosen: Array, axis: int, size: Array) -> Array:
    """The chosen slices along an axis, (count, ...), to broadcast against displacements."""
    shape = [1] * size.ndim
    shape[axis] = size.shape[axis]
    return chosen.reshape(len(chosen), *shape)


def _same(found: Array, expected: Array, tolerance: Array) -> Array:
    with np.errstate(invalid="ignore"):
        same = np.abs(found - expected) <= tolerance
    return np.asarray(same | (found == expected) | (np.isnan(found) & np.isnan(expected)))


__all__ = ["LARGEST", "Tiled", "Tiling", "at_once", "find_tilings"]

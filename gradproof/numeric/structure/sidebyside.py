"""Which inputs take copies side by side, and along which axis: found out by asking the function.

Displaced halves of the slices along an axis must leave the other slices alone, side by side as
well as one by one; NaN shows what a displacement loses in rounding.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from gradproof.numeric.problem import Array, Problem
from gradproof.numeric.rounding.noise import Bounded
from gradproof.numeric.structure.dependence import apart
from gradproof.numeric.structure.pattern import Pattern
from gradproof.numeric.structure.probes import Probe, agree, along_axis, standing_alone
from gradproof.numeric.structure.tiling import Tiling, at_once

# Elements to be computed to tell every two classes apart; beyond, halves are drawn at random.
_MOST = 4_000_000
# Larger outputs are dear to evaluate even once: other ways are cheaper there.
LARGEST = 200_000
# So many displaced copies to a call at least, beside the one in each that is not displaced.
_FEWEST = 4


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
    if len(problem.shapes) != 1 or not 1 < problem.size <= LARGEST:
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
            patterns = self._patterns(tiling, wanted & set(carried))
            if patterns:
                names = self.problem.names
                return {names[at]: Tiled(pattern, tiling) for at, pattern in patterns.items()}
        return {}

    def _patterns(self, tiling: Tiling, wanted: set[int]) -> dict[int, Pattern]:
        """The patterns of some inputs; none if slices along the axis are not separate."""
        if self.lightly:
            return self._guessed(tiling, wanted)
        exact = self._separates(tiling)
        return {} if exact is None else {at: self._pattern(at, tiling, exact) for at in wanted}

    def _guessed(self, tiling: Tiling, wanted: set[int]) -> dict[int, Pattern]:
        """The same from one evaluation: half of the slices, and two slices of every other axis."""
        half = self.rng.permutation(self.out[tiling.axis]) % 2 == 1
        probes = [probe for at in sorted(wanted) for probe in self._probes(at, tiling)]
        fields = {}
        for at, axis in tiling.carried.items():
            if at not in self.sizes:
                continue
            size = self.sizes[at]
            fields[at] = np.zeros((1 + len(probes), *size.shape))
            fields[at][0] = along_axis(half[None], axis, size)[0] * size
            for k, probe in enumerate(probes, start=1):
                if probe.at == at:
                    fields[at][k][probe.where] = size[probe.where]
        found = self._evaluated(tiling, fields)
        if found is None:
            return {}
        changed = self._changed(found, tiling)
        if (changed[0] & ~self._masks(half[None], (tiling.axis,), 0)[0]).any():
            return {}
        more = standing_alone(probes, changed[1:])
        return {
            at: Pattern(
                self.sizes[at].shape, self.out,
                tuple(sorted([(tiling.carried[at], tiling.axis), *more.get(at, ())])), exact=False,
            )
            for at in wanted
        }  # fmt: skip

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
            at: along_axis(chosen, axis, self.sizes[at])
            for at, axis in tiling.carried.items()
            if at in self.sizes
        }
        return self._alone(tiling, picked, self._masks(chosen, (tiling.axis,), tiling.axis))

    def _alone(self, tiling: Tiling, picked: Mapping[int, Array], mask: Array) -> bool | None:
        """Whether nothing changes but the outputs in ``mask`` when what is picked is displaced.

        picked: of some inputs, halves (count, ...) that broadcast against copies of them.
        None if something else does; False if NaN is refused, so that what is lost in rounding went
        unseen.
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
        if not agree(found, expected, tolerance).all():
            return None
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
            if self._confirmed(at, tiling, pattern):
                return pattern
        return Pattern(shape, self.out, own, exact=exact)

    def _probes(self, at: int, tiling: Tiling) -> list[Probe]:
        """Slices along the other axes of an input that may belong to an output axis.

        Two of each: the last one of a cumulative sum looks as if it stood alone.
        """
        shape, shift = self.sizes[at].shape, len(self.out) - self.sizes[at].ndim
        return [
            Probe(at, a, a + shift, int(i))
            for a in range(len(shape))
            if a != tiling.carried[at] and a + shift >= 0 and 1 < shape[a] == self.out[a + shift]
            for i in self.rng.choice(shape[a], 2, replace=False)
        ]

    def _further(self, at: int, tiling: Tiling) -> list[tuple[int, int]]:
        """Other axes of which one slice alone changes when one slice is displaced."""
        probes = self._probes(at, tiling)
        if not probes:
            return []
        copies = np.zeros((len(probes), *self.sizes[at].shape))
        for copy, probe in zip(copies, probes):
            copy[probe.where] = self.sizes[at][probe.where]
        found = self._evaluated(tiling, {at: copies})
        if found is None:
            return []
        return standing_alone(probes, self._changed(found, tiling)).get(at, [])

    def _changed(self, found: Array, tiling: Tiling) -> Array:
        """Which outputs of every copy differ from those here, copies first."""
        here, tolerance = self._spread(self.here, tiling), self._spread(self.tolerance, tiling)
        return np.moveaxis(~agree(found, here, tolerance), tiling.axis, 0)

    def _confirmed(self, at: int, tiling: Tiling, pattern: Pattern) -> bool:
        """Whether outputs follow their own class alone, every two classes held apart."""
        carried = sorted(pattern.carried)
        grid = tuple(pattern.shape[a] for a, _ in carried)
        chosen = self._halves(grid)
        free = tuple(a + 1 for a in pattern.free_axes)
        mask = self._masks(chosen, tuple(b for _, b in carried), tiling.axis)
        return self._alone(tiling, {at: np.expand_dims(chosen, free)}, mask) is not None

    def _halves(self, grid: tuple[int, ...]) -> Array:
        """Halves of the classes, (count, *grid): each class is in one that any other is not in."""
        classes = math.prod(grid)
        if 2 * (classes - 1).bit_length() * self.problem.size > _MOST:
            half = self.rng.random(grid) < 0.5
            return np.stack([half, ~half])
        return apart(classes, self.rng).reshape(-1, *grid)

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
        """The outputs of copies displaced by fields (count, *shape), a few at a time.

        A copy that is not displaced comes first in each call: a function that reverses the axis
        would else look as if it kept slices apart, where copies read the same from either end.
        """
        count, parts = len(next(iter(fields.values()))), []
        few = max(_FEWEST, at_once(self.problem))
        for start in range(0, count, few):
            variants = {}
            for at, by in fields.items():
                x, some = self.problem.inputs[at], by[start : start + few]
                variants[at] = np.concatenate([x[None], (x + some).astype(x.dtype, copy=False)])
            part = tiling.evaluate(self.problem, variants)
            if part is None:
                return None
            part = part[(slice(None),) * tiling.axis + (slice(1, None),)]
            parts.append(part if count <= few else part.copy())  # more calls are to come
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=tiling.axis)


__all__ = ["LARGEST", "Tiled", "find_tilings"]

"""The pattern of each input of a problem, with what was evaluated to find it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from gradproof.numeric.problem import Array, Problem, one_output_shape
from gradproof.numeric.rounding.noise import Bounded
from gradproof.numeric.steps.ladder import FIRST_STEP, MOST
from gradproof.numeric.structure.dependence import find_pattern, merged
from gradproof.numeric.structure.pattern import Pattern, dense
from gradproof.numeric.structure.tiling import Tiling


def appreciable(array: Array, rng: np.random.Generator) -> Array:
    """A displacement per element that changes it appreciably: powers of two near max(1, |x|).

    Signs and sizes are random: equal displacements would hide dependence from functions that do
    not see a common shift.
    """
    size = np.exp2(np.round(np.log2(np.maximum(1.0, np.abs(array.astype(np.float64))))))
    size = np.where(np.isfinite(size), size, 1.0)
    return size * rng.choice(np.array([-1.0, -0.5, 0.5, 1.0]), size=array.shape)


@dataclass
class Structure:
    """The pattern of one input, with what was evaluated to find it."""

    pattern: Pattern
    size: Array
    first: Array | None = None  # outputs after FIRST_STEP * size, for elementwise functions
    tiling: Tiling | None = None  # how copies can be evaluated side by side


def structure_of(
    problem: Problem,
    name: str,
    noise: Bounded,
    rng: np.random.Generator,
    affordable: float = math.inf,
    size: Array | None = None,
) -> Structure:
    """Find which outputs depend on which elements of input ``name``."""
    at = problem.at(name)
    if size is None:
        size = appreciable(problem.inputs[at], rng)

    def displaced(field: Array) -> Array:
        return problem.displaced(problem.moved(at, Ellipsis, field))

    first = displaced(FIRST_STEP * size) if size.size else noise.value
    pattern = find_pattern(
        displaced, noise.value, FIRST_STEP * size, one_output_shape(problem), 2 * noise.bound, rng,
        moved=first, refused=lambda: problem.refused, affordable=affordable,
    )  # fmt: skip
    return Structure(pattern, size, first)


def joined(problem: Problem, name: str, noise: Bounded, structure: Structure) -> Structure:
    """The same with colours joined that touch different outputs."""
    if structure.tiling is not None:
        return structure
    at = problem.at(name)
    pattern = merged(
        structure.pattern,
        lambda field: problem.displaced(problem.moved(at, Ellipsis, field)),
        noise.value, FIRST_STEP * structure.size, 2 * noise.bound,
    )  # fmt: skip
    return replace(structure, pattern=pattern)


def cost_of(problem: Problem, patterns: list[Pattern]) -> int:
    """Output elements to be computed for all colours at the usual number of steps."""
    return sum(each.colours for each in patterns) * 2 * (MOST - 2) * max(1, problem.size)


def without_structure(structure: Structure) -> Structure:
    """The same input, with a colour for every element."""
    pattern = structure.pattern
    return Structure(dense(pattern.shape, pattern.out), structure.size)


__all__ = [
    "Structure", "appreciable", "cost_of", "joined", "structure_of", "without_structure",
]  # fmt: skip

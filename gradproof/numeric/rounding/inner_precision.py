"""The precision in which a function computes, whatever the dtype of what it returns."""

from __future__ import annotations

import numpy as np

from gradproof.numeric.problem import Array, Problem, stream
from gradproof.numeric.rounding.stairs import digits_inside

# Numbers by which it is told, points at which they are looked for, and numbers taken of each.
_ENOUGH, _POINTS, _SAMPLE = 64, 80, 4096
_DEAR = 50_000
# Numbers rounded to so many decimals; fewer are meant. So many numbers say so, which are exact to
# a few roundings, and whose last decimals are far from the last digits of double precision.
_DECIMALS, _SEVERAL, _ROUNDED, _LARGE = (4, 5, 6, 7, 8, 9), 8, 1e-15, 1e3
# The bits that float64 has and float32 has not.
_DOUBLE = np.uint64((1 << 29) - 1)


def precision_inside(problem: Problem) -> float:
    """The unit roundoff of the outputs, lower than their dtype's where all have fewer digits.

    They are looked at away from the point, where inputs have all their digits; where they are few,
    at several points.
    """
    rng, seen = stream(0), np.empty(0)
    for turn in range(_POINTS):
        # A narrow range may be a single stair.
        seen = np.unique(np.concatenate([seen, _outputs_away(problem, rng, widely=turn % 2 == 1)]))
        if seen.size >= _ENOUGH or _with_all_digits(seen):
            break
    return max(problem.unit, _unit_of(seen))


def seems_coarse(problem: Problem, closely: bool = False) -> bool:
    """Whether outputs have fewer digits than their dtype, as far as one more evaluation shows.

    Where that one is dear, it is not made. closely: with as many as it takes to tell.
    """
    if problem.size > _DEAR:
        return False
    outputs = _outputs_away(problem, stream(1))
    if closely and problem.size < _SEVERAL:
        return precision_inside(problem) > problem.unit
    if _with_all_digits(outputs):
        return _of_decimals(np.unique(outputs[:_ENOUGH])) > problem.unit
    # So few digits may also be those of numbers that are simple by nature.
    if problem.size >= _SEVERAL:
        return precision_inside(problem) > problem.unit
    return _unit_of(np.unique(outputs)) > problem.unit


def _outputs_away(problem: Problem, rng: np.random.Generator, widely: bool = False) -> Array:
    """Some outputs where all inputs are moved: towards zero, or widely, to either side."""
    moved = list(problem.inputs)
    for name in problem.wrt:
        at = problem.at(name)
        x = moved[at]
        if widely:
            by = np.maximum(np.abs(x), 1.0) * rng.uniform(-1.0, 1.0, x.shape)
        else:
            by = -x * rng.uniform(0.0, 0.5, x.shape)
        moved[at] = (x + by).astype(x.dtype, copy=False)
    return problem.displaced(moved)[:_SAMPLE]


def _with_all_digits(numbers: Array) -> bool:
    """Whether one of them has digits that float32 has not: then they were not computed in it.

    This is all that is asked of most, in one pass.
    """
    numbers = np.ascontiguousarray(numbers, np.float64)
    return bool((np.isfinite(numbers) & (numbers.view(np.uint64) & _DOUBLE != 0)).any())


def _unit_of(numbers: Array) -> float:
    """The unit roundoff of the lowest precision that holds all of these numbers."""
    return max(float(digits_inside(numbers[:, None])[0]), _of_decimals(numbers))


def _of_decimals(numbers: Array) -> float:
    """The same of numbers that were rounded to 4 decimals or more; 0 for others."""
    finite = numbers[np.isfinite(numbers)]
    largest = float(np.abs(finite).max(initial=0.0))
    if finite.size < _SEVERAL or not 0 < largest < _LARGE:
        return 0.0
    for decimals in _DECIMALS:
        scaled = finite * 10.0**decimals
        if (np.abs(scaled - np.round(scaled)) <= _ROUNDED * np.maximum(np.abs(scaled), 1.0)).all():
            whole = decimals == _DECIMALS[0] and (np.round(scaled) % 10 == 0).all()
            return 0.0 if whole else 0.5 * 10.0**-decimals / largest
    return 0.0


__all__ = ["precision_inside", "seems_coarse"]

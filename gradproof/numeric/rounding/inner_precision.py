"""The precision in which a function computes, whatever the dtype of what it returns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradproof.numeric.problem import Array, Problem, stream
from gradproof.numeric.rounding.stairs import UNIT_ROUNDOFF, digits_inside

# Numbers by which it is told, points at which they are looked for, and numbers taken of each.
_ENOUGH, _POINTS, _SAMPLE = 64, 80, 4096
# The ways in which they are looked for in turn, and how many decades further down at most.
_HOW, _DECADES = ("nearer", "widely", "scaled"), 8.0
_DEAR = 50_000
# Numbers rounded to so many decimals; fewer are meant. So many numbers say so, which are exact to
# a few roundings, and whose last decimals are far from the last digits of double precision.
_DECIMALS, _SEVERAL, _ROUNDED, _LARGE = (4, 5, 6, 7, 8, 9), 8, 1e-15, 1e3
# Windows, relative to the inputs, in which outputs may be seen to lie on stairs; so many points in
# each; so many values that come again, of so many heights; and which part of outputs they are.
_WINDOWS, _AT, _AGAIN, _HEIGHTS, _PART = (1, 3, 5, 8, 21), 16, 4, 3, 0.25
# A displacement that all stairs are longer than.
_NEAR = 2.0**-27
# Whole numbers below this have no lower precision whose spacing is 1.
_WHOLE = 128
# The places after the binary point of numbers about 1, or one half, in lower precisions.
_BINARY = (8, 9, 11, 12, 24, 25)
# The bits that float64 has and float32 has not.
_LOW = 2.0**9  # stairs of numbers with fewer digits are higher than so many roundings
_DOUBLE = np.uint64((1 << 29) - 1)


def precision_inside(problem: Problem) -> float:
    """The unit roundoff of the outputs, lower than their dtype's where all have fewer digits.

    They are looked at away from the point, where inputs have all their digits; where they are few,
    at several points.
    """
    rng, seen = stream(0), np.empty(0)
    for turn in range(_POINTS):
        more = _outputs_away(problem, rng, _HOW[turn % len(_HOW)])
        seen = np.unique(np.concatenate([seen, more]))
        # A few numbers with all binary digits may be decimals all the same.
        if seen.size >= _ENOUGH or (_with_all_digits(seen) and not _decimals(seen)):
            break
    return max(problem.unit, _unit_of(seen))


def seems_coarse(problem: Problem, closely: bool = False) -> bool:
    """Whether outputs have fewer digits than their dtype, as far as one more evaluation shows.

    Where that one is dear, it is not made. closely: with as many as it takes to tell; also whether
    they lie on stairs, however many digits these have.
    """
    if problem.size > _DEAR:
        return False
    return _has_few_digits(problem, closely) or (closely and on_stairs(problem))


def on_stairs(problem: Problem) -> bool:
    """Whether outputs are the same again and again at inputs that differ, and change in between.

    Small whole numbers are meant.
    """
    rng = stream(2)
    along = [
        x * rng.choice([-1.0, 1.0], x.shape) * rng.uniform(0.5, 1.0, x.shape)
        if name in problem.wrt
        else None
        for name, x in zip(problem.names, problem.inputs)
    ]
    here = problem.displaced(problem.inputs)
    near = problem.displaced(_moved(problem, along, _NEAR))
    if 2 * np.count_nonzero((near == here) & (here != 0)) < np.count_nonzero(here):
        return False
    # What differs by less is rounding of outputs like these, as of what does not depend on x.
    usual = float(np.median(np.abs(here[np.isfinite(here)]))) if np.isfinite(here).any() else 0.0
    rounding = _LOW * problem.unit * np.maximum(np.abs(here), usual)
    moving = np.zeros(here.size, bool)
    seen = np.zeros(here.size, bool)
    for width in _WINDOWS:
        table = []
        for t in 2.0**-width * rng.uniform(-1.0, 1.0, _AT):
            table.append(problem.displaced(_moved(problem, along, t)))
        values = np.sort(np.stack(table), axis=0)
        off = np.isfinite(values) & (np.abs(values - here) > rounding)
        new = off.copy()
        new[1:] &= values[1:] != values[:-1]
        heights, count = new.sum(axis=0), off.sum(axis=0)
        small = ((np.round(values) == values) & (np.abs(values) < _WHOLE)).all(axis=0)
        moving |= count > 0
        seen |= (count - heights >= _AGAIN) & (heights >= _HEIGHTS) & ~small
    return bool(seen.sum() > _PART * moving.sum())


def _moved(problem: Problem, along: Sequence[Array | None], by: float) -> list[Array]:
    pairs = zip(problem.inputs, along)
    return [x if v is None else (x + by * v).astype(x.dtype, copy=False) for x, v in pairs]


def _has_few_digits(problem: Problem, closely: bool) -> bool:
    """Whether the numbers themselves have few digits, away from the point."""
    outputs = _outputs_away(problem, stream(1))
    if closely and problem.size < _SEVERAL:
        return precision_inside(problem) > problem.unit
    if _with_all_digits(outputs):
        return _of_decimals(np.unique(outputs[:_ENOUGH])) > problem.unit
    # So few digits may also be those of numbers that are simple by nature.
    if problem.size >= _SEVERAL:
        return precision_inside(problem) > problem.unit
    return _unit_of(np.unique(outputs)) > problem.unit


def _outputs_away(problem: Problem, rng: np.random.Generator, how: str = "nearer") -> Array:
    """Some outputs where all inputs are moved: nearer to zero, widely to either side, or scaled.

    A narrow range may be a single stair, and functions may be saturated over a wide one: what is
    scaled down by some decades reaches beyond both, and keeps its sign.
    """
    moved = list(problem.inputs)
    for name in problem.wrt:
        at = problem.at(name)
        x = moved[at]
        if how == "scaled":
            there = x * 10.0 ** rng.uniform(-_DECADES, 0.0, x.shape)
        elif how == "widely":
            there = x + np.maximum(np.abs(x), 1.0) * rng.uniform(-1.0, 1.0, x.shape)
        else:
            there = x - x * rng.uniform(0.0, 0.5, x.shape)
        moved[at] = there.astype(x.dtype, copy=False)
    return problem.displaced(moved)[:_SAMPLE]


def _with_all_digits(numbers: Array) -> bool:
    """Whether one of them has digits that float32 has not: then they were not computed in it.

    This is all that is asked of most, in one pass.
    """
    numbers = np.ascontiguousarray(numbers, np.float64)
    return bool((np.isfinite(numbers) & (numbers.view(np.uint64) & _DOUBLE != 0)).any())


def _unit_of(numbers: Array) -> float:
    """The unit roundoff of the lowest precision that holds all of these numbers."""
    own = float(digits_inside(numbers[:, None])[0])
    if own > UNIT_ROUNDOFF:
        return own
    return max(own, _of_decimals(numbers), _of_ones(numbers), _of_many(numbers))


def _of_many(numbers: Array) -> float:
    """The same of so many numbers that they are hardly of few digits by nature; 0 for others.

    Differences of numbers with few digits seldom use the last one.
    """
    some = np.unique(numbers[np.isfinite(numbers) & (numbers != 0)])
    if some.size < _ENOUGH // 2 or (np.round(some) == some).all():
        return 0.0
    for unit, zeros in ((2.0**-8, 45), (2.0**-11, 42), (2.0**-24, 29)):
        if not (some.view(np.uint64) & np.uint64((1 << zeros) - 1)).any():
            return unit
    return 0.0


def _of_ones(numbers: Array) -> float:
    """The same of what is left where numbers of about 1 with few digits cancel; 0 for others."""
    finite = np.unique(numbers[np.isfinite(numbers) & (numbers != 0)])
    largest = float(np.abs(finite).max(initial=0.0))
    if finite.size < _SEVERAL or not 0 < largest <= 1:
        return 0.0
    for places in _BINARY:
        scaled = finite * 2.0**places
        if (np.round(scaled) == scaled).all():
            odd = np.count_nonzero(scaled % 2) * 5 >= scaled.size
            return 2.0 ** -(places + 1) / largest if odd else 0.0
    return 0.0


def _of_decimals(numbers: Array) -> float:
    """The same of numbers that were rounded to 4 decimals or more; 0 for others."""
    finite = numbers[np.isfinite(numbers)]
    decimals = _decimals(finite) if finite.size >= _SEVERAL else 0
    return 0.5 * 10.0**-decimals / float(np.abs(finite).max()) if decimals else 0.0


def _decimals(numbers: Array) -> int:
    """To how many decimals numbers were rounded, 4 or more; 0 if they were not."""
    finite = numbers[np.isfinite(numbers)]
    if not 0 < float(np.abs(finite).max(initial=0.0)) < _LARGE:
        return 0
    for decimals in _DECIMALS:
        scaled = finite * 10.0**decimals
        if (np.abs(scaled - np.round(scaled)) <= _ROUNDED * np.maximum(np.abs(scaled), 1.0)).all():
            whole = decimals == _DECIMALS[0] and (np.round(scaled) % 10 == 0).all()
            return 0 if whole else decimals
    return 0


__all__ = ["on_stairs", "precision_inside", "seems_coarse"]

"""Full mode: every element of every gradient, compared with the numeric one."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from gradproof.numeric.compare import Comparison, compare, untold
from gradproof.numeric.measured import Measured
from gradproof.numeric.modes.colour_gradient import numeric_gradient
from gradproof.numeric.modes.gradient_total import (
    NumericGradient,
    crowd,
    summed,
    unpredicted,
)
from gradproof.numeric.modes.reconsider import Again
from gradproof.numeric.modes.sums_mode import Differences, Sums
from gradproof.numeric.problem import Array, Problem
from gradproof.numeric.rounding.inner_precision import (
    on_stairs,
    precision_inside,
    seems_coarse,
)
from gradproof.numeric.rounding.noise import Bounded, norm
from gradproof.numeric.steps.ladder import FIRST_STEP
from gradproof.numeric.steps.moves import Element, Elements
from gradproof.numeric.structure.patterns import (
    Structure,
    appreciable,
    cost_of,
    joined,
    structure_of,
    without_structure,
)
from gradproof.numeric.structure.sidebyside import find_tilings

# Output elements to be computed up to which "auto" compares every element: about two seconds.
_AFFORDABLE = 4e8
_MOST_CALLS = 10_000
# Calls of forward that full tables of an element take, and as many as may be made of a function
# whose pattern is known to be right, but whose outputs do not change as predicted.
_OF_TABLES, _MOST_TABLES = 100, 40_000
# So many roundings of the terms of an element are no scatter of its own.
_EXCUSED = 256.0
_NOTHING = 1e-9  # part of a usual gradient that nobody misses


def structures(
    problem: Problem, outputs: Bounded, rng: np.random.Generator, limited: bool
) -> dict[str, Structure]:
    """The pattern of every input that has a gradient; limited: only if it will be affordable."""
    most = _AFFORDABLE / (8 * max(1, problem.size)) if limited else math.inf
    sizes = {name: appreciable(problem.inputs[problem.at(name)], rng) for name in problem.wrt}
    tiled = {}
    if problem.formula is None:
        tests = {name: FIRST_STEP * size for name, size in sizes.items()}
        tiled = find_tilings(problem, outputs, tests, rng)
    return {
        name: Structure(tiled[name].pattern, sizes[name], tiling=tiled[name].tiling)
        if name in tiled
        else structure_of(problem, name, outputs, rng, most, sizes[name])
        for name in problem.wrt
    }


def affordable(problem: Problem, found: dict[str, Structure]) -> bool:
    """Whether every element can be compared at small cost."""
    patterns = [each.pattern for each in found.values()]
    return cost_of(problem, patterns) <= _AFFORDABLE and calls(found) <= _MOST_CALLS


def calls(found: dict[str, Structure]) -> int:
    """About how many calls of forward it takes to compare every element."""
    return 8 * sum(each.pattern.colours for each in found.values())


def full_comparisons(
    problem: Problem,
    dy: Array,
    measured: Measured,
    found: dict[str, Structure],
    rng: np.random.Generator,
    given_dy: bool,
) -> tuple[list[Comparison], dict[str, NumericGradient]] | None:
    """Differentiate by every input, and compare.

    Sums over outputs are looked at first, where no complex step needs the outputs one by one. If
    a small displacement of everything does not change them as the derivatives predict, it is the
    outputs' turn. Those that do not change as predicted are differentiated with more steps; if that
    is no better, the pattern was wrong, and every element gets a colour of its own; None if those
    would be too many.
    """
    result = _comparisons(problem, dy, measured, found, rng, given_dy)
    if result is None:
        return None
    comparisons, numeric, structures = result
    again = Again(problem, dy, measured, structures, not given_dy)
    looked_at = again.looked_at(comparisons, numeric, rng)
    usual = max((each.scale for each in looked_at), default=0.0)
    return [_with_digits(problem, each, numeric[each.name], usual) for each in looked_at], numeric


def _with_digits(
    problem: Problem, comparison: Comparison, numeric: NumericGradient, usual: float
) -> Comparison:
    """The same, that says which bounds are so wide that zeros would pass as well.

    Since forward has fewer digits than its dtype; or since the gradient itself jumps from float to
    float, which is all that excuses it.
    """
    comparison = _excused(problem, comparison, numeric, usual)
    narrow = comparison.bound <= 0.5 * np.abs(comparison.got)
    if comparison.other is None and 2 * np.count_nonzero(narrow) >= narrow.size:
        return comparison
    told = replace(comparison, few_digits=True)
    mostly = 2 * told.cannot_tell.sum() > comparison.got.size
    if not mostly:
        return comparison
    coarse = precision_inside(problem) > problem.unit or on_stairs(problem)
    return told if coarse else comparison


def _excused(
    problem: Problem, found: Comparison, numeric: NumericGradient, usual: float
) -> Comparison:
    """The same, with nothing told of elements that only their own scatter lets pass.

    Unless that is next to nothing beside what is ``usual`` of the gradients: the gradient of what
    forward takes away again is rounding and no more.
    """
    own = numeric.bound.ravel() + _EXCUSED * problem.unit * found.magnitude
    wide = (found.bound > 0.5 * np.abs(found.got)) & np.isfinite(found.bound)
    wide &= found.bound > _NOTHING * usual
    alone = wide & (found.error > own) & ~found.kinked & ~found.at_jump & ~found.wrong
    return untold(found, alone)


def _comparisons(
    problem: Problem,
    dy: Array,
    measured: Measured,
    found: dict[str, Structure],
    rng: np.random.Generator,
    given_dy: bool,
) -> tuple[list[Comparison], dict[str, NumericGradient], dict[str, Structure]] | None:
    """The first look: the comparisons, the derivatives, and the structure they were taken with."""
    numeric = _differentiate(
        problem, dy, measured, found, not given_dy, by_sums=problem.formula is None
    )
    if any(each.predicted is None for each in numeric.values()):
        if sums_as_predicted(measured, dy, numeric, given_dy):
            return _compared(problem, measured, numeric, rng), numeric, found
        numeric = _differentiate(problem, dy, measured, found, not given_dy)
    odd = _odd(problem, measured, numeric)
    if odd.any():
        numeric = _differentiate(problem, dy, measured, found, not given_dy, hard=odd)
        odd = _odd(problem, measured, numeric)
    # Stairs of rounding are never as predicted; the second look measures how high they are.
    if odd.any() and not seems_coarse(problem, closely=measured.stuck):
        bare = {name: without_structure(each) for name, each in found.items()}
        every = [each.pattern for each in bare.values()]
        tables = _OF_TABLES * sum(each.colours for each in every)
        exact = all(each.pattern.exact for each in found.values())
        if exact and tables > _MOST_TABLES:  # a narrow feature then, that the second look meets
            return _compared(problem, measured, numeric, rng), numeric, found
        if cost_of(problem, every) > 4 * _AFFORDABLE:
            return None
        numeric = _differentiate(problem, dy, measured, bare, not given_dy, join=False, hard=odd)
        found = bare
    return _compared(problem, measured, numeric, rng), numeric, found


def _compared(
    problem: Problem,
    measured: Measured,
    numeric: dict[str, NumericGradient],
    rng: np.random.Generator,
) -> list[Comparison]:
    return [
        compare(name, measured.gradients[name], numeric[name], problem.unit, rng)
        for name in problem.wrt
    ]


def sums_as_predicted(
    measured: Measured, dy: Array, numeric: dict[str, NumericGradient], given_dy: bool
) -> bool:
    """Whether a small displacement of everything changes <dy, outputs> as the gradients predict.

    This is what a wrong pattern, or a feature too narrow for the steps, does not survive.
    """
    noise = dy * measured.change_noise
    allowed = float(np.abs(noise).sum()) if given_dy else norm(noise)
    predicted = 0.0
    for name, each in numeric.items():
        test = measured.tests[name]
        predicted += float((each.value * test).sum())
        allowed += float(((each.bound + 1e-9 * each.magnitude) * np.abs(test)).sum())
        if each.kinked.any():  # it follows one side, which may be either
            return True
    return not abs(float(dy @ measured.change) - predicted) > allowed


def _differentiate(
    problem: Problem,
    dy: Array,
    measured: Measured,
    found: dict[str, Structure],
    random_signs: bool,
    join: bool = True,
    hard: Array | None = None,
    by_sums: bool = False,
) -> dict[str, NumericGradient]:
    noise = measured.outputs
    if join:
        found = {name: joined(problem, name, noise, each) for name, each in found.items()}
    sums = _by_sums(problem, dy, noise, found, random_signs) if by_sums else {}
    return {
        name: numeric_gradient(
            problem,
            name,
            dy,
            measured.outputs,
            each,
            measured.tests[name],
            hard=hard,
            random_signs=random_signs,
            sums=sums.get(name),
        )
        for name, each in found.items()
    }


def _by_sums(
    problem: Problem,
    dy: Array,
    here: Bounded,
    found: dict[str, Structure],
    random_signs: bool,
) -> dict[str, Sums]:
    """Derivatives of class sums, of inputs together whose elements fall into the same classes."""
    together: dict[tuple[Any, ...], list[str]] = {}
    for name, each in found.items():
        if each.tiling is not None or (each.pattern.colours > 1 and not each.pattern.groups):
            kept = tuple(b for _, b in sorted(each.pattern.carried))
            alone = name if each.tiling is None else id(each.tiling)
            together.setdefault((alone, kept), []).append(name)
    sums: dict[str, Sums] = {}
    for (_, kept), names in together.items():
        tiling, pattern = found[names[0]].tiling, found[names[0]].pattern
        inputs = [Element(problem.at(n), found[n].pattern, found[n].size) for n in names]
        noise = summed(pattern, here.bound * np.abs(dy), random_signs)
        noise = noise * crowd(max(problem.inputs[each.at].size for each in inputs))
        moves = Elements(problem, inputs, tiling)
        every = Differences(problem, moves, tiling, kept, dy, here, noise).along()
        sums.update((name, every.part(part)) for name, part in zip(names, moves.parts))
    return sums


def _odd(problem: Problem, measured: Measured, numeric: dict[str, NumericGradient]) -> Array:
    return unpredicted(measured.change, measured.change_noise, list(numeric.values()))

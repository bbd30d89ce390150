"""Full mode: every element of every gradient, compared with the numeric one."""

from __future__ import annotations

import math

import numpy as np

from gradproof.numeric.compare import Comparison, compare
from gradproof.numeric.gradient import (
    NumericGradient,
    Structure,
    cost_of,
    numeric_gradient,
    structure_of,
    unpredicted,
    without_structure,
)
from gradproof.numeric.hygiene import Findings, note_dtypes, run_backward, run_forward, shape_fault
from gradproof.numeric.noise import Bounded, roundoff
from gradproof.numeric.prepare import Measured, measure
from gradproof.numeric.problem import Array, Problem

# Output elements to be computed up to which "auto" compares every element: about two seconds.
_AFFORDABLE = 4e8
_MOST_CALLS = 200_000


def structures(
    problem: Problem, outputs: Bounded, rng: np.random.Generator, limited: bool
) -> dict[str, Structure]:
    """The pattern of every input that has a gradient; limited: only if it will be affordable."""
    most = _AFFORDABLE / (8 * max(1, problem.size)) if limited else math.inf
    return {name: structure_of(problem, name, outputs, rng, most) for name in problem.wrt}


def affordable(problem: Problem, found: dict[str, Structure]) -> bool:
    """Whether every element can be compared at small cost."""
    patterns = [each.pattern for each in found.values()]
    colours = sum(each.colours for each in patterns)
    return cost_of(problem, patterns) <= _AFFORDABLE and colours * 8 <= _MOST_CALLS


def full_comparisons(
    problem: Problem,
    dy: Array,
    measured: Measured,
    found: dict[str, Structure],
    rng: np.random.Generator,
    given_dy: bool,
) -> tuple[list[Comparison], dict[str, NumericGradient]] | None:
    """Differentiate by every input, and compare.

    Outputs that do not change along a small displacement of everything as the derivatives predict
    are differentiated with more steps; if that is no better, the pattern was wrong, and every
    element gets a colour of its own; None if those would be too many.
    """
    numeric = _differentiate(problem, dy, measured, found, not given_dy)
    odd = _odd(problem, measured, numeric)
    if odd.any():
        numeric = _differentiate(problem, dy, measured, found, not given_dy, hard=odd)
        odd = _odd(problem, measured, numeric)
    if odd.any():
        bare = {name: without_structure(each) for name, each in found.items()}
        if cost_of(problem, [each.pattern for each in bare.values()]) > 4 * _AFFORDABLE:
            return None
        numeric = _differentiate(problem, dy, measured, bare, not given_dy, join=False, hard=odd)
    return [
        compare(name, measured.gradients[name], numeric[name], problem.unit, rng)
        for name in problem.wrt
    ], numeric


def _differentiate(
    problem: Problem,
    dy: Array,
    measured: Measured,
    found: dict[str, Structure],
    random_signs: bool,
    join: bool = True,
    hard: Array | None = None,
) -> dict[str, NumericGradient]:
    tests = {n: measured.test[problem.at(n)].astype(np.float64, copy=False) for n in found}
    return {
        name: numeric_gradient(
            problem,
            name,
            dy,
            measured.outputs,
            each,
            tests[name],
            join=join,
            hard=hard,
            random_signs=random_signs,
        )
        for name, each in found.items()
    }


def _odd(problem: Problem, measured: Measured, numeric: dict[str, NumericGradient]) -> Array:
    return unpredicted(measured.change, measured.change_noise, list(numeric.values()))


def compare_native(
    native: Problem,
    dy: Array,
    numeric: dict[str, NumericGradient],
    rng: np.random.Generator,
    findings: Findings,
) -> list[Comparison]:
    """Compare what the function returns in its own, lower precision with the same derivatives."""
    outputs, cache = run_forward(native, Findings())
    first = run_backward(native, outputs, cache, dy, Findings())
    if shape_fault(native, first.gradients) is not None:
        return []
    note_dtypes(native, first.gradients, findings)
    if not all(np.isfinite(y).all() for y in outputs):
        findings.notes.append(f"y is not finite in {np.dtype(native.dtype).name}")
        return []
    measured = measure(native, first, dy, rng)
    unit = roundoff(native.dtype)
    precision = np.dtype(native.dtype).name
    return [
        compare(name, measured.gradients[name], numeric[name], unit, rng, precision)
        for name in native.wrt
    ]

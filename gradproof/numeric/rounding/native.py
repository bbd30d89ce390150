"""What a function returns in its own, lower precision, held against the derivatives in double.

Its formulas are checked in double precision; what is left is what half or single precision makes of
them. Rounding close by is measured first. Where that says nothing, since values are saturated, lie
below the smallest normal number, or cancel, a second look allows for what such numbers lose.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gradproof.numeric.compare import Comparison, compare, untold
from gradproof.numeric.measured import measure
from gradproof.numeric.modes.gradient_total import NumericGradient
from gradproof.numeric.problem import Array, Problem, flat, stream
from gradproof.numeric.rounding.noise import MANY_POINTS, Bounded, roundoff
from gradproof.numeric.side_effects.hygiene import (
    Findings,
    note_dtypes,
    run_backward,
    run_forward,
    shape_fault,
)

# The rounding of up to so many elements in low precision is measured at more points.
_FEW = 50_000
# So many roundings of numbers as large as the largest element, or as what outputs are made of.
_ROUNDINGS = 16.0
# Inputs are rounded in so many ways, and by up to twice as much as they may have been.
_WAYS, _TWICE = 4, 2.0
# So many numbers near by, each so many units in the last place away at most.
_NEIGHBOURS, _PLACES = 9, 4
# What is lost is known from few points: errors of up to so many bounds may be rounding.
_DOUBTFUL = 4.0
# Outputs are others if so large a part of them is off by this part of their size.
_OFF, _PART = 0.25, 0.2


def compare_native(
    problem: Problem,
    native: Problem,
    dy: Array,
    numeric: dict[str, NumericGradient],
    rng: np.random.Generator,
    findings: Findings,
) -> list[Comparison]:
    """Compare what ``native`` returns with the derivatives of ``problem``, the same in double."""
    precision = np.dtype(native.dtype).name
    try:
        outputs, cache = run_forward(native, Findings())
        first = run_backward(native, outputs, cache, dy, Findings())
    except Exception as error:  # np.linalg.inv, for one, refuses half precision
        findings.notes.append(
            f"does not run in {precision}, the precision of its inputs ({type(error).__name__}: "
            f"{error}); its formulas were checked in double precision"
        )
        return []
    if shape_fault(native, first.gradients) is not None:
        return []
    note_dtypes(native, first.gradients, findings)
    if not all(np.isfinite(y).all() for y in outputs):
        findings.notes.append(f"y is not finite in {precision}")
        return []
    measured = measure(native, first, dy, rng, MANY_POINTS if native.size <= _FEW else 0)
    found = [
        compare(name, measured.gradients[name], numeric[name], native.unit, rng, precision)
        for name in native.wrt
    ]
    if not any(each.failed or each.unbounded.any() for each in found):
        return found
    if _is_another(flat(outputs), problem.outputs(list(problem.inputs))):
        findings.notes.append(
            f"y itself is another in {precision} than in double precision, as where it overflows "
            "on the way: its gradient was not compared there"
        )
        return []
    lost = _lost(problem, native, dy, numeric, flat(outputs))
    known = {
        name: Bounded(got.value, np.where(np.isfinite(got.bound), got.bound, 0.0))
        for name, got in measured.gradients.items()
    }
    return [
        _widened(compare(n, known[n], numeric[n], native.unit, rng, precision), lost[n])
        for n in native.wrt
    ]


def _is_another(y: Array, wanted: Array) -> bool:
    """Whether outputs in low precision have lost even their size, at more than a few elements."""
    off = np.abs(y - wanted) > _OFF * (np.abs(wanted) + np.abs(wanted).mean())
    return bool(off.mean() > _PART)


def _lost(
    problem: Problem, native: Problem, dy: Array, numeric: dict[str, NumericGradient], y: Array
) -> dict[str, Array]:
    """What low precision may do to the elements of each gradient, flat."""
    unit, tiny = roundoff(native.dtype), float(np.finfo(native.dtype).tiny)
    found = _of_rounded_inputs(problem, dy, unit)
    near = _of_neighbours(problem, native, dy)
    terms = float(np.abs(dy * y).sum())
    for name in problem.wrt:
        x = problem.inputs[problem.at(name)]
        size = np.abs(np.nan_to_num(numeric[name].value)).ravel()  # NaN: nothing is known there
        largest = float(size.max(initial=0.0))
        # Near zero terms of the size of y over x may cancel, and leave nothing at any number there.
        share = terms / max(1, x.size) / np.maximum(np.minimum(np.abs(x.ravel()), 1.0), unit)
        found[name] = found[name] + _ROUNDINGS * unit * (largest + share) + tiny
        found[name] = np.fmax(found[name], near[name])
        # Squares of small numbers lose digits on the way, if not all of them.
        subnormal = float(np.finfo(native.dtype).smallest_subnormal)
        with np.errstate(divide="ignore", over="ignore"):
            part = np.where(x == 0, 0.0, np.minimum(1.0, subnormal / np.square(x, dtype=float)))
        found[name] = found[name] + part.ravel() * size
    return found


def _of_neighbours(problem: Problem, native: Problem, dy: Array) -> dict[str, Array]:
    """By how much the error in low precision varies among the numbers next to the inputs.

    What is wrong in it is wrong at all of them alike, and does not count.
    """
    rng, apart = stream(3), []
    for _ in range(_NEIGHBOURS):
        moved = [
            x
            + (rng.integers(-_PLACES, _PLACES + 1, x.shape) * np.spacing(np.abs(x))).astype(x.dtype)
            if x.dtype.kind == "f"
            else x
            for x in native.inputs
        ]
        wide = [x.astype(np.float64) if x.dtype.kind == "f" else x for x in moved]
        try:
            low, high = native.gradients(moved, dy), problem.gradients(wide, dy)
        except (ValueError, ArithmeticError, np.linalg.LinAlgError):
            continue
        apart.append({n: (np.asarray(low[n], float) - high[n]).ravel() for n in problem.wrt})
    found = {}
    for name in problem.wrt:
        every = np.stack([each[name] for each in apart]) if apart else np.zeros((1, 1))
        with np.errstate(invalid="ignore"):
            spread = _TWICE * np.abs(every - np.median(every, axis=0)).max(axis=0)
        found[name] = np.where(np.isfinite(spread), spread, 0.0)
    return found


def _of_rounded_inputs(problem: Problem, dy: Array, unit: float) -> dict[str, Array]:
    """By how much gradients in double change where all inputs are rounded to ``unit`` once more."""
    rng = stream(2)
    here = problem.gradients(list(problem.inputs), dy)
    found = {name: np.zeros(value.size) for name, value in here.items()}
    for _ in range(_WAYS):
        moved = [
            x * (1 + _TWICE * unit * rng.uniform(-1, 1, x.shape)) if x.dtype.kind == "f" else x
            for x in problem.inputs
        ]
        try:
            there = problem.gradients(moved, dy * (1 + unit * rng.uniform(-1, 1, dy.shape)))
        except (ValueError, ArithmeticError, np.linalg.LinAlgError):
            continue
        for name, value in there.items():
            with np.errstate(invalid="ignore"):
                change = np.abs(value - here[name]).ravel()
            found[name] = np.fmax(found[name], np.where(np.isfinite(change), change, 0.0))
    return found


def _widened(comparison: Comparison, lost: Array) -> Comparison:
    """The comparison where gradients may be off by what is lost on top."""
    bound = comparison.bound + lost
    comparison = replace(comparison, bound=bound)
    comparison = untold(comparison, comparison.wrong & (comparison.error <= _DOUBTFUL * bound))
    together = float(np.sqrt((lost * lost).sum()))
    off, allowed = comparison.projection
    return replace(comparison, projection=(off, allowed + 4 * together))


__all__ = ["compare_native"]

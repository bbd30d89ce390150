"""Identities that the forward is found to have, as further checks of its gradient.

Where adding the same number to all elements along an axis leaves the outputs as they are (batch
norm along the batch, softmax along the classes), the gradient sums to zero along that axis; where
multiplying them does, the gradient is orthogonal to the input there. The forward is asked, by one
evaluation each; nothing is looked up.
"""

from __future__ import annotations

import numpy as np

from gradproof.numeric.measured import Measured
from gradproof.numeric.problem import Array, Problem
from gradproof.numeric.rounding.noise import FACTOR, norm

# Of what no displacement tells from rounding, the slope may be so many times as large: ripples.
_STEEP = 2.0**10


def broken_identities(
    problem: Problem, dy: Array, measured: Measured, rng: np.random.Generator
) -> tuple[list[str], list[str]]:
    """The identities found, in words, and what contradicts them."""
    found: list[str] = []
    broken: list[str] = []
    for name in problem.wrt:
        x = problem.inputs[problem.at(name)]
        for axis in range(x.ndim):
            if x.shape[axis] < 2:
                continue
            for kind in ("shift", "scale"):
                if _invariant(problem, name, axis, kind, measured, rng):
                    found.append(_words(name, axis, kind))
                    broken += _contradiction(problem, name, axis, kind, dy, measured)
    return found, broken


def _words(name: str, axis: int, kind: str) -> str:
    if kind == "shift":
        return f"a shift of {name} along axis {axis} changes nothing, so d{name} sums to 0 along it"
    return (
        f"a scaling of {name} along axis {axis} changes nothing, so {name} * d{name} sums to 0 "
        "along it"
    )


def _invariant(
    problem: Problem, name: str, axis: int, kind: str, measured: Measured, rng: np.random.Generator
) -> bool:
    at = problem.at(name)
    x = problem.inputs[at]
    shape = tuple(1 if a == axis else n for a, n in enumerate(x.shape))
    by = rng.uniform(0.25, 0.5, shape).astype(x.dtype)
    moved = list(problem.inputs)
    moved[at] = x + by if kind == "shift" else x * (1 + by)
    change = np.abs(problem.displaced(moved) - measured.outputs.value)
    return bool((change <= _allowance(problem, measured)).all())


def _allowance(problem: Problem, measured: Measured) -> Array:
    """By how much an output may change all the same.

    A displaced function rounds afresh, and a shifted input loses digits of its own, which small
    outputs feel as much as large ones.
    """
    value = measured.outputs.value
    return 4 * measured.outputs.bound + 32 * problem.unit * float(np.sqrt(np.mean(value * value)))


def _contradiction(
    problem: Problem, name: str, axis: int, kind: str, dy: Array, measured: Measured
) -> list[str]:
    got = measured.gradients[name]
    value = got.value.astype(np.float64)
    weight = 1.0 if kind == "shift" else problem.inputs[problem.at(name)].astype(np.float64)
    sums = np.abs((value * weight).sum(axis=axis))
    terms = np.abs(value * weight).sum(axis=axis)
    rounding = (got.bound * np.abs(weight)).sum(axis=axis) + FACTOR * problem.unit * terms
    # By so much the outputs may have changed after all; the displacement was at least 1/4.
    numeric = _STEEP * norm(dy * _allowance(problem, measured))
    excess = sums - (rounding + numeric)
    if not (excess > 0).any():
        return []
    at = np.unravel_index(int(np.argmax(excess)), sums.shape) if sums.ndim else ()
    return [
        f"{_words(name, axis, kind)}; but the sum is {float(sums[at]):.3g} "
        f"at {tuple(int(i) for i in at)}, of terms of {float(terms[at]):.3g}"
    ]

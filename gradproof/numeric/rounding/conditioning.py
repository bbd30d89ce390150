"""Inputs that cannot tell a right gradient from a wrong one, found out and named.

Nothing here knows an operation: what counts is that the numeric gradient is zero, within its
bound, where a random upstream gradient would make it something else.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradproof.arguments.returned import gradient_name
from gradproof.numeric.compare import Comparison
from gradproof.numeric.problem import Array, Problem
from gradproof.numeric.steps.directions import scale


def blind_spots(
    problem: Problem, comparisons: list[Comparison], dy: Array, y: Array
) -> Iterator[str]:
    """What the given inputs hide, each with what to change."""
    terms = float(np.mean(np.abs(dy * y)))
    for each in comparisons:
        if each.precision or not each.got.size:
            continue
        size = np.abs(each.wanted)
        typical = _typical(size, each.shape)
        if (size <= each.bound).all():
            yield _vanishing(problem, each)
        elif typical * scale(problem.inputs[problem.at(each.name)]) <= 1e-3 * terms:
            yield (
                f"{gradient_name(each.name)} is about {typical:.0e}: y hardly depends on "
                f"{each.name} here, which hides slips; {_advice(problem, each.name)}"
            )
        elif (size <= 1e-3 * each.magnitude).all() and each.magnitude.any():
            yield (
                f"{gradient_name(each.name)} is at most {float(size.max()):.0e}, a cancelled "
                f"remainder of terms of {float(each.magnitude.max()):.0e}: this input hides slips "
                "in it; " + _advice(problem, each.name)
            )


def _typical(size: Array, shape: tuple[int, ...]) -> float:
    """The largest element; of a batch of two, where few may be large by chance, the median."""
    return float(np.median(size) if shape and shape[0] <= 2 else size.max())


def _vanishing(problem: Problem, comparison: Comparison) -> str:
    name = comparison.name
    shape = problem.inputs[problem.at(name)].shape
    if comparison.magnitude.any() and comparison.magnitude.max() > comparison.bound.max():
        what = f"every {gradient_name(name)} is 0 at this dy: its terms cancel"
    else:
        what = f"every {gradient_name(name)} is 0 here"
    if _few(shape):
        what = f"at N = {shape[0]} {what}"
    return f"{what}, so wrong factors cannot be told from right ones; {_advice(problem, name)}"


def _advice(problem: Problem, name: str) -> str:
    shape = problem.inputs[problem.at(name)].shape
    if _few(shape):
        return "use N >= 3"
    return "draw other inputs, and dy at random, not all ones"


def _few(shape: tuple[int, ...]) -> bool:
    """Whether the first axis looks like a batch of one or two."""
    return len(shape) > 1 and shape[0] <= 2

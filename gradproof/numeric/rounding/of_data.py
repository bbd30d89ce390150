"""Rounding of a gradient that inputs without a gradient cause: data, by which nothing is moved.

``np.linalg.solve(L @ L.T, x)`` rounds ``L @ L.T`` the same way wherever x is, so that points at
which x alone is moved agree on an error that a matrix may make large. Where the data move by a few
units in the last place as well, they no longer do.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from gradproof.numeric.problem import Array, Problem, stream
from gradproof.numeric.rounding.noise import (
    CLOSE,
    MANY_POINTS,
    Bounded,
    closeby,
    noise_of,
    roundoff,
)

# It is not taken for more than this part of a gradient: what jumps with the data is no rounding.
_MOST_LOST = 1e-3
# Elements are displaced by this part of themselves, with signs drawn in so many ways; the rounding
# of sums over all of them is shared out evenly, and one may have so many times as much of it.
_STEP, _WAYS, _UNLUCKY = 2.0**-10, 3, 4.0


def with_rounding_of_data(
    problem: Problem, dy: Array, gradients: Mapping[str, Bounded]
) -> Mapping[str, Bounded]:
    """The gradients with bounds on rounding that hold at data close by, too.

    The same where no input but those with a gradient can be moved: whole numbers are labels, masks
    or counts, which are meant as they are.
    """
    data = [
        x
        for name, x in zip(problem.names, problem.inputs)
        if name not in problem.wrt and x.dtype.kind == "f" and (x != np.round(x)).any()
    ]
    if not data:
        return gradients
    nearby = closeby(problem.inputs, stream(4), MANY_POINTS, CLOSE)
    for at, x in enumerate(problem.inputs):
        if not (x != np.round(x)).any():
            nearby.steps[at] = np.zeros_like(nearby.steps[at])
    tables: dict[str, list[Array]] = {name: [] for name in gradients}
    slopes: list[list[float]] = []
    rng = stream(5)
    ways = [
        {name: _apart(problem.inputs[problem.at(name)], rng) for name in gradients}
        for _ in range(_WAYS)
    ]
    for k in range(MANY_POINTS):
        moved = nearby.moved(problem.inputs, k)
        try:
            there = problem.gradients(moved, dy)
        except (ValueError, ArithmeticError, np.linalg.LinAlgError):
            return gradients
        for name, rows in tables.items():
            rows.append(np.asarray(there[name], np.float64))
        slopes.append([_slope(problem, moved, sizes, dy) for sizes in ways])
    own = float(noise_of(np.array(slopes), problem.unit, nearby.positions).max())
    own *= _UNLUCKY / math.sqrt(sum(float((each * each).sum()) for each in ways[0].values()))
    found = {}
    for name, got in gradients.items():
        noise = own + noise_of(np.stack(tables[name]), roundoff(got.value.dtype), nearby.positions)
        most = _MOST_LOST * np.abs(got.value).max(initial=0.0)
        lost = np.where(np.isfinite(noise), np.minimum(noise, most), 0.0)
        found[name] = Bounded(got.value, np.fmax(got.bound, lost))
    return found


def _apart(x: Array, rng: np.random.Generator) -> Array:
    """A displacement of each element, of either sign."""
    return rng.choice([-_STEP, _STEP], x.shape) * np.where(x == 0, 1.0, x)


def _slope(
    problem: Problem, inputs: Sequence[Array], sizes: Mapping[str, Array], dy: Array
) -> float:
    """By how much <dy, y> changes along these displacements: forward rounds data as well."""
    sides = []
    for sign in (1, -1):
        moved = list(inputs)
        for name, size in sizes.items():
            moved[problem.at(name)] = moved[problem.at(name)] + sign * size
        sides.append(problem.displaced(moved))
    return float(dy @ (sides[0] - sides[1])) / 2


__all__ = ["with_rounding_of_data"]

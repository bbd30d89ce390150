"""From a sum that is wrong to an element that is wrong: bisection with masks.

A direction that is zero outside half of the elements halves the sum; the half that is more at
odds, in units of its bound, is followed. The Jacobian is never formed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradproof.numeric.compare import Comparison
from gradproof.numeric.ladder import slopes
from gradproof.numeric.prepare import Measured
from gradproof.numeric.problem import Array, Problem
from gradproof.numeric.structured import appreciable
from gradproof.signatures import gradient_name

Direction = dict[str, Array]
# Blocks of this many elements are looked at one by one.
_FEW = 4


def worst_element(
    problem: Problem,
    dy: Array,
    measured: Measured,
    direction: Direction,
    along: Callable[..., Any],
    given_dy: bool,
) -> tuple[str, Comparison | None]:
    """Which gradients are wrong, in words, and a comparison of one wrong element's surroundings."""

    def odds(part: Direction) -> float:
        found = along(problem, dy, measured, part, given_dy)
        return float(found.error / found.bound) if found.bound else 0.0

    each = {name: odds({name: v}) for name, v in direction.items() if v.size}
    wrong = [name for name, ratio in each.items() if not ratio <= 1]
    name = max(each, key=lambda key: each[key] if each[key] == each[key] else np.inf)
    v = direction[name]
    low, high = 0, v.size
    while high - low > _FEW:
        middle = (low + high) // 2
        halves = [(low, middle), (middle, high)]
        ratios = [odds({name: _masked(v, *half)}) for half in halves]
        if not max(ratios) > 1:
            break
        low, high = halves[int(np.argmax(ratios))]
    text = (
        f"{', '.join(map(gradient_name, wrong))} is wrong"
        if wrong
        else "only all of them together are wrong"
    )
    if high - low > 64:
        return text, None
    return text, _one_by_one(problem, name, dy, measured, range(low, high))


def _masked(v: Array, low: int, high: int) -> Array:
    masked = np.zeros(v.size)
    masked[low:high] = v.ravel()[low:high]
    return masked.reshape(v.shape)


def _one_by_one(
    problem: Problem, name: str, dy: Array, measured: Measured, elements: range
) -> Comparison | None:
    """Compare single elements; the others count as right."""
    at = problem.at(name)
    got = measured.gradients[name]
    given = got.value.ravel().astype(np.float64)
    wanted, bound = given.copy(), np.full(given.size, np.inf)
    v_is_array = problem.inputs[at].ndim > 0
    size = appreciable(problem.inputs[at], np.random.default_rng(0))
    for element in elements:
        index = np.unravel_index(element, problem.inputs[at].shape)
        step = size[index]
        slope = slopes(
            lambda t, index=index, step=step: problem.displaced(  # type: ignore[misc]
                problem.moved(at, index if v_is_array else Ellipsis, t * step)
            ),
            measured.outputs.value,
            measured.outputs.bound,
            lambda value, truncation: np.asarray(truncation <= 1e-10 * np.abs(value)),
            unit=problem.unit,
        )
        weights = dy / step
        wanted[element] = float(slope.value @ weights)
        rounding = float(np.abs(slope.bound) @ np.abs(weights)) + float(got.bound.ravel()[element])
        bound[element] = rounding + 8 * problem.unit * float(np.abs(slope.value) @ np.abs(weights))
    found = Comparison(
        name, got.value.shape, given, wanted, wanted, wanted, bound,
        np.zeros(given.size, bool), np.abs(given), (0.0, 0.0),
    )  # fmt: skip
    return found if found.wrong.any() else None

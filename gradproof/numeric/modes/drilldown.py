"""From a sum that is wrong to an element that is wrong: bisection with masks.

A direction that is zero outside half of the elements halves the sum; the half that is more at
odds, in units of its bound, is followed. The Jacobian is never formed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradproof.arguments.returned import gradient_name
from gradproof.numeric.compare import Comparison
from gradproof.numeric.measured import Measured
from gradproof.numeric.modes.along_directions import along, projected
from gradproof.numeric.modes.careful import SMALL
from gradproof.numeric.problem import Array, Problem
from gradproof.numeric.rounding.extended import rounding_along
from gradproof.numeric.rounding.inner_precision import precision_inside
from gradproof.numeric.structure.patterns import appreciable

Direction = dict[str, Array]
# Blocks of this many elements are looked at one by one.
_FEW = 4
# So many are, where no half of them is at odds any more.
_LAST = 64


def worst_element(
    problem: Problem,
    dy: Array,
    measured: Measured,
    direction: Direction,
    given_dy: bool,
) -> tuple[str, Comparison | None, bool]:
    """Which gradients are wrong, in words, and a comparison of one wrong element's surroundings.

    Last whether none of those that the search ended at is wrong by itself.
    """

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
    is_ = "is" if len(wrong) == 1 else "are"
    which = ", ".join(map(gradient_name, wrong))
    text = f"{which} {is_} wrong" if wrong else "only all of them together are wrong"
    if high - low > _LAST:
        return text, None, False
    found = _one_by_one(problem, name, dy, measured, range(low, high))
    return text, found, found is None


def _masked(v: Array, low: int, high: int) -> Array:
    masked = np.zeros(v.size)
    masked[low:high] = v.ravel()[low:high]
    return masked.reshape(v.shape)


def _one_by_one(
    problem: Problem, name: str, dy: Array, measured: Measured, elements: range
) -> Comparison | None:
    """Compare single elements; the others count as right."""
    at = problem.at(name)
    got, here = measured.gradients[name], measured.outputs.value
    given = got.value.ravel().astype(np.float64)
    wanted, bound = given.copy(), np.full(given.size, np.inf)
    low, high, kinked = given.copy(), given.copy(), np.zeros(given.size, bool)
    x = problem.inputs[at]
    size, unit = appreciable(x, np.random.default_rng(0)), precision_inside(problem)
    for element in elements:
        index = np.unravel_index(element, x.shape) if x.ndim else ()
        step = float(size[index])
        lost = _lost(problem, at, index, step)
        found = projected(problem, dy, here, _line(problem, at, index, step), unit, lost)
        own = abs(float(x[index]))
        if 0 < own < SMALL and (found.kink[0] or not found.bound[0] <= 0.01 * abs(found.value[0])):
            step = float(np.exp2(np.round(np.log2(own))))
            line, lost = _line(problem, at, index, step), _lost(problem, at, index, step)
            closer = projected(problem, dy, here, line, unit, lost)
            found = found if closer.still[0] else closer
            step = float(size[index]) if closer.still[0] else step
        rounding = float(got.bound.ravel()[element])
        wanted[element] = float(found.value[0]) / step
        bound[element] = float(found.bound[0]) / abs(step) + rounding
        low[element] = high[element] = wanted[element]
        if found.kink[0]:
            ends = float(found.left[0]) / step, float(found.right[0]) / step
            low[element], high[element], kinked[element] = min(ends), max(ends), True
            bound[element] = float(found.side_bound[0]) / abs(step) + rounding
        elif found.twofold[0] and abs(given[element] - found.other[0] / step) <= (
            found.other_bound[0] / abs(step) + rounding
        ):
            bound[element] = np.inf
    comparison = Comparison(
        name, got.value.shape, given, wanted, low, high, bound, kinked, np.abs(given), (0.0, 0.0),
        looked_at=len(elements),
    )  # fmt: skip
    return comparison if comparison.wrong.any() else None


def _line(problem: Problem, at: int, index: Any, step: float) -> Callable[[float], Array]:
    """The outputs where one element of an input is displaced, in units of ``step``."""
    where = index if problem.inputs[at].ndim else Ellipsis
    return lambda t: problem.displaced(problem.moved(at, where, t * step))


def _lost(problem: Problem, at: int, index: Any, step: float) -> Callable[[float], Array] | None:
    """What rounding is known to do to them there."""
    where = index if problem.inputs[at].ndim else Ellipsis
    return rounding_along(problem, lambda t: problem.moved(at, where, t * step))

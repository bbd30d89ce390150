"""Second order: is the derivative of backward that of a gradient, and is backward linear in dy?

Along two random directions u and w of the inputs, the derivative of <backward(dy), u> along w must
be the mixed second derivative of <dy, forward> by u and w, which is symmetric in them. All three
are computed with error bounds and held against each other.
"""

from __future__ import annotations

import numpy as np

from gradproof.numeric.measured import Measured
from gradproof.numeric.problem import Array, Problem
from gradproof.numeric.steps.differences import extrapolate
from gradproof.numeric.steps.directions import draw
from gradproof.numeric.steps.ladder import slopes

# Second differences divide rounding by the square of the step: smaller steps say nothing.
_STEPS = tuple(2.0**-power for power in range(3, 18, 2))
Direction = dict[str, Array]
Found = tuple[float, float]


def second_order_fault(
    problem: Problem, dy: Array, measured: Measured, rng: np.random.Generator
) -> tuple[str, str]:
    """What is wrong at second order, in words, and what could not be decided; "" for nothing."""
    u, w = ({n: draw(problem.inputs[problem.at(n)], rng) for n in problem.wrt} for _ in range(2))
    fault = _not_linear(problem, dy, rng)
    if fault:
        return fault, ""
    by_backward = _along_backward(problem, dy, u, w, measured)
    swapped = _along_backward(problem, dy, w, u, measured)
    by_forward = _mixed(problem, dy, u, w, measured)
    if not all(np.isfinite(bound) for _, bound in (by_backward, swapped, by_forward)):
        return "", "order 2: a second derivative could not be bounded: a kink or the domain's edge"
    if _apart(by_backward, by_forward):
        return (
            f"order 2: the derivative of backward along a random direction is "
            f"{by_backward[0]:.9g}, the second derivative of forward {by_forward[0]:.9g}, bound "
            f"{by_backward[1] + by_forward[1]:.1e}"
        ), ""
    if _apart(by_backward, swapped):
        return (
            f"order 2: the derivative of backward is not symmetric: {by_backward[0]:.9g} and "
            f"{swapped[0]:.9g} along two random directions, so it is not that of a gradient"
        ), ""
    return "", ""


def _apart(one: Found, other: Found) -> bool:
    return not abs(one[0] - other[0]) <= one[1] + other[1]


def _moved(problem: Problem, direction: Direction, t: float) -> list[Array]:
    moved = list(problem.inputs)
    for name, v in direction.items():
        moved[problem.at(name)] = problem.inputs[problem.at(name)] + t * v
    return moved


def _not_linear(problem: Problem, dy: Array, rng: np.random.Generator) -> str:
    other: Array = np.asarray(rng.normal(size=dy.shape))
    _, cache = problem.run(problem.inputs)

    def pulled(upstream: Array) -> dict[str, Array]:
        return {n: np.array(g, np.float64) for n, g in problem.pull(upstream.copy(), cache).items()}

    first, second, both = pulled(dy), pulled(other), pulled(dy - 2 * other)
    for name, value in both.items():
        size = np.abs(first[name]).max(initial=0.0) + 2 * np.abs(second[name]).max(initial=0.0)
        if not (np.abs(value - first[name] + 2 * second[name]) <= 1e-9 * max(size, 1.0)).all():
            return f"order 2: d{name} is not linear in dy"
    return ""


def _along_backward(
    problem: Problem, dy: Array, u: Direction, w: Direction, measured: Measured
) -> Found:
    """The derivative of <backward(dy), u> along w."""

    def line(t: float) -> Array:
        try:
            found = problem.gradients(_moved(problem, w, t), dy)
        except (ValueError, ArithmeticError):
            return np.array([np.nan])
        return np.array([sum(float(np.sum(found[name] * v)) for name, v in u.items())])

    noise = sum(float(np.sum(measured.gradients[n].bound * np.abs(v))) for n, v in u.items())
    size = sum(float(np.sum(np.abs(measured.gradients[n].value * v))) for n, v in u.items())
    found = slopes(
        line, line(0.0), np.array([noise + 8 * problem.unit * size]),
        lambda value, truncation: np.asarray(truncation <= 1e-9 * np.abs(value)),
        unit=problem.unit,
    )  # fmt: skip
    kinked = found.kink is not None and bool(found.kink[0])
    return float(found.value[0]), np.inf if kinked else float(found.bound[0])


def _mixed(problem: Problem, dy: Array, u: Direction, w: Direction, measured: Measured) -> Found:
    """The mixed second derivative of <dy, outputs>: (Q(u + w) - Q(u - w)) / 4, Q the second one."""
    plus, bound_plus = _second(problem, dy, {n: u[n] + w[n] for n in u}, measured)
    minus, bound_minus = _second(problem, dy, {n: u[n] - w[n] for n in u}, measured)
    return (plus - minus) / 4, (bound_plus + bound_minus) / 4


def _second(problem: Problem, dy: Array, v: Direction, measured: Measured) -> Found:
    """The second derivative of <dy, outputs> along v, by extrapolated second differences.

    Where it varies faster than the coarse steps, the finer ones contradict those.
    """
    here = measured.outputs.value
    noise = 4 * float(np.abs(dy) @ (measured.outputs.bound + 8 * problem.unit * np.abs(here)))
    bends = []
    for step in _STEPS:
        bend = problem.displaced(_moved(problem, v, step)) - here
        bend += problem.displaced(_moved(problem, v, -step)) - here
        bends.append([float(dy @ bend) / step**2])
    steps = np.array(_STEPS)
    with np.errstate(invalid="ignore"):  # outside the domain
        best, bound = extrapolate(np.array(bends), (2 * noise / steps**2)[:, None], steps, power=2)
    return float(best[0]), float(bound[0])

"""The derivative of <dy, outputs> along a direction, and <gradient, direction> beside it.

A few evaluations where the sum settles; output by output where it does not; with steps of every
size before anything is called wrong.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gradproof.numeric.copies import Moved
from gradproof.numeric.measured import Measured
from gradproof.numeric.problem import Array, Problem
from gradproof.numeric.rounding.extended import rounding_along
from gradproof.numeric.rounding.inner_precision import precision_inside, seems_coarse
from gradproof.numeric.rounding.noise import Bounded, norm
from gradproof.numeric.steps.differences import Estimate, difference
from gradproof.numeric.steps.directions import scale
from gradproof.numeric.steps.ladder import Table, slopes

FIRST_STEP, FEWEST, MOST = 2.0**-8, 3, 5
_TINY = 2.0**-20
# The scalar path is good enough if truncation leaves this, relative to what is summed.
_GOOD = 1e-9
# Of so many outputs every evaluation is dear: two smaller steps, if truncation leaves this.
_LARGE, _SMALL_STEP, _GOOD_OF_TWO = 200_000, 2.0**-12, 5e-8


@dataclass(frozen=True)
class Along:
    """The derivative of <dy, outputs> along a direction, and <gradient, direction> beside it."""

    numeric: float
    numeric_bound: float
    analytic: float
    analytic_bound: float
    size: float  # the magnitude of the terms summed
    typical: float  # what <gradient, direction> adds up to where signs are random
    kinks: int = 0
    smooth: bool = True  # no output had a kink inside the stencil
    kept: Array | None = None  # dy without outputs that were left out; None for dy itself

    @property
    def error(self) -> float:
        """The distance; NaN in a gradient is infinitely far."""
        found = abs(self.numeric - self.analytic)
        return found if math.isfinite(found) or math.isinf(self.numeric_bound) else math.inf

    @property
    def bound(self) -> float:
        """The bound of both sides."""
        return self.numeric_bound + self.analytic_bound


def along(
    problem: Problem,
    dy: Array,
    measured: Measured,
    direction: dict[str, Array],
    given_dy: bool = False,
    closely: bool = False,
) -> Along:
    """Both derivatives of <dy, outputs> along a direction; closely: output by output."""
    here = measured.outputs.value

    line = line_along(problem, direction)
    analytic, analytic_bound = _projected(measured, direction, problem)
    product = np.multiply(dy, here)
    size = float(np.abs(product, out=product).sum())
    np.abs(np.multiply(dy, measured.outputs.bound, out=product), out=product)
    noise = max(float(product.sum()) if given_dy else norm(product), problem.unit * size)
    del product
    table = Table(np.zeros(1), np.array([noise]), problem.unit)
    large = problem.size > _LARGE
    step = _SMALL_STEP if large else FIRST_STEP
    typical = _size(measured, direction)
    while not closely and len(table.steps) < MOST:
        table.add(
            step,
            *(_scalar(dy, _less(line(t), here)) for t in (step, -step)),
        )
        step /= 4
        if len(table.steps) < FEWEST - large:
            continue
        value, truncation, rounding = (float(each[0]) for each in table.best())
        if not math.isfinite(truncation):
            break
        good = _GOOD
        if len(table.steps) < 3:  # the correction is not known to shrink, nor kinks to be absent
            good = _GOOD_OF_TWO
        elif bool(table.one_sided_differ()[0]):
            break
        if truncation <= max(rounding, analytic_bound, good * typical):
            return Along(value, truncation + rounding, analytic, analytic_bound, size, typical)
    return _output_by_output(problem, dy, measured, direction, line, given_dy, typical)


def _less(values: Array, here: Array) -> Array:
    """Values minus those here, in the place of the first."""
    return np.subtract(values, here, out=values)


def _scalar(dy: Array, change: Array) -> Array:
    return np.array([float(dy @ change)])


def _size(measured: Measured, direction: dict[str, Array]) -> float:
    """The typical size of the sum <gradient, direction>: what its terms add up to, squared."""
    parts = [
        norm(np.multiply(np.ravel(measured.gradients[name].value), v.ravel(), dtype=np.float64))
        for name, v in direction.items()
    ]
    return math.hypot(*parts)


def _projected(
    measured: Measured, direction: dict[str, Array], problem: Problem
) -> tuple[float, float]:
    """<gradient, direction> with the bound on its rounding, whose parts add up as squares."""
    total, square = 0.0, 0.0
    for name, v in direction.items():
        got, weights = measured.gradients[name], v.ravel()
        value = got.value.ravel().astype(np.float64, copy=False)
        total += float(value @ weights)
        terms = value * weights
        size = float(terms @ terms)
        bound = np.multiply(got.bound.ravel(), weights, out=terms)
        # Whatever the order of summation; NumPy and BLAS add up in blocks.
        blocks = math.log2(2 + value.size) ** 2
        square += float(bound @ bound) + (8 * problem.unit) ** 2 * (1 + blocks) * size
    return total, math.sqrt(square)


def _output_by_output(
    problem: Problem,
    dy: Array,
    measured: Measured,
    direction: dict[str, Array],
    line: Callable[[float], Array],
    given_dy: bool,
    typical_sum: float,
) -> Along:
    """The same where the sum does not settle: kinks inside the stencil, or a steep function.

    Outputs at a kink, or whose derivative cannot be bounded, are left out: their dy is set to
    zero, and backward is asked again for the dy that remains.
    """
    slope = slopes(
        line, measured.outputs.value, measured.outputs.bound,
        lambda value, truncation: np.asarray(truncation <= 1e-11 * np.abs(value)),
        unit=problem.unit,
    )  # fmt: skip
    out = ~np.isfinite(slope.bound)
    # A kink can sit where the coarse steps agree by luck: a tiny step does not share it.
    change = (line(_TINY) - line(-_TINY)) / (2 * _TINY)
    rounding = 2 * (measured.outputs.bound + 8 * problem.unit * np.abs(measured.outputs.value))
    believed = np.abs(change - slope.value) <= slope.bound + rounding / _TINY
    out |= ~believed & (slope.settled > 0)  # the full tables had tiny steps of their own
    if slope.kink is not None:
        out |= slope.kink
    # One output whose bound is out of all proportion would hide errors in all the others.
    typical = float(np.median(slope.bound[~out])) if (~out).any() else 0.0
    out |= slope.bound > 1e-4 * (np.abs(slope.value) + scale(slope.value[~out])) + 1e3 * typical
    kept = np.where(out, 0.0, dy)
    gradients = measured.gradients
    analytic = measured
    if out.any():
        _, cache = problem.run([np.array(each) for each in problem.inputs])
        pulled = problem.pull(kept.copy(), cache)
        analytic = Measured(
            measured.outputs,
            {
                name: Bounded(np.asarray(value, np.float64), gradients[name].bound)
                for name, value in pulled.items()
            },
            measured.tests, measured.change, measured.change_noise, measured.stuck,
        )  # fmt: skip
    value = np.where(out, 0.0, slope.value)
    bound = np.where(out, 0.0, slope.bound)
    weights = np.abs(kept)
    summed = np.sum(weights * bound) if given_dy else norm(kept * bound)
    projected, projected_bound = _projected(analytic, direction, problem)
    magnitude = float(weights @ np.abs(value))
    summing = 8 * problem.unit * math.log2(2 + dy.size) * norm(kept * value)
    return Along(
        float(kept @ value),
        math.inf if out.all() else float(summed + summing),
        projected,
        projected_bound,
        magnitude,
        typical_sum,
        int(out.sum()),
        bool((slope.settled > 0).all()),
        kept if out.any() else None,
    )


def reconsidered(
    problem: Problem, dy: Array, measured: Measured, direction: dict[str, Array], first: Along
) -> Along:
    """The same from steps of every size, which measure rounding where they are, before refuting.

    Outputs that were left out for their kinks stay left out.
    """
    kept = dy if first.kept is None else first.kept
    line, unit = line_along(problem, direction), precision_inside(problem)
    if unit > problem.unit or seems_coarse(
        problem, closely=True
    ):  # a sum of few-digit numbers says too little
        return replace(first, numeric_bound=math.inf)
    rounding = max(first.analytic_bound, _projected(measured, direction, problem)[1])
    first = replace(first, analytic_bound=rounding)
    lost = rounding_along(problem, moved_along(problem, direction))
    estimate = projected(problem, kept, measured.outputs.value, line, unit, lost)
    value, bound = float(estimate.value[0]), float(estimate.bound[0])
    if estimate.kink[0]:
        bound = math.inf
    elif estimate.twofold[0] and abs(value - first.analytic) > bound + first.analytic_bound:
        apart = abs(float(estimate.other[0]) - first.analytic)
        # Right by the other of two derivatives that rounding makes: nothing can be said.
        if apart <= float(estimate.other_bound[0]) + first.analytic_bound:
            bound = math.inf
    # Each bound holds by itself, and so does what is common to both.
    return replace(first, numeric=value, numeric_bound=max(bound, first.numeric_bound))


def projected(
    problem: Problem,
    dy: Array,
    here: Array,
    line: Callable[[float], Array],
    unit: float,
    lost: Callable[[float], Array] | None = None,
) -> Estimate:
    """The derivative of <dy, outputs> along a line, with full tables.

    unit: the largest relative error of one rounding of an output; lost: as in ``difference``.
    """

    def known(t: float) -> Array:
        assert lost is not None
        return np.array([norm(np.where(dy == 0, 0.0, dy * lost(t)))])

    def change(t: float) -> Array:
        return _scalar(dy, np.where(dy == 0, 0.0, line(t) - here))

    reach = max([1.0, *(float(np.abs(x).max(initial=0.0)) for x in problem.inputs)])
    return difference(
        change, 1.0, np.zeros(1), unit, norm(dy) * reach, lost=None if lost is None else known
    )


def line_along(problem: Problem, direction: dict[str, Array]) -> Callable[[float], Array]:
    """The outputs at a displacement along a direction."""
    moved = moved_along(problem, direction)
    return lambda t: problem.displaced(moved(t))


def moved_along(problem: Problem, direction: dict[str, Array]) -> Callable[[float], Moved]:
    """The inputs at a displacement along a direction."""

    def moved_by(t: float) -> Moved:
        moved = Moved(problem.inputs)
        for name, v in direction.items():
            at = problem.at(name)
            by = np.multiply(v, t)
            by += problem.inputs[at]
            moved.put(at, by.astype(problem.inputs[at].dtype, copy=False))
        return moved

    return moved_by


__all__ = ["Along", "along", "line_along", "projected", "reconsidered"]

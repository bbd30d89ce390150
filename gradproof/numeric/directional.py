"""Directional mode: sums of the gradient along random directions, in a handful of evaluations.

For a random direction v of all inputs, <backward(dy), v> must be the derivative of <dy, forward>
along v. Directions are signed, with components no smaller than a third of the largest, so that no
element goes unseen; the bound comes from what the two sums really add up, not from the size of the
arrays. Outputs with a kink inside the stencil are left out by setting their dy to zero, for which
backward is asked again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from gradproof.numeric.calls import Moved
from gradproof.numeric.compare import Comparison
from gradproof.numeric.directions import draw, scale
from gradproof.numeric.drilldown import worst_element
from gradproof.numeric.identities import broken_identities
from gradproof.numeric.ladder import Table, slopes
from gradproof.numeric.messages import place
from gradproof.numeric.noise import Bounded
from gradproof.numeric.prepare import Measured
from gradproof.numeric.problem import Array, Problem
from gradproof.signatures import gradient_name

FIRST_STEP, FEWEST, MOST = 2.0**-8, 3, 5
_TINY = 2.0**-20
# Identities are looked for up to this many outputs: each costs an evaluation.
_IDENTITIES = 200_000
# The scalar path is good enough if truncation leaves this, relative to what is summed.
_GOOD = 1e-9
# Of so many outputs every evaluation is dear: two smaller steps, if truncation leaves this.
_LARGE, _SMALL_STEP, _GOOD_OF_TWO = 200_000, 2.0**-12, 5e-8


@dataclass
class Directions:
    """The outcome: the error found and its bound, along the direction that fitted worst."""

    error: float
    bound: float
    floor: float
    certificate: str
    kinks: int = 0
    reason: str = ""
    worst: Comparison | None = None
    undecided: str = ""
    relative_floor: float = 0.0  # the smallest relative error that would have been seen
    identities: list[str] = field(default_factory=list)


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

    @property
    def error(self) -> float:
        """The distance; NaN in a gradient is infinitely far."""
        found = abs(self.numeric - self.analytic)
        return found if math.isfinite(found) or math.isinf(self.numeric_bound) else math.inf

    @property
    def bound(self) -> float:
        """The bound of both sides."""
        return self.numeric_bound + self.analytic_bound


def check_directions(
    problem: Problem,
    dy: Array,
    measured: Measured,
    rng: np.random.Generator,
    given_dy: bool,
) -> Directions:
    """Compare along one random direction of all inputs; look closer where that fails."""
    direction = {name: draw(problem.inputs[problem.at(name)], rng) for name in problem.wrt}
    found = along(problem, dy, measured, direction, given_dy)
    if found.error > found.bound:
        # Kinks of many outputs might have cancelled in the sum: before refuting, look for them.
        closer = along(problem, dy, measured, direction, given_dy, closely=True)
        found = found if closer.smooth else closer
    identities: list[str] = []
    broken: list[str] = []
    if problem.size <= _IDENTITIES:
        identities, broken = broken_identities(problem, dy, measured, rng)
    certificate, floor = _certificate(found, direction, measured, problem)
    result = Directions(
        found.error, found.bound, floor, certificate, found.kinks, identities=identities
    )
    typical = found.typical
    result.relative_floor = 2 * found.bound / typical if typical else 0.0
    undefined = [name for name, g in measured.gradients.items() if not np.isfinite(g.value).all()]
    if undefined and math.isfinite(found.numeric_bound):
        result.error, result.reason = math.inf, _undefined(measured, undefined)
    elif found.kinks and (4 * found.kinks > problem.size or not found.size):
        result.undecided = (
            f"{found.kinks} of {problem.size} outputs have a kink here, or no derivative that "
            "could be bounded, and sums along a direction say nothing about those; use "
            "mode='full', which looks at each"
        )
    elif found.error <= found.bound and _toothless(found, typical):
        result.undecided = (
            f"along a random direction the bound, {found.bound:.1g}, is larger than the gradient "
            f"itself, {typical:.1g}: zeros would have passed; use mode='full', or inputs farther "
            "from the edge of the domain"
        )
    elif found.error > found.bound:
        names, worst = worst_element(problem, dy, measured, direction, along, given_dy)
        result.reason = (
            f"along a random direction the gradients ({', '.join(problem.wrt)}) give "
            f"{found.analytic:.9g}, the derivative is {found.numeric:.9g}; {names}"
        )
        result.worst = worst
    elif broken:
        result.reason = "; ".join(broken)
    return result


def _toothless(found: Along, typical: float) -> bool:
    """Whether a gradient of zeros would have passed, where it is not as good as zero."""
    return found.bound > typical > 0 and found.bound > 1e-6 * found.size


def _undefined(measured: Measured, names: list[str]) -> str:
    """Which gradients are NaN or infinite where the outputs have a derivative."""
    parts = []
    for name in names:
        bad = ~np.isfinite(measured.gradients[name].value)
        first = place(name, bad.shape, int(np.argmax(bad)))
        parts.append(f"{gradient_name(name)} is NaN or infinite at {int(bad.sum())} of {bad.size} "
                     f"elements, such as {first}, where the derivative is finite")  # fmt: skip
    return "; ".join(parts)


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

    def line(t: float) -> Array:
        moved = Moved(problem.inputs)
        for name, v in direction.items():
            at = problem.at(name)
            by = np.multiply(v, t)
            by += problem.inputs[at]
            moved.put(at, by.astype(problem.inputs[at].dtype, copy=False))
        return problem.displaced(moved)

    analytic, analytic_bound = _projected(measured, direction, problem)
    weights = np.abs(dy)
    product = np.multiply(weights, here)
    size = float(np.abs(product, out=product).sum())
    np.multiply(weights, measured.outputs.bound, out=product)
    noise = max(float(product.sum()) if given_dy else _norm(product), problem.unit * size)
    table = Table(np.zeros(1), np.array([noise]), problem.unit)
    large = problem.size > _LARGE
    step = _SMALL_STEP if large else FIRST_STEP
    typical = _size(measured, direction)
    while not closely and len(table.steps) < MOST:
        table.add(
            step,
            *(_scalar(dy, np.subtract(line(t), here, out=product)) for t in (step, -step)),
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


def _scalar(dy: Array, change: Array) -> Array:
    return np.array([float(dy @ change)])


def _norm(values: Array) -> float:
    return math.sqrt(float(values @ values))


def _size(measured: Measured, direction: dict[str, Array]) -> float:
    """The typical size of the sum <gradient, direction>: what its terms add up to, squared."""
    parts = [
        _norm(np.ravel(measured.gradients[name].value).astype(np.float64) * v.ravel())
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
    line: object,
    given_dy: bool,
    typical_sum: float,
) -> Along:
    """The same where the sum does not settle: kinks inside the stencil, or a steep function.

    Outputs at a kink, or whose derivative cannot be bounded, are left out: their dy is set to
    zero, and backward is asked again for the dy that remains.
    """
    assert callable(line)
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
            measured.tests, measured.change, measured.change_noise,
        )  # fmt: skip
    value = np.where(out, 0.0, slope.value)
    bound = np.where(out, 0.0, slope.bound)
    weights = np.abs(kept)
    summed = np.sum(weights * bound) if given_dy else _norm(kept * bound)
    projected, projected_bound = _projected(analytic, direction, problem)
    magnitude = float(weights @ np.abs(value))
    summing = 8 * problem.unit * math.log2(2 + dy.size) * _norm(kept * value)
    return Along(
        float(kept @ value),
        math.inf if out.all() else float(summed + summing),
        projected,
        projected_bound,
        magnitude,
        typical_sum,
        int(out.sum()),
        bool((slope.settled > 0).all()),
    )


def _certificate(
    found: Along, direction: dict[str, Array], measured: Measured, problem: Problem
) -> tuple[str, float]:
    """What the comparison would have caught: one wrong element, a slip in many, a factor."""
    least = min(float(np.abs(v).min(initial=np.inf)) for v in direction.values())
    single = 2 * found.bound / least if least and math.isfinite(least) else math.inf
    largest = max(
        (
            max(float(each.value.max(initial=0.0)), -float(each.value.min(initial=0.0)))
            for each in measured.gradients.values()
        ),
        default=0.0,
    )
    factor = 2 * found.bound / abs(found.analytic) if found.analytic else math.inf
    # A change of all elements by one per cent of the gradient's norm has a sum with this spread.
    spread = 0.01 * found.typical
    missed = min(1.0, 4 * found.bound / (math.sqrt(2 * math.pi) * spread)) if spread else 1.0
    text = (
        f"one wrong element would have been seen from an error of {single:.0e} on (the largest "
        f"element is {largest:.0e}), a wrong factor from 1 + {factor:.0e} on; a slip that changes "
        f"the gradient by 1 % of its norm is missed with probability {missed:.0e}"
    )
    if found.kinks:
        text += f"; {found.kinks} of {problem.size} outputs were left out: kinks nearby"
    return text, single


__all__ = ["Along", "Directions", "along", "check_directions"]

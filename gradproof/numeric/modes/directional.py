"""Directional mode: sums of the gradient along random directions, in a handful of evaluations.

For a random direction v of all inputs, <backward(dy), v> must be the derivative of <dy, forward>
along v. Directions are signed, with components no smaller than a third of the largest, so that no
element goes unseen; the bound comes from what the two sums really add up, not from the size of the
arrays. Outputs with a kink inside the stencil are left out by setting their dy to zero, for which
backward is asked again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from gradproof.arguments.returned import gradient_name
from gradproof.numeric.compare import Comparison
from gradproof.numeric.measured import Measured
from gradproof.numeric.messages import constants_rounded, place
from gradproof.numeric.modes.along_directions import Along, along, reconsidered
from gradproof.numeric.modes.drilldown import worst_element
from gradproof.numeric.modes.gradient_total import unseen
from gradproof.numeric.modes.identities import broken_identities
from gradproof.numeric.problem import Array, Problem
from gradproof.numeric.rounding.extended import with_known_rounding
from gradproof.numeric.rounding.inner_precision import precision_inside, seems_coarse
from gradproof.numeric.rounding.noise import norm
from gradproof.numeric.steps.directions import draw

# Identities are looked for up to this many outputs: each costs an evaluation.
_IDENTITIES = 200_000


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
    unseen: tuple[str, ...] = ()  # inputs whose gradient could be 0 as well


def check_directions(
    problem: Problem,
    dy: Array,
    measured: Measured,
    rng: np.random.Generator,
    given_dy: bool,
    native: Problem | None = None,
) -> Directions:
    """Compare along one random direction of all inputs; look closer where that fails.

    native: the problem in the precision of the inputs, to which constants may be rounded.
    """
    direction = {name: draw(problem.inputs[problem.at(name)], rng) for name in problem.wrt}
    found = along(problem, dy, measured, direction, given_dy)
    if found.error > found.bound:
        # Kinks of many outputs might have cancelled in the sum: before refuting, look for them.
        closer = along(problem, dy, measured, direction, given_dy, closely=True)
        found = found if closer.smooth else closer
    if found.error > found.bound:
        measured = with_known_rounding(problem, dy, measured)
        found = reconsidered(problem, dy, measured, direction, found)
    constants = "" if native is None else constants_rounded(native.dtype)
    if native is not None and found.error > found.bound:
        rounded = native.unit * _terms(measured, direction)
        constants *= found.error <= found.numeric_bound + rounded
        if constants:
            found = replace(found, analytic_bound=max(found.analytic_bound, rounded))
    else:
        constants = ""
    if found.numeric == 0:  # nothing changed
        found = replace(found, numeric_bound=max(found.numeric_bound, unseen(norm(dy))))
    identities: list[str] = []
    broken: list[str] = []
    if problem.size <= _IDENTITIES:
        identities, broken = broken_identities(problem, dy, measured, rng)
    certificate, floor = _certificate(found, direction, measured, problem)
    certificate = "; ".join(filter(None, [constants, certificate]))
    result = Directions(
        found.error, found.bound, floor, certificate, found.kinks, identities=identities
    )
    typical = found.typical
    result.unseen = _unseen(measured, direction, found.bound)
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
    elif found.error <= found.bound and seems_coarse(
        problem, closely=measured.stuck or abs(found.numeric) <= found.bound
    ):
        result.undecided = (
            "forward computes in a lower precision inside, and sums of numbers with few digits say "
            "too little: zeros may pass; use mode='full'"
        )
    elif not math.isfinite(found.numeric_bound):
        result.undecided = (
            "the derivative along a random direction could not be bounded: forward loses its "
            "digits, or has kinks at every scale; use mode='full', or other inputs"
        )
    elif found.error > found.bound:
        names, worst, none = worst_element(problem, dy, measured, direction, given_dy)
        text = (
            f"along a random direction the gradients ({', '.join(problem.wrt)}) give "
            f"{found.analytic:.9g}, the derivative is {found.numeric:.9g}; "
        )
        if none:
            result.undecided = (
                f"{text}but no single element of those that the search ended at differs by more "
                "than its bound: the function may vary at scales that no sum shows; use mode='full'"
            )
        else:
            result.reason, result.worst = text + names, worst
    elif broken and precision_inside(problem) <= problem.unit:
        result.reason = "; ".join(broken)
    return result


def _terms(measured: Measured, direction: dict[str, Array]) -> float:
    """The sum of the magnitudes of the terms of <gradient, direction>."""
    return sum(
        float(np.abs(measured.gradients[name].value * v).sum()) for name, v in direction.items()
    )


def _unseen(measured: Measured, direction: dict[str, Array], bound: float) -> tuple[str, ...]:
    """The inputs of which the sum would be the same, as far as can be told, without them."""
    return tuple(
        name for name, v in direction.items()
        if v.size and norm(measured.gradients[name].value.ravel() * v.ravel()) <= bound
    )  # fmt: skip


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


__all__ = ["Directions", "check_directions"]

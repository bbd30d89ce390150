"""A Jacobian-vector product held against numeric derivatives, output by output."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from gradproof.numeric.compare import ANYTHING, KINKED, Comparison, untold, with_unseen
from gradproof.numeric.modes.careful import by_scale
from gradproof.numeric.modes.gradient_total import unseen
from gradproof.numeric.modes.nearby_slopes import choices
from gradproof.numeric.problem import Array, Problem
from gradproof.numeric.rounding.extended import rounding_along
from gradproof.numeric.rounding.inner_precision import precision_inside
from gradproof.numeric.rounding.noise import FACTOR, Bounded
from gradproof.numeric.steps.ladder import careful_slopes, slopes
from gradproof.numeric.steps.line_slopes import Slopes

# So many outputs are looked at again.
_MOST = 20_000
# Tangents that move no input by this part of its magnitude, or of 1, say nothing of outputs that
# they do not change, but larger ones do.
_NEAR = 1e-3


def compared_tangents(
    problem: Problem, along: tuple[Array, ...], got: Bounded, noise: Bounded
) -> Comparison:
    """Hold a JVP, with the bound on its rounding, against derivatives of the outputs, (outputs,).

    noise: the outputs with the bound on their rounding; along: a tangent for each input.
    """

    def moved(t: float) -> list[Array]:
        return [x + t * v if v.any() else x for x, v in zip(problem.inputs, along)]

    def line(t: float) -> Array:
        return problem.displaced(moved(t))

    quick = slopes(
        line, noise.value, noise.bound,
        lambda value, truncation: np.asarray(truncation <= 1e-11 * np.abs(value)),
        unit=problem.unit,
    )  # fmt: skip
    found = _held_against(problem, got, quick, problem.unit)
    # Outputs that no step changed agree with a JVP of zero, whatever they hide.
    doubt = found.wrong | found.unbounded | found.at_jump | (quick.value == 0)
    if not doubt.any():
        return found
    # What seems wrong is looked at again with steps of every size, as in ``reconsider``; the others
    # cost no further calls.
    doubtful = np.flatnonzero(doubt)[:_MOST]
    unit = precision_inside(problem)
    slope = _carefully(problem, along, noise.bound, doubtful, unit)
    again = _held_against(problem, got, slope, unit)
    seen = np.zeros(got.value.size, bool)
    seen[doubtful] = True
    bound = np.where(seen, again.bound, np.where(found.wrong, np.inf, found.bound))
    first = {"wanted", "low", "high", "kinked", "magnitude"}
    merged = {n: np.where(seen, getattr(again, n), getattr(found, n)) for n in first}
    other = None if again.other is None else np.where(seen, again.other, merged["wanted"])
    other_bound = None if again.other_bound is None else np.where(seen, again.other_bound, 0.0)
    found = replace(again, bound=bound, other=other, other_bound=other_bound, **merged)
    return _corners_allowed(problem, along, noise.bound, found) if found.wrong.any() else found


def _corners_allowed(
    problem: Problem, along: tuple[Array, ...], noise: Array, found: Comparison
) -> Comparison:
    """The comparison where what may be right at a corner cannot be told."""
    wrong = np.flatnonzero(found.wrong)[:_MOST]

    def slopes_at(inputs: Sequence[Array]) -> Slopes:
        return _carefully(problem.with_inputs(inputs), along, noise, wrong, problem.unit)

    low, high = choices(problem.inputs, slopes_at)
    either = found.wrong & (low <= found.got) & (found.got <= high) & (low < high)
    return untold(found, either)


def _carefully(
    problem: Problem, along: tuple[Array, ...], noise: Array, outputs: Array, unit: float
) -> Slopes:
    """Differentiate with full tables: by elements far below the others' steps with their own."""
    reach = max([1.0, *(float(np.abs(x).max(initial=0.0)) for x in problem.inputs)])
    found: Slopes | None = None
    still = np.ones(problem.size, bool)
    farthest = 0.0
    for scale, part in by_scale(problem.inputs, along):

        def moved(t: float, part: Sequence[Array] = part, scale: float = scale) -> list[Array]:
            pairs = zip(problem.inputs, part)
            return [x + (t * scale) * v if v.any() else x for x, v in pairs]

        def line(t: float, moved: Callable[[float], list[Array]] = moved) -> Array:
            return problem.displaced(moved(t))

        lost = rounding_along(problem, moved)
        moves = max(scale * float(np.abs(v).max(initial=0.0)) for v in part)
        far = reach / moves if moves > 0 else 1.0
        own = careful_slopes(line, noise, outputs, unit, reach, lost=lost, far=far)
        still &= False if own.still is None else own.still & (own.bound > 0)
        farthest = max(farthest, moves)
        own = own.scaled(1 / scale)
        found = own if found is None else found + own
    assert found is not None
    if farthest < _NEAR * reach and still.any():  # tangents too short to change what they should
        other = found.value if found.other is None else found.other
        bound = found.bound if found.other_bound is None else found.other_bound
        found.other, found.other_bound = other, np.where(still, ANYTHING, bound)
    return found


def _held_against(problem: Problem, got: Bounded, slope: Slopes, unit: float) -> Comparison:
    """The JVP held against derivatives of the outputs along the tangents."""
    none = np.zeros(got.value.size, bool)
    kink = none if slope.kink is None else slope.kink
    low = slope.value if slope.low is None else slope.low
    high = slope.value if slope.high is None else slope.high
    sides = slope.bound if slope.side_bound is None else slope.side_bound
    extra = got.bound + FACTOR * unit * np.abs(slope.value)
    # At a kink the JVP itself may jump between the points that its rounding was measured at.
    most = max(KINKED, 64 * unit) * np.fmax(np.abs(low), np.abs(high))
    bound = np.where(kink, sides + np.minimum(extra, most), slope.bound + extra)
    bound[np.isnan(bound) | np.isnan(slope.value)] = np.inf  # then nothing is known
    shape = problem.shapes[0] if len(problem.shapes) == 1 else (problem.size,)
    found = Comparison(
        "y", shape, got.value, slope.value, low, high, bound, kink, np.abs(slope.value), (0.0, 0.0),
        jumped=slope.jump, other=slope.other,
        other_bound=None if slope.other_bound is None else slope.other_bound + extra,
    )  # fmt: skip
    return with_unseen(found, unseen(1.0))


__all__ = ["compared_tangents"]

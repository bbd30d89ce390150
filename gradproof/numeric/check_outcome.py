"""From comparisons to a verdict: figure, reason, counterexample, and what a pass is worth."""

from __future__ import annotations

import numpy as np

from gradproof.arguments.returned import gradient_name
from gradproof.numeric.calls import named
from gradproof.numeric.compare import STILL, Comparison
from gradproof.numeric.messages import counterexample, place, reason
from gradproof.numeric.modes.directional import Directions
from gradproof.numeric.modes.gradient_total import NumericGradient
from gradproof.numeric.modes.sketch import Sketch, certificate
from gradproof.numeric.problem import Array, Problem
from gradproof.numeric.relations.related import related
from gradproof.verdicts import Status, Verdict


def verdict_of_comparisons(
    problem: Problem,
    comparisons: list[Comparison],
    numeric: dict[str, NumericGradient],
    dy: Array,
) -> Verdict:
    """CHECKED with the tightest comparison, REFUTED with the first that failed, or UNDECIDED."""
    compared = [each for each in comparisons if each.got.size]
    failed = next((each for each in compared if each.wrong.any()), None)
    failed = failed or next((each for each in compared if each.failed), None)
    shown = failed or max(compared, key=lambda each: float(each.ratio.max()))
    worst = shown.worst
    error, bound = float(shown.error[worst]), float(shown.bound[worst])
    figure = f"error {error:.0e}, bound {bound:.0e}"
    floors = [each.floor for each in compared if not each.precision]
    floor = max((absolute for absolute, _ in floors), default=0.0)
    relative = [each for _, each in floors]
    details = {
        "kinks": sum(int(each.kinked.sum()) for each in comparisons if not each.precision),
        "jumps": sum(_jumps(each).size for each in comparisons),
        "mode": "full",
        "floor": floor,
        "relative_floor": float(np.nanmax(relative)) if not np.isnan(relative).all() else 0.0,
        "certificate": f"an error of more than {floor:.1g} in any one element would have been seen",
        "colours": {name: each.colours for name, each in numeric.items()},
        "wrong": tuple(each.name for each in compared if each.failed),
        "unseen": {
            each.name: each.unseen for each in compared if each.unseen and not each.precision
        },
    }
    method = numeric[shown.name].method
    if failed is not None:
        return Verdict(
            Status.REFUTED, "", method, figure=figure, error=error, bound=bound, cases=1,
            reason=reason(failed), counterexample=counterexample(problem, failed, dy),
            details=details, explain=related(problem, comparisons, dy),
        )  # fmt: skip
    unknown = next((each for each in compared if each.unbounded.any()), None)
    if unknown is not None:
        return Verdict(
            Status.UNDECIDED, "", method, cases=1, reason=_unbounded(unknown), details=details
        )
    lost = [each for each in compared if each.cannot_tell.any()]
    details["cannot_tell"] = sum(int(each.cannot_tell.sum()) for each in lost)
    mostly = next((each for each in lost if 2 * each.cannot_tell.sum() > each.got.size), None)
    if mostly is not None:
        return Verdict(
            Status.UNDECIDED, "", method, cases=1, reason=cannot_tell(mostly), details=details
        )
    return Verdict(
        Status.CHECKED, "", method, figure=figure, error=error, bound=bound, cases=1,
        scope="; ".join(filter(None, [_conventions(comparisons), *map(cannot_tell, lost)])),
        details=details,
    )  # fmt: skip


def verdict_of_sketch(found: Sketch) -> Verdict:
    """CHECKED: a sketch says nothing else."""
    text = certificate(found)
    details = {
        "kinks": 0,
        "jumps": 0,
        "mode": "sketch",
        "floor": found.floor,
        "relative_floor": found.relative_floor,
        "certificate": text,
    }
    return Verdict(
        Status.CHECKED, "", "central differences of random sums over every class of elements",
        figure=f"error {found.error:.0e}, bound {found.bound:.0e}", error=found.error,
        bound=found.bound, cases=1, scope=text, details=details,
    )  # fmt: skip


def _unbounded(comparison: Comparison) -> str:
    where = np.flatnonzero(comparison.unbounded)
    return (
        f"the derivative by {comparison.name} could not be bounded at {where.size} of "
        f"{comparison.got.size} elements, such as "
        f"{place(comparison.name, comparison.shape, int(where[0]))}: the function is not finite, "
        "or jumps, on both sides of the point, or bends the more there, the finer the steps are; "
        "choose inputs inside its domain, and not at its edge"
    )


def cannot_tell(comparison: Comparison) -> str:
    """Of which elements nothing can be told, and why."""
    where = np.flatnonzero(comparison.cannot_tell)
    first = int(where[0])
    precision = f" in {comparison.precision}" if comparison.precision else ""
    return (
        f"cannot be told here{precision}: {where.size} of {comparison.got.size} elements of "
        f"{gradient_name(comparison.name)}, such as "
        f"{place(comparison.name, comparison.shape, first)} (bound "
        f"{comparison.bound[first]:.0e}): forward loses the digits by which a wrong gradient would "
        "show; choose inputs where it does not, or a form of it that rounds less"
    )


def _conventions(comparisons: list[Comparison]) -> str:
    """At kinks: which of the admissible values the code chose, for the first of each gradient."""
    parts = []
    for each in comparisons:
        jumps = _jumps(each)
        if jumps.size:
            first = place(each.name, each.shape, int(jumps[0]))
            parts.append(f"{jumps.size} at a jump, where there is no derivative: {first}")
        where = np.flatnonzero(each.kinked & (each.low != each.high))
        if where.size and not each.precision:
            at = int(where[0])
            parts.append(
                f"{where.size} at a kink: {place(each.name, each.shape, at)} is "
                f"{each.got[at]:.3g}, of any value in [{each.low[at]:.3g}, {each.high[at]:.3g}]"
            )
    return "; ".join(parts)


def _jumps(comparison: Comparison) -> Array:
    """The elements by which an output jumps."""
    if comparison.jumped is None or comparison.precision:
        return np.empty(0, int)
    return np.flatnonzero(comparison.jumped)


def verdict_of_directions(problem: Problem, found: Directions, dy: Array) -> Verdict:
    """The verdict of directional mode."""
    details = {
        "kinks": found.kinks,
        "mode": "directional",
        "floor": found.floor,
        "relative_floor": found.relative_floor,
        "certificate": found.certificate,
        "identities": tuple(found.identities),
        "unseen": dict.fromkeys(found.unseen, STILL),
    }
    method = "central differences along random directions"
    figure = f"error {found.error:.0e}, bound {found.bound:.0e}"
    if found.reason:
        example = counterexample(problem, found.worst, dy) if found.worst is not None else None
        text = found.reason
        if found.worst is not None:
            text += "\n    " + reason(found.worst)
        return Verdict(
            Status.REFUTED, "", method, figure=figure, error=found.error, bound=found.bound,
            cases=1, reason=text, counterexample=example, details=details,
        )  # fmt: skip
    if found.undecided or not np.isfinite(found.bound):
        return Verdict(
            Status.UNDECIDED, "", method, cases=1, details=details,
            reason=found.undecided
            or "the derivative along a random direction could not be bounded; choose inputs "
            "inside the domain of the function, or mode='full'",
        )  # fmt: skip
    return Verdict(
        Status.CHECKED, "", method, figure=figure, error=found.error, bound=found.bound, cases=1,
        scope=found.certificate, details=details,
    )  # fmt: skip


def refused(error: Exception) -> Verdict:
    """The verdict at inputs that were not given, where a function does not take them."""
    reason = f"the functions do not take other inputs: {named(error)}"
    return Verdict(Status.UNDECIDED, "", "numeric check", reason=reason)


def out_of_time(seconds: float, calls: int) -> Verdict:
    """The verdict where the time ran out: nothing is said of the gradient."""
    return Verdict(
        Status.UNDECIDED, "", "numeric check",
        reason=f"ran out of time_limit = {seconds:g} s after {calls} calls of forward; give it "
        "more, smaller inputs, or mode='directional', which takes a handful of calls",
    )  # fmt: skip

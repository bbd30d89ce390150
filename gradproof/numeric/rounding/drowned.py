"""Outputs that change by no more than their own rounding, however far the inputs move."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gradproof.numeric.measured import Measured
from gradproof.numeric.problem import Array, Problem, stream
from gradproof.verdicts import Status, Verdict

# A change by so many roundings of an output may be rounding alone; so many points are looked at.
_ROUNDINGS, _POINTS = 64.0, 16
# A gradient by which this part of the outputs would change is no matter of their rounding.
_LARGE = 1e-9
# So many outputs that stay as they are next to the point, and change further away: rounding alone
# would change about half of them there, too.
_STILL = 0.9


def drowned(problem: Problem, measured: Measured, structured: bool) -> bool:
    """Whether every output that changes at all does so by a few of its own roundings.

    structured: and almost none next to the point, so that it is not rounding alone.

    As ``1 + 1e-15 * np.sin(1e3 * x)``: what its derivative is the numbers do not say, and zeros
    would pass. More points are looked at only where nothing moved next to the given one.
    """
    here, room = measured.outputs.value, _ROUNDINGS * problem.unit * np.abs(measured.outputs.value)
    if not measured.change.size or not (np.abs(measured.change) <= room).all():
        return False
    rng, far = stream(6), np.zeros(here.size)
    for _ in range(_POINTS):
        moved = list(problem.inputs)
        for name in problem.wrt:
            at, x = problem.at(name), problem.inputs[problem.at(name)]
            away = x + np.maximum(np.abs(x), 1.0) * rng.uniform(-1.0, 1.0, x.shape)
            moved[at] = away.astype(x.dtype, copy=False)
        there = problem.displaced(moved)
        far = np.fmax(far, np.abs(there - here))
        if not (far <= room).all():
            return False
    if structured:
        return bool(((far > 0) & (measured.change == 0)).mean() > _STILL)
    return bool((far > 0).any())


def without_drowned(problem: Problem, measured: Measured, dy: Array, verdict: Verdict) -> Verdict:
    """The verdict, UNDECIDED where outputs are drowned in their own rounding.

    One that refutes a gradient of a size that has nothing to do with rounding stands.
    """
    passed = verdict.status is Status.CHECKED
    if verdict.status is Status.UNDECIDED or not drowned(problem, measured, structured=passed):
        return verdict
    terms = float(np.abs(dy * measured.outputs.value).sum())
    effect = max(
        float(np.abs(got.value * problem.inputs[problem.at(name)]).max(initial=0.0))
        for name, got in measured.gradients.items()
    )
    if verdict.status is Status.REFUTED and not effect <= _LARGE * terms:
        return verdict
    count = sum(got.value.size for got in measured.gradients.values())
    return replace(
        verdict, status=Status.UNDECIDED, counterexample=None,
        reason=f"cannot be told here: {count} of {count} elements of the gradient: y changes by "
        "no more than its own rounding wherever it was looked at, so that zeros would pass as "
        "well; take what is the same everywhere out of y, or choose other inputs",
    )  # fmt: skip


__all__ = ["drowned", "without_drowned"]

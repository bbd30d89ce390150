"""Inputs at which a slip cannot show, and others of their kind at which it does.

A factor ``params[1]`` that does not belong there is 1 where params[1] is 1, x**2 and 2*x are equal
at x = 2, and equal rows hide which of them is meant. Where the inputs given are of that sort, the
check is made again at two more points: of the same shapes and dtypes, the same signs, in the same
range; symmetric matrices stay symmetric, rows that sum to 1 still do, sorted numbers are sorted,
and inputs that look like codes (one-hot rows, orthogonal matrices) stay as they are. Parameters
that are 0 or 1 are tried with another value as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from gradproof.arguments.signatures import takes
from gradproof.numeric.modes.unseen_inputs import seen_elsewhere
from gradproof.numeric.problem import Array, Problem
from gradproof.verdicts import Status, Verdict

# Elements of an array that are looked at, to see whether they are special.
_SAMPLE = 1000
# Larger arrays are not checked a second time.
_LARGE = 50_000
_TWICE = 2
_CLOSE = 1e-9


def at_other_points(
    problem: Problem,
    verdict: Verdict,
    check: Callable[[Problem], Verdict],
    rng: np.random.Generator,
    strict: bool,
) -> Verdict:
    """The verdict, or what other points of the same kind show where the ones given hide slips.

    check: makes the check at the point of a problem.
    """
    if verdict.status is not Status.CHECKED:
        return verdict
    small = sum(map(np.size, problem.inputs)) <= _LARGE
    special = {name: why for name in problem.wrt if (why := hidden(_input(problem, name)))}
    if special and small:
        elsewhere = [check(problem.with_inputs(_moved(problem, rng))) for _ in range(_TWICE)]
        if all(each.status is Status.REFUTED for each in elsewhere):
            return _refuted(elsewhere[0], special)
    if verdict.details.get("unseen"):
        verdict = seen_elsewhere(problem, verdict, check, rng)
    if not small or verdict.status is not Status.CHECKED:
        return verdict
    for name, value in problem.parameters.items():
        special_value = isinstance(value, float) and value in (0.0, 1.0, -1.0)
        # One that only backward takes has nothing to do with the function.
        if special_value and takes(problem.forward, name):
            verdict = _with_parameter(problem, verdict, check, name, value, strict)
    return verdict


def _input(problem: Problem, name: str) -> Array:
    return problem.inputs[problem.at(name)]


def hidden(x: Array) -> str:
    """Why a slip might not show at such an input; "" if it would.

    >>> hidden(np.array([1.0, 1.0, 2.0]))
    'holds whole numbers only'
    >>> hidden(np.array([0.3, -1.2]))
    ''
    """
    if not x.size or _is_code(x):
        return ""
    some = x.ravel()[:_SAMPLE]
    if x.size > 1 and (some == some[0]).all():
        return "has equal elements only"
    if (np.round(some) == some).all():
        return "holds whole numbers only"
    if ((some == 0) | (np.abs(some) == 1)).any():
        return "holds 0 or 1"
    if x.ndim > 1 and x.shape[0] > 1 and (x[:_SAMPLE] == x[0]).all():
        return "has equal rows"
    return ""


def lone_row(problem: Problem) -> Iterator[str]:
    """A note where a batch of one cannot tell a sum over the batch from its only row."""
    for name in problem.wrt:
        shape = _input(problem, name).shape
        if len(shape) > 1 and shape[0] == 1 and all(s[:1] == (1,) for s in problem.shapes):
            yield (
                f"{name} has one row: sums and means over rows, and a factor 1/N, cannot be told "
                "from their absence; use N >= 3"
            )
            return


def _is_code(x: Array) -> bool:
    """One-hot rows, or an orthogonal matrix: inputs whose values mean more than numbers."""
    if x.ndim != 2 or x.size > _LARGE or not np.isfinite(x).all():
        return False
    if ((x == 0) | (x == 1)).all() and (x.sum(axis=1) == 1).all() and x.shape[1] > 1:
        return True
    square = x.shape[0] == x.shape[1] > 1
    return bool(square and np.abs(x.T @ x - np.eye(len(x))).max() < _CLOSE)


def _moved(problem: Problem, rng: np.random.Generator) -> list[Array]:
    moved = list(problem.inputs)
    for name in problem.wrt:
        at = problem.at(name)
        if not _is_code(moved[at]):
            moved[at] = like(moved[at], rng, name in problem.positive)
    return moved


def like(x: Array, rng: np.random.Generator, positive: bool = False) -> Array:
    """Another array of the same kind: shape, dtype, signs, range, symmetry, sums of rows, order."""
    by = rng.uniform(0.1, 0.4, x.shape)
    within = bool(((x >= 0) & (x <= 1)).all()) and bool((x != np.round(x)).any())
    if within:  # probabilities, as it seems
        found = x + (0.5 - x) * by
    else:
        size = np.abs(x[x != 0]).mean() if (x != 0).any() else 1.0
        sign = rng.choice([-1.0, 1.0], x.shape)
        if positive or ((x >= 0).all() and (x > 0).any()):
            sign = np.abs(sign)
        elif (x <= 0).all() and (x < 0).any():
            sign = -np.abs(sign)
        found = np.where(x == 0, sign * size * (0.3 + by), x * (1 + by))
    if x.ndim == 2:
        found = _same_structure(x, found)
    elif x.ndim == 1 and x.size > 2:
        for order in (1, -1):
            if (np.diff(x[::order]) >= 0).all() and (x[0] != x[-1]):
                found = np.sort(found)[::order]
    return np.asarray(found, x.dtype)


def _same_structure(x: Array, found: Array) -> Array:
    """A matrix with the symmetry, the zeros of a triangle and the sums of rows of another."""
    if x.shape[0] == x.shape[1] > 1:
        if (x == x.T).all():
            found = (found + found.T) / 2
        for triangle in (np.tril, np.triu):
            if (x == triangle(x)).all() and len(x) > 2:
                found = triangle(found)
    sums = x.sum(axis=1, keepdims=True)
    if (x >= 0).all() and np.abs(sums - 1).max(initial=0.0) < _CLOSE and x.shape[1] > 1:
        found = found / found.sum(axis=1, keepdims=True)
    return found


def _refuted(elsewhere: Verdict, special: dict[str, str]) -> Verdict:
    why = "; ".join(f"{name} {reason}" for name, reason in special.items())
    return replace(
        elsewhere,
        reason=f"no error shows at the inputs given, which hide slips ({why}), but one does at "
        f"others of the same shapes and signs: {elsewhere.reason}",
    )


def _with_parameter(
    problem: Problem,
    verdict: Verdict,
    check: Callable[[Problem], Verdict],
    name: str,
    value: float,
    strict: bool,
) -> Verdict:
    """The same with other values of one parameter, which is no more than said, unless strict."""
    others = [value + 0.37, value - 0.37 if value > 0 else value + 0.63]
    found: list[Verdict] = []
    for other in others:
        parameters: dict[str, Any] = {**problem.parameters, name: other}
        found.append(check(replace(problem, parameters=parameters, called=None)))  # type: ignore[arg-type]
        if found[-1].status is not Status.REFUTED:
            return verdict
    text = (
        f"right for {name} = {value:g} only: with {name} = {others[0]:g}, "
        + found[0].reason.splitlines()[0]
    )
    if strict:
        return replace(found[0], reason=text)
    return replace(verdict, scope="; ".join([*filter(None, [verdict.scope]), text]))


__all__ = ["at_other_points", "hidden", "like", "lone_row"]

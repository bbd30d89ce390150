"""Inputs by which nothing changes at the point given, and other points at which something does.

Where a tanh is saturated, a ReLU dead or a softmax all but one-hot, the derivative is 0: zeros,
twice the gradient and minus the gradient all agree with it, and nothing has been seen of the code.
Other points are looked for, from the nearest in kind to the farthest: of the same signs and of
smaller size, then of other signs; inputs that hold whole numbers only, which may be labels, move
last. Where forward shows a derivative at one of them, the check is made there. What no point shows
is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gradproof.numeric.compare import JUMP, STILL
from gradproof.numeric.problem import Array, Problem, flat
from gradproof.verdicts import Status, Verdict

# Sizes of the points tried, beside those of the inputs given, an eighth of that, and 1.
_SMALLER = (2.0**-6, 2.0**-10, 2.0**-20, 2.0**-40)
# By so much of themselves inputs are displaced, to see whether outputs change.
_DISPLACED = 2.0**-4
# Outputs that change by no more than this part of themselves have not changed.
_UNCHANGED = 2.0**-20
# The check is made at so many other points at most.
_MOST_CHECKS = 4
_SHOWN = 3

Check = Callable[[Problem], Verdict]


def seen_elsewhere(
    problem: Problem, verdict: Verdict, check: Check, rng: np.random.Generator
) -> Verdict:
    """The verdict CHECKED, with what other points show of inputs that it says are "unseen".

    check: makes the check at the point of a problem.
    """
    unseen: Mapping[str, str] = verdict.details["unseen"]
    left, checks, tried = dict(unseen), 0, False
    for draw in _draws(problem, list(unseen)):
        if not left or checks == _MOST_CHECKS:
            break
        there = problem.with_inputs(draw(rng))
        shown = _shown(there, list(left), rng)
        if shown is None:
            continue
        tried = True
        left.update((name, STILL) for name in left if name not in shown)
        if not shown:
            continue
        checks += 1
        found = check(there)
        if _accuses(found, left):
            again = check(problem.with_inputs(draw(rng)))
            if _accuses(again, left):
                return _refuted(found, unseen)
        if found.status is Status.CHECKED:
            still = found.details.get("unseen", {})
            left = {n: still.get(n, why) for n, why in left.items() if n not in shown or n in still}
    return _told(verdict, unseen, left, tried)


def without_effect(problem: Problem, rng: np.random.Generator) -> tuple[str, ...]:
    """Inputs by which nothing changes at the point, as far as one displacement shows."""
    shown = _shown(problem, problem.wrt, rng)
    return () if shown is None else tuple(name for name in problem.wrt if name not in shown)


def _accuses(found: Verdict, names: Iterable[str]) -> bool:
    """Whether a gradient by one of these is refuted, and not that by another input alone."""
    names = set(names)
    wrong = found.details.get("wrong", names)
    return found.status is Status.REFUTED and not names.isdisjoint(wrong)


def _draws(
    problem: Problem, unseen: Sequence[str]
) -> Iterator[Callable[[np.random.Generator], list[Array]]]:
    """What draws other points, from the nearest in kind to the farthest."""
    whole = {name for name in unseen if _whole(problem.inputs[problem.at(name)])}
    rounds = [[name for name in unseen if name not in whole], unseen] if whole else [unseen]
    for moving in filter(None, rounds):
        for signs in (False, True):
            for size in (1.0, 0.125, None, *_SMALLER):

                def draw(
                    rng: np.random.Generator, moving: Sequence[str] = moving,
                    signs: bool = signs, size: float | None = size,
                ) -> list[Array]:  # fmt: skip
                    inputs = list(problem.inputs)
                    for name in moving:
                        at = problem.at(name)
                        free = signs and name not in problem.positive
                        inputs[at] = _drawn(inputs[at], rng, size, free)
                    return inputs

                yield draw


def _whole(x: Array) -> bool:
    return bool((np.round(x) == x).all())


def _drawn(x: Array, rng: np.random.Generator, size: float | None, signs: bool) -> Array:
    """Numbers of the size of those of an array times ``size``, or of size 1; of its signs or any.

    No two are equal, and a zero counts as positive.
    """
    largest = float(np.abs(x).max(initial=0.0)) or 1.0
    if size is None:
        typical: Any = 1.0
    else:
        typical = size * np.where(x == 0, largest, np.abs(x))
    sign = rng.choice([-1.0, 1.0], x.shape) if signs else np.where(x < 0, -1.0, 1.0)
    return np.asarray(sign * typical * rng.uniform(0.3, 1.0, x.shape), x.dtype)


def _shown(problem: Problem, names: Sequence[str], rng: np.random.Generator) -> list[str] | None:
    """By which inputs the outputs change at a point; None where forward does not take it."""
    here = _outputs(problem, problem.inputs)
    if here is None:
        return None
    shown = []
    for name in names:
        at, moved = problem.at(name), list(problem.inputs)
        by = rng.uniform(0.5, 1.0, moved[at].shape) * rng.choice([-1.0, 1.0], moved[at].shape)
        size = np.where(moved[at] == 0, 1.0, moved[at])
        moved[at] = np.asarray(moved[at] + _DISPLACED * by * size, moved[at].dtype)
        there = _outputs(problem, moved)
        if there is not None and (np.abs(there - here) > _UNCHANGED * np.abs(here)).any():
            shown.append(name)
    return shown


def _outputs(problem: Problem, inputs: Sequence[Array]) -> Array | None:
    """The outputs; None where forward refuses the inputs, or they are not finite."""
    try:
        found = flat(problem.run(list(inputs))[0])
    except Exception:  # whatever it raises, it does not take these
        return None
    return found if found.size == problem.size and np.isfinite(found).all() else None


def _refuted(found: Verdict, unseen: Mapping[str, str]) -> Verdict:
    return replace(
        found,
        reason=f"no error shows at the inputs given, where {_grouped(unseen)}, but one does at "
        f"others of the same shapes: {found.reason}",
    )


def _told(
    verdict: Verdict, unseen: Mapping[str, str], left: Mapping[str, str], tried: bool
) -> Verdict:
    """The verdict, which says what its inputs did not show."""
    seen = {name: why for name, why in unseen.items() if name not in left}
    said = []
    if seen:
        where = "at the inputs given: compared at others, where it is not so"
        said.append(f"{_grouped(seen)} {where}")
    if left:
        where = "at every point tried" if tried else "here, and forward takes no other inputs"
        said.append(f"{_grouped(left)} {where}: what the code gives elsewhere has not been seen")
    details = {**verdict.details, "unseen": dict(left)}
    if JUMP in left.values():  # nothing was compared with anything
        return replace(verdict, status=Status.UNDECIDED, reason="; ".join(said), details=details)
    return replace(verdict, scope="; ".join(filter(None, [*said, verdict.scope])), details=details)


def _grouped(unseen: Mapping[str, str]) -> str:
    """Why nothing is seen of inputs, in words."""
    whys = {why: [name for name, its in unseen.items() if its == why] for why in unseen.values()}
    return " and ".join(why.format(_listed(names)) for why, names in whys.items())


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


__all__ = ["seen_elsewhere", "without_effect"]

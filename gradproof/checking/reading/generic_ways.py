"""Of several ways to call a pair, those that hide nothing: chosen by forward, before backward runs.

A window of 1, a stride of 1, one group: much that is wrong is right there. Where forward runs with
a larger number and else the same arguments, the 1 is no other reading of the pair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from gradproof.checking.conventions.match import Match
from gradproof.checking.judgement.telling_errors import Problem
from gradproof.checking.trials.input_trials import Trial, Trials


def grouped(
    trials: Trials, problem: Problem, ways: Callable[[Trial], Iterable[Match]]
) -> Iterator[list[Match]]:
    """The ways to call a pair with each group of trials; what is raised on the way is a problem."""
    for same in trials.groups():
        problem.shapes = tuple(value.shape for value in same[0].floats.values())
        found: list[Match] = []
        for trial in same:
            try:
                found += ways(trial)
            except Exception as raised:  # the author's code may raise anything
                problem.met(1, raised)
        yield without_ones(found)


def without_ones(ways: Sequence[Match]) -> list[Match]:
    """Return the ways without those that differ from another one by a whole number of 1 alone.

    The ways have run forward already.
    """
    counts = [_counts(way) for way in ways]
    return [
        way
        for way, own in zip(ways, counts)
        if not any(_is_larger(other, own) and _is_beside(each, way)
                   for each, other in zip(ways, counts))
    ]  # fmt: skip


def _counts(way: Match) -> dict[str, int]:
    return {k: v for k, v in way.fixed.items() if type(v) is int and v > 0}


def _is_larger(counts: Mapping[str, int], own: Mapping[str, int]) -> bool:
    """Whether some number is 1 in the second and more in the first, and no other one differs."""
    if counts.keys() != own.keys():
        return False
    moved = [name for name in own if own[name] != counts[name]]
    return bool(moved) and all(own[name] == 1 < counts[name] for name in moved)


def _is_beside(first: Match, second: Match) -> bool:
    """Whether two ways are the same call but for whole numbers."""
    shapes = [{k: np.shape(v) for k, v in each.inputs.items()} for each in (first, second)]
    rest: list[dict[str, Any]] = [
        {k: (type(v), np.shape(v)) for k, v in each.fixed.items() if type(v) is not int}
        for each in (first, second)
    ]
    return (
        shapes[0] == shapes[1]
        and rest[0] == rest[1]
        and (first.wrt, first.contract, first.mode) == (second.wrt, second.contract, second.mode)
    )


__all__ = ["without_ones"]

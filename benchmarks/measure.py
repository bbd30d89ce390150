"""Time and evaluations of a check, on a machine that may be busy with other things.

Times are processor time of this process, the least of several, taken in turns with the checkers
they are compared with.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from benchmarks.peers import Checker
from benchmarks.problems import Arrays, Problem

T = TypeVar("T")


def timed(run: Callable[[], T]) -> tuple[float, T]:
    """Processor time of one run, and its result."""
    start = time.process_time()
    result = run()
    return time.process_time() - start, result


def seconds(run: Callable[[], object]) -> float:
    """Processor time of one run."""
    return timed(run)[0]


def least_in_turns(
    runs: Mapping[str, Callable[[], object]], repeats: int, most: float
) -> dict[str, float]:
    """The least time of each run, taken in turns; what takes longer than ``most`` runs once."""
    found = dict.fromkeys(runs, np.inf)
    for _ in range(repeats):
        for name, run in runs.items():
            if found[name] > most and np.isfinite(found[name]):
                continue
            found[name] = min(found[name], seconds(run))
    return found


def counted(problem: Problem) -> tuple[Problem, Callable[[int], float]]:
    """The problem with its forward counted, and how many evaluations of ``size`` outputs it did.

    A checker may evaluate at several points in one call, or at some of the elements only: what
    counts is how many outputs were computed.
    """
    total = [0]

    def forward(xp: Any, *arrays: Any) -> Any:
        y = problem.forward_of(xp, *arrays)
        total[0] += int(np.prod(y.shape))
        return y

    return replace(problem, forward_of=forward), lambda size: total[0] / size


def fits(checker: Checker, problem: Problem, inputs: Arrays, known: Sequence[tuple[int, float]],
         most: float) -> bool:  # fmt: skip
    """Whether a check can be expected to take at most ``most`` seconds.

    known: (elements of x, seconds) of smaller checks.
    """
    if not known:
        return True
    size, took = known[-1]
    return took * (inputs[0].size / size) ** checker.growth_for(problem) <= most


def extrapolated(known: Sequence[tuple[int, float]], size: int) -> float:
    """Seconds at ``size`` elements from t = a n + b n^2 with a, b >= 0, fitted to relative errors.

    A checker that goes through the n elements one by one spends on each a constant and, as both
    the function and a column of the Jacobian have n elements, a multiple of n.
    """
    n, t = (np.array(each, float) for each in zip(*known))
    best, best_misfit = 0.0, np.inf
    for powers in ((1, 2), (1,), (2,)):
        basis = np.stack([n**power / t for power in powers], axis=1)
        weights, *_ = np.linalg.lstsq(basis, np.ones(len(t)), rcond=None)
        misfit = float(((basis @ weights - 1) ** 2).sum())
        if (weights >= 0).all() and misfit < best_misfit:
            best = float(sum(w * size**power for w, power in zip(weights, powers)))
            best_misfit = misfit
    return best

"""What the checkers notice: the smallest error in one term of dx, and structured slips."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
from tqdm.auto import tqdm

from benchmarks.measure import seconds, timed
from benchmarks.peers import Checker
from benchmarks.problems import ACTIVATIONS, BATCH_NORM, RIGHT, SLIPS, Problem, Slip, term_off
from benchmarks.table import Table

SIZES = ((4, 3), (32, 8), (128, 32), (512, 64))
FLOOR_SIZE = (8, 4)
SMALLEST_EXPONENT = -15


def floors(checkers: Sequence[Checker], inputs: int, silent: bool | None) -> Table:
    """The detection floor of every checker, for batch norm and every activation."""
    problems = (BATCH_NORM, *ACTIVATIONS)
    table = Table(
        f"Detection floor: smallest relative error in one term of dx that is noticed, float64, "
        f"{FLOOR_SIZE}, the worst of {inputs} inputs",
        [each.name for each in checkers],
    )
    with tqdm(total=len(problems), desc="floors", disable=silent, leave=False) as bar:
        for problem in problems:
            found = [[_floor(each, problem, seed) for seed in range(inputs)] for each in checkers]
            worst = [None if None in row else max(row) for row in found]  # type: ignore[type-var]
            cells = ["refuses" if each is None else _power_of_ten(each) for each in worst]
            table.add(problem.name, cells, worst)
            bar.update()
    table.note("refuses: right code fails")
    return table


def _floor(checker: Checker, problem: Problem, seed: int) -> float | None:
    """By powers of the root of ten, downwards until one passes; None if right code fails."""
    given = problem.draw(*FLOOR_SIZE, seed)
    if not checker.check(problem, given, seed):
        return None
    noticed = np.inf
    for exponent in np.arange(0.0, SMALLEST_EXPONENT - 0.5, -0.5):
        size = float(10.0**exponent)
        if checker.check(problem.slipped(term_off(size)), given, seed):
            break
        noticed = size
    return noticed


def _power_of_ten(size: float) -> str:
    return "none" if np.isinf(size) else f"{size:.0e}"


def power(checkers: Sequence[Checker], inputs: int, cap: float, silent: bool | None) -> Table:
    """How many of random inputs show each slip, and how many right backwards pass."""
    table = Table(
        f"Power: slips noticed, and right code passed, of {inputs} random inputs of batch norm",
        [each.name for each in checkers],
    )
    cells = len(SIZES) * (len(SLIPS) + 1)
    known: dict[str, float] = {}
    with tqdm(total=cells * len(checkers), desc="power", disable=silent, leave=False) as bar:
        for size in SIZES:
            fitting = [_fits(each, size, known, cap) for each in checkers]
            for slip in (*SLIPS, ""):
                row = []
                for each, fit in zip(checkers, fitting):
                    row.append(_counted(each, size, slip, inputs, cap) if fit else (0, 0))
                    bar.update()
                shown = [_share(caught, asked, inputs) for caught, asked in row]
                table.add(f"{size!s:9} {slip or 'right code passed'}", shown, row)
    table.note(
        f"a/b: of b inputs only, for which the time of a cell ({cap:g} s) sufficed; "
        "-: one check alone is expected to take longer, from its time at the size before"
    )
    return table


def _fits(checker: Checker, size: tuple[int, int], before: dict[str, float], cap: float) -> bool:
    """Whether one check of this size fits into the cap; ``before`` has seconds per n^growth."""
    n = size[0] * size[1]
    rate = before.get(checker.name, 0.0)
    if rate * n**checker.growth > cap:
        return False
    given = BATCH_NORM.draw(*size, 0)
    took = [seconds(lambda: checker.check(BATCH_NORM, given, 0)) for _ in range(2)]
    before[checker.name] = min(took) / n**checker.growth
    return True


def _counted(
    checker: Checker, size: tuple[int, int], slip: str, inputs: int, cap: float
) -> tuple[int, int]:
    """How many were noticed (passed, for right code), of how many that were asked in time."""
    spent, noticed, asked = 0.0, 0, 0
    for seed in range(inputs):
        given = BATCH_NORM.draw(*size, seed)
        at = np.random.default_rng([seed, 1]).integers(size)
        planted = Slip(slip, at=(int(at[0]), int(at[1]))) if slip else RIGHT
        check = functools.partial(checker.check, BATCH_NORM.slipped(planted), given, seed)
        took, passed = timed(check)
        spent, asked = spent + took, asked + 1
        noticed += passed != bool(slip)
        if spent > cap:
            break
    return noticed, asked


def _share(caught: int, asked: int, inputs: int) -> str:
    if not asked:
        return "-"
    return str(caught) if asked == inputs else f"{caught}/{asked}"


__all__ = ["SIZES", "floors", "power"]

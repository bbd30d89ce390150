"""Calibration of the numeric check: right code must never be refuted, by bounds that bind.

    python -m benchmarks.numeric_calibration --cases 10000 --workers 4

Draws operations of ``impl`` at random inputs, in float64, float32 and float16, in small and larger
shapes, and checks each backward in mode "auto" or "directional": whatever is refuted is a false
alarm, and is printed with the command that repeats it. Where every element was compared, the bound
on the numeric derivative is held against its true error, which comes from the same formulas in
extended precision (np.longdouble) and, for a part of the cases, from the derivation in 50 digits.
"""

from __future__ import annotations

if __name__ == "__main__":
    from gradproof.console import quiet_interrupt

    quiet_interrupt("benchmarks.numeric_calibration")

import argparse
import json
import multiprocessing
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from benchmarks.calibration_trials import Outcome, run, trial
from benchmarks.table import Table
from gradproof.console import deaf_processes, ignore_interrupts

COLUMNS = (
    "float64", "float32", "float16", "least", "to 50 digits", "exact", "whole", "alarms",
    "undecided",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the campaign, print its figures, and return 1 if there was a false alarm."""
    options = _parser().parse_args(arguments)
    if options.case:
        return _repeat(*options.case)
    found = campaign(
        options.cases, options.seed, options.digits, options.workers, options.quiet or None
    )
    print(table_of(found))
    if options.json:
        text = json.dumps([asdict(each) for each in found], indent=1)
        Path(options.json).write_text(text, encoding="utf-8")
    return int(any(each.false_alarm for each in found))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "benchmarks.numeric_calibration", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--digits", type=int, default=200, help="cases held against 50 digits")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument(
        "--case", type=_case, metavar="SEED:NUMBER", help="repeat one case and print it"
    )
    parser.add_argument("--json", metavar="FILE", help="write every case's outcome to FILE")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    return parser


def _case(text: str) -> tuple[int, int]:
    seed, number = (int(part) for part in text.split(":"))
    return seed, number


def _repeat(seed: int, number: int) -> int:
    outcome = run(seed, number, digits=True)
    case = trial(seed, number)
    print(case)
    for name, value in case.options()["parameters"].items():
        print(f"{name} = {value!r}")
    for name, value in zip(case.case.inputs, case.arguments()):
        print(f"{name} = np.array({value.tolist()}, np.{value.dtype.name})")
    print(outcome.text)
    return int(outcome.false_alarm)


def campaign(
    cases: int, seed: int, digits: int = 0, workers: int = 1, silent: bool | None = None
) -> list[Outcome]:
    """Run cases 0, 1, ... of ``seed``; ``digits`` of them, evenly spread, to 50 digits as well."""
    every = max(1, cases // digits) if digits else 0
    work = [(seed, number, bool(every) and number % every == 0) for number in range(cases)]
    bar = {"total": cases, "desc": "calibration", "disable": silent, "leave": False}
    if workers <= 1:
        return _collected(tqdm(map(_run, work), **bar))
    context = multiprocessing.get_context("spawn")
    with deaf_processes():
        pool = context.Pool(workers, ignore_interrupts)
    with pool:
        return _collected(tqdm(pool.imap_unordered(_run, work, chunksize=8), **bar))


def _run(work: tuple[int, int, bool]) -> Outcome:
    return run(*work)


def _collected(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """All outcomes in order; what went wrong is printed as it is found."""
    found = []
    for each in outcomes:
        if each.false_alarm or each.undecided:
            tqdm.write(f"{each.label}\n  repeat: {each.command}\n  {each.text}")
        if each.least < 1:
            tqdm.write(f"{each.label}\n  bound below the true error: {each.command}")
        found.append(each)
    return sorted(found, key=lambda each: each.number)


def table_of(found: Sequence[Outcome]) -> Table:
    """How far the bounds are from the true errors, and what did not pass."""
    table = Table(
        f"Calibration, {len(found)} cases of right code: bound on the numeric derivative / its "
        "true error, median over cases of the median over elements",
        COLUMNS,
    )
    for name in sorted({each.operation for each in found}):
        table.add(name, _figures([each for each in found if each.operation == name]))
    table.add("all", _figures(found))
    table.note("least: of any element; below 1 the bound would have been wrong")
    table.note("exact: elements whose numeric derivative has no error at all, left out")
    table.note("whole: what |analytic - numeric| is allowed / what it is")
    table.note(
        "alarms: right code refuted, or the check crashed; undecided: it said that it cannot tell"
    )
    counts = Counter((each.dtype, each.mode, each.status) for each in found)
    table.note("; ".join(f"{' '.join(key)} {count}" for key, count in sorted(counts.items())))
    apart = [each.truths_apart for each in found if np.isfinite(each.truths_apart)]
    if apart:
        table.note(
            f"extended precision and 50 digits differ by at most {max(apart):.0e} of the bound, "
            f"in {len(apart)} cases"
        )
    return table


def _figures(found: Sequence[Outcome]) -> list[str]:
    by_dtype = [[e.ratio for e in found if e.dtype == d] for d in ("float64", "float32", "float16")]
    least = min((each.least for each in found), default=np.inf)
    return [
        *(_median(each) for each in by_dtype),
        f"{least:.2g}" if np.isfinite(least) else "-",
        _median([each.digits_ratio for each in found]),
        _median([each.exact for each in found], percent=True),
        _median([each.whole_ratio for each in found]),
        str(sum(each.false_alarm for each in found)),
        str(sum(each.undecided for each in found)),
    ]


def _median(values: Sequence[float], percent: bool = False) -> str:
    known: Any = [each for each in values if np.isfinite(each)]
    if not known:
        return "-"
    return f"{np.mean(known):.0%}" if percent else f"{np.median(known):.3g}"


if __name__ == "__main__":
    from gradproof.console import run_command

    run_command(main, "benchmarks.numeric_calibration")

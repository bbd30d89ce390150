"""``python -m benchmarks.strangers``: right code that no one here wrote, checked in every mode."""

from __future__ import annotations

if __name__ == "__main__":
    from gradproof.console import quiet_interrupt

    quiet_interrupt("benchmarks.strangers")

import argparse
import gc
import json
import math
import multiprocessing
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from benchmarks.strangers import judged
from benchmarks.strangers.judged import run
from benchmarks.strangers.kinds import every_kind
from benchmarks.strangers.outcome import Outcome, normalised
from benchmarks.strangers.passed import Passed, run_wrong, wrong_trial
from benchmarks.strangers.trials import trial
from benchmarks.table import Table


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the campaign; 1 if right code was accused or an error bar does not hold."""
    options = _parser().parse_args(arguments)
    if options.wrong:
        return _wrong(options)
    if options.case:
        return _repeat(*_case(options.case))
    found = campaign(
        options.cases, options.seed, options.only, options.workers, options.quiet, options.json,
        options.minutes,
    )  # fmt: skip
    for table in tables_of(found):
        print(table)
    return int(any(each.false_alarm or each.missed for each in found))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("benchmarks.strangers", description=__doc__)
    parser.add_argument("--cases", type=int, default=3_000)
    parser.add_argument("--wrong", action="store_true", help="wrong rules: which ones pass?")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", metavar="PATTERN", help="kinds whose name matches")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--case", metavar="SEED:TURN:KIND", help="repeat one case")
    parser.add_argument(
        "--kept", "--json", dest="json", metavar="FILE",
        help="a line for every case; what is in it is not run again, so that a run goes on from it",
    )  # fmt: skip
    parser.add_argument("--minutes", type=float, help="draw no further cases after so long")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    return parser


def _case(text: str) -> tuple[int, int, str]:
    seed, turn, name = text.split(":", 2)
    return int(seed), int(turn), name


def _repeat(*work: Any) -> int:
    case = trial(*work)
    print(case)
    for at, x in enumerate(case.inputs):
        shown = repr(x.tolist()) if x.size <= 50 else f"{x.size} elements"
        print(f"x{at} = np.array({shown}, np.{x.dtype})")
    for name, value in case.extra.items():
        print(f"{name} = {str(value)[:200]}")
    outcome = run(work)
    print(outcome.status, outcome.judgement, f"off {outcome.off:.3g}", outcome.text, sep="\n")
    print(f"bars {outcome.bars}, missed {outcome.missed}, least {outcome.least:.3g}")
    return int(outcome.false_alarm or outcome.missed > 0)


def _wrong(options: argparse.Namespace) -> int:
    """Check wrong rules; 1 if one passed."""
    if options.case:
        given = tuple(int(part) for part in options.case.split(":"))
        case, label, flavour, _ = wrong_trial(*given)
        print(label, flavour, case)
        for at, x in enumerate(case.inputs):
            print(f"x{at} = np.array({x.tolist()}, np.{x.dtype})")
        outcome = run_wrong(given)
        print(outcome.status, f"effect {outcome.effect:.3g}, floor {outcome.floor:.3g}")
        print(outcome.text)
        return int(outcome.status == "passed")
    before = _read(options.json, Passed)
    known = {(each.seed, each.number) for each in before}
    every = [(options.seed, number) for number in range(options.cases)]
    work = [each for each in every if each not in known]
    bar = {"total": len(work), "desc": "wrong", "disable": options.quiet or None}
    if options.workers <= 1:
        _once()
        running = _while_time(map(run_wrong, work), options.minutes)
        found = _collected_wrong(tqdm(running, **bar), options.json)
    else:
        with multiprocessing.get_context("spawn").Pool(options.workers, _once) as pool:
            running = _while_time(
                pool.imap_unordered(run_wrong, work, chunksize=4), options.minutes
            )
            found = _collected_wrong(tqdm(running, **bar), options.json)
    found += [each for each in before if (each.seed, each.number) in set(every)]
    print(wrong_table(found))
    return int(any(each.status == "passed" for each in found))


@contextmanager
def _written(file: str | None) -> Iterator[Callable[[Any], None]]:
    """Writes outcomes line by line: a run that was stopped goes on where it was."""
    if not file:
        yield lambda each: None
        return
    with open(file, "a+", encoding="utf-8") as lines:
        lines.seek(0)
        before = lines.read()
        if before and not before.endswith("\n"):
            lines.write("\n")  # a run that was killed may have left half a line
        yield lambda each: print(json.dumps(asdict(each)), file=lines, flush=True)


def _read(file: str | None, kind: type[Any]) -> list[Any]:
    """The outcomes that a file holds already."""
    if not file or not os.path.exists(file):
        return []
    with open(file, encoding="utf-8") as lines:
        return [kind(**json.loads(line)) for line in lines if line.rstrip().endswith("}")]


def _collected_wrong(outcomes: Iterable[Passed], file: str | None) -> list[Passed]:
    found = []
    with _written(file) as write:
        for each in outcomes:
            write(each)
            if each.status == "passed":
                tqdm.write(f"passed: {each.label} {each.flavour}\n  {each.command}\n  {each.text}")
            found.append(each)
    return found


def wrong_table(found: Sequence[Passed]) -> Table:
    """What became of the wrong rules, by mode."""
    statuses = ("passed", "not told", "REFUTED", "UNDECIDED", "raises", "below the floor",
                "no effect", "kink", "left out")  # fmt: skip
    table = Table(f"Wrong rules: {len(found)} cases", [s.replace(" ", "\n") for s in statuses])
    for name in (*sorted({each.mode for each in found}), "over dy", "all"):
        these = [e for e in found if name in (e.mode, e.flavour, "all")]
        table.add(name, [str(sum(e.status == s for e in these)) for s in statuses])
    table.note("passed: CHECKED, though the error is larger than the floor that the verdict states")
    table.note("not told: CHECKED, with the elements that are off counted as not to be told")
    table.note("no effect: the change is none, or makes none at these inputs; kink: two are equal")
    return table


def campaign(
    cases: int, seed: int, only: str = "", workers: int = 1, quiet: bool = False, file: str = "",
    minutes: float | None = None,
) -> list[Outcome]:  # fmt: skip
    """Run the first ``cases`` cases of ``seed`` whose kind matches; each goes to ``file``.

    Those that are in the file already are not run again, so that counts add up over many runs.
    minutes: start no case after so long.
    """
    names = [kind.name for kind in every_kind() if re.search(only, kind.name)]
    if not names:
        raise SystemExit(f"--only: no kind matches {only!r}")
    every = [(seed, n // len(names), names[n % len(names)]) for n in range(cases)]
    before = [e for e in _read(file, Outcome) if (e.seed, e.turn, e.kind) in set(every)]
    known = {(each.seed, each.turn, each.kind) for each in before}
    work = [each for each in every if each not in known]
    bar = {"total": len(work), "desc": "strangers", "disable": quiet or None, "leave": False}
    if workers <= 1:
        _once()
        return _collected(tqdm(_while_time(map(run, work), minutes), **bar), file, before)
    with multiprocessing.get_context("spawn").Pool(workers, _once) as pool:
        running = pool.imap_unordered(run, work, chunksize=4)
        return _collected(tqdm(_while_time(running, minutes), **bar), file, before)


def _once() -> None:
    """Prepare a process for many cases: 50-digit numbers are many, and seldom in cycles."""
    judged.patient = False
    gc.collect()
    gc.freeze()
    gc.set_threshold(500_000, 20, 20)


def _while_time(outcomes: Iterable[Any], minutes: float | None) -> Iterator[Any]:
    """The outcomes, until so many minutes have passed."""
    until = time.monotonic() + (math.inf if minutes is None else 60 * minutes)
    for each in outcomes:
        yield each
        if time.monotonic() > until:
            return


def _collected(
    outcomes: Iterable[Outcome], file: str = "", before: Sequence[Outcome] = ()
) -> list[Outcome]:
    """All outcomes in order; failures are printed as they are found."""
    found = list(before)
    with _written(file) as write:
        for each in outcomes:
            write(each)
            if each.false_alarm or each.missed or each.status == "SLOW":
                word = each.judgement or each.status
                tqdm.write(f"{word}: {each.label}\n  {each.command}\n  {each.text[:600]}")
            found.append(each)
    return sorted(found, key=lambda each: (each.turn, each.kind))


def tables_of(found: Sequence[Outcome]) -> list[Table]:
    """By mode and precision; then every kind with failures."""
    columns = ("cases", "false\nREFUTED", "fair\nREFUTED", "CRASHED", "UNDECIDED", "SLOW",
               "bars", "bars\nmissed", "cases with\nmissed bars", "median\nratio")  # fmt: skip
    table = Table(f"Right code that is not ours: {len(found)} cases", columns)
    for mode in sorted({each.mode for each in found}):
        table.add(mode, _cells([each for each in found if each.mode == mode]))
    for dtype in sorted({each.dtype for each in found}):
        table.add(dtype, _cells([each for each in found if each.dtype == dtype]))
    table.add("all", _cells(found))
    table.note("median ratio: of the bound on a numeric derivative / its true error")
    reasons = Counter(
        normalised(_reason(each.text)) for each in found if each.status == "UNDECIDED"
    )
    for reason, count in reasons.most_common(12):
        table.note(f"UNDECIDED {count}: {reason}")
    outside = sum(each.status == "DOMAIN" for each in found)
    table.note(f"{outside} cases left out: forward is not finite at any of the inputs drawn")
    kinds = Table("Kinds with failures", columns)
    for name in sorted({e.kind for e in found if e.false_alarm or e.missed or e.status == "SLOW"}):
        kinds.add(name, _cells([each for each in found if each.kind == name]))
    return [kinds, table]


def _reason(text: str) -> str:
    return text.split("\n", 1)[0]


def _cells(found: Sequence[Outcome]) -> list[str]:
    ran = [each for each in found if each.status != "DOMAIN"]
    ratios = [each.ratio for each in ran if np.isfinite(each.ratio)]
    counts = (
        len(ran),
        sum(each.judgement in ("false", "unjudged") for each in ran),
        sum(each.judgement == "fair" for each in ran),
        *(sum(each.status == s for each in ran) for s in ("CRASHED", "UNDECIDED", "SLOW")),
        sum(each.bars for each in ran),
        sum(each.missed for each in ran),
        sum(each.missed > 0 for each in ran),
    )
    return [*map(str, counts), f"{np.median(ratios):.3g}" if ratios else "-"]


if __name__ == "__main__":
    from gradproof.console import run_command

    run_command(main, "benchmarks.strangers")

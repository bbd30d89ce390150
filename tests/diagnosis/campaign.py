"""The diagnosis campaign: does ``diagnose`` name slips that it has never seen?

``python -m tests.diagnosis.campaign`` plants single slips in right backwards of every operation, in
impl and in four styles of course code, diagnoses each, and prints which kind was planted against
which was named, what was named wrongly with certainty, and the times. After them come every mistake
of the project's list as a whole file, and right code, which must not be diagnosed.

    --double      100 pairs of slips in one backward instead
    --held-out    the second family: operations that the library does not know by name; and slips
                  in code of all sorts (``held_out_slips.py``): loops, several outputs, closures
    --open        the third family, and nothing else: slips in a first course's code in many
                  personal styles (``open_slips.py``)
    --everyday    the fourth family, and nothing else: slips in losses, small models, layers and
                  recurrent code (``everyday_slips.py``)
    --all         every single slip instead of a sample (``--count``)
    --verbose     print what each wrong, missed and unexplained diagnosis said

What counts as the right kind and the right term is in ``scoring.py``. Exit status 1 if right code
was diagnosed or a slip was named wrongly with certainty.
"""

from __future__ import annotations

if __name__ == "__main__":
    from gradproof.console import quiet_interrupt

    quiet_interrupt("tests.diagnosis.campaign")

import argparse
import multiprocessing
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from gradproof.console import ignore_interrupts
from gradproof.diagnosis import Kind
from gradproof.verdicts import Diagnosis
from tests.diagnosis.everyday_slips import EVERYDAY_SLIPS
from tests.diagnosis.everyday_subjects import EVERYDAY
from tests.diagnosis.generate import doubles, rewrites, singles
from tests.diagnosis.held_out_mistakes import HELD_OUT_MISTAKES
from tests.diagnosis.held_out_slips import FRESH_SLIPS
from tests.diagnosis.held_out_subjects import FRESH
from tests.diagnosis.mistakes import MISTAKES, RIGHT, RIGHT_IN_VALUE, Mistake
from tests.diagnosis.open_slips import OPEN_SLIPS
from tests.diagnosis.open_subjects import OPEN
from tests.diagnosis.planting import Slip, text_of
from tests.diagnosis.scoring import Score, scored
from tests.diagnosis.subjects import Subject

SINGLES, DOUBLES, REWRITES = 360, 100, 80
TRIALS = (("open", OPEN_SLIPS, OPEN), ("everyday", EVERYDAY_SLIPS, EVERYDAY))


@dataclass(frozen=True)
class Trial:
    """A slip, what was said about it, how that compares, and the processor seconds it took."""

    slip: Slip
    found: Diagnosis | None
    score: Score
    seconds: float
    error: str = ""

    @property
    def named(self) -> str:
        """The kind that was named."""
        if self.error:
            return "(error)"
        return str(self.found.kind) if self.found else "(called right)"


def diagnosed(slip: Slip, inputs: Sequence[object] = ()) -> Diagnosis | None:
    """Diagnose the wrong version of a file, on the subject's own inputs if none are given."""
    from gradproof.diagnosis import diagnose

    subject = slip.subject
    with tempfile.TemporaryDirectory() as folder:
        forward, backward = subject.load(slip.written(Path(folder)))
        found: Diagnosis | None = diagnose(
            forward, backward, *(inputs or subject.inputs()), wrt=subject.wrt, **subject.options
        )
    return found


def tried(slip: Slip) -> Trial:
    """Diagnose a slip and score what is said."""
    return Trial(slip, *answered(slip))


def answered(slip: Slip) -> Answer:
    """Diagnose a slip: what is said, its score, the processor seconds, the error if one came."""
    start = time.process_time()
    try:
        found = diagnosed(slip)
    except Exception as error:  # of the library, which must not raise any
        seconds = time.process_time() - start
        return None, Score.FAILED, seconds, f"{type(error).__name__}: {error}"
    seconds = time.process_time() - start
    return found, scored(slip, found), seconds, ""


Answer = tuple[Diagnosis | None, Score, float, str]


@dataclass(frozen=True)
class Runner:
    """How slips are tried: with a bar or not, in how many processes."""

    quiet: bool
    jobs: int

    def trials(self, slips: Iterable[Slip], words: str) -> list[Trial]:
        """Try every slip, in order."""
        chosen = list(slips)
        answers = bar(self._answers(chosen), len(chosen), words, self.quiet)
        return [Trial(slip, *answer) for slip, answer in zip(chosen, answers)]

    def _answers(self, slips: list[Slip]) -> Iterator[Answer]:
        if self.jobs < 2 or "fork" not in multiprocessing.get_all_start_methods():
            yield from map(answered, slips)
            return
        # Slips hold functions, which cannot be sent to a process: it has them from its start.
        _WAITING[:] = slips
        with multiprocessing.get_context("fork").Pool(self.jobs, ignore_interrupts) as pool:
            yield from pool.imap(_answered_at, range(len(slips)))


_WAITING: list[Slip] = []


def _answered_at(index: int) -> Answer:
    return answered(_WAITING[index])


def bar(items: Iterable[Any], total: int, words: str, quiet: bool) -> Iterable[Any]:
    """A progress bar, none where it would not be seen."""
    return tqdm(items, total=total, desc=words, disable=True if quiet else None)


# --- printing -------------------------------------------------------------------------------------


def confusion(trials: Sequence[Trial]) -> str:
    """The table of planted kinds against named ones; columns are lettered as the rows are."""
    order = [str(kind) for kind in Kind]
    planted = [k for k in order if any(t.slip.kinds[0] == k for t in trials)]
    named = {t.named for t in trials}
    columns = [k for k in order if k in named or k in planted] + sorted(named - set(order))
    letters = {k: chr(ord("a") + at) for at, k in enumerate(columns)}
    counts = Counter((str(t.slip.kinds[0]), t.named) for t in trials)
    right = Counter(str(t.slip.kinds[0]) for t in trials if t.score is Score.RIGHT)
    lines = ["planted, and named as".ljust(32) + "".join(f"{letters[k]:>4}" for k in columns)
             + "   right kind and term"]  # fmt: skip
    for kind in columns:
        cells = "".join(f"{counts[kind, k] or '.':>4}" for k in columns)
        total = sum(counts[kind, k] for k in columns)
        share = f"   {right[kind]} of {total}" if total else ""
        lines.append(f"{letters[kind]}  {kind:<29}{cells}{share}")
    return "\n".join(lines)


def summary(trials: Sequence[Trial]) -> str:
    """How many slips came to which score, and the times."""
    scores = Counter(t.score for t in trials)
    total = len(trials)
    lines = [f"  {score:<30}{scores[score]:>5}  {100 * scores[score] / total:5.1f} %"
             for score in Score if scores[score]]  # fmt: skip
    seconds = [t.seconds for t in trials]
    lines.append(
        f"  processor seconds: median {statistics.median(seconds):.2f}, largest {max(seconds):.2f} "
        f"({max(trials, key=lambda t: t.seconds).slip.subject})"
    )
    return "\n".join(lines)


def by_operation(trials: Sequence[Trial]) -> str:
    """The share of right kinds and terms for each operation."""
    totals = Counter(t.slip.subject.operation for t in trials)
    right = Counter(t.slip.subject.operation for t in trials if t.score is Score.RIGHT)
    return "  " + ", ".join(f"{name} {right[name]}/{totals[name]}" for name in sorted(totals))


def said(trial: Trial) -> str:
    """One trial in two lines: the slip, and what was said."""
    found = trial.found
    if found is None:
        return f"{trial.slip}\n    {trial.score}: {trial.error}"
    parts = "".join(f" [{p.kind}: {p.term} -> {p.fix}, line {p.line}]" for p in found.parts)
    exact = "" if found.exact else ", not certain"
    others = f"; or {', '.join(o.kind for o in found.others)}" if found.others else ""
    return (f"{trial.slip}\n    {trial.score}: {found.kind}{exact}: {found.term!r} -> "
            f"{found.fix!r}, line {found.line}{parts}{others}")  # fmt: skip


def report(title: str, trials: Sequence[Trial], verbose: bool) -> bool:
    """Print everything about a set of trials; whether none was named wrongly with certainty."""
    if not trials:
        return True
    print(f"\n{title}: {len(trials)}\n")
    print(confusion(trials), summary(trials), by_operation(trials), sep="\n\n")
    wrong = [t for t in trials if t.score is Score.WRONG]
    print(f"\nnamed wrongly with certainty: {len(wrong)}")
    for trial in wrong:
        print(f"  {said(trial)}")
    if verbose:
        for trial in trials:
            if trial.score not in (Score.RIGHT, Score.WRONG):
                print(f"  {said(trial)}")
    return not wrong


def report_right(trials: Sequence[Trial]) -> bool:
    """Print which right code was diagnosed; whether none was said to be wrong.

    That floats lose a right formula at extreme inputs is no verdict against it, and is printed.
    """
    named = [t for t in trials if t.score is not Score.MISSED]
    lossy = [t for t in named if t.named == Kind.LOST_DIGITS]
    false = [t for t in named if t not in lossy]
    print(f"\nright code: {len(trials)}; diagnosed as wrong: {len(false)}; said to be right and to "
          f"lose digits at extreme inputs: {len(lossy)}")  # fmt: skip
    for trial in (*false, *lossy):
        print(f"  {said(trial)}")
    return not false


def report_harmful(trials: Sequence[Trial]) -> None:
    """Print what was said about code that is right in value only."""
    named = [t for t in trials if t.found and t.found.kind in t.slip.kinds]
    print(f"\nright in value, changed in place or losing digits: {len(trials)}; so named: "
          f"{len(named)}")  # fmt: skip
    for trial in trials:
        print(f"  {said(trial)}")


def batch_norm_time(quiet: bool) -> str:
    """Processor seconds for wrong batch-norm backwards of a (6, 3) batch."""
    rng = np.random.default_rng(6)
    inputs = [np.round(rng.normal(size=shape), 2) for shape in ((6, 3), (3,), (3,))]
    seconds = []
    chosen = [m.slip() for m in MISTAKES if "batch" in m.subject.lower() and not m.forward]
    for slip in bar(chosen, len(chosen), "batch norm (6, 3)", quiet):
        start = time.process_time()
        try:
            diagnosed(slip, inputs)
        except Exception:  # counted where the same slip is diagnosed
            continue
        seconds.append(time.process_time() - start)
    if not seconds:
        return "batch norm (6, 3): nothing ran"
    return (f"batch norm (6, 3), {len(seconds)} slips: processor seconds, median "
            f"{statistics.median(seconds):.2f}, largest {max(seconds):.2f}")  # fmt: skip


# --- the command ----------------------------------------------------------------------------------


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--double", action="store_true", help="two slips in one backward")
    parser.add_argument("--held-out", action="store_true", help="the second family of operations")
    parser.add_argument("--open", action="store_true", help="the third family of operations")
    parser.add_argument("--everyday", action="store_true", help="the fourth family of operations")
    parser.add_argument("--all", action="store_true", help="every single slip")
    parser.add_argument("--count", type=int, default=0, help="how many slips to plant")
    parser.add_argument("--only", default="", metavar="OPERATION", help="one operation")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1, help="processes side by side (POSIX only)")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    parser.add_argument("--verbose", action="store_true", help="also what was not named right")
    return parser.parse_args()


def _planted(arguments: argparse.Namespace, outcomes: Counter[str]) -> list[Slip]:
    chosen = arguments.seed, arguments.held_out, arguments.only, outcomes
    if arguments.double:
        return doubles(arguments.count or DOUBLES, *chosen)
    return singles(0 if arguments.all else arguments.count or SINGLES, *chosen)


def unchanged(subject: Subject) -> Slip:
    """A subject's file as it is, to see that nothing is said against it."""
    return Slip(subject, text_of(subject.file), (), 1, "", "", "")


def _only(slips: Iterable[Slip], operation: str) -> list[Slip]:
    return [s for s in slips if operation in ("", s.subject.operation)]


def _trial(
    name: str, mistakes: Sequence[Mistake], subjects: Sequence[Subject], runner: Runner,
    arguments: argparse.Namespace,
) -> int:  # fmt: skip
    slips = _only((m.slip() for m in mistakes), arguments.only)
    words = f"slips in code of the {name} trial"
    sound = report(words, runner.trials(slips, words), arguments.verbose)
    right = _only(map(unchanged, subjects), arguments.only)
    return 0 if sound & report_right(runner.trials(right, "right code")) else 1


def main() -> int:
    """Run the campaign that the arguments ask for; 1 if something wrong was said."""
    arguments = _arguments()
    for name, mistakes, subjects in TRIALS:
        if getattr(arguments, name):
            runner = Runner(arguments.quiet, arguments.jobs)
            return _trial(name, mistakes, subjects, runner, arguments)
    quiet, verbose, outcomes = arguments.quiet, arguments.verbose, Counter[str]()
    words = "double slips" if arguments.double else "single slips"
    planted = _planted(arguments, outcomes)
    print("planted:", ", ".join(f"{n} {word}" for word, n in outcomes.items()))
    runner = Runner(quiet, arguments.jobs)
    sound = report(words, runner.trials(planted, words), verbose)
    if arguments.double:
        return 0 if sound else 1
    right = rewrites(REWRITES, arguments.seed, arguments.held_out, arguments.only)
    listed = HELD_OUT_MISTAKES if arguments.held_out else MISTAKES
    chosen = _only((m.slip() for m in listed), arguments.only)
    found = runner.trials(chosen, "listed mistakes")
    sound &= report("mistakes that people make", found, verbose)
    if arguments.held_out:
        fresh = _only((m.slip() for m in FRESH_SLIPS), arguments.only)
        found = runner.trials(fresh, "slips in code of all sorts")
        sound &= report("slips in code of all sorts", found, verbose)
        right += _only(map(unchanged, FRESH), arguments.only)
    if not arguments.held_out:
        right += _only((m.slip() for m in RIGHT), arguments.only)
        harmful = _only((m.slip() for m in RIGHT_IN_VALUE), arguments.only)
        report_harmful(runner.trials(harmful, "right in value"))
    sound &= report_right(runner.trials(right, "right code"))
    if not arguments.held_out and arguments.only in ("", "batch_norm"):
        print(f"\n{batch_norm_time(quiet)}")
    return 0 if sound else 1


if __name__ == "__main__":
    from gradproof.console import run_command

    run_command(main, "tests.diagnosis.campaign")

"""The soundness campaign: every wrong and right variant of every backward of impl.

``python -m tests.proof.campaign`` runs all of them and prints a table; the tests run a sample.
"""

from __future__ import annotations

if __name__ == "__main__":
    from gradproof.console import quiet_interrupt

    quiet_interrupt("tests.proof.campaign")

import argparse
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from tqdm import tqdm

from gradproof import prove_gradient
from gradproof.verdicts import Status
from gradproof.work import PER_SECOND
from tests.proof.programs import SMALL, Case
from tests.proof.rewriting import Variant, right, variants, wrong

POINTS = 3
WORK_LIMIT = 10 * PER_SECOND


@dataclass(frozen=True)
class Trial:
    """One variant of one operation's backward."""

    case: Case
    variant: Variant
    kind: str

    def __str__(self) -> str:
        return f"{self.case} ({self.kind}) {self.variant.description}"


def _trials(kind: str) -> Iterator[Trial]:
    changes = wrong if kind == "wrong" else right
    for case in SMALL:
        _, backward = case.functions()
        found = (Trial(case, variant, kind) for variant in variants(backward, changes))
        yield from found


def runs(trial: Trial) -> bool:
    """Whether the variant runs on floats at all."""
    forward, _ = trial.case.functions()
    with np.errstate(all="ignore"):
        y, cache = forward(*trial.case.inputs)
        try:
            trial.variant.function(np.ones(np.shape(y)), cache)
        except Exception:
            return False
    return True


@cache
def trials(kind: str) -> list[Trial]:
    """Return every variant of that kind, of all operations."""
    return list(_trials(kind))


def sample(kind: str, count: int, seed: int = 0) -> list[Trial]:
    """Return a sample of those that run, taking each operation equally often."""
    rng = random.Random(f"{kind} {seed}")
    groups: dict[str, list[Trial]] = {}
    for trial in trials(kind):
        groups.setdefault(str(trial.case), []).append(trial)
    for group in groups.values():
        rng.shuffle(group)
    chosen: list[Trial] = []
    while len(chosen) < count and any(groups.values()):
        for group in groups.values():
            while group:
                trial = group.pop()
                if runs(trial):
                    chosen.append(trial)
                    break
    return chosen[:count]


def prove(trial: Trial):
    """Return the verdict about a trial."""
    forward, _ = trial.case.functions()
    options = {k: v for k, v in trial.case.options.items() if k in ("wrt", "labels")}
    return prove_gradient(
        forward, trial.variant.function, *trial.case.inputs, work_limit=WORK_LIMIT, **options
    )


def numerically_equal(trial: Trial) -> bool:
    """Whether finite differences of forward agree with the variant at several random points.

    Independent of the proof: floats, no tracing. Points are away from kinks but for rare luck.
    """
    forward, _ = trial.case.functions()
    labels = trial.case.options.get("labels", {})
    rng = np.random.default_rng(7)
    for _ in range(POINTS):
        inputs = [_redrawn(x, rng, bool(labels)) for x in trial.case.inputs]
        with np.errstate(all="ignore"):
            if not _agree(forward, trial, inputs, rng):
                return False
    return True


def _redrawn(x, rng, labelled):
    if np.asarray(x).dtype.kind == "i":
        return rng.integers(0, 3, np.shape(x))
    return rng.normal(size=np.shape(x))


def _agree(forward, trial, inputs, rng) -> bool:
    y, cache = forward(*inputs)
    dy = rng.normal(size=np.shape(y)) if np.ndim(y) else float(rng.normal())
    try:
        grads = trial.variant.function(np.array(dy) if np.ndim(dy) else dy, cache)
    except Exception:
        return False
    values = list(grads) if isinstance(grads, tuple) else [grads]
    if len(values) > len(inputs):
        return False
    for k, value in enumerate(values):
        x = np.asarray(inputs[k], dtype=float)
        if np.shape(value) != x.shape or not np.isfinite(value).all():
            return False
        for index in np.ndindex(*x.shape):
            if abs(_difference(forward, inputs, k, index, dy) - np.asarray(value)[index]) > 1e-5:
                return False
    return True


def _difference(forward, inputs, k, index, dy) -> float:
    h = 1e-5
    total = 0.0
    for step, weight in ((h, 8), (-h, -8), (2 * h, -1), (-2 * h, 1)):
        moved = [np.array(x, dtype=np.asarray(x).dtype) for x in inputs]
        moved[k][index] += step
        total += weight * float(np.sum(np.asarray(dy) * np.asarray(forward(*moved)[0])))
    return total / (12 * h)


def unsound(trial: Trial, status: Status) -> bool:
    """Whether a verdict contradicts what is known about the trial."""
    if trial.kind == "right":
        return status is Status.REFUTED
    return status is Status.PROVED and not numerically_equal(trial)


def main() -> None:
    """Run the whole campaign."""
    parser = argparse.ArgumentParser("python -m tests.proof.campaign", description=__doc__)
    parser.add_argument("--count", type=int, default=0, help="a sample of this size of each kind")
    parser.add_argument("--verbose", action="store_true", help="print what stays undecided")
    arguments = parser.parse_args()
    for kind in ("wrong", "right"):
        count = arguments.count
        found = sample(kind, count) if count else [t for t in trials(kind) if runs(t)]
        counts: Counter[str] = Counter()
        for trial in tqdm(found, desc=kind):
            verdict = prove(trial)
            counts[str(verdict.status)] += 1
            if unsound(trial, verdict.status):
                counts["UNSOUND"] += 1
                tqdm.write(f"UNSOUND: {trial}\n  {verdict}")
            elif arguments.verbose and verdict.status is Status.UNDECIDED:
                tqdm.write(f"{trial}\n  {verdict.reason}")
        print(f"{kind}: {len(found)} variants", dict(counts))


if __name__ == "__main__":
    from gradproof.console import run_command

    run_command(main, "tests.proof.campaign")

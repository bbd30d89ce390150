"""Which planted slips are wrong: by values, and by proof where the values agree."""

from __future__ import annotations

import enum
import inspect
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from gradproof import prove_gradient
from gradproof.verdicts import Status
from gradproof.work import PER_SECOND
from tests.diagnosis.planting import Slip
from tests.diagnosis.subjects import Pair, Subject

SEEDS = (0, 1, 2)


class Outcome(enum.StrEnum):
    """What became of a planted slip."""

    WRONG = "wrong"
    FAILS = "does not run"
    EQUAL = "proved equal"
    UNKNOWN = "same values, not proved"


def gradients(pair: Pair, subject: Subject, seed: int) -> list[Any]:
    """Run a pair on fresh inputs and return its gradients in the order of ``subject.wrt``."""
    inputs = [np.array(x) for x in subject.inputs(seed)]
    options = {k: v for k, v in subject.options.items() if k not in ("labels", "positive")}
    y, cache = pair[0](*inputs, **options)
    dy = upstream(y, seed)
    apart = isinstance(dy, tuple) and len(inspect.signature(pair[1]).parameters) > 2
    got = pair[1](*dy, cache) if apart else pair[1](dy, cache)
    if isinstance(got, dict):
        return [got[name] for name in subject.wrt]
    return list(got) if isinstance(got, tuple) else [got]


def upstream(y: Any, seed: int) -> Any:
    """Draw an upstream gradient for the output ``y``, short numbers that are not 0.

    Of several outputs, each has one of its own.
    """
    if isinstance(y, tuple):
        return tuple(upstream(each, seed + 100 * k) for k, each in enumerate(y))
    dy = np.random.default_rng([seed, 5]).integers(1, 40, np.shape(y)) / 8
    return np.array(dy) if np.ndim(dy) else float(dy)


@cache
def truth(subject: Subject, seed: int) -> list[Any]:
    """The gradients of the subject itself, which is proved right."""
    return gradients(subject.load(), subject, seed)


def differing(file: Path, subject: Subject) -> set[str] | None:
    """Names of the inputs whose gradient is wrong in value or shape; None if it does not run."""
    wrong: set[str] = set()
    for seed in SEEDS:
        with np.errstate(all="ignore"):
            try:
                got = gradients(subject.load(file), subject, seed)
            except Exception:  # whatever a slip makes of the code
                return None
        if len(got) != len(subject.wrt):
            return None
        for name, value, wanted in zip(subject.wrt, got, truth(subject, seed)):
            if not _same(value, wanted):
                wrong.add(name)
    return wrong


def _same(value: Any, wanted: Any) -> bool:
    try:
        alike = np.shape(value) == np.shape(wanted)
    except ValueError:  # a tuple of arrays in place of an array
        return False
    return alike and np.allclose(value, wanted, rtol=1e-7, atol=1e-9)


def outcome(slip: Slip) -> Outcome:
    """Decide whether a planted slip makes the backward wrong."""
    with tempfile.TemporaryDirectory() as folder:
        file = slip.written(Path(folder))
        wrong = differing(file, slip.subject)
        if wrong is None:
            return Outcome.FAILS
        return Outcome.WRONG if wrong else proved(file, slip.subject)


def proved(file: Path, subject: Subject) -> Outcome:
    """Decide a file by proof alone."""
    forward, backward = subject.load(file)
    verdict = prove_gradient(
        forward,
        backward,
        *subject.inputs(),
        wrt=subject.wrt,
        work_limit=10 * PER_SECOND,
        **subject.options,
    )
    if verdict.status is Status.PROVED:
        return Outcome.EQUAL
    return Outcome.WRONG if verdict.status is Status.REFUTED else Outcome.UNKNOWN


def wrong_ones(slips: Iterable[Slip], count: Counter[str]) -> Iterator[Slip]:
    """Those of ``slips`` that are wrong; the outcomes of all are added to ``count``."""
    for slip in slips:
        found = outcome(slip)
        count[found] += 1
        if found is Outcome.WRONG:
            yield slip

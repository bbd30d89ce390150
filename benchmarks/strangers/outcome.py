"""What one case gave, what a verdict says in short, and a limit on the time of a check."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Outcome:
    """What one case gave.

    status:   CHECKED, REFUTED, UNDECIDED, CRASHED, SLOW, or BARS for ``jacobian``.
    judgement: for REFUTED: "false", "fair" (the rule is off there by more than its rounding),
              "unjudged" (no truth: counts as false).
    missed, bars: elements whose error bar does not hold the truth, and those that were looked at.
    ratio:    bound / true error, median over the elements.
    """

    seed: int
    turn: int
    kind: str
    label: str
    dtype: str
    mode: str
    status: str
    text: str = ""
    judgement: str = ""
    off: float = np.nan
    missed: int = 0
    bars: int = 0
    least: float = np.inf
    ratio: float = np.nan
    seconds: float = 0.0

    @property
    def false_alarm(self) -> bool:
        """Whether right code was called wrong, or the check crashed on it."""
        return self.status == "CRASHED" or self.judgement in ("false", "unjudged")

    @property
    def command(self) -> str:
        """What repeats the case."""
        return f"python -m benchmarks.strangers --case '{self.seed}:{self.turn}:{self.kind}'"


class TooLong(BaseException):
    """The check took longer than it is given."""


@contextmanager
def limited(seconds: int) -> Iterator[None]:
    """Raise TooLong in the body after so many seconds."""

    def stop(*_: Any) -> None:
        raise TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def told(verdict: Any) -> str:
    """What a verdict says, without the diagnosis, which takes far longer than the check."""
    example = verdict.counterexample
    at = f"; {example.at}: got {example.got}, wanted {example.wanted}" if example else ""
    said = " / ".join(part for part in (verdict.figure, verdict.reason, verdict.scope) if part)
    return f"{verdict.status} by {verdict.method}: {said}{at}"


def place_of(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"({trace.tb_frame.f_code.co_filename}:{trace.tb_lineno})" if trace else ""


def normalised(text: str) -> str:
    """A reason without its numbers and names, to count kinds of reasons."""
    return re.sub(r"-?\d[\d.e+\-]*", "#", " ".join(text.split()))[:160]

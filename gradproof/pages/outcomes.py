"""Ask a witness about an operation; a witness that breaks down gives an outcome, too."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gradproof.operation.operations import Operation
from gradproof.text import Text
from gradproof.verdicts import Status, Verdict

if TYPE_CHECKING:
    from gradproof.witnesses import Witness

FAILED = "ERROR"

# How a word is shown beside its colour, so that no reader depends on seeing colours.
SIGNS = {
    Status.PROVED.value: "∎",
    Status.CHECKED.value: "✓",
    Status.REFUTED.value: "✗",
    Status.UNDECIDED.value: "?",
    FAILED: "!",
}


@dataclass(frozen=True)
class Outcome:
    """What a witness said, or how it broke down: exactly one of ``verdict`` and ``error``."""

    name: str
    title: Text
    question: Text
    verdict: Verdict | None
    error: str = ""
    seconds: float = 0.0

    @property
    def holds(self) -> bool:
        """True only if the witness gave a verdict and the verdict holds."""
        return self.verdict is not None and self.verdict.holds

    @property
    def word(self) -> str:
        """The verdict's status, or ERROR where there is none."""
        return FAILED if self.verdict is None else self.verdict.status.value

    @property
    def sign(self) -> str:
        """The status as one character."""
        return SIGNS[self.word]

    @property
    def figure(self) -> str | Text:
        """The number for the board's cell."""
        return self.error if self.verdict is None else self.verdict.figure

    @property
    def difference(self) -> str:
        """What differs, what stood in the way, or what broke; empty where the verdict holds."""
        return self.error if self.verdict is None else self.verdict.reason


def ask(witness: Witness, operation: Operation, seed: int) -> Outcome:
    """Run one witness on one operation and time it."""
    start = time.perf_counter()
    verdict, error = None, ""
    try:
        verdict = witness.run(operation, seed)
    except Exception as raised:  # whatever broke is printed in the cell, and the book goes on
        error = one_line(raised)
    seconds = time.perf_counter() - start
    return Outcome(witness.name, witness.title, witness.question, verdict, error, seconds)


def one_line(error: BaseException) -> str:
    """An exception as one line: its kind and its message."""
    message = " ".join(str(error).split())
    return f"{type(error).__name__}: {message}" if message else type(error).__name__

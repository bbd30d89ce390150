"""What the process of a file is asked for, and within which limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from gradproof.checking.judgement.raised import Gone
from gradproof.checking.sandbox.channel import Message


@dataclass(frozen=True)
class Budget:
    """Limits for the process of one file. seconds: in all; memory, output: megabytes."""

    seconds: float = 60.0
    memory: int = 4096
    output: int = 16

    @property
    def loading(self) -> float:
        """Seconds for the module level of the file."""
        return max(min(self.seconds / 4, 10.0), 0.5)

    @property
    def asking(self) -> float:
        """Seconds for one pair to be matched, or one call of its functions."""
        return max(self.seconds / 4, 0.5)


class Asked(Protocol):
    """The process of a file, as the functions see it that live in it."""

    budget: Budget
    dropped: list[int]

    def ask(self, what: str, seconds: float, arrays: Sequence[Any] = (), **header: Any) -> Message:
        """Ask for one thing; raises what the code raised. Raises Gone where no answer comes."""

    def part(self, answer: Mapping[str, Any], name: str, kind: type, length: int = -1) -> Any:
        """One part of an answer, of this type. Raises Gone if it is not."""

    def broken(self, what: str) -> Gone:
        """What came is no answer: the process is ended."""


class RunsScripts(Protocol):
    """The process of a file that is run as a script."""

    def script(self, text: str, seconds: float) -> tuple[list[dict[str, Any]], str]:
        """What the run claims of its updates, and how it ended."""


__all__ = ["Asked", "Budget", "RunsScripts"]

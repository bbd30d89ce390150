"""The side of the code: load a file, find how its pairs are called, call and trace them.

What is here runs in the same process as the file under check. It proposes; it decides nothing.
"""

from __future__ import annotations

import types
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gradproof.checking.conventions.calling import matches
from gradproof.checking.conventions.match import FOUND_BEFORE, Match, MatchError
from gradproof.checking.reading.helpers import bare_helpers
from gradproof.checking.reading.observed import Observed
from gradproof.checking.records import Candidate
from gradproof.checking.source.as_written import replaced
from gradproof.checking.source.loading import load
from gradproof.checking.source.syntax import Source


class Side(Protocol):
    """What the judging side asks of the side of the code, wherever that runs."""

    def load(self, text: str, bare: bool = False) -> str:
        """Run the file; why only its definitions were run.

        bare: the text is without guards, and so is what it imports from beside it; where those
        guards stand.
        """

    def matches(self, candidate: Candidate, bare: bool = False) -> Sequence[Match]:
        """The ways in which a candidate is to be called. Raises MatchError, and what it raises."""


@dataclass
class Evaluator:
    """The file at ``path`` in this process."""

    path: Path
    load_seconds: float
    seed: int = 0

    def __post_init__(self) -> None:
        self._loaded: dict[bool, tuple[types.ModuleType, Source]] = {}
        self.observed = Observed()
        self.texts: dict[str, str] = {}
        FOUND_BEFORE.clear()

    def load(self, text: str, bare: bool = False, ended: str = "") -> str:
        """As a Side; ended: how the process has ended in which its module level was run."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if bare:
                with bare_helpers(self.path, text) as told:
                    module, _ = load(self.path, self.load_seconds, text, ended=ended)
                note = "; ".join(told)
            else:
                module, note = load(self.path, self.load_seconds, text, self.observed, ended)
            self._loaded[bare] = module, Source(text)
            if not bare:  # what is said of the code without its guards is said of these lines, too
                self.texts[str(self.path)] = text
        return note

    def loaded(self, bare: bool) -> tuple[types.ModuleType, Source]:
        """What was loaded, with its text."""
        return self._loaded[bare]

    def matches(self, candidate: Candidate, bare: bool = False) -> Sequence[Match]:
        module, source = self.loaded(bare)
        other = replaced(candidate, module, source.text, str(self.path))
        if other:
            raise MatchError(other)
        return matches(candidate, module, source, self.seed, self.observed)


__all__ = ["Evaluator", "Side"]

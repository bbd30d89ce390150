"""The mark beside each line of a derivation: what the machine check of that very line found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from gradproof.algebra import Decision
from gradproof.pages.outcomes import FAILED, SIGNS, one_line
from gradproof.verdicts import Status
from gradproof.witnesses.symbolic import Finding

_WORDS = {
    Decision.ZERO: Status.PROVED.value,
    Decision.NOT_ZERO: Status.REFUTED.value,
    Decision.UNKNOWN: Status.UNDECIDED.value,
}


@dataclass(frozen=True)
class Mark:
    """One word and, where it is not PROVED, what differs."""

    word: str
    detail: str = ""

    @property
    def holds(self) -> bool:
        """True only for PROVED."""
        return self.word == Status.PROVED.value

    @property
    def sign(self) -> str:
        """The word as one character."""
        return "✓" if self.holds else SIGNS[self.word]


def mark(find: Callable[[], Finding]) -> Mark:
    """The mark of one comparison; one that breaks down is marked so."""
    try:
        found = find()
    except Exception as raised:  # the line that cannot be checked says so, and the page goes on
        return Mark(FAILED, one_line(raised))
    return _of(found)


def marks(findings: Iterable[Finding], count: int) -> Iterator[Mark]:
    """``count`` marks from ``findings``; after one that breaks down, the rest are not checked."""
    iterator, broken = iter(findings), ""
    for _ in range(count):
        if broken:
            yield Mark(Status.UNDECIDED.value, broken)
            continue
        try:
            yield _of(next(iterator))
        except Exception as raised:
            broken = "not checked, since the check of an earlier line broke down"
            yield Mark(FAILED, one_line(raised))


def worst(of: Iterable[Mark]) -> Mark:
    """The first mark that does not hold, or a mark that does."""
    found = list(of)
    return next((each for each in found if not each.holds), Mark(Status.PROVED.value))


def _of(finding: Finding) -> Mark:
    return Mark(_WORDS[finding.decision], "" if finding.holds else finding.detail)

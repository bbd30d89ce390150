"""The mark beside each line of a derivation: what the machine check of that very line found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gradproof.algebra import Decision
from gradproof.operation.derivation import Derivation, Mode
from gradproof.pages.outcomes import FAILED, SIGNS, Outcome, one_line
from gradproof.verdicts import Status
from gradproof.witnesses.symbolic import (
    Finding,
    fact_finding,
    form_finding,
    kink_findings,
    limit_finding,
    step_findings,
)

_WORDS = {
    Decision.ZERO: Status.PROVED.value,
    Decision.NOT_ZERO: Status.REFUTED.value,
    Decision.UNKNOWN: Status.UNDECIDED.value,
}
# Two one-sided derivatives, and whether the function jumps.
PER_KINK = 3


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


def mode_marks(derivation: Derivation, outcomes: Iterable[Outcome]) -> Iterator[Iterator[Mark]]:
    """For each mode, the marks of its steps, forms, facts, limits and kinks, in that order.

    A witness that compared all of them tells its findings in its verdict's details, and then they
    are not worked out twice.
    """
    told = _told(outcomes)
    counts = [_count(mode) for mode in derivation.modes]
    if told is None or len(told) != sum(counts):
        yield from (_found(mode) for mode in derivation.modes)
        return
    for count in counts:
        yield map(_of, told[:count])
        told = told[count:]


def worst(of: Iterable[Mark]) -> Mark:
    """The first mark that does not hold, or a mark that does."""
    found = list(of)
    return next((each for each in found if not each.holds), Mark(Status.PROVED.value))


def _told(outcomes: Iterable[Outcome]) -> Sequence[Finding] | None:
    for outcome in outcomes:
        if outcome.verdict is not None and "findings" in outcome.verdict.details:
            found: Sequence[Finding] = tuple(outcome.verdict.details["findings"])
            return found
    return None


def _count(mode: Mode) -> int:
    steps = sum(len(chain.steps) for chain in mode.chains)
    return steps + len((*mode.forms, *mode.facts, *mode.limits)) + PER_KINK * len(mode.kinks)


def _found(mode: Mode) -> Iterator[Mark]:
    for chain in mode.chains:
        yield from _guarded(step_findings(mode, chain), len(chain.steps))
    for form in mode.forms:
        yield from _guarded((form_finding(mode, each) for each in (form,)), 1)
    for fact in mode.facts:
        yield from _guarded((fact_finding(mode, each) for each in (fact,)), 1)
    for limit in mode.limits:
        yield from _guarded((limit_finding(mode, each) for each in (limit,)), 1)
    for kink in mode.kinks:
        yield from _guarded(kink_findings(mode, kink), PER_KINK)


def _guarded(findings: Iterator[Finding], count: int) -> Iterator[Mark]:
    """``count`` marks from ``findings``; after one that breaks down, the rest are not checked."""
    broken = ""
    for _ in range(count):
        if broken:
            yield Mark(Status.UNDECIDED.value, broken)
            continue
        try:
            yield _of(next(findings))
        except Exception as raised:  # the line that cannot be checked says so; the page goes on
            broken = "not checked, since the check of an earlier line broke down"
            yield Mark(FAILED, one_line(raised))


def _of(finding: Finding) -> Mark:
    return Mark(_WORDS[finding.decision], "" if finding.holds else finding.detail)

"""The same file in a second process, which is asked otherwise: at other sizes, other numbers.

A gradient that was found to hold in one process has to hold in another one, which is started afresh
and in which functions are tried with arrays of sizes drawn in secret. What is right for the sizes
that are usually tried (``/ 12`` for (3, 4)), or as long as it is asked in the usual order, is not.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np

from gradproof.checking.conventions.match import Match, MatchError
from gradproof.checking.formats.phrasing import in_their_words
from gradproof.checking.judgement.examine import result_of
from gradproof.checking.judgement.explain_refuted import with_slips
from gradproof.checking.judgement.judge_pair import at_point
from gradproof.checking.judgement.many_points import FEW, Doubts, at_points, doubts, suspicious_of
from gradproof.checking.judgement.raised import CodeError, Gone
from gradproof.checking.judgement.redraw_inputs import fresh
from gradproof.checking.processes import remote_file, sizes
from gradproof.checking.processes.other_sizes import other_sizes
from gradproof.checking.records import Candidate, GradientResult, Unmatched
from gradproof.checking.source.guards import in_full, without_guards
from gradproof.verdicts import Status, Verdict

Found = GradientResult | Unmatched
Proposed = Mapping[bool, Sequence[Match]]
ELSEWHERE = "not at other sizes"
_GUARDED = "without the guard"
_SHORT = "with all digits"
_SECONDS = 1 / 2  # of a file's, over and above them


@dataclass
class Twin:
    """The second process of a file, started when it is first needed. ``with`` ends it.

    told: who is told that a process is starting (True), and that it has started; ended: how a
    process has ended in which the module level was run; noted: who is told what it waits for a
    processor.
    """

    path: Path
    file: str
    text: str
    budget: remote_file.Budget
    deadline: float
    told: Callable[[bool], Any] = lambda _: None
    ended: str = ""
    noted: Callable[[float], Any] = lambda _: None

    def __enter__(self) -> Twin:
        self.side: remote_file.RemoteFile | None = None
        self.bare: bool = False
        self.drawn: tuple[Match, Match, Doubts, list[Match]] | None = None
        self.held: tuple[Match, bool] | None = None
        self.whole = False  # whether all gradients of the pair have held so far
        return self

    def __exit__(self, *_: object) -> None:
        side, self.side = self.side, None
        if side is not None:
            side.__exit__()

    def verified(
        self, candidate: Candidate, results: Sequence[Found], proposed: Proposed
    ) -> list[Found]:
        """The results, those that hold only where they do so here as well.

        proposed: how the pair was called in the first process, by whether its guards were left out:
        another reading of it says nothing here. Raises Gone where the file forges what this process
        answers.
        """
        if not any(map(_holds, results)):
            return list(results)
        try:
            return self._verified(candidate, results, proposed)
        except Gone as gone:
            self.__exit__()
            if gone.tampered:
                raise
            reason = f"in a second process: {gone}"
        except Exception as error:
            reason = f"in a second process: {type(error).__name__}: {error}"
        return [_undecided(each, reason) if _holds(each) else each for each in results]

    def _verified(
        self, candidate: Candidate, results: Sequence[Found], proposed: Proposed
    ) -> list[Found]:
        side = self._started()
        found: dict[bool, Sequence[Match] | str] = {}
        out: list[Found] = []
        self.whole = all(map(_holds, results))
        for each in results:
            if _holds(each):
                bare = _GUARDED in each.method or _SHORT in each.method
                if bare not in found:
                    found[bare] = self._matches(side, candidate, bare)
                before = [match for match in proposed.get(bare, ()) if _is_of(match, each)]
                each = self._asked(candidate, each, found[bare], before)
            out.append(each)
        return out

    def _started(self) -> remote_file.RemoteFile:
        if self.side is None:
            late = max(self.deadline, time.monotonic()) + self.budget.seconds * _SECONDS
            seed = secrets.randbits(31)
            self.told(True)
            side = remote_file.RemoteFile(self.path, self.budget, seed, late, sizes.SECRET,
                                          self.ended)  # fmt: skip
            side.__enter__()
            side.noted = self.noted
            self.told(False)
            self.side, self.bare = side, False
            side.load(self.text)
        return self.side

    def _matches(
        self, side: remote_file.RemoteFile, candidate: Candidate, bare: bool
    ) -> Sequence[Match] | str:
        """How the pair is called here; or why it is not."""
        if bare and not self.bare:
            side.load(in_full(without_guards(self.text)[0])[0], bare=True)
            self.bare = True
        try:
            return side.matches(candidate, bare)
        except (MatchError, CodeError) as error:
            return str(error)

    def _asked(
        self,
        candidate: Candidate,
        result: GradientResult,
        found: Sequence[Match] | str,
        before: Sequence[Match],
    ) -> GradientResult:
        """One gradient that holds, or what stands against it here."""
        if isinstance(found, str):
            return _noted(result, f"{ELSEWHERE}: {found}".replace("; ", ", "))
        proposed = next((each for each in found if _is_of(each, result)), None)
        same = proposed is not None and (not before or _reading(proposed) in map(_reading, before))
        if proposed is None or proposed.doubt or not same:
            return _noted(result, ELSEWHERE)
        seed = secrets.randbelow(2**32)
        match, many, suspicious = self._drawn(proposed, before, seed)
        if match.doubt:
            return _undecided(result, f"in a second process: {match.doubt}")
        if not self._all_hold(match, seed):
            verdict = at_point(match, match.inputs, result.of, seed, "directional")
            if verdict.status is Status.REFUTED:
                return self._refuted(candidate, result, match, verdict)
            if verdict.status is Status.UNDECIDED and "raised" in verdict.details:
                return _undecided(result, f"in a second process: {verdict.reason}")
        for one in suspicious:
            verdict = at_point(one, one.inputs, result.of, seed, "directional")
            if verdict.status is Status.REFUTED:
                return self._refuted(candidate, result, one, verdict)
        reason = many.against(result.of)
        return _undecided(result, reason) if reason else result

    def _all_hold(self, match: Match, seed: int) -> bool:
        """Whether all gradients of a pair hold here, by one check of all of them, made once."""
        if self.held is None or self.held[0] is not match:
            whole = len(match.wrt) > 1
            self.held = (
                match,
                whole and at_point(match, match.inputs, "", seed, "directional").holds,
            )
        return self.held[1]

    def _drawn(
        self, proposed: Match, before: Sequence[Match], seed: int
    ) -> tuple[Match, Doubts, list[Match]]:
        """The pair at inputs drawn here, what many points say, and the pair where it has to be
        looked at in earnest: once for all its gradients."""
        if self.drawn is None or self.drawn[0] is not proposed:
            rng = np.random.default_rng(seed + 1)
            match = fresh(proposed, np.random.default_rng(seed), finer=True)
            many = Doubts() if match.doubt else doubts(match, rng)
            self.drawn = proposed, match, many, list(at_points(match, many))
            if before and many.count >= FEW:  # what is slow is asked no more
                others = list(other_sizes(before[0], match, rng))
                self.drawn[3].extend(suspicious_of(others, rng))
        return self.drawn[1:]

    def _refuted(
        self, candidate: Candidate, result: GradientResult, match: Match, verdict: Verdict
    ) -> GradientResult:
        shapes = ", ".join(f"{name} {value.shape}" for name, value in match.inputs.items())
        reason = "; ".join(part for part in (f"for {shapes}", verdict.reason) if part)
        wrong = replace(verdict, reason=reason)
        with contextlib.suppress(Gone):  # what explains it is no part of the verdict
            wrong = with_slips(match, {result.of: wrong})[result.of]
        told = result_of(self.file, candidate, match, result.of, wrong, 0.0)
        told = replace(told, seconds=result.seconds, cell=result.cell)
        return in_their_words(told, candidate, self.text)


def _holds(result: Found) -> TypeGuard[GradientResult]:
    return isinstance(result, GradientResult) and result.holds


def _is_of(match: Match, result: GradientResult) -> bool:
    other = getattr(match, "setting", "")  # other values of a setting are judged apart
    return match.mode == result.mode and result.of in match.wrt and not other


def _reading(match: Match) -> tuple[object, ...]:
    """How a pair is called, whatever the sizes of its arrays."""
    ranks = [(name, value.ndim, value.dtype.kind) for name, value in match.inputs.items()]
    fixed = [(name, np.ndim(value)) for name, value in match.fixed.items()]
    notes = [re.sub(r"\d+", "#", note) for note in match.notes]
    return (match.contract, match.output, match.wrt, *ranks, *fixed, *notes)


def _noted(result: GradientResult, note: str) -> GradientResult:
    return replace(result, scope="; ".join(part for part in (result.scope, note) if part))


def _undecided(result: GradientResult, reason: str) -> GradientResult:
    return replace(result, verdict="UNDECIDED", reason=reason, chance=None)


__all__ = ["ELSEWHERE", "Twin"]

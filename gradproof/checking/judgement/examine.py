"""Examine the pairs of one file: ask how they are called, judge them, write down the results.

This is the judging side. The file itself may be in another process (``RemoteFile``) or in this one
(``Evaluator``); what comes from there is arrays, claims to be tried, and words for the reader.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradproof.checking.conventions.match import Match, MatchError
from gradproof.checking.formats.phrasing import in_their_words, with_parameters
from gradproof.checking.judgement.confirm_pass import Witness, confirmed
from gradproof.checking.judgement.explain_refuted import with_losses, with_slips
from gradproof.checking.judgement.judge_pair import Effort, finite, judged
from gradproof.checking.judgement.raised import Gone
from gradproof.checking.judgement.redraw_inputs import fresh
from gradproof.checking.processes.evaluator import Side
from gradproof.checking.reading.helpers import imported
from gradproof.checking.reading.made import reading_of
from gradproof.checking.reading.record import Reading
from gradproof.checking.records import Candidate, GradientResult, Unmatched
from gradproof.checking.source.guards import (
    differ,
    in_full,
    is_part_of_the_function,
    without_guards,
)
from gradproof.checking.trials.target_values import sort_of
from gradproof.text import Text
from gradproof.verdicts import Status, Verdict

_DECIDES = " gives it the "  # the line of a call, in a note: why it was judged by that
_Found = tuple[Match, Verdict]  # as which it was judged, and the verdict


@dataclass
class Examination:
    """One file: its name in the report, its text, the side on which it runs."""

    file: str
    text: str
    side: Side
    effort: Effort
    note: str = ""

    def load(self) -> None:
        """Run the file. Raises what stands in the way."""
        self.note = self.side.load(self.text)
        self.readings: list[Reading] = []
        self.spoken: dict[str, str] = {}  # inputs of the last pair as their author writes them
        self._guards: list[int] | None = None
        self._short: dict[int, str] = {}
        self._helpers = ""

    def results(self, candidate: Candidate) -> Iterator[GradientResult | Unmatched]:
        """Judge the gradients of one pair."""
        start = time.monotonic()
        self.spoken = {}
        try:
            found = self.side.matches(candidate)
        except MatchError as error:
            reason = f"{error}" + (f" ({self.note})" if self.note else "")
            yield Unmatched(self.file, candidate.title, reason)
            return
        except Exception as error:
            yield Unmatched(self.file, candidate.title, f"{type(error).__name__}: {error}")
            return
        self.spoken = {ours: theirs for m in found for ours, theirs in m.spoken.items()}
        spent = (time.monotonic() - start) / max(sum(len(m.wrt) for m in found), 1)
        for proposed in (match for match in found if not match.setting):
            others = [m for m in found if m.setting and m.mode == proposed.mode]
            yield from self._results_of(candidate, proposed, others, spent)

    def as_written(self, result: GradientResult | Unmatched) -> GradientResult | Unmatched:
        """A result of the last pair with parameters as their author writes them, for the reader."""
        if isinstance(result, Unmatched):
            return result
        return with_parameters(result, self.text, self.spoken)

    def _results_of(
        self, candidate: Candidate, proposed: Match, others: Sequence[Match], spent: float
    ) -> Iterator[GradientResult | Unmatched]:
        """Judge one match, and the same pair at other values of its settings."""
        try:
            match = fresh(proposed, np.random.default_rng(self.effort.seed))
            verdicts, gone = self._explained(candidate, match, self._judged(match, self.effort))
        except Exception as error:
            yield Unmatched(self.file, candidate.title, f"{type(error).__name__}: {error}")
            return
        settings = tuple(dict.fromkeys(other.setting for other in others))
        self.readings.append(reading_of(self.file, candidate, proposed, settings))
        found = {of: (match, verdict) for of, verdict in verdicts.items()}
        for other in others if gone is None else ():
            found, gone = self._at_setting(candidate, other, found)
            if gone is not None:
                break
        for of, (judged_as, verdict) in found.items():
            result = result_of(self.file, candidate, judged_as, of, verdict, spent)
            yield in_their_words(result, candidate, self.text)
        for what, why in match.unjudged:
            yield Unmatched(self.file, f"{candidate.title}: {what}", why)
        if gone is not None:
            raise gone

    def _at_setting(
        self, candidate: Candidate, proposed: Match, found: Mapping[str, _Found]
    ) -> tuple[dict[str, _Found], Gone | None]:
        """What is found, with a refutation at another value of a setting in place of what holds.

        What holds there as well is said to; a proof remains one for the values it was made for. A
        deeper network has parameters that the other has not: what is wrong of those is added.
        """
        out, gone = dict(found), None
        held = [of for of in proposed.wrt if of in out and out[of][1].holds]
        if not held:
            return out, gone
        asked = [of for of in proposed.wrt if of in held or of not in out]
        try:
            match = fresh(proposed.only([proposed.wrt.index(of) for of in asked]),
                          np.random.default_rng(self.effort.seed))  # fmt: skip
            numbers = replace(self.effort, prove=False, scales=1, mode="directional")
            verdicts, gone = self._explained(candidate, match, self._judged(match, numbers))
        except Exception as error:  # it worked when it was tried; the reason is told
            reason = f"{type(error).__name__}: {error}"
            verdicts = dict.fromkeys(held, Verdict(Status.UNDECIDED, "", "", reason=reason))
        for of, verdict in verdicts.items():
            if verdict.status is Status.REFUTED:
                right = f"wrong for {match.setting}" + "; otherwise right" * (of in held)
                reason = "; ".join(part for part in (right, verdict.reason) if part)
                out[of] = match, replace(verdict, reason=reason)
            elif of in held:
                base, before = out[of]
                said = (f"also checked for {match.setting}" if verdict.holds
                        else f"not for {match.setting}: {verdict.reason}")  # fmt: skip
                out[of] = base.noted(said), before
        return out, gone

    def _explained(
        self, candidate: Candidate, match: Match, verdicts: dict[str, Verdict]
    ) -> tuple[dict[str, Verdict], Gone | None]:
        """The verdicts beside guards and with slips; a crash on the way there takes none back."""
        try:
            verdicts, bare = self._beside_guards(candidate, match, verdicts)
            if bare is not None:  # what is wrong beside a guard is seen without it
                told = with_slips(bare, verdicts)
                return {k: _without(v, self._guards or ()) for k, v in told.items()}, None
            found = with_losses if self.effort.arithmetic else with_slips
            return found(match, verdicts), None
        except Gone as gone:
            if gone.tampered:
                raise
            return verdicts, gone

    def _judged(self, match: Match, effort: Effort) -> dict[str, Verdict]:
        witness = Witness(match)
        return confirmed(witness, judged(witness.watched, effort))

    def _without_guards(self) -> list[int]:
        """Load the file once more without its guards; the lines in which they stand."""
        if self._guards is None:
            text, self._guards = without_guards(self.text)
            text, self._short = in_full(text)
            if self._guards or self._short or imported(text):
                self._helpers = self.side.load(text, bare=True)
        return self._guards

    def _beside_guards(
        self, candidate: Candidate, match: Match, verdicts: dict[str, Verdict]
    ) -> tuple[dict[str, Verdict], Match | None]:
        """Where a gradient is refuted, ask whether it is right for the function without guards.

        Returned with the function without its guards, where something is wrong with that, too.
        """
        wrong = [name for name, verdict in verdicts.items() if verdict.status is Status.REFUTED]
        if not wrong:
            return verdicts, None
        try:
            lines = self._without_guards()
            if not lines and not self._short and not self._helpers:
                return verdicts, None
            found = self.side.matches(candidate, bare=True)
            here = (match.mode, match.setting, match.wrt)
            bare = next(m for m in found if (m.mode, m.setting, m.wrt) == here)
            held = self._judged(replace(bare, inputs=match.inputs), self.effort)
            if is_part_of_the_function(match, bare):
                return verdicts, None
        except Exception:  # without its guards the file may not run; the refutation stands
            return verdicts, None
        where = self._how(lines)
        also_wrong = lines and not all(held[name].holds for name in wrong)
        beside = bare if also_wrong and differ(match, bare) else None
        return verdicts | {
            name: _instead(verdicts[name], held[name], where) for name in wrong if held[name].holds
        }, beside

    def _how(self, lines: Sequence[int]) -> str:
        """What is other than in the file, where it was run without its guards."""
        parts = ["without the guard in line " + ", ".join(map(str, lines))] if lines else []
        parts += [f"without the guard in {self._helpers}"] if self._helpers else []
        if self._short:
            shown = ", ".join(f"{number} in line {line}" for line, number in self._short.items())
            parts.append(f"with all digits in place of {shown}")
        return "; ".join(parts)


def _instead(refuted: Verdict, held: Verdict, where: str) -> Verdict:
    """What to say of a gradient that is right for the function without its guards."""
    example = refuted.counterexample
    beside = f"; with it, not {example}" if example is not None else ""
    sure = f"{held.certainty.en}; " if held.certainty.en else ""
    return replace(
        held, status=Status.CHECKED, method=f"{held.method}, {where}",
        scope=f"{where}: {sure}{held.scope}{beside}", seconds=refuted.seconds,
    )  # fmt: skip


def _without(verdict: Verdict, lines: Sequence[int]) -> Verdict:
    """A refuted verdict whose diagnosis says that it speaks of the function without its guards."""
    found = verdict.diagnosis
    if verdict.status is not Status.REFUTED or found is None or not lines:
        return verdict
    where = ", ".join(map(str, lines))
    beside = Text(f"without the guard in line {where}", f"{where}행의 안전장치를 뺀 함수로 볼 때")
    if not found.confirmation.en:
        message = Text(f"{found.message.en} (This is told {beside.en}.)",
                       f"{found.message.ko} ({beside.ko} 그래요.)")  # fmt: skip
        return replace(verdict, explain=replace(found, message=message))
    how = Text(f"{beside.en}, {found.confirmation.en}", f"{beside.ko}, {found.confirmation.ko}")
    return replace(verdict, explain=replace(found, confirmation=how))


def result_of(
    file: str, candidate: Candidate, match: Match, name: str, verdict: Verdict, spent: float
) -> GradientResult:
    """A verdict as it stands in the report; spent: seconds that others took for it."""
    example = verdict.counterexample
    shown = None
    if example is not None:
        inputs = dict(example.inputs) | {k: _plain(v) for k, v in match.fixed.items()}
        shown = {"inputs": {k: _plain(v) for k, v in inputs.items()}, "at": example.at,
                 "got": example.got, "wanted": example.wanted}  # fmt: skip
    owner = f"{candidate.owner}." if candidate.owner else ""
    fixed = [f"{k} = {_with_sort(v)}" for k, v in match.fixed.items()]
    for_these = f"for {', '.join(fixed)}" if fixed else ""
    scope = "; ".join(part for part in (verdict.scope, for_these, *match.notes) if part)
    told = [note for note in match.notes if _DECIDES in note and not verdict.holds]
    reason = "; ".join(part for part in (*told, verdict.reason) if part)
    return GradientResult(
        file, candidate.line, owner + candidate.forward, owner + candidate.backward, name,
        match.output, match.contract, match.mode, str(verdict.status), verdict.method, scope,
        finite(verdict.error), finite(verdict.bound), shown, reason, verdict.diagnosis,
        round((verdict.seconds or 0.0) + spent, 3),
        chance=verdict.chance if verdict.status is Status.PROVED else None,
    )  # fmt: skip


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    return value if isinstance(value, (int, float, str, bool, list, type(None))) else str(value)


def _with_sort(value: Any) -> str:
    """A value that stays, after the word for its sort where it has one: one-hot [[1.0, 0.0], ..."""
    return f"{sort_of(value)} {_short(value)}".strip()


def _short(value: Any) -> str:
    text = str(_plain(value))
    return text if len(text) <= 80 else f"{text[:77]}..."


__all__ = ["Examination", "result_of"]

"""A verdict that holds is confirmed: the code is asked again what it has answered before.

Code that behaves one way while it is checked and another way before or after (by counting calls,
by the time, by its own random numbers) gives other answers to the same questions. Some of the calls
of a check are kept, chosen by numbers that nobody can foresee, and are repeated in another order
once the verdict is there; a gradient that rests on numbers alone is also held against differences
at one more point, drawn in the same way.
"""

from __future__ import annotations

import math
import random
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np

from gradproof.checking.conventions.match import Match
from gradproof.checking.judgement.many_points import Doubts, at_points, doubts
from gradproof.checking.judgement.redraw_inputs import fresh
from gradproof.numeric.side_effects.hygiene import quiet
from gradproof.tracing.record_trace import Program, Trace, trace
from gradproof.verdicts import Status, Verdict

MOST_CALLS, FIRST_CALLS = 8, 3
FURTHER_CALLS, FURTHER_SECONDS = (10, 30), 0.25  # and no longer, over and above once each
# Calls at one point, without a word between them: from 360 to 2000.
REPEATED, REPEATED_SECONDS = (8.5, 11.0), 0.6
CHANGES = (
    "{which} gives another result when it is called again on the same numbers: it depends on when "
    "or how often it is called"
)
NOT_LINEAR = (
    "backward is not linear in the upstream gradient: for one {factor:g} times as large, the "
    "gradient is not {factor:g} times as large"
)
NOT_LINEAR_WHERE = (
    "backward is not linear in the upstream gradient: where {what}, it gives another gradient than "
    "the one that belongs to it"
)
_FACTORS = (2.0**10, 2.0**-12, 2.0**-40)  # by which no digit is lost
_LOST = 16  # times what a step loses by rounding at one upstream gradient, it may lose at another
_UPSTREAM: dict[str, Callable[[np.random.Generator, tuple[int, ...]], Any]] = {
    "all of it is 0 but one element": lambda rng, shape: _one_of(rng, shape),
    "all of it is equal": lambda _, shape: np.ones(shape),
    "all of it is positive": lambda rng, shape: rng.uniform(0.5, 2, shape),
    "all of it is negative": lambda rng, shape: -rng.uniform(0.5, 2, shape),
    "it is made of whole numbers": lambda rng, shape: rng.integers(-3, 4, shape).astype(float),
}
_LINEAR = 1e-6  # relatively: more than rounding, where something is added that dy is not in
SAME = 1e-9  # relatively; runs of one function on the same numbers differ by rounding at most


@dataclass(frozen=True)
class _Call:
    inputs: tuple[Any, ...]
    dy: Any
    results: tuple[Any, ...]


class Witness:
    """Stands between a check and a pair, and keeps a sample of the calls."""

    def __init__(self, match: Match) -> None:
        self.match = match
        self.random = random.Random(secrets.randbits(64))
        self.kept: dict[str, list[_Call]] = {"forward": [], "backward": []}
        self.counts = dict.fromkeys(self.kept, 0)
        self.fastest = math.inf  # of the calls: what they take where nothing else runs

    @property
    def watched(self) -> Match:
        """The pair, its calls noted."""
        forward, backward = _Noted(self.match.forward), _Noted(self.match.backward)
        forward.call, backward.call = self._forward, self._backward
        tracer = self.match.tracer or self._traced
        return replace(self.match, forward=forward, backward=backward, tracer=tracer)

    def _traced(self, program: Program, paths: int) -> Trace:
        """Trace the functions themselves: a run on symbols is no call to be repeated."""
        own = replace(program, forward=self.match.forward, backward=self.match.backward)
        return trace(own, paths)

    def _forward(self, *inputs: Any) -> tuple[Any, Any]:
        given = _copied(inputs)
        start = time.perf_counter()
        y, cache = self.match.forward(*inputs)
        self.fastest = min(self.fastest, max(time.perf_counter() - start, 1e-9))
        self._keep("forward", _Call(given, None, _copied((y,))))
        return y, (given, cache)

    def _backward(self, dy: Any, cache: Any) -> Any:
        given, own = cache
        (before,) = _copied((dy,))
        gradients = self.match.backward(dy, own)
        self._keep("backward", _Call(given, before, _copied(gradients)))
        return gradients

    def _keep(self, kind: str, call: _Call) -> None:
        """The first calls are kept, and of the others each with the same chance."""
        kept, self.counts[kind] = self.kept[kind], self.counts[kind] + 1
        if len(kept) < MOST_CALLS:
            kept.append(call)
        elif FIRST_CALLS <= (at := self.random.randrange(self.counts[kind])) < MOST_CALLS:
            kept[at] = call

    def contradiction(self) -> str:
        """What the code answers otherwise than before; "" if it stands by its answers."""
        calls = [call for kept in self.kept.values() for call in kept]
        further = min(self.random.randrange(*FURTHER_CALLS), int(FURTHER_SECONDS / self.fastest))
        asked = self.random.sample(calls, len(calls)) + self.random.choices(calls, k=further)
        self.random.shuffle(asked)
        asked.sort(key=lambda call: str(_shapes((call.inputs, call.dy))))
        gone_back = {_shapes((call.inputs, None)) for call in asked if call.dy is not None}
        alone = [call for call in asked if _shapes((call.inputs, None)) not in gone_back]
        for call in alone:  # backward may not take these
            y, _ = self.match.forward(*_copied(call.inputs))
            if not _same(call.results[0], y):
                return CHANGES.format(which="forward")
        asked = [call for call in asked if _shapes((call.inputs, None)) in gone_back]
        inputs = [call.inputs for call in asked]
        dys = [np.ones(np.shape(call.results[0])) if call.dy is None else call.dy for call in asked]
        for call, (y, gradients) in zip(asked, _answers(self.match, inputs, dys)):
            again = (y,) if call.dy is None else gradients
            if not all(map(_same, call.results, again)):
                which = "forward" if call.dy is None else "backward"
                return CHANGES.format(which=which)
        return repeated(self.match) or not_linear(self.match) or not_linear_where(self.match)


def _answers(
    match: Match, inputs: Sequence[Sequence[Any]], dys: Sequence[Any]
) -> Iterator[tuple[Any, Sequence[Any]]]:
    """Output and gradients for each of several inputs and upstream gradients: by one message for
    each row of equal shapes where the code is in another process."""
    batch = getattr(match.backward, "batch", None)
    if batch is not None:
        for _, row in groupby(zip(inputs, dys), key=_shapes):
            points, along = zip(*row)
            stacked = [np.stack(each) for each in zip(*points)]
            ys, gradients = batch(stacked, np.stack(along), together=1)
            yield from zip(ys, zip(*gradients))
        return
    for given, dy in zip(inputs, dys):
        y, cache = match.forward(*_copied(given))
        (kept,) = _copied((y,))
        yield kept, _copied(match.backward(np.array(dy), cache))


def _shapes(call: tuple[Sequence[Any], Any]) -> tuple[Any, ...]:
    return (*map(np.shape, call[0]), np.shape(call[1]))


def _at_upstream(match: Match, dys: Sequence[Any]) -> list[list[Any]]:
    """The gradients at the inputs of a pair for each of several upstream gradients."""
    inputs = [tuple(match.inputs.values())] * len(dys)
    return [[np.asarray(each) for each in found] for _, found in _answers(match, inputs, dys)]


def not_linear(match: Match) -> str:
    """Why its gradient is no gradient at much larger or smaller upstream gradients than those that
    it was tried with: it is clipped, say, or 0 where they are small; "" where it is."""
    shape = np.shape(match.forward(*_copied(tuple(match.inputs.values())))[0])
    rng = np.random.default_rng(secrets.randbits(32))
    dy = np.asarray(rng.uniform(0.5, 2, shape) * rng.choice([-1.0, 1.0], shape))
    before, *others = _at_upstream(match, [dy, *(dy * factor for factor in _FACTORS)])
    lost = [0.0] * len(before)  # a gradient read from a step has the digits of its parameter
    for factor, again in zip(_FACTORS, others):
        for at, (one, two) in enumerate(zip(before, again)):
            size = float(np.abs(one).max(initial=0.0))
            few = one.dtype.kind == "f" and one.dtype.itemsize < 8  # overflows sooner
            if few or not (np.isfinite(one).all() and np.isfinite(two).all()):
                continue
            if one.shape != two.shape:
                return NOT_LINEAR.format(factor=factor)
            off = float(np.abs(two - factor * one).max(initial=0.0))
            if off > _LINEAR * factor * size + _LOST * lost[at]:
                return NOT_LINEAR.format(factor=factor)
            lost[at] = off if factor < 1 else 0.0
    return ""


def not_linear_where(match: Match) -> str:
    """Why its gradient is no gradient for upstream gradients of a kind by which code may know them:
    those of a loss are of one sign, say; "" where it is. By other numbers than differences: a kink
    says nothing here."""
    shape = np.shape(match.forward(*_copied(tuple(match.inputs.values())))[0])
    if math.prod(shape) < 2:
        return ""
    rng = np.random.default_rng(secrets.randbits(32))
    # As many of one sign as of the other: else it may be of one of these kinds itself.
    signs = rng.permutation(np.arange(math.prod(shape)) % 2 * 2.0 - 1.0).reshape(shape)
    other = rng.uniform(0.5, 2, shape) * signs
    kinds = [draw(rng, shape) for draw in _UPSTREAM.values()]
    beside, *found = _at_upstream(match, [other, *kinds, *(dy + other for dy in kinds)])
    for what, alone, both in zip(_UPSTREAM, found, found[len(kinds) :]):
        for one, before, together in zip(alone, beside, both):
            parts = [np.abs(each).max(initial=0.0) for each in (one, before, together)]
            few = together.dtype.kind == "f" and together.dtype.itemsize < 8
            if few or not np.isfinite(parts).all():
                continue
            if np.abs(together - before - one).max(initial=0.0) > _LINEAR * max(parts):
                return NOT_LINEAR_WHERE.format(what=what)
    return ""


def _one_of(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    found = np.zeros(shape)
    found.flat[rng.integers(found.size)] = 1.3
    return found


def repeated(match: Match) -> str:
    """What the code answers otherwise after many calls, of a number drawn in secret; "" if it does
    not. Asked where the code is, so that thousands of calls take no time.
    """
    again = getattr(match.backward, "again", None)
    if again is None:
        return ""
    inputs = tuple(match.inputs.values())
    y, cache = match.forward(*_copied(inputs))
    dy = np.random.default_rng(secrets.randbits(32)).uniform(-2, 2, np.shape(y))
    before = _copied(match.backward(np.array(dy), cache))
    low, high = REPEATED
    times = int(2 ** (low + (high - low) * random.SystemRandom().random()))
    after = again(inputs, dy, times, REPEATED_SECONDS)
    return "" if all(map(_same, before, after)) else CHANGES.format(which="backward")


class _Noted:
    """A function that is called through a witness."""

    def __init__(self, function: Any) -> None:
        self.call = function
        self.__wrapped__ = function
        self.__name__ = getattr(function, "__name__", "function")

    def __call__(self, *arguments: Any) -> Any:
        return self.call(*arguments)


def _copied(values: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(np.array(v) if isinstance(v, np.ndarray) else v for v in values)


def _same(before: Any, again: Any) -> bool:
    one, two = np.asarray(before), np.asarray(again)
    if one.shape != two.shape:
        return False
    finite = np.isfinite(one)
    if not np.array_equal(one[~finite], two[~finite], equal_nan=True):
        return False
    if not finite.any():
        return True
    largest = float(np.abs(one[finite]).max())
    return bool(np.abs(one[finite] - two[finite]).max() <= SAME * largest)


def confirmed(witness: Witness, verdicts: dict[str, Verdict]) -> dict[str, Verdict]:
    """The verdicts, those that hold only where the code stands by what they rest on."""
    if not any(verdict.holds for verdict in verdicts.values()):
        return verdicts
    out = dict(verdicts)
    for name, verdict in verdicts.items():
        if verdict.status is Status.CHECKED:
            out[name] = _at_a_further_point(witness.match, name, verdict)
    try:
        rng = np.random.default_rng(secrets.randbits(64))
        with quiet():
            doubt = witness.contradiction()
        many = doubts(witness.match, rng)
        for one in at_points(witness.match, many):
            out |= _refuted(one, out)
    except Exception as error:  # what it did before, it does no longer
        many = Doubts()
        doubt = f"a call that worked before now raises {type(error).__name__}: {error}"
    for name, verdict in out.items():
        if verdict.holds and (reason := doubt or many.against(name)):
            out[name] = replace(verdict, status=Status.UNDECIDED, reason=reason)
    return out


def _refuted(match: Match, verdicts: dict[str, Verdict]) -> dict[str, Verdict]:
    """Those of the verdicts that hold, and do not at this point."""
    from gradproof.checking.judgement.judge_pair import at_point

    seed = secrets.randbelow(2**32)
    found = {
        name: at_point(match, match.inputs, name, seed, "directional")
        for name, verdict in verdicts.items() if verdict.holds
    }  # fmt: skip
    return {
        name: replace(verdict, seconds=verdicts[name].seconds)
        for name, verdict in found.items() if verdict.status is Status.REFUTED
    }  # fmt: skip


def _at_a_further_point(match: Match, name: str, verdict: Verdict) -> Verdict:
    """The verdict, or the refutation of the gradient at a point that nobody could foresee."""
    from gradproof.checking.judgement.judge_pair import at_point

    seed = secrets.randbelow(2**32)
    point = fresh(match, np.random.default_rng(seed), finer=True)
    if point.doubt and not match.doubt:
        return replace(verdict, status=Status.UNDECIDED, reason=point.doubt)
    further = at_point(point, point.inputs, name, seed, "directional")
    if further.status is Status.UNDECIDED and "raised" in further.details:
        return replace(verdict, status=Status.UNDECIDED, reason=further.reason)
    if further.status is not Status.REFUTED:
        return verdict
    reason = "; ".join([further.reason] * bool(further.reason) + [f"at a point from seed {seed}"])
    return replace(further, reason=reason, seconds=verdict.seconds)


__all__ = ["Witness", "confirmed", "not_linear", "repeated"]

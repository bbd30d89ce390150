"""Run the check on one case, and judge what it says by the truth."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.calibration_trials import _watched
from benchmarks.strangers.outcome import Outcome, TooLong, limited, place_of, told
from benchmarks.strangers.trials import EPS, Trial, trial
from benchmarks.strangers.truth import apart, beside, rows, sampled, truth
from gradproof import check_gradient, check_jvp, jacobian
from gradproof.numeric.calls import BesideError

Array = np.ndarray[Any, Any]
# A rule whose error is at most so many roundings of the terms that it adds up is right.
ROUNDINGS = 2_000
# Bars are held against the truth up to this many numbers.
BARS = 1_200
LIMIT = 120
# In a campaign, bars of a kind whose truth takes longer than this are held against it in small
# cases alone: Bessel functions of 300 elements take as long as 100 other cases.
_BARS_SECONDS, _UNKNOWN = 0.4, 0.4 / 60
_seconds: dict[str, float] = {}
patient = True  # a case that is repeated by itself is always held against the truth


def run(work: tuple[int, int, str]) -> Outcome:
    """Check one case, (seed, turn, kind), and judge it."""
    seed, turn, name = work
    case = trial(seed, turn, name)
    inside = f" ({case.inside})" if case.inside else ""
    blank = Outcome(seed, turn, name, str(case), case.dtype + inside, case.mode, "DOMAIN")
    if not case.finite:
        return blank
    start = time.perf_counter()
    said: list[Outcome] = []  # by the check, before it is judged
    try:
        with limited(LIMIT), np.errstate(all="ignore"):
            judge = {"jvp": _jvp, "jacobian": _jacobian}.get(case.mode, _gradient)
            found = judge(case, blank, said)
    except TooLong:
        found = replace(blank, status="SLOW", text=f"more than {LIMIT} s")
        if said:  # 50 digits took too long
            found = replace(said[0], judgement="unjudged" if said[0].status == "REFUTED" else "")
    except Exception as error:  # a check that raises on right code is a false alarm
        where = place_of(error)
        found = replace(blank, status="CRASHED", text=f"{type(error).__name__}: {error} {where}")
    return replace(found, seconds=time.perf_counter() - start)


def _gradient(case: Trial, blank: Outcome, said: list[Outcome]) -> Outcome:
    forward, backward, first = recorded(case, case.manner)
    names = tuple(f"x{at}" for at in range(len(case.inputs)))
    with _watched(case.inputs) as seen:
        verdict = check_gradient(
            forward, backward, *(x.copy() for x in case.inputs), names=names, mode=case.mode,
            seed=case.check_seed,
        )  # fmt: skip
    found = replace(blank, status=str(verdict.status), text=told(verdict))
    said.append(found)
    if found.status == "REFUTED":
        return _accused(case, found, first, verdict)
    if seen and found.status == "CHECKED":
        return _with_bars(case, found, *seen[-1])
    return found


class _Layer:
    """A network object, which keeps what its last forward was given."""

    inputs: tuple[Array, ...] = ()


Log = list[tuple[str, Any, tuple[Array, ...]]]


def recorded(case: Trial, manner: str = "") -> tuple[Any, Any, Log]:
    """forward, backward, and a log of the first call of backward in each dtype: dy and gradients.

    manner: "over dy" writes the first gradient over dy; "on an object" takes the inputs from one.
    The log is a list, as what is added to a list beside the functions is all that a check leaves.
    """
    layer = _Layer()
    first: list[tuple[str, Any, tuple[Array, ...]]] = []

    def forward(*inputs: Any) -> Any:
        if manner == "on an object":
            layer.inputs = inputs
            return case.forward(*inputs), None
        return case.forward(*inputs), inputs

    def backward(dy: Any, cache: Any) -> Any:
        cache = layer.inputs if manner == "on an object" else cache
        dtype = str(cache[0].dtype)
        kept = dy if isinstance(dy, tuple) else np.array(dy)
        found = case.backward(dy, *cache)
        fits = (
            isinstance(dy, np.ndarray) and dy.shape == found[0].shape and dy.dtype == found[0].dtype
        )
        if manner == "over dy" and fits:
            dy[...] = found[0]
            found = (dy, *(np.array(each) for each in found[1:]))
        if all(dtype != each for each, _, _ in first):
            first.append((dtype, kept, tuple(np.array(each) for each in found)))
        return found

    return forward, backward, first


def _accused(case: Trial, found: Outcome, first: Any, verdict: Any) -> Outcome:
    """Is the rule really off, at the dy it was given?"""
    worst, known = 0.0, False
    example = verdict.counterexample
    where = example.at if example else ""
    # What is compared in a precision of its own says so; everything else is in the first one.
    named = [each for each in first if f" in {each[0]}" in verdict.reason]
    for dtype, dy, got in named or first[:1]:
        eps = EPS[case.inside or dtype]
        if not all(np.isfinite(each).all() for each in got):
            return replace(found, judgement="fair", off=np.inf)  # y is finite, its gradient is not
        given, inputs = np.asarray(dy), case.inputs
        exact = truth(case, given)
        if exact is None:
            some = sampled(case, given, where)
            if some is None:
                continue
            at, inputs = some
            given, got = given.ravel()[at], tuple(each.ravel()[at] for each in got)
            exact = truth(case, given, inputs)
        if exact is not None and exact.tied:
            exact = beside(case, given, inputs)
        if exact is None:
            continue
        known = True
        highs = exact.high or exact.slope
        for value, slope, high, size in zip(got, exact.slope, highs, exact.size):
            tiny = float(np.finfo(value.dtype).tiny) if value.dtype.kind == "f" else 0.0
            off = apart(value, slope, high) / (eps * size.ravel() + tiny)
            worst = max(worst, float(off.max(initial=0.0)))
    if not known:
        return replace(found, judgement="unjudged")
    return replace(found, judgement="false" if worst <= ROUNDINGS else "fair", off=worst)


def _with_bars(case: Trial, found: Outcome, dy: Array, compared: Any, numeric: Any) -> Outcome:
    """Hold every bound of full mode against the truth; not those of what "cannot be told here"."""
    if case.inside or sum(x.size for x in case.inputs) + dy.size > BARS:
        return found
    if not patient and _seconds.get(case.kind.name, _UNKNOWN) * dy.size > _BARS_SECONDS:
        return found
    start = time.perf_counter()
    exact = truth(case, dy)
    _seconds[case.kind.name] = (time.perf_counter() - start) / max(1, dy.size)
    if exact is None or exact.tied:
        return found
    missed = bars = 0
    ratios = []
    untold = {each.name: each.cannot_tell for each in compared if not each.precision}
    for (name, each), slope in zip(numeric.items(), exact.slope):
        bound = each.bound.ravel()
        known = ~each.kinked.ravel() & np.isfinite(bound) & ~untold[name]
        error = apart(each.value, slope)[known]
        missed += int((error > bound[known]).sum())
        bars += error.size
        ratios.append(bound[known][error > 0] / error[error > 0])
    return _counted(found, missed, bars, np.concatenate(ratios))


def _counted(found: Outcome, missed: int, bars: int, ratios: Array) -> Outcome:
    return replace(
        found, missed=missed, bars=bars, least=float(ratios.min(initial=np.inf)),
        ratio=float(np.median(ratios)) if ratios.size else np.nan,
    )  # fmt: skip


def _jacobian(case: Trial, blank: Outcome, said: list[Outcome]) -> Outcome:
    at = case.turn % len(case.inputs)
    inputs = list(case.inputs)

    def f(x: Any) -> Any:
        return case.forward(*inputs[:at], x, *inputs[at + 1 :])

    try:
        j: Any = jacobian(f, inputs[at].copy(), seed=case.check_seed)
    except BesideError as error:  # it has no verdict in which to say so
        return replace(blank, status="UNDECIDED", text=str(error))
    value = np.asarray(getattr(j, "value", j), float)
    bound = np.asarray(j.bound if hasattr(j, "bound") else j.error, float).ravel()
    kink = np.asarray(getattr(j, "kink", np.zeros(value.shape, bool))).ravel()
    found = replace(blank, status="BARS")
    said.append(found)
    exact = rows(case, at)
    if exact is None or exact[2]:
        return found
    if exact[0].size != value.size:
        return replace(found, status="CRASHED", text=f"shape {value.shape}")
    known = ~kink & np.isfinite(bound)
    error = apart(value, exact[0])
    bad = known & (error > bound)
    text = ""
    if bad.any():
        i = int(np.argmax(np.where(bad, error / np.maximum(bound, 1e-300), 0)))
        text = (
            f"{int(bad.sum())} of {bad.size} bars: value {value.ravel()[i]:.17g} "
            f"+- {bound[i]:.2g}, true {float(exact[0].ravel()[i]):.17g} "
            f"(by x.flat[{i % inputs[at].size}] = {inputs[at].ravel()[i % inputs[at].size]!r}): "
            f"off by {error[i] / max(bound[i], 1e-300):.2g} bars"
        )
    return replace(
        _counted(found, int(bad.sum()), int(known.sum()), (bound / error)[known & (error > 0)]),
        text=text,
    )


def _jvp(case: Trial, blank: Outcome, said: list[Outcome]) -> Outcome:
    first: list[tuple[Any, Any]] = []

    def jvp(inputs: Any, tangents: Any) -> Any:
        kept = [np.array(t) for t in tangents]
        found = case.jvp(inputs, tangents)
        if not first:
            first.append((kept, np.array(found)))
        return found

    def forward(*inputs: Any) -> Any:  # a pair would be taken for y and a cache
        y = case.forward(*inputs)
        return list(y) if isinstance(y, tuple) else y

    verdict = check_jvp(forward, jvp, *(x.copy() for x in case.inputs), seed=case.check_seed)
    found = replace(blank, status=str(verdict.status), text=told(verdict))
    said.append(found)
    if found.status != "REFUTED" or not first:
        return found
    tangents, got = first[0]
    total: Any = 0
    size: Any = 0
    for at, tangent in enumerate(tangents):
        exact = rows(case, at)
        if exact is None or exact[2]:
            return replace(found, judgement="unjudged")
        total = total + exact[0] @ np.array([_mpf(t) for t in tangent.ravel()], dtype=object)
        size = size + exact[1] @ np.abs(tangent.ravel())
    off = float((apart(got, total) / (case.eps * size + 1e-300)).max(initial=0.0))
    return replace(found, judgement="false" if off <= ROUNDINGS else "fair", off=off)


def _mpf(value: float) -> Any:
    from benchmarks.strangers.tape import exactly

    return exactly(value)

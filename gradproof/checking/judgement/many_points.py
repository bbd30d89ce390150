"""One pair at many points that nobody can foresee: as many as some hundred.

All points go over in one message, so that they take little time. What comes back is held against
differences with a loose tolerance; where that says no, the point is looked at in earnest. The
numbers are of the size of those of the check: farther out floats lose what is right.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gradproof.checking.conventions.match import Match
from gradproof.checking.judgement.redraw_inputs import drawn, finely_moved
from gradproof.checking.trials.input_trials import Array
from gradproof.numeric.side_effects.hygiene import quiet

POINTS = (60, 200)
_ELEMENTS = 400_000  # in one message
_SECONDS, _CALLS = 2.0, 3  # for all of them; each takes as long as so many calls at the most
_SLOW, _TIMED = 0.2, 6  # seconds; points that tell what a call takes
_STEP, _LOOSE, _DIGITS = 1e-6, 1e-3, 1e-8
_MOST = 4  # points that are looked at in earnest
Point = Mapping[str, Array]


@dataclass(frozen=True)
class Doubts:
    """What came of many points: why the pair is not believed at all, and points to look at."""

    reason: str = ""
    points: tuple[Point, ...] = ()


def doubts(match: Match, rng: np.random.Generator) -> Doubts:
    """Ask for many points; nothing where the pair's code is not in another process."""
    ask = getattr(match.backward, "batch", None)
    if ask is None:
        return Doubts()
    try:
        with quiet():
            # Half of them of few digits, as those of the check are: code may know those by that.
            points = [drawn(match.inputs, rng, bool(k % 2)) for k in range(_count(match))]
            return Doubts(points=tuple(_suspicious(match, points, rng))[:_MOST])
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        if match.near or what.startswith("TimeoutError"):  # another domain, or slower than before
            return Doubts()
        return Doubts(f"at numbers drawn in secret, like those of the check, it raises {what}")


def _count(match: Match) -> int:
    """How many points: a number that nobody knows, fewer of large arrays and of slow functions."""
    size = sum(value.size for value in match.inputs.values())
    calls = _SECONDS / _call_takes(match)
    secret = random.SystemRandom().randrange(*POINTS)
    return max(min(secret, _ELEMENTS // (3 * size + 1), int(calls / _CALLS)), 1)


def _call_takes(match: Match) -> float:
    """Seconds for one call of the author's code. On a busy machine each message takes long, however
    quick the code is: so unless one call is slow at any rate, several are made by one message."""
    start = time.perf_counter()
    y, _ = match.forward(*_copies(match))
    took = max(time.perf_counter() - start, 1e-9)
    if took > _SLOW:
        return took
    stacked = [np.stack([value] * 3 * _TIMED) for value in _copies(match)]
    start = time.perf_counter()
    match.backward.batch(stacked, np.ones((_TIMED, *np.shape(y))))  # type: ignore[attr-defined]
    return min(took, max(time.perf_counter() - start, 1e-9) / (4 * _TIMED))


def _copies(match: Match) -> list[Array]:
    return [np.array(value) for value in match.inputs.values()]


def _suspicious(match: Match, points: Sequence[Point], rng: np.random.Generator) -> Iterator[Point]:
    """The points at which gradients and differences along a direction are not the same, roughly."""
    if not points:
        return
    shape = np.shape(match.forward(*map(np.array, points[0].values()))[0])
    dys = rng.choice([-1.0, 1.0], (len(points), *shape)) * rng.uniform(
        0.5, 2, (len(points), *shape)
    )
    along = [{k: rng.choice([-1.0, 1.0], p[k].shape) * rng.uniform(0.5, 1, p[k].shape)
              for k in match.wrt} for p in points]  # fmt: skip
    steps = [{k: _STEP * (1.0 + np.abs(p[k])) for k in match.wrt} for p in points]
    stacked = [
        np.stack([
            moved
            for point, direction, step in zip(points, along, steps)
            for sign in (0.0, 1.0, -1.0)
            for moved in [point[k] + sign * step[k] * direction[k] if k in match.wrt else point[k]]
        ])
        for k in match.inputs
    ]  # fmt: skip
    ys, gradients = match.backward.batch(stacked, dys)  # type: ignore[attr-defined]
    ys = np.asarray(ys, dtype=float).reshape(len(points), 3, -1)
    for at, point in enumerate(points):
        dy, (y, above, below) = dys[at].reshape(-1), ys[at]
        if not (np.isfinite(ys[at]).all() and all(np.isfinite(g[at]).all() for g in gradients)):
            continue
        wanted = float(np.dot(dy, above - below)) / 2
        terms = [np.asarray(g[at], dtype=float) * steps[at][k] * along[at][k]
                 for k, g in zip(match.wrt, gradients)]  # fmt: skip
        got = float(sum(term.sum() for term in terms))
        noise = _DIGITS * _STEP * float(np.abs(dy * y).sum())
        size = max(abs(wanted), abs(got), max(float(np.abs(term).max()) for term in terms))
        if abs(got - wanted) > _LOOSE * size + noise:
            yield point


def at_points(match: Match, found: Doubts) -> Iterator[Match]:
    """The pair at each of the points, or rather close to it: not where two sums are the same."""
    for point in found.points:
        yield replace(match, inputs={name: finely_moved(each) for name, each in point.items()})


__all__ = ["Doubts", "at_points", "doubts"]

"""One pair at many points that nobody can foresee: as many as some hundred, near and far.

All points of a sort go over in one message, so that they take little time. What comes back is held
against differences with a loose tolerance; where that says no, the point is looked at in earnest.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gradproof.checking.fresh import drawn
from gradproof.checking.match import Match
from gradproof.checking.trials import Array
from gradproof.numeric.hygiene import quiet

POINTS, FAR_POINTS = (60, 200), 4
FAR = (8.0, 30.0, 100.0, 1000.0)  # times the usual numbers: up to where somebody may have a limit
_ELEMENTS = 400_000  # in one message
_STEP, _DIGITS = 1e-6, 1e-8
# Relatively; far out, where floats lose digits of what is right, only what is nowhere near counts.
_LOOSE, _LOOSE_FAR = 1e-3, 0.1
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
    size = sum(value.size for value in match.inputs.values())
    count = min(random.SystemRandom().randrange(*POINTS), _ELEMENTS // (3 * size + 1))
    suspicious: list[Point] = []
    try:
        with quiet():
            usual = [drawn(match.inputs, rng) for _ in range(count)]
            suspicious += _suspicious(match, usual, rng, _LOOSE)
    except Exception as error:
        if not match.near:
            what = f"{type(error).__name__}: {error}"
            return Doubts(f"at numbers drawn in secret, like those of the check, it raises {what}")
    for factor in FAR if size < _ELEMENTS // 100 and not _inside(match) else ():
        points = [_scaled(drawn(match.inputs, rng), factor) for _ in range(FAR_POINTS)]
        try:
            with quiet():
                suspicious += _suspicious(match, points, rng, _LOOSE_FAR)
        except Exception:  # outside the domain of the author's code
            continue
    return Doubts(points=tuple(suspicious[:_MOST]))


def _inside(match: Match) -> bool:
    """Whether all inputs lie between 0 and 1, as probabilities do: such do not grow."""
    return all(
        bool(((v > 0) & (v < 1)).all()) for v in match.inputs.values() if v.dtype.kind == "f"
    )


def _scaled(point: Point, factor: float) -> Point:
    """The same point farther out: each input alone, or all of them."""
    inside = {k: bool(((v > 0) & (v < 1)).all()) for k, v in point.items()}
    return {k: v * factor if v.dtype.kind == "f" and not inside[k] else v
            for k, v in point.items()}  # fmt: skip


def _suspicious(
    match: Match, points: Sequence[Point], rng: np.random.Generator, loose: float
) -> Iterator[Point]:
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
        if abs(got - wanted) > loose * size + noise:
            yield point


def at_points(match: Match, found: Doubts) -> Iterator[Match]:
    """The pair at each of the points."""
    for point in found.points:
        yield replace(match, inputs=dict(point))


__all__ = ["Doubts", "at_points", "doubts"]

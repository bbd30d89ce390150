"""What a function changes by around many points, beside what its gradient says of that.

All points go over in one message, so that they take little time. The differences are rough: they
say where a pair has to be looked at in earnest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gradproof.checking.conventions.match import Match
from gradproof.checking.trials.input_trials import Array

STEP, LOOSE, _DIGITS = 1e-6, 1e-3, 1e-8
Point = Mapping[str, Array]


@dataclass(frozen=True)
class Slopes:
    """For every point: what a function changes by on both sides of it along a direction, each
    weighted by dy; what its gradient says of that; how large the terms are, and what rounding may
    add. Not finite where something is not."""

    up: Array
    down: Array
    got: Array
    size: Array
    noise: Array

    @property
    def wanted(self) -> Array:
        return (self.up + self.down) / 2

    @property
    def is_other(self) -> Array:
        """Whether the gradient says something else, roughly, or nothing."""
        off = np.abs(self.got - self.wanted) > LOOSE * self.size + self.noise
        return np.asarray(off | self.is_missing)

    @property
    def is_missing(self) -> Array:
        """Whether the gradient is no number where the function has a slope, as both sides say."""
        scale = np.maximum(np.abs(self.up), np.abs(self.down))
        alike = np.abs(self.up - self.down) <= LOOSE * scale + self.noise
        return np.asarray(~np.isfinite(self.got) & alike)

    @property
    def is_smooth(self) -> Array:
        """Whether both sides say the same, roughly."""
        return np.asarray(np.abs(self.up - self.down) <= LOOSE * self.size + self.noise)


def drawn_along(match: Match, points: Point, rng: np.random.Generator) -> tuple[Array, Point]:
    """Upstream gradients and directions, one of each for every point."""
    first = [np.array(each[0]) for each in points.values()]
    count = len(next(iter(points.values())))
    shape = (count, *np.shape(match.forward(*first)[0]))
    dys = rng.choice([-1.0, 1.0], shape) * rng.uniform(0.5, 2, shape)
    along = {k: rng.choice([-1.0, 1.0], points[k].shape) * rng.uniform(0.5, 1, points[k].shape)
             for k in match.wrt}  # fmt: skip
    return dys, along


def slopes(
    match: Match, points: Point, dys: Array, along: Point, step: float = STEP
) -> Slopes:  # fmt: skip
    """The slopes at points. All of it is one message."""
    steps = {k: step * (_scale(points[k]) + np.abs(points[k])) * along[k] for k in match.wrt}
    stacked = []
    for k, x in points.items():
        moved = [x, x + steps[k], x - steps[k]] if k in steps else [x, x, x]
        stacked.append(np.stack(moved, axis=1).reshape(-1, *x.shape[1:]))
    ys, gradients = match.backward.batch(stacked, dys)  # type: ignore[attr-defined]
    count = len(dys)
    y, above, below = np.moveaxis(np.asarray(ys, dtype=float).reshape(count, 3, -1), 1, 0)
    dy = dys.reshape(count, -1)
    up, down = (dy * (above - y)).sum(axis=1), (dy * (y - below)).sum(axis=1)
    terms = [(np.asarray(g, dtype=float) * steps[k]).reshape(count, -1)
             for k, g in zip(match.wrt, gradients)]  # fmt: skip
    got = sum((each.sum(axis=1) for each in terms), np.zeros(count))
    largest = np.max([np.abs(each).max(axis=1, initial=0.0) for each in terms], axis=0)
    size = np.max([np.abs(up + down) / 2, np.abs(got), largest], axis=0)
    return Slopes(up, down, got, size, _DIGITS * STEP * np.abs(dy * y).sum(axis=1))


def _scale(value: Array) -> Array:
    """1 for each point, or its largest number where that is smaller and not 0, in the shape of
    points."""
    largest = np.abs(value).reshape(len(value), -1).max(axis=1, initial=0.0)
    largest = np.where(largest > 0, largest, 1.0)
    return np.asarray(np.minimum(largest, 1.0).reshape(-1, *[1] * (value.ndim - 1)))


__all__ = ["LOOSE", "STEP", "Point", "Slopes", "drawn_along", "slopes"]

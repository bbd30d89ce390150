"""What a function changes by around many points, beside what its gradient says of that.

All points go over in one message, so that they take little time. The differences are rough: they
say where a pair has to be looked at in earnest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.checking.conventions.match import Match
from gradproof.checking.trials.input_trials import Array

STEP, LOOSE, _DIGITS = 1e-6, 1e-3, 1e-8
Point = Mapping[str, Array]
Batch = tuple[Any, tuple[Any, ...]]  # outputs, and a gradient of each input in wrt
Part = tuple[Sequence[Any], Any, str]  # inputs, upstream gradients, the form of arrays


@dataclass(frozen=True)
class Slopes:
    """For every point: what a function changes by on both sides of it along a direction, each
    weighted by dy; what its gradient says of that; how large the terms are, and what rounding may
    add; whether some output does not change at all, and the outputs, each times the size of dy.
    Not finite where something is not."""

    up: Array
    down: Array
    got: Array
    size: Array
    noise: Array
    unit: Array
    still: Array
    terms: Array

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
        """Whether both sides say the same, roughly: by what they say, not by what the gradient
        says, which may be anything where the function has no value. Where it has an extremum,
        both are as good as 0 beside the step."""
        scale = np.maximum(np.maximum(np.abs(self.up), np.abs(self.down)),
                           np.minimum(self.size, self.unit))  # fmt: skip
        return np.asarray(np.abs(self.up - self.down) <= LOOSE * scale + self.noise)


@dataclass(frozen=True)
class Asked:
    """Slopes to be asked for: at which points, with which upstream gradients, along which
    directions, by which step, and in arrays of which form."""

    match: Match
    points: Point
    dys: Array
    along: Point
    step: float = STEP
    form: str = ""

    @property
    def steps(self) -> dict[str, Array]:
        """By how much each number of each point is moved."""
        return {
            k: self.step * (_scale(self.points[k]) + np.abs(self.points[k])) * self.along[k]
            for k in self.match.wrt
        }

    @property
    def part(self) -> Part:
        """The batch to be asked for."""
        steps, stacked = self.steps, []
        for k, x in self.points.items():
            moved = [x, x + steps[k], x - steps[k]] if k in steps else [x, x, x]
            stacked.append(np.stack(moved, axis=1).reshape(-1, *x.shape[1:]))
        return stacked, self.dys, self.form

    def read(self, ys: Any, gradients: Sequence[Any]) -> Slopes:
        """The slopes, from what came back."""
        dys, steps = self.dys, self.steps
        count = len(dys)
        y, above, below = np.moveaxis(np.asarray(ys, dtype=float).reshape(count, 3, -1), 1, 0)
        dy = dys.reshape(count, -1)
        up, down = (dy * (above - y)).sum(axis=1), (dy * (y - below)).sum(axis=1)
        terms = [(np.asarray(g, dtype=float) * steps[k]).reshape(count, -1)
                 for k, g in zip(self.match.wrt, gradients)]  # fmt: skip
        got = sum((each.sum(axis=1) for each in terms), np.zeros(count))
        largest = np.max([np.abs(each).max(axis=1, initial=0.0) for each in terms], axis=0)
        size = np.max([np.abs(up + down) / 2, np.abs(got), largest], axis=0)
        unit = self.step * np.abs(dy).sum(axis=1)
        still = ((above == y) & (below == y)).any(axis=1)
        noise = _DIGITS * STEP * np.abs(dy * y).sum(axis=1)
        return Slopes(up, down, got, size, noise, unit, still, np.abs(dy) * y)


def drawn(match: Match, points: Point, rng: np.random.Generator,
          shape: tuple[int, ...] | None = None) -> Asked:  # fmt: skip
    """Slopes with upstream gradients and directions drawn for every point; shape: of one output,
    where that is known."""
    count = len(next(iter(points.values())))
    if shape is None:
        first = [np.array(each[0]) for each in points.values()]
        shape = np.shape(match.forward(*first)[0])
    dys = rng.choice([-1.0, 1.0], (count, *shape)) * rng.uniform(0.5, 2, (count, *shape))
    along = {k: rng.choice([-1.0, 1.0], points[k].shape) * rng.uniform(0.5, 1, points[k].shape)
             for k in match.wrt}  # fmt: skip
    return Asked(match, points, dys, along)


def slopes(asked: Asked) -> Slopes:
    """The slopes at points. All of it is one message."""
    (found,) = several_slopes([asked])
    if isinstance(found, Exception):
        raise found
    return found


def several_slopes(asked: Sequence[Asked]) -> list[Slopes | Exception]:
    """Slopes of one pair, all by one message; what the code raised in the place of others."""
    found = batches(asked[0].match, [each.part for each in asked])
    return [one if isinstance(one, Exception) else each.read(*one)
            for each, one in zip(asked, found)]  # fmt: skip


def batches(match: Match, parts: Sequence[Part]) -> list[Batch | Exception]:
    """Outputs and gradients of several batches, by one message where the code is elsewhere."""
    ask: Any = match.backward
    if hasattr(ask, "batches"):
        return list(ask.batches(parts))
    found: list[Batch | Exception] = []
    for inputs, dys, form in parts:
        try:
            found.append(ask.batch(inputs, dys, form))
        except Exception as error:
            found.append(error)
    return found


def output_shapes(matches: Sequence[Match]) -> list[tuple[int, ...] | None]:
    """The shape of one output of a pair at several inputs, by one message where the code is
    elsewhere; None where the code raises."""
    ask: Any = matches[0].backward if matches else None
    if hasattr(ask, "shapes"):
        return list(ask.shapes([[*each.inputs.values()] for each in matches]))
    found: list[tuple[int, ...] | None] = []
    for each in matches:
        try:
            found.append(np.shape(each.forward(*each.inputs.values())[0]))
        except Exception:
            found.append(None)
    return found


def _scale(value: Array) -> Array:
    """1 for each point, or its largest number where that is smaller and not 0, in the shape of
    points."""
    largest = np.abs(value).reshape(len(value), -1).max(axis=1, initial=0.0)
    largest = np.where(largest > 0, largest, 1.0)
    return np.asarray(np.minimum(largest, 1.0).reshape(-1, *[1] * (value.ndim - 1)))


__all__ = ["LOOSE", "STEP", "Asked", "Point", "Slopes", "batches", "drawn", "output_shapes",
           "several_slopes", "slopes"]  # fmt: skip

"""One pair at many points that nobody can foresee: as many as some hundred.

All points go over in one message, so that they take little time. What comes back is held against
differences with a loose tolerance; where that says no, the point is looked at in earnest. The
numbers are of the size of those of the check: farther out floats lose what is right.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gradproof.checking.conventions.match import Match
from gradproof.checking.judgement.redraw_inputs import finely_moved, several
from gradproof.checking.trials.input_trials import Array
from gradproof.numeric.side_effects.hygiene import quiet

POINTS = (30, 100)
_ELEMENTS = 400_000  # in one message
_SECONDS, _CALLS = 2.0, 3  # for all of them; each takes as long as so many calls at the most
_SLOW, _TIMED = 0.2, 6  # seconds; points that tell what a call takes
_STEP, _LOOSE, _DIGITS = 1e-6, 1e-3, 1e-8
_MOST, _FEW = 4, 8  # points that are looked at in earnest, and of a batch of one
_SPECIAL, _WIDE = 3, 1e-4  # points of each special kind, and the larger of two steps there
_HANDED = 3  # points with arrays that are others than new ones of floats
_HELD = 1e-2  # below that, float16 has few digits or none
_DIRECTIONS = 6  # along which all of them must say so
_KINDS: dict[str, Callable[[np.random.Generator, Array], Any]] = {
    "some numbers are 0": lambda rng, x: np.where(rng.uniform(size=x.shape) < 0.4, 0.0, x),
    "all numbers are whole": lambda rng, x: rng.integers(-3, 4, x.shape),
    "numbers come several times": lambda rng, x: rng.choice(x.reshape(-1)[:3], x.shape),
    "all numbers are positive": lambda _, x: np.abs(x),
    "all numbers are negative": lambda _, x: -np.abs(x),
    "all numbers are in ascending order": lambda _, x: np.sort(x, axis=None).reshape(x.shape),
    "all numbers are small": lambda _, x: 1e-3 * x,
}
SPECIAL = "where {what}, the gradient is not what differences say, although the function is smooth"
LATE = "at numbers drawn in secret, like those of the check, it {what}"
# How the same numbers are handed over, what is said of it, and how much of the result may be other,
# relatively: more than sums in another order differ by, and than floats of fewer digits do.
_FORMS = {
    "laid": (
        "where its arrays lie otherwise in memory: transposed, or as a part of a larger one", 1e-6,
    ),
    "locked": ("where its arrays may not be written to", 1e-6),
    "single": ("as arrays of float32", 1e-2),
    "half": ("as arrays of float16", 0.3),
}  # fmt: skip
OTHERWISE = "{which} gives another result for the same numbers {how}"
Point = Mapping[str, Array]


@dataclass(frozen=True)
class Doubts:
    """What came of many points: why the pair is not believed at all, points to look at, and why
    single gradients are not believed."""

    reason: str = ""
    points: tuple[Point, ...] = ()
    special: Mapping[str, str] = field(default_factory=dict)

    def against(self, name: str) -> str:
        """Why the gradient of an input is not believed; "" where it is."""
        return self.reason or self.special.get(name, "")


def doubts(match: Match, rng: np.random.Generator) -> Doubts:
    """Ask for many points; nothing where the pair's code is not in another process."""
    if getattr(match.backward, "batch", None) is None:
        return Doubts()
    try:
        with quiet():
            points = several(match.inputs, rng, _count(match), match.near)
            found = tuple(_suspicious(match, points, rng))[:_MOST]
    except Exception as error:
        what = f"raises {type(error).__name__}: {error}"
        if match.near:  # another domain
            return Doubts()
        return Doubts(LATE.format(what=error if "TimeoutError" in what else what))
    with quiet():
        return Doubts(handed_otherwise(match, rng), found, special(match, rng))


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


@dataclass(frozen=True)
class _Slopes:
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
        """Whether the gradient says something else, roughly."""
        return np.asarray(np.abs(self.got - self.wanted) > _LOOSE * self.size + self.noise)

    @property
    def is_smooth(self) -> Array:
        """Whether both sides say the same, roughly."""
        return np.asarray(np.abs(self.up - self.down) <= _LOOSE * self.size + self.noise)


def _along(match: Match, points: Point, rng: np.random.Generator) -> tuple[Array, Point]:
    """Upstream gradients and directions, one of each for every point."""
    first = [np.array(each[0]) for each in points.values()]
    count = len(next(iter(points.values())))
    shape = (count, *np.shape(match.forward(*first)[0]))
    dys = rng.choice([-1.0, 1.0], shape) * rng.uniform(0.5, 2, shape)
    along = {k: rng.choice([-1.0, 1.0], points[k].shape) * rng.uniform(0.5, 1, points[k].shape)
             for k in match.wrt}  # fmt: skip
    return dys, along


def _slopes(
    match: Match, points: Point, dys: Array, along: Point, step: float = _STEP
) -> _Slopes:  # fmt: skip
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
    return _Slopes(up, down, got, size, _DIGITS * _STEP * np.abs(dy * y).sum(axis=1))


def suspicious(match: Match, rng: np.random.Generator) -> tuple[Point, ...]:
    """A few points at which gradients are not as they should be; none where the code raises."""
    with suppress(Exception), quiet():
        return tuple(_suspicious(match, several(match.inputs, rng, _FEW), rng))[:_MOST]
    return ()


def _scale(value: Array) -> Array:
    """1 for each point, or its largest number where that is smaller, in the shape of points."""
    largest = np.abs(value).reshape(len(value), -1).max(axis=1, initial=0.0)
    return np.asarray(np.minimum(largest, 1.0).reshape(-1, *[1] * (value.ndim - 1)))


def _suspicious(match: Match, points: Point, rng: np.random.Generator) -> Iterator[Point]:
    """The points at which gradients and differences along a direction are not the same, roughly."""
    for at in np.flatnonzero(_slopes(match, points, *_along(match, points, rng)).is_other):
        yield {name: each[at] for name, each in points.items()}


def special(match: Match, rng: np.random.Generator) -> dict[str, str]:
    """What stands against gradients at points with zeros, with whole numbers or with numbers that
    come again, and the like: that differences say otherwise, although the function is smooth there
    at two scales.
    """
    signed = [k for k, v in match.inputs.items() if v.dtype.kind == "f" and bool((v < 0).any())]
    if not signed:
        return {}
    points = dict(several(match.inputs, rng, _SPECIAL * len(_KINDS)))
    for at, make in enumerate(_KINDS.values()):
        for number in range(_SPECIAL * at, _SPECIAL * (at + 1)):
            for k in signed:
                points[k][number] = make(rng, points[k][number])
    try:
        return _special(match, points, rng)
    except Exception:  # some of them are outside the domain of the author's code
        found: dict[str, str] = {}
        for at in range(len(_KINDS)):
            one = {k: np.array(v[_SPECIAL * at : _SPECIAL * (at + 1)]) for k, v in points.items()}
            with suppress(Exception):
                found = found or _special(match, one, rng, at)
        return found


def _special(
    match: Match, points: Point, rng: np.random.Generator, kind: int = 0
) -> dict[str, str]:
    """The same at points of all kinds, one kind after the other, or of one."""
    for number in _others(match, points, *_along(match, points, rng)):
        # Kinks of several elements hardly ever cancel along one direction, and never along many.
        again = {k: np.stack([v[number]] * _DIRECTIONS) for k, v in points.items()}
        dys, along = _along(match, again, rng)
        guilty = [
            name for name in match.wrt  # that of the others may be wrong anywhere
            if len(_others(match, again, dys, _alone(along, name))) == _DIRECTIONS
        ]  # fmt: skip
        if guilty:
            what = list(_KINDS)[kind + number // _SPECIAL]
            return dict.fromkeys(guilty, SPECIAL.format(what=what))
    return {}


def _alone(direction: Point, name: str) -> Point:
    return {k: v if k == name else np.zeros_like(v) for k, v in direction.items()}


def _others(match: Match, points: Point, dys: Array, along: Point) -> Sequence[int]:
    """At which of the points the gradient says something else than two sizes of differences do."""
    near, far = (_slopes(match, points, dys, along, step) for step in (_STEP, _WIDE))
    apart = np.abs(near.wanted / _STEP - far.wanted / _WIDE)
    same = apart <= 2 * _LOOSE * np.maximum(near.size / _STEP, far.size / _WIDE)
    other = near.is_other & far.is_other & near.is_smooth & far.is_smooth & same
    return [int(each) for each in np.flatnonzero(other)]


def handed_otherwise(match: Match, rng: np.random.Generator) -> str:
    """What the pair gives otherwise where its arrays lie otherwise in memory, may not be written
    to, or have fewer digits, for numbers of so few digits; "" if it does not."""
    points = [_few_digits(each) for each in several(match.inputs, rng, _HANDED).values()]
    stacked = [np.repeat(each, 3, axis=0) for each in points]
    ask = match.backward.batch  # type: ignore[attr-defined]
    with suppress(Exception):  # such numbers are outside the domain of the author's code
        shape = np.shape(match.forward(*[np.array(each[0]) for each in points])[0])
        dys = _few_digits(rng.uniform(-2, 2, (_HANDED, *shape)))
        y, gradients = ask(stacked, dys)
        for form, (how, most) in _FORMS.items():
            which = ""
            with suppress(Exception):  # the author's code may well not take such arrays
                again, others = ask(stacked, dys, form)
                which = "backward" * any(map(_differ, gradients, others, [most] * len(others)))
                which = "forward" if _differ(y, again, most) else which
            if which:
                return OTHERWISE.format(which=which, how=how)
    return ""


def _few_digits(value: Array) -> Array:
    """Numbers that float16 holds."""
    return value.astype(np.float16).astype(value.dtype) if value.dtype.kind == "f" else value


def _differ(before: Any, after: Any, most: float) -> bool:
    before, after = np.asarray(before), np.asarray(after)
    if after.dtype.itemsize < 4 and np.abs(before).mean() < _HELD:
        return False
    before, after = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    finite = bool(np.isfinite(before).all() and np.isfinite(after).all())
    # All of it: a step of the function is crossed by single elements where there are few digits.
    return finite and float(np.abs(before - after).sum()) > most * float(np.abs(before).sum())


def at_points(match: Match, found: Doubts) -> Iterator[Match]:
    """The pair at each of the points, or rather close to it: not where two sums are the same."""
    for point in found.points:
        yield replace(match, inputs={name: finely_moved(each) for name, each in point.items()})


__all__ = ["Doubts", "at_points", "doubts", "handed_otherwise", "special", "suspicious"]

"""One pair at many points that nobody can foresee: as many as some hundred.

All points go over in one message, so that they take little time. What comes back is held against
differences with a loose tolerance; where that says no, the point is looked at in earnest. The
numbers are of the size of those of the check: farther out floats lose what is right.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

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
_SPECIAL, _WIDE = 9, 1e-4  # points with zeros and the like, and the larger of two steps there
_LAID = 3  # points with arrays that lie otherwise in memory
_SAME = 1e-6  # relatively: more than sums in another order differ by
_DIRECTIONS = 6  # along which all of them must say so
_KINDS = ("some numbers are 0", "all numbers are whole", "numbers come several times")
SPECIAL = "where {what}, the gradient is not what differences say, although the function is smooth"
LAID = (
    "{which} gives another result for the same numbers where its arrays lie otherwise in memory: "
    "transposed, or as a part of a larger one"
)
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
    ask = getattr(match.backward, "batch", None)
    if ask is None:
        return Doubts()
    try:
        with quiet():
            # Half of them of few digits, as those of the check are: code may know those by that.
            points = [drawn(match.inputs, rng, bool(k % 2)) for k in range(_count(match))]
            found = tuple(_suspicious(match, points, rng))[:_MOST]
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        if match.near or what.startswith("TimeoutError"):  # another domain, or slower than before
            return Doubts()
        return Doubts(f"at numbers drawn in secret, like those of the check, it raises {what}")
    try:
        with quiet():
            return Doubts(laid_otherwise(match, rng), found, special(match, rng))
    except Exception:  # such numbers are outside the domain of the author's code
        return Doubts(points=found)


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
class _Slope:
    """What a function changes by on both sides of a point along a direction, each weighted by dy;
    what its gradient says of that; how large the terms are, and what rounding may add."""

    up: float
    down: float
    got: float
    size: float
    noise: float

    @property
    def wanted(self) -> float:
        return (self.up + self.down) / 2

    @property
    def is_other(self) -> bool:
        """Whether the gradient says something else, roughly."""
        return abs(self.got - self.wanted) > _LOOSE * self.size + self.noise

    @property
    def is_smooth(self) -> bool:
        """Whether both sides say the same, roughly."""
        return abs(self.up - self.down) <= _LOOSE * self.size + self.noise


def _along(match: Match, points: Sequence[Point], rng: np.random.Generator) -> tuple[Any, Any]:
    """Upstream gradients and directions, one of each for every point."""
    shape = np.shape(match.forward(*map(np.array, points[0].values()))[0])
    dys = rng.choice([-1.0, 1.0], (len(points), *shape)) * rng.uniform(
        0.5, 2, (len(points), *shape)
    )
    along = [{k: rng.choice([-1.0, 1.0], p[k].shape) * rng.uniform(0.5, 1, p[k].shape)
              for k in match.wrt} for p in points]  # fmt: skip
    return dys, along


def _slopes(
    match: Match, points: Sequence[Point], dys: Array, along: Sequence[Point], step: float = _STEP
) -> Iterator[_Slope | None]:
    """The slopes at points, None where something is not finite. All of it is one message."""
    steps = [{k: step * (1.0 + np.abs(p[k])) for k in match.wrt} for p in points]
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
    for at in range(len(points)):
        dy, (y, above, below) = dys[at].reshape(-1), ys[at]
        if not (np.isfinite(ys[at]).all() and all(np.isfinite(g[at]).all() for g in gradients)):
            yield None
            continue
        up, down = float(np.dot(dy, above - y)), float(np.dot(dy, y - below))
        terms = [np.asarray(g[at], dtype=float) * steps[at][k] * along[at][k]
                 for k, g in zip(match.wrt, gradients)]  # fmt: skip
        got = float(sum(term.sum() for term in terms))
        noise = _DIGITS * _STEP * float(np.abs(dy * y).sum())
        largest = max(float(np.abs(term).max(initial=0.0)) for term in terms)
        yield _Slope(up, down, got, max(abs(up + down) / 2, abs(got), largest), noise)


def _suspicious(match: Match, points: Sequence[Point], rng: np.random.Generator) -> Iterator[Point]:
    """The points at which gradients and differences along a direction are not the same, roughly."""
    if not points:
        return
    for point, slope in zip(points, _slopes(match, points, *_along(match, points, rng))):
        if slope is not None and slope.is_other:
            yield point


def special(match: Match, rng: np.random.Generator) -> dict[str, str]:
    """What stands against gradients at points with zeros, with whole numbers or with numbers that
    come again: that differences say otherwise, although the function is smooth there at two scales.
    """
    signed = [k for k, v in match.inputs.items() if v.dtype.kind == "f" and bool((v < 0).any())]
    if not signed:
        return {}
    points = []
    for number in range(_SPECIAL):
        point = drawn(match.inputs, rng)
        points.append({k: _made_special(v, rng, number) if k in signed else v
                       for k, v in point.items()})  # fmt: skip
    for number in _others(match, points, *_along(match, points, rng)):
        # Kinks of several elements hardly ever cancel along one direction, and never along many.
        again = [points[number]] * _DIRECTIONS
        dys, along = _along(match, again, rng)
        guilty = [
            name for name in match.wrt  # that of the others may be wrong anywhere
            if len(_others(match, again, dys, [_alone(each, name) for each in along]))
            == _DIRECTIONS
        ]  # fmt: skip
        if guilty:
            return dict.fromkeys(guilty, SPECIAL.format(what=_KINDS[number % len(_KINDS)]))
    return {}


def _alone(direction: Point, name: str) -> Point:
    return {k: v if k == name else np.zeros_like(v) for k, v in direction.items()}


def _others(match: Match, points: Sequence[Point], dys: Array, along: Sequence[Point]) -> list[int]:
    """At which of the points the gradient says something else than two sizes of differences do."""
    found = []
    near, far = (list(_slopes(match, points, dys, along, step)) for step in (_STEP, _WIDE))
    for number, (one, two) in enumerate(zip(near, far)):
        if one is None or two is None or not (one.is_other and two.is_other):
            continue
        slopes = one.wanted / _STEP, two.wanted / _WIDE
        same = abs(slopes[0] - slopes[1]) <= 2 * _LOOSE * max(one.size / _STEP, two.size / _WIDE)
        if one.is_smooth and two.is_smooth and same:
            found.append(number)
    return found


def _made_special(value: Array, rng: np.random.Generator, number: int) -> Array:
    """Zeros among the numbers, whole numbers, or few numbers several times."""
    made: Any
    if number % len(_KINDS) == 0:
        made = np.where(rng.uniform(size=value.shape) < 0.4, 0.0, value)
    elif number % len(_KINDS) == 1:
        made = rng.integers(-3, 4, value.shape)
    else:
        made = rng.choice(value.reshape(-1)[:3], value.shape)
    return np.asarray(made, dtype=value.dtype)


def laid_otherwise(match: Match, rng: np.random.Generator) -> str:
    """What the pair gives otherwise where its arrays lie otherwise in memory; "" if it does not."""
    points = [drawn(match.inputs, rng) for _ in range(_LAID)]
    stacked = [np.stack([point[k] for point in points for _ in range(3)]) for k in match.inputs]
    dys, _ = _along(match, points, rng)
    ask = match.backward.batch  # type: ignore[attr-defined]
    (y, gradients), (again, others) = ask(stacked, dys), ask(stacked, dys, laid=True)
    for which, one, two in (("forward", [y], [again]), ("backward", gradients, others)):
        for before, after in zip(one, two):
            before, after = np.asarray(before), np.asarray(after)
            size = float(np.abs(before).max(initial=0.0))
            finite = np.isfinite(before).all() and np.isfinite(after).all()
            if finite and float(np.abs(before - after).max(initial=0.0)) > _SAME * size:
                return LAID.format(which=which)
    return ""


def at_points(match: Match, found: Doubts) -> Iterator[Match]:
    """The pair at each of the points, or rather close to it: not where two sums are the same."""
    for point in found.points:
        yield replace(match, inputs={name: finely_moved(each) for name, each in point.items()})


__all__ = ["Doubts", "at_points", "doubts", "laid_otherwise", "special"]

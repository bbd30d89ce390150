"""Inputs of a kind by which code may know them: zeros, whole numbers, numbers that come again.

A gradient that is another one there, where the function is smooth, is not believed.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np

from gradproof.checking.conventions.match import Match
from gradproof.checking.judgement.point_slopes import (
    LOOSE,
    STEP,
    Asked,
    Point,
    Slopes,
    drawn,
    several_slopes,
)
from gradproof.checking.judgement.redraw_inputs import several
from gradproof.checking.trials.input_trials import Array

_SPECIAL, _WIDE = 3, 1e-4  # points of each special kind, and the larger of two steps there
_DIRECTIONS = 6  # along which all of them must say so
_KINDS: dict[str, Callable[[np.random.Generator, Array], Any]] = {
    "some numbers are 0": lambda rng, x: np.where(
        rng.uniform(size=x.shape) < 0.4, rng.choice([0.0, -0.0], x.shape), x
    ),
    "all numbers are whole": lambda rng, x: rng.integers(-3, 4, x.shape),
    "numbers come several times": lambda rng, x: rng.choice(x.reshape(-1)[:3], x.shape),
    "all numbers are equal": lambda _, x: np.full_like(x, x.flat[0]),
    "numbers are equal along an axis": lambda rng, x: _alike_along(rng, x),
    "all numbers are positive": lambda _, x: np.abs(x),
    "all numbers are negative": lambda _, x: -np.abs(x),
    "all numbers are in ascending order": lambda _, x: np.sort(x, axis=None).reshape(x.shape),
    "all numbers are in descending order": lambda _, x: -np.sort(-x, axis=None).reshape(x.shape),
    "all numbers are small": lambda _, x: 1e-3 * x,
}
# The same of all inputs at once: which of them, in which turn, is drawn.
_TOGETHER: dict[str, Callable[[Point, int], Point]] = {
    "all of an input is 0": lambda xs, turn: _one_zero(xs, turn),
    "two inputs are equal": lambda xs, turn: _two_equal(xs, turn),
}
KINDS = (*_KINDS, *_TOGETHER)
SPECIAL = "where {what}, the gradient is not what differences say, although the function is smooth"


def special(
    match: Match, rng: np.random.Generator, most: int = len(KINDS)
) -> dict[str, str]:  # fmt: skip
    """What stands against gradients at points with zeros, with whole numbers or with numbers that
    come again, and the like: that differences say otherwise, although the function is smooth there
    at two scales. So many kinds are tried.
    """
    signed = [k for k, v in match.inputs.items() if v.dtype.kind == "f" and bool((v < 0).any())]
    if not signed:
        return {}
    kinds = [KINDS[at] for at in sorted(rng.permutation(len(KINDS))[:most])]
    points = dict(several(match.inputs, rng, _SPECIAL * len(kinds)))
    order = [signed[at] for at in rng.permutation(len(signed))]
    for number in range(_SPECIAL * len(kinds)):
        at, turn = divmod(number, _SPECIAL)
        here = {k: points[k][number] for k in order}
        for k, value in _made(kinds[at], rng, here, turn).items():
            points[k][number] = value
    try:
        return _special(match, points, rng, kinds)
    except Exception:  # some of them are outside the domain of the author's code
        found: dict[str, str] = {}
        for at, kind in enumerate(kinds):
            one = {k: np.array(v[_SPECIAL * at : _SPECIAL * (at + 1)]) for k, v in points.items()}
            with suppress(Exception):
                found = found or _special(match, one, rng, [kind])
        return found


def _made(kind: str, rng: np.random.Generator, here: Point, turn: int) -> Point:
    """Inputs as they are, made into some of this kind."""
    if kind in _TOGETHER:
        return _TOGETHER[kind](here, turn)
    return {k: _KINDS[kind](rng, x) for k, x in here.items()}


def _alike_along(rng: np.random.Generator, x: Array) -> Array:
    """The same numbers all along one axis."""
    if not x.ndim:
        return x
    return np.broadcast_to(np.take(x, [0], axis=int(rng.integers(x.ndim))), x.shape)


def _one_zero(xs: Point, turn: int) -> Point:
    """One input 0, another one each time; or all of them."""
    zero = [*xs][turn : turn + 1] or [*xs]
    return {k: np.zeros_like(xs[k]) for k in zero}


def _two_equal(xs: Point, turn: int) -> Point:
    """Two inputs of one shape equal, where there are such."""
    pairs = [(a, b) for a, b in itertools.combinations(xs, 2) if xs[a].shape == xs[b].shape]
    return {b: xs[a] for a, b in pairs[turn % len(pairs) :][:1]} if pairs else {}


def _special(
    match: Match, points: Point, rng: np.random.Generator, kinds: Sequence[str]
) -> dict[str, str]:
    """The same at points of these kinds, one kind after the other."""
    for number in _others([drawn(match, points, rng)])[0]:
        # Kinks of several elements hardly ever cancel along one direction, and never along many.
        again = {k: np.stack([v[number]] * _DIRECTIONS) for k, v in points.items()}
        asked = drawn(match, again, rng)
        # That of the others may be wrong anywhere.
        found = _others([replace(asked, along=_alone(asked.along, k)) for k in match.wrt])
        guilty = [k for k, each in zip(match.wrt, found) if len(each) == _DIRECTIONS]
        if guilty and not _is_saturated(asked):
            what = kinds[number // _SPECIAL]
            return dict.fromkeys(guilty, SPECIAL.format(what=what))
    return {}


def _is_saturated(asked: Asked) -> bool:
    """Whether the function has lost its digits at a point: in long doubles it is another number by
    more than the gradient is off; or some of it does not change there at all, and at a point of the
    same kind nearer to 0 all is right."""
    plain, exact = several_slopes([asked, replace(asked, form="long")])
    if not isinstance(plain, Slopes):
        return False
    if isinstance(exact, Slopes):
        lost = np.abs(plain.terms - exact.terms).sum(axis=1)
        if bool((np.abs(plain.got - plain.wanted) <= 2 * lost).all()):
            return True
    (wide,) = several_slopes([replace(asked, step=_WIDE)])
    if not (isinstance(wide, Slopes) and plain.still.all() and wide.still.all()):
        return False
    for nearer in _NEARER:
        points = {k: nearer(v) if v.dtype.kind == "f" else v for k, v in asked.points.items()}
        (found,) = several_slopes([replace(asked, points=points)])
        if isinstance(found, Slopes) and found.wanted.all() and not found.is_other.any():
            return True
    return False


def _nearer(x: Array, by: int) -> Array:
    """Numbers divided by so much; whole ones stay whole, equal ones equal, zeros 0."""
    return np.sign(x) if bool((x == np.round(x)).all()) else x / by


_NEARER = (functools.partial(_nearer, by=8), functools.partial(_nearer, by=64))


def _alone(direction: Point, name: str) -> Point:
    return {k: v if k == name else np.zeros_like(v) for k, v in direction.items()}


def _others(asked: Sequence[Asked]) -> list[list[int]]:
    """At which of the points of each the gradient says something else than two sizes of differences
    do."""
    found = several_slopes([*asked, *(replace(each, step=_WIDE) for each in asked)])
    return [_other(one, two) for one, two in zip(found, found[len(asked) :])]


def _other(near: Slopes | Exception, far: Slopes | Exception) -> list[int]:
    for each in (near, far):
        if isinstance(each, Exception):
            raise each
    assert isinstance(near, Slopes)
    assert isinstance(far, Slopes)
    apart = np.abs(near.wanted / STEP - far.wanted / _WIDE)
    same = apart <= 2 * LOOSE * np.maximum(near.size / STEP, far.size / _WIDE)
    other = near.is_other & far.is_other & near.is_smooth & far.is_smooth & same
    return [int(each) for each in np.flatnonzero(other)]


__all__ = ["KINDS", "special"]

"""Whether a gradient is right, by a witness of its own: another backward, and differences."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tests.fuzz.compose import Functions, Shape, drawn

_POINTS, _STEP = 6, 1e-5
_SAME, _OTHER = 1e-8, 1e-4  # relatively: the same but for rounding, and clearly another


def gradients(functions: Functions, inputs: list[Any], seed: int) -> list[Any]:
    """The gradients at a point, for a random dy."""
    y, cache = functions[0](*[np.array(each) for each in inputs])
    dy = np.random.default_rng(seed).normal(size=np.shape(y))
    found = functions[1](dy, cache)
    several = found if isinstance(found, tuple) else (found,)
    return [np.asarray(each, dtype=float) for each in several]


def is_right(functions: Functions, inputs: Mapping[str, Shape], seed: int) -> bool:
    """Whether gradients agree with differences along a direction, at most of a few points."""
    agreed = 0
    for k in range(3):
        point = drawn(inputs, seed + k)
        rng = np.random.default_rng(seed + k + 100)
        along = [rng.normal(size=each.shape) for each in point]
        y = functions[0](*point)[0]
        dy = np.random.default_rng(seed + k).normal(size=np.shape(y))  # as gradients draws it
        up, down = (np.sum(dy * functions[0](*[p + s * _STEP * a for p, a in zip(point, along)])[0])
                    for s in (1, -1))  # fmt: skip
        wanted = (up - down) / (2 * _STEP)
        got = sum(np.sum(g * a) for g, a in zip(gradients(functions, point, seed + k), along))
        agreed += abs(wanted - got) < 1e-4 * max(abs(wanted), abs(got), 1e-3)
    return agreed >= 2


def differs(
    one: Functions, two: Functions, inputs: Mapping[str, Shape], seed: int
) -> tuple[int, int]:
    """At how many of the points two backwards give clearly other gradients, and at how many those
    may be called the same. Raises what they raise."""
    clearly = same = 0
    for k in range(_POINTS):
        point = drawn(inputs, seed + k)
        gap = apart(one, two, point, seed)
        clearly += gap > _OTHER
        same += gap < _SAME
    return clearly, same


def apart(one: Functions, two: Functions, point: list[Any], seed: int) -> float:
    """How far apart two backwards are at a point, relatively; infinite for other shapes."""
    pairs = list(zip(gradients(one, point, seed), gradients(two, point, seed)))
    if any(a.shape != b.shape for a, b in pairs):
        return np.inf
    return max(_gap(a, b) for a, b in pairs)


def _gap(a: Any, b: Any) -> float:
    size = max(float(np.abs(a).max(initial=0.0)), float(np.abs(b).max(initial=0.0)), 1e-6)
    gap = float(np.abs(a - b).max(initial=0.0)) / size
    return gap if np.isfinite(gap) else np.inf


def quietly(function: Callable[..., Any], *given: Any) -> Any:
    """Call without warnings."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return function(*given)


__all__ = ["apart", "differs", "is_right", "quietly"]

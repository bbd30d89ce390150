"""How large the rounding error of a function is, measured by its behaviour close by.

At equidistant points so close that the function is as good as a polynomial, differences of high
order remove all but the noise of rounding, whatever happens inside the function.
Source: Moré & Wild, Estimating computational noise, SIAM J. Sci. Comput. 33, 2011.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

POINTS = 7
FEW_POINTS = 5
# A bound is so many times the standard deviation found.
FACTOR = 8.0
# In double precision, neighbouring points are this far apart, relatively.
_STEP = 1e-9
_TINIEST = float(np.finfo(np.float64).smallest_subnormal)


@dataclass(frozen=True)
class Bounded:
    """Values with a bound on their error, of one shape."""

    value: Array
    bound: Array


def roundoff(dtype: Any) -> float:
    """Half the distance from 1 to the next number: the largest error of one rounding."""
    dtype = np.dtype(dtype)
    return float(np.finfo(dtype if dtype.kind in "fc" else np.float64).eps) / 2


def closeby(inputs: Sequence[Array], rng: np.random.Generator) -> list[Array]:
    """A step for every element, towards zero.

    Nothing leaves its domain by it: probabilities stay below 1, variances above 0. In single and
    half precision it is a whole number of units in the last place, so that the points are exact.
    """
    return [_step(np.asarray(each), rng) for each in inputs]


def _step(array: Array, rng: np.random.Generator) -> Array:
    if array.dtype.kind != "f":
        return np.zeros_like(array)
    if array.dtype.itemsize >= 8:
        return np.asarray(-array * rng.uniform(0.5, 1.0, array.shape) * _STEP)
    units = rng.integers(1, 4, array.shape).astype(array.dtype)
    with np.errstate(invalid="ignore"):
        step = -np.sign(array) * np.spacing(np.abs(array)) * units
    return np.where(np.isfinite(step), step, 0).astype(array.dtype)


def stepped(inputs: Sequence[Array], steps: Sequence[Array], k: int) -> list[Array]:
    """The inputs ``k`` steps further."""
    return [
        np.asarray(x + k * s, dtype=np.asarray(x).dtype) if np.asarray(x).dtype.kind == "f" else x
        for x, s in zip(inputs, steps)
    ]


def noise_of(table: Array, unit: float) -> Array:
    """Bound on the rounding error of each column of values at equidistant points."""
    value, noise = table[0], np.zeros(table.shape[1:])
    points = len(table)
    # The first and second differences still hold the slope and the curvature.
    first_order = min(3, points - 1)
    with np.errstate(invalid="ignore", over="ignore"):
        for order in range(1, points):
            table = np.diff(table, axis=0)
            if order >= first_order:
                gain = math.factorial(order) ** 2 / math.factorial(2 * order)
                noise = np.maximum(noise, np.sqrt(gain * (table**2).mean(axis=0)))
        noise = _pooled(noise, value, points)
        return FACTOR * (noise + unit * np.abs(value) + _TINIEST)


def _pooled(noise: Array, value: Array, points: int) -> Array:
    """Few points can agree by luck; many outputs together cannot."""
    if points >= POINTS or value.size < 64:
        return noise
    size = np.abs(value)
    ratio = np.divide(noise, size, out=np.zeros_like(noise), where=size > 0)
    sample = ratio.ravel()[:: max(1, ratio.size // 4096)]
    return np.maximum(noise, float(np.nanmedian(sample)) * size)


def with_noise(
    function: Callable[[Sequence[Array]], Array],
    inputs: Sequence[Array],
    rng: np.random.Generator,
    points: int = POINTS,
    unit: float = roundoff(np.float64),
) -> Bounded:
    """Evaluate ``function`` at ``inputs``, with a bound on its rounding error."""
    steps = closeby(inputs, rng)
    table = np.stack(
        [
            np.asarray(function(stepped(inputs, steps, k)), np.float64)
            for k in range(points)
        ]
    )  # fmt: skip
    return Bounded(table[0], noise_of(table, unit))

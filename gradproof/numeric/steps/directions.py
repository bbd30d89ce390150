"""Random directions in the units of the inputs, and what those units are."""

from __future__ import annotations

import math

import numpy as np

from gradproof.numeric.problem import Array
from gradproof.numeric.rounding.noise import picked

SMALLEST, LARGEST = 0.5, 1.5
_UNITS = np.linspace(SMALLEST, LARGEST, 128) * np.array([[1.0], [-1.0]])
# Components of larger arrays are picked from a table.
_MANY = 50_000


def draw(array: Array, rng: np.random.Generator) -> Array:
    """A random direction in the units of the array: signed, no component near zero."""
    sign = 2.0 * rng.integers(0, 2, array.shape) - 1 if array.size <= _MANY else None
    if sign is not None:
        return np.asarray(sign * rng.uniform(SMALLEST, LARGEST, array.shape) * spread(array))
    unit = picked(rng, _UNITS.ravel(), array.shape)
    # No two elements are to have the same component: two opposite errors would cancel.
    for axis in {0, array.ndim - 1}:
        unit *= rng.uniform(
            0.8, 1.25, tuple(n if a == axis else 1 for a, n in enumerate(array.shape))
        )
    unit *= spread(array)
    return unit


def spread(array: Array, without: int | None = None) -> Array:
    """The scale of each element: the least standard deviation along an axis, seen on a sample.

    The columns of one array may differ by orders of magnitude; a step must suit the smallest.
    without: an axis that is not looked along, unless it is the only one.
    """
    found = []
    for axis in range(array.ndim):
        if axis == without and array.ndim > 1:
            continue
        step = max(1, array.shape[axis] // 64)
        sample = array[(slice(None),) * axis + (slice(None, None, step),)]
        if sample.shape[axis] >= 3:
            found.append(sample.astype(np.float64, copy=False).std(axis=axis, keepdims=True))
    if not found or not array.size:
        return np.asarray(scale(array))
    least = found[0]
    for each in found[1:]:
        least = np.minimum(least, each)
    return np.where((least > 0) & np.isfinite(least), least, scale(array))


def scale(array: Array) -> float:
    """The root mean square of an array; 1 for none, or for zeros."""
    if not array.size:
        return 1.0
    flat = array.ravel().astype(np.float64, copy=False)
    found = math.sqrt(float(flat @ flat) / flat.size)
    return found if found > 0 and math.isfinite(found) else 1.0


__all__ = ["draw", "scale", "spread"]

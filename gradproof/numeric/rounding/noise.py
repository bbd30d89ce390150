"""How large the rounding error of a function is, measured by its behaviour close by.

At points so close that the function is as good as a parabola, all that a parabola does not explain
is the noise of rounding, whatever happens inside the function.
Source: Moré & Wild, Estimating computational noise, SIAM J. Sci. Comput. 33, 2011.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

POINTS = 7
FEW_POINTS = 5
# Of few elements in low precision, where all rests on the noise.
MANY_POINTS = 25
# Where they are, in steps; the middle one is half-way to the last.
_BROKEN = {
    3: np.arange(3.0),
    5: np.array([0, 1.1459, 2, 3.2361, 4]),
    7: np.array([0, 0.6180, 2.2361, 3, 4.3820, 5.1459, 6]),
}
_WHOLE = {
    3: np.arange(3.0),
    5: np.array([0.0, 3, 4, 7, 8]),
    7: np.array([0.0, 2, 5, 6, 9, 11, 12]),
}
_BROKEN[MANY_POINTS] = np.arange(MANY_POINTS) + 0.3 * np.sin(2.4 * np.pi * np.arange(MANY_POINTS))
_WHOLE[MANY_POINTS] = np.arange(float(MANY_POINTS)) + np.arange(MANY_POINTS) // 3
# A bound is so many times the standard deviation found.
FACTOR = 5.0
# In double precision, neighbouring points are this far apart, relatively; and where outputs do not
# change by that, as those of code that computes in single precision inside.
CLOSE, FURTHER = 1e-9, 1e-5
_STEPS = np.linspace(0.5, 1.0, 256)
# With so many outputs, some few estimates are too small by luck.
_MANY = 64
# Numbers whose squares are lost.
SQUARED = 1e-150
# Elements of one part of a large array, gone through part by part.
_BLOCK = 2**16


@dataclass(frozen=True)
class Bounded:
    """Values with a bound on their error, of one shape."""

    value: Array
    bound: Array


@functools.cache
def roundoff(dtype: Any) -> float:
    """Half the distance from 1 to the next number: the largest error of one rounding.

    Wider numbers than float64 are compared as float64.
    """
    dtype = np.dtype(dtype)
    own = float(np.finfo(dtype).eps) if dtype.kind in "fc" else 0.0
    return max(own, float(np.finfo(np.float64).eps)) / 2


@functools.cache
def tiniest(unit: float) -> float:
    """Below this, numbers of that precision are lost altogether."""
    precise = next(d for d in (np.float16, np.float32, np.float64) if roundoff(d) <= unit * 1.5)
    return float(np.finfo(precise).smallest_subnormal)


def picked(rng: np.random.Generator, table: Array, shape: Sequence[int]) -> Array:
    """Random elements of a table of 256 numbers: for large arrays, in a quarter of the time."""
    return np.asarray(table[rng.integers(0, 256, shape, dtype=np.uint8)])


@dataclass(frozen=True)
class Nearby:
    """Points on a line close to some inputs: at ``positions`` steps from them, the first at 0."""

    steps: list[Array]
    positions: Array

    def moved(self, inputs: Sequence[Array], k: int) -> list[Array]:
        """The inputs at point ``k``."""
        t = self.positions[k]
        return [
            (x + t * step).astype(x.dtype, copy=False) if x.dtype.kind == "f" else x
            for x, step in zip(map(np.asarray, inputs), self.steps)
        ]


def closeby(
    inputs: Sequence[Array], rng: np.random.Generator, points: int = POINTS, spacing: float = CLOSE
) -> Nearby:
    """So many points close by, every element moving towards zero, and zeros away from it.

    Nothing leaves its domain by it: probabilities stay below 1, variances above 0. The points are
    not equidistant: results on a grid would seem to advance evenly where they are only rounded
    alike. In single and half precision steps are whole numbers of units in the last place, so that
    the points are exact, and as many as the differences bear: saturated results are to be rounded
    afresh. spacing: of neighbouring points in double precision, relatively.
    """
    arrays = [np.asarray(each) for each in inputs]
    exact = any(each.dtype.kind == "f" and each.dtype.itemsize < 8 for each in arrays)
    positions = _WHOLE[points] if exact else _BROKEN[points]
    return Nearby([_step(each, rng, positions[-1], spacing) for each in arrays], positions)


def _step(array: Array, rng: np.random.Generator, last: float, spacing: float) -> Array:
    if array.dtype.kind != "f":
        return np.zeros_like(array)
    if array.dtype.itemsize >= 8:
        step = picked(rng, -spacing * _STEPS, array.shape)
        step *= array
        step[array == 0] = spacing  # what does not move cannot tell a period from a slope
        return step
    size = np.abs(array.astype(np.float64))
    with np.errstate(invalid="ignore", divide="ignore"):
        unit = np.spacing(np.abs(array)).astype(np.float64)
        # So far that a third difference of a logarithm is still no more than its rounding.
        furthest = min((roundoff(array.dtype) / 2) ** (1 / 3), 0.5 / last) * size
        units = np.floor(furthest * rng.uniform(0.5, 1, size.shape) / unit)
        units = np.maximum(units, rng.integers(1, 4, size.shape))
        step = -np.sign(array) * unit * units
    return np.asarray(np.where(np.isfinite(step), step, 0)).astype(array.dtype)


def noise_of(
    table: Array,
    unit: float,
    positions: Array,
    shape: tuple[int, ...] | None = None,
    coarse: bool = False,
) -> Array:
    """Bound on the rounding error of each column of values at points close by.

    It is what no polynomial of degree 2 explains: at points so close, all but rounding.
    shape: of the array that the columns are the elements of, where it is not the table's own;
    coarse: values are rounded coarsely, as on a grid, on which some happen to advance evenly.
    """
    value, residuals = table[0], _residuals(tuple(positions))
    with np.errstate(invalid="ignore", over="ignore"):
        left = residuals @ table.reshape(len(table), -1)
        noise = np.sqrt((left * left).mean(axis=0))
        if noise.size and float(noise.min()) < SQUARED:  # squares of tiny numbers are lost
            noise = np.where(noise < SQUARED, np.abs(left).max(axis=0), noise)
        noise = noise.reshape(value.shape)
        if coarse and value.any():
            relative = noise[value != 0] / np.abs(value[value != 0])
            noise = np.maximum(noise, np.median(relative) * np.abs(value))
        noise = _pooled(noise, value, shape)
        # Of few residuals all can be small by luck.
        noise *= 1 + 1.5 / len(residuals)
        return FACTOR * (np.hypot(noise, 0.5 * unit * value) + tiniest(unit))


def norm(values: Array) -> float:
    """The root of the sum of squares, also of numbers whose squares are lost."""
    found = math.sqrt(float(values @ values))
    if found >= SQUARED or not values.any():
        return found
    largest = float(np.abs(values).max())
    return largest * math.sqrt(float((values / largest) @ (values / largest)))


@functools.cache
def _residuals(positions: tuple[float, ...]) -> Array:
    """An orthonormal basis of what remains of values at these points without a parabola."""
    basis, _ = np.linalg.qr(np.vander(positions, 3), mode="complete")
    return np.asarray(basis[:, 3:].T)


def second_difference(three: Sequence[Array], unit: float) -> Array:
    """Like :func:`noise_of` from three equidistant points, with few passes over large arrays."""
    first, second, third = three
    noise = np.asarray(first + third)
    noise -= second
    noise -= second
    np.abs(noise, out=noise)
    stride = max(1, noise.size // 4096)
    sample, sizes = noise.ravel()[::stride], np.abs(first.ravel()[::stride])
    some = sizes > 0
    typical = float(middle(sample[some] / sizes[some])[0]) if some.any() else 0.0
    # Few outputs do not make up for three points with one residual.
    factor = FACTOR if noise.size >= _MANY else 3 * FACTOR
    own = factor * (unit + math.sqrt(1 / 6) * typical)
    noise *= factor * math.sqrt(1 / 6)
    for part in blocks(first.shape):
        noise[part] += np.abs(first[part]) * own
    noise += factor * tiniest(unit)
    return noise


def blocks(shape: Sequence[int]) -> Iterator[Any]:
    """Indices of parts of an array, one after the other, that a pass needs little room for."""
    size = math.prod(shape)
    if size <= _BLOCK:
        yield ...
        return
    rows = max(1, _BLOCK * shape[0] // size)
    for start in range(0, shape[0], rows):
        yield slice(start, start + rows)


def stuck(table: Array) -> bool:
    """Whether values that are not zero stay the same from point to point, as if rounded coarsely.

    Half of them, of those that are not zero: some may be saturated.
    """
    value = table[0]
    still = (table == value).all(axis=0) & (value != 0)
    return bool(2 * np.count_nonzero(still) > np.count_nonzero(value))


def single_inside(table: Array) -> bool:
    """Whether values that were stuck differ, a little further, by what single precision loses.

    By more it is a staircase that is meant, with a derivative of zero.
    """
    value, half = table[0], (len(table) - 1) // 2
    bend = np.abs(value - 2 * table[half] + table[2 * half])
    return bool(np.nanmax(bend) <= 16 * roundoff(np.float32) * np.nanmax(np.abs(value)))


def _pooled(noise: Array, value: Array, shape: tuple[int, ...] | None) -> Array:
    """Few points can agree by luck; the rounding errors of many outputs together cannot.

    The floor is the median along whichever axis has the least: outputs along an axis often come
    from the same intermediate results, such as the statistics of one feature.
    """
    if value.size < _MANY:
        return noise
    size = np.abs(value)
    ratio = np.divide(noise, size, out=np.zeros_like(noise), where=size > 0)
    sample = ratio.ravel()[:: max(1, ratio.size // 4096)]
    pooled = np.maximum(noise, float(middle(sample[~np.isnan(sample)])[0]) * size)
    grid = noise.reshape(shape if shape is not None else noise.shape)
    axes = [a for a in range(grid.ndim) if grid.shape[a] >= 8]
    if grid.ndim < 2 or not axes:
        return pooled
    floor = functools.reduce(np.minimum, (middle(_thinned(grid, a), a) for a in axes))
    return np.maximum(pooled.reshape(grid.shape), floor).reshape(noise.shape)


def middle(values: Array, axis: int = 0) -> Array:
    """The upper median along an axis, which stays with length 1; 0 of none. NaN counts as large.

    np.median says more, and takes several times as long on small arrays.
    """
    count = values.shape[axis]
    if not count:
        return np.zeros([1 if a == axis else n for a, n in enumerate(values.shape)])
    where = (slice(None),) * axis + (slice(count // 2, count // 2 + 1),)
    return np.partition(values, count // 2, axis=axis)[where]


def _thinned(grid: Array, axis: int) -> Array:
    """At most 64 positions along an axis: enough for a median."""
    step = max(1, grid.shape[axis] // 64)
    return grid[(slice(None),) * axis + (slice(None, None, step),)]


def with_noise(
    function: Callable[[Sequence[Array]], Array],
    inputs: Sequence[Array],
    rng: np.random.Generator,
    points: int = POINTS,
    unit: float = roundoff(np.float64),
) -> Bounded:
    """Evaluate ``function`` at ``inputs``, with a bound on its rounding error."""
    nearby = closeby(inputs, rng, points)
    table = np.stack(
        [np.asarray(function(nearby.moved(inputs, k)), np.float64) for k in range(points)]
    )
    return Bounded(table[0], noise_of(table, unit, nearby.positions))

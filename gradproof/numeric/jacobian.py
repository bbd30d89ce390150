"""The Jacobian of a function of one array, with an error bar on every entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.numeric.calls import without_cache
from gradproof.numeric.hygiene import quiet
from gradproof.numeric.ladder import slopes
from gradproof.numeric.noise import Bounded, roundoff, with_noise
from gradproof.numeric.prepare import build
from gradproof.numeric.problem import Array, Problem, as_outputs, stream
from gradproof.numeric.structured import structure_of
from gradproof.numeric.sums import TARGET
from gradproof.signatures import Asked
from gradproof.untouched import untouched

# Bytes that value and bound may take together.
_CAP = 2**30


@dataclass(frozen=True)
class NumericJacobian:
    """dy[i]/dx[j] as ``value[i, j]``, within ``bound[i, j]``; the shape is y.shape + x.shape.

    kink marks entries without a derivative; at those, low and high are the one-sided ones.
    evaluations is how often the function was called.
    """

    value: Array
    bound: Array
    kink: Array
    low: Array
    high: Array
    evaluations: int


def jacobian(f: Callable[[Any], Any], x: Any, *, seed: int = 0) -> NumericJacobian:
    """Differentiate ``f`` at ``x`` by extrapolated central differences (Ridders 1982).

    f maps an array of the shape of x to an array, and is given a new one in each call. Entries that
    lie outside the pattern which f is found to have (an elementwise f: off the diagonal) are
    exactly 0 and cost nothing.
    Raises ValueError if the Jacobian would take more than 1 GiB, or f(x) is not finite.
    """
    with untouched(f), quiet():
        problem, _ = build(without_cache(f), _no_backward, (x,), Asked(("x",)))
        outputs, _ = problem.run(problem.inputs)
        problem.shapes = tuple(y.shape for y in outputs)
        point, size = problem.inputs[0], problem.size
        if 16 * size * point.size > _CAP:
            raise ValueError(
                f"jacobian: {size} x {point.size} entries with their bounds take more than 1 GiB; "
                "use check_gradient, which never forms them, or a smaller x"
            )
        if not all(np.isfinite(y).all() for y in outputs):
            raise ValueError("jacobian: f(x) is not finite, so there is no derivative")
        problem.unit = max((roundoff(y.dtype) for y in outputs), default=problem.unit)
        rng = stream(seed)
        noise = with_noise(problem.outputs, problem.inputs, rng, unit=problem.unit)
        return _filled(problem, noise, rng, as_outputs(outputs)[0].shape)


def _no_backward(dy: Any, cache: Any) -> Any:
    raise NotImplementedError


def _filled(
    problem: Problem, noise: Bounded, rng: np.random.Generator, shape: tuple[int, ...]
) -> NumericJacobian:
    point = problem.inputs[0]
    entries = (problem.size, point.size)
    value, bound, low, high = (np.zeros(entries) for _ in range(4))
    kink = np.zeros(entries, bool)
    if value.size:
        structure = structure_of(problem, "x", noise, rng)
        pattern = structure.pattern
        numbers = np.arange(point.size).reshape(point.shape)
        rows = np.arange(problem.size)
        if not pattern.exact:
            bound += noise.bound[:, None]
        for ((index, _),) in pattern.each_colour():
            step = structure.size[index]
            slope = slopes(
                lambda t, index=index, step=step: problem.displaced(  # type: ignore[misc]
                    problem.moved(0, index if point.ndim else Ellipsis, t * step)
                ),
                noise.value,
                noise.bound,
                lambda found, truncation: np.asarray(truncation <= TARGET * np.abs(found)),
                unit=problem.unit,
            )
            columns = np.broadcast_to(pattern.spread(numbers[index]), pattern.out).ravel()
            per = 1 / np.broadcast_to(pattern.spread(step), pattern.out).ravel()
            at = rows, columns
            value[at], bound[at] = slope.value * per, slope.bound * np.abs(per)
            low[at] = high[at] = value[at]
            if slope.kink is not None and slope.low is not None and slope.high is not None:
                kink[at] = slope.kink
                ends = np.stack([slope.low * per, slope.high * per])
                low[at], high[at] = ends.min(axis=0), ends.max(axis=0)
    full = (*shape, *point.shape) if len(problem.shapes) == 1 else (problem.size, *point.shape)
    value, bound, kink, low, high = (each.reshape(full) for each in (value, bound, kink, low, high))
    return NumericJacobian(value, bound, kink, low, high, problem.calls)

"""The Jacobian of a function of one array, with an error bar on every entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradproof.arguments.pairs_of_reals import Pairs
from gradproof.arguments.signatures import Asked
from gradproof.arguments.untouched import untouched
from gradproof.numeric.calls import without_cache
from gradproof.numeric.jacobian_array import NumericJacobian
from gradproof.numeric.modes.careful import CarefulSteps
from gradproof.numeric.prepare import build
from gradproof.numeric.problem import Array, Problem, as_outputs, stream
from gradproof.numeric.rounding.inner_precision import precision_inside
from gradproof.numeric.rounding.noise import Bounded, roundoff, with_noise
from gradproof.numeric.side_effects.hygiene import quiet
from gradproof.numeric.structure.pattern import Pattern
from gradproof.numeric.structure.patterns import appreciable, structure_of

# Bytes that value and error may take together.
_CAP = 2**30
# Next to a bound of the domain, an element is displaced by this part of the distance.
_WITHIN = 0.5
# Elements so close to a bound, in units of their size, count as lying on it.
_ON = 2.0**-40
# So many calls a column takes at most: every step ahead and behind, in two precisions.
_CALLS = 220


def jacobian(
    f: Callable[[Any], Any],
    x: Any,
    *,
    bounds: tuple[Any, Any] | None = None,
    seed: int = 0,
    most_calls: int | None = 100_000,
) -> NumericJacobian:
    """Differentiate ``f`` at ``x`` by extrapolated central differences.

    A complex x is taken as pairs of reals: the derivatives by its real and by its imaginary parts
    lie along an axis of length 2 before those of x. Where y is complex, so are the entries. Of an
    analytic f, the second is i times the first, which is f'(x).

    Entries that lie outside the pattern which f is found to have (an elementwise f: off the
    diagonal) are exactly 0 and cost nothing. Every other column takes one to two hundred calls: the
    rounding of f is measured at every step, also where it computes in a lower precision inside.

    Parameters
    ----------
    f : callable
        Maps an array of the shape of x to an array. It is given a new array in each call.
    x : array_like
        The point.
    bounds : (low, high), optional
        The domain of x, numbers or arrays that broadcast against x; f is not called outside. At a
        bound itself the derivative is the one-sided one.
    seed : int
        The seed of all draws.
    most_calls : int, optional
        Where it would take more calls of f than about this, none is computed; None: however many.

    Returns
    -------
    NumericJacobian
        An array of shape ``y.shape + x.shape``, or ``y.shape + (2,) + x.shape`` for a complex x,
        with a bound on the error of each entry in ``.error``.

    Raises
    ------
    ValueError
        If the Jacobian would take more than 1 GiB or more than ``most_calls`` calls, x lies outside
        its bounds or is complex and has any, or f(x) is not finite.
    TypeError
        If f returns several outputs of which some are complex, or no array of numbers.

    References
    ----------
    C. J. F. Ridders, Advances in Engineering Software 4, 1982.

    Examples
    --------
    >>> jacobian(lambda p: np.log(p).sum(), np.array([0.5, 1.0]), bounds=(0, 1)).round(6)
    array([2., 1.])
    >>> jacobian(lambda z: abs(z) ** 2, 1.0 - 2.0j).round(6)
    array([ 2., -4.])
    """
    with untouched(f), quiet():
        x = np.asarray(x)
        x = x.astype(float) if x.dtype.kind in "iu" else x  # whole numbers are taken as floats
        if x.dtype.kind == "c" and bounds is not None:
            raise ValueError(
                "bounds: a complex x has none; write f for its real and imaginary parts"
            )
        pairs = Pairs(f, x)
        return _joined(pairs, _real_jacobian(pairs, pairs.point, bounds, seed, most_calls))


def _real_jacobian(
    f: Callable[[Array], Any], x: Array, bounds: tuple[Any, Any] | None, seed: int,
    most_calls: int | None,
) -> NumericJacobian:  # fmt: skip
    """The Jacobian of a function of real numbers."""
    problem, _ = build(without_cache(f), _no_backward, (x,), Asked(("x",)))
    problem.domain = _domain(problem.inputs[0], bounds)
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
    shape = as_outputs(outputs)[0].shape
    return _filled(problem, _rounding(problem, rng), rng, shape, most_calls)


def _domain(x: Array, bounds: tuple[Any, Any] | None) -> tuple[Array, Array] | None:
    if bounds is None:
        return None
    try:
        low, high = (np.broadcast_to(np.asarray(each, np.float64), x.shape) for each in bounds)
    except (TypeError, ValueError):
        raise ValueError(
            f"bounds: expected (low, high), numbers or arrays of the shape of x, {x.shape}; got "
            f"{bounds!r}"
        ) from None
    outside = np.flatnonzero(((x < low) | (x > high)).ravel())
    if outside.size:
        at = int(outside[0])
        raise ValueError(
            f"bounds: x lies outside at {outside.size} of {x.size} elements, such as "
            f"{x.ravel()[at]:g}, which is not in [{low.ravel()[at]:g}, {high.ravel()[at]:g}]"
        )
    return low, high


def _no_backward(dy: Any, cache: Any) -> Any:
    raise NotImplementedError


def _sizes(x: Array, domain: tuple[Array, Array] | None, rng: np.random.Generator) -> Array:
    """Appreciable displacements, that leave the domain on neither side, or point into it."""
    size = appreciable(x, rng)
    if domain is None:
        return size
    below, above = (np.abs(x - each) for each in domain)
    on = [distance <= _ON * np.abs(size) for distance in (below, above)]
    most = _WITHIN * np.minimum(np.where(on[0], np.inf, below), np.where(on[1], np.inf, above))
    with np.errstate(divide="ignore"):
        largest = np.exp2(np.floor(np.log2(most)))
    size = np.where(np.abs(size) > most, np.copysign(largest, size), size)
    return np.asarray(np.where(on[0], np.abs(size), np.where(on[1], -np.abs(size), size)))


def _rounding(problem: Problem, rng: np.random.Generator) -> Bounded:
    """The outputs with a bound on their rounding error, from points inside the domain."""

    def outputs(inputs: Sequence[Array]) -> Array:
        if problem.domain is None:
            return problem.outputs(inputs)
        return problem.outputs([np.clip(inputs[0], *problem.domain)])

    return with_noise(outputs, problem.inputs, rng, unit=problem.unit)


def _filled(
    problem: Problem, noise: Bounded, rng: np.random.Generator, shape: tuple[int, ...],
    most_calls: int | None = None,
) -> NumericJacobian:  # fmt: skip
    point = problem.inputs[0]
    entries = (problem.size, point.size)
    value, error, low, high = (np.zeros(entries) for _ in range(4))
    kink = np.zeros(entries, bool)
    if value.size:
        precision = problem.unit if problem.domain else precision_inside(problem)
        size = _sizes(point, problem.domain, rng)
        pattern = structure_of(problem, "x", noise, rng, size=size).pattern
        _require_few_calls(pattern, most_calls)
        steps = CarefulSteps(problem, 0, pattern, size, noise.bound, precision)
        numbers, rows = np.arange(point.size).reshape(point.shape), np.arange(problem.size)
        if not pattern.exact:
            error += noise.bound[:, None]
        for ((index, _),) in pattern.each_colour():
            slope = steps.slopes(index)
            columns = np.broadcast_to(pattern.spread(numbers[index]), pattern.out).ravel()
            per = 1 / np.broadcast_to(pattern.spread(size[index]), pattern.out).ravel()
            at = rows, columns
            bar = slope.bound
            if slope.other is not None and slope.other_bound is not None:
                # Rounding makes stairs here: which of the two derivatives is meant is not known.
                bar = np.fmax(bar, np.abs(slope.other - slope.value) + slope.other_bound)
            value[at], error[at] = slope.value * per, error[at] + bar * np.abs(per)
            low[at] = high[at] = value[at]
            if slope.kink is not None and slope.low is not None and slope.high is not None:
                kink[at] = slope.kink
                ends = np.stack([slope.low * per, slope.high * per])
                low[at], high[at] = ends.min(axis=0), ends.max(axis=0)
    full = (*shape, *point.shape) if len(problem.shapes) == 1 else (problem.size, *point.shape)
    value, error, kink, low, high = (each.reshape(full) for each in (value, error, kink, low, high))
    notes = tuple(map(str, problem.called.watch.changed.values()))
    return NumericJacobian.of(value, error, kink, low, high, notes, problem.calls)


def _require_few_calls(pattern: Pattern, most: int | None) -> None:
    """Raise ValueError where the columns would take more calls than that."""
    calls = _CALLS * pattern.colours
    if most is not None and calls > most:
        raise ValueError(
            f"jacobian: {pattern.colours} columns meet in the same outputs, so that it takes about "
            f"{calls:,} calls of f; use check_gradient, which never forms them, a smaller x, "
            "or most_calls=None to wait for it"
        )


def _joined(pairs: Pairs, found: NumericJacobian) -> NumericJacobian:
    """The Jacobian with complex entries where y is complex."""
    if not pairs.returned:
        return found
    entries, low, high = (a[0] + 1j * a[1] for a in (found.value, found.low, found.high))
    return type(found).of(
        entries, np.hypot(*found.error), np.asarray(found.kink.any(axis=0)), low, high,
        found.notes, found.evaluations,
    )  # fmt: skip


__all__ = ["NumericJacobian", "jacobian"]

"""Check a hand-written backward against numeric derivatives of its forward.

The comparison has no tolerance to tune: it asks whether analytic and numeric derivative differ by
more than the error bounds of both. The upstream gradient is random, never all ones, because a
backward that is zero, negated or scaled passes under ones wherever rows sum to a constant.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.numeric.differences import UNIT_ROUNDOFF, Array, complex_step, difference
from gradproof.verdicts import Counterexample, Status, Verdict

# Rounding noise is measured at this many points, at this relative distance from each other, by
# differences of this order and higher; a bound is so many times the standard deviation found.
_NOISE_POINTS = 7
_NOISE_STEP = 1e-9
_NOISE_ORDER = 3
_NOISE_FACTOR = 8.0


@dataclass(frozen=True)
class Bounded:
    """Values with a bound on their error, of one shape."""

    value: Array
    bound: Array


@dataclass(frozen=True)
class Jacobian:
    """dy/dx for one input: rows are elements of the input, columns elements of the output.

    ``kink`` marks entries without a derivative; ``low`` and ``high`` are the one-sided ones there.
    """

    value: Array
    bound: Array
    kink: Array
    low: Array
    high: Array
    method: str

    def pulled_back(self, dy: Array) -> tuple[Array, Array, Array]:
        """The numeric gradient for the upstream gradient ``dy``: value, bound, and kinked rows."""
        weights = dy.ravel()
        touched = (self.kink & (weights != 0)).any(axis=1)
        return self.value @ weights, self.bound @ np.abs(weights), touched


@dataclass(frozen=True)
class _Problem:
    forward: Callable[..., Any]
    backward: Callable[..., Any]
    inputs: tuple[Array, ...]
    names: tuple[str, ...]
    wrt: tuple[str, ...]
    parameters: Mapping[str, Any]
    formula: Callable[..., Any] | None = None

    def outputs(self, inputs: Sequence[Any]) -> Array:
        """What is differentiated: the formula where there is one, else forward."""
        found = (self.formula or self.forward)(*inputs, **self.parameters)
        return np.asarray(found[0] if isinstance(found, tuple) and len(found) == 2 else found)

    def run(self, inputs: Sequence[Any]) -> tuple[Array, Any]:
        found = self.forward(*inputs, **self.parameters)
        if isinstance(found, tuple) and len(found) == 2:
            return np.asarray(found[0]), found[1]
        return np.asarray(found), tuple(inputs)

    def gradients(self, inputs: Sequence[Any], dy: Array) -> dict[str, Array]:
        _, cache = self.run(inputs)
        found = self.backward(dy, cache)
        values = found if isinstance(found, tuple) else (found,)
        if len(values) != len(self.wrt):
            raise ValueError(
                f"backward: expected {len(self.wrt)} gradients, for {', '.join(self.wrt)}; "
                f"got {len(values)}"
            )
        return {name: np.asarray(value) for name, value in zip(self.wrt, values)}


def check_gradient(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    *inputs: Any,
    wrt: Sequence[str] | None = None,
    names: Sequence[str] | None = None,
    parameters: Mapping[str, Any] | None = None,
    dy: Any = None,
    seed: int = 0,
    formula: Callable[..., Any] | None = None,
    claim: str = "",
) -> Verdict:
    """Check that ``backward`` computes the vector-Jacobian product of ``forward`` at ``inputs``.

    forward:  maps float64 arrays, any shapes, to ``y`` or ``(y, cache)``.
    backward: maps ``(dy, cache)`` (or ``(dy, inputs)`` where forward returns no cache) to the
              gradient of each input in ``wrt``, as one array or a tuple in that order.
    names, wrt: names of the inputs, and of those that have a gradient (default: all float ones).
    dy:       upstream gradient, of the shape of ``y``; drawn at random if not given.
    formula:  the forward without its validation, as it accepts complex arrays. If given, it is
              what is differentiated (its value must be forward's), and complex step is used as
              well; it is believed only where central differences agree.

    For every input the whole Jacobian is formed by extrapolated central differences, and both
    ``backward(dy)`` and the projection <v, backward(dy)> on a random v are held against it.
    Returns CHECKED with the largest error and its bound, or REFUTED with a counterexample.
    Raises ValueError where shapes do not fit.
    """
    arrays = tuple(np.array(value, copy=True) for value in inputs)
    labels = tuple(names or (f"x{at}" for at in range(len(arrays))))
    floats = tuple(name for name, each in zip(labels, arrays) if each.dtype.kind == "f")
    problem = _Problem(
        forward, backward, arrays, labels, tuple(wrt or floats), dict(parameters or {}), formula
    )
    rng = np.random.default_rng(seed)
    y, _ = problem.run(arrays)
    upstream = np.asarray(rng.normal(size=y.shape) if dy is None else dy, dtype=np.float64)
    if upstream.shape != y.shape:
        raise ValueError(f"dy: expected the shape of y, {y.shape}, got {upstream.shape}")
    _require_same_function(problem, y, rng)
    wrong = _gradients_with_wrong_shape(problem, upstream)
    if wrong:
        return Verdict(Status.REFUTED, claim, "numeric check", reason=wrong, seed=seed)
    comparisons = [_compare(problem, name, upstream, rng) for name in problem.wrt]
    return _verdict(problem, comparisons, upstream, claim, seed)


def assert_gradient(
    forward: Callable[..., Any], backward: Callable[..., Any], *inputs: Any, **options: Any
) -> Verdict:
    """Like :func:`check_gradient`, but raise AssertionError unless the verdict holds."""
    verdict = check_gradient(forward, backward, *inputs, **options)
    if not verdict.holds:
        raise AssertionError(str(verdict))
    return verdict


@dataclass(frozen=True)
class _Comparison:
    name: str
    shape: tuple[int, ...]
    got: Array
    wanted: Array
    low: Array
    high: Array
    bound: Array
    kinks: int
    projection: tuple[float, float]
    method: str

    @property
    def error(self) -> Array:
        """Distance from the interval of admissible values: a point, but for kinks."""
        return np.maximum(0.0, np.maximum(self.low - self.got, self.got - self.high))

    @property
    def wrong(self) -> Array:
        # Negated, so that a NaN in the gradient counts as wrong.
        return ~(self.error <= self.bound)

    @property
    def worst(self) -> int:
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(self.error == 0, 0.0, self.error / self.bound)
        return int(np.argmax(np.where(np.isnan(self.got), np.inf, ratio)))


def _compare(
    problem: _Problem,
    name: str,
    dy: Array,
    rng: np.random.Generator,
) -> _Comparison:
    jacobian = numeric_jacobian(problem, name, rng)
    # The upstream gradient is moved along with the inputs, so that rounding happens afresh.
    analytic = _with_noise(
        lambda given: problem.gradients(given[1:], given[0])[name], (dy, *problem.inputs), rng
    )
    value, bound, kinked = jacobian.pulled_back(dy)
    # Whatever the order of summation, the terms that were added have this magnitude.
    magnitude = UNIT_ROUNDOFF * (np.abs(jacobian.value) @ np.abs(dy.ravel()))
    total = bound + analytic.bound.ravel() + _NOISE_FACTOR * magnitude
    low, high = _admissible(jacobian, dy, value, kinked)
    got = analytic.value.ravel()
    v = rng.normal(size=got.shape)
    with np.errstate(invalid="ignore", over="ignore"):  # a gradient of inf or NaN is just wrong
        projected = float(np.abs(v @ np.where(kinked, 0.0, got - value)))
    return _Comparison(
        name,
        analytic.value.shape,
        got,
        value,
        low,
        high,
        total,
        int(kinked.sum()),
        (projected, float(np.abs(v) @ np.where(kinked, 0.0, total))),
        jacobian.method,
    )


def _admissible(jacobian: Jacobian, dy: Array, value: Array, kinked: Array) -> tuple[Array, Array]:
    """The interval that each gradient element may lie in: a point away from kinks."""
    weights = dy.ravel()
    ends = np.stack([jacobian.low * weights, jacobian.high * weights])
    smooth = jacobian.value * weights
    low = np.where(jacobian.kink, ends.min(axis=0), smooth).sum(axis=1)
    high = np.where(jacobian.kink, ends.max(axis=0), smooth).sum(axis=1)
    return np.where(kinked, low, value), np.where(kinked, high, value)


def numeric_jacobian(
    problem: _Problem,
    name: str,
    rng: np.random.Generator,
) -> Jacobian:
    """The Jacobian of one input, by central differences and, where it agrees, complex step."""
    at = problem.names.index(name)
    point = problem.inputs[at]
    noise = _with_noise(problem.outputs, problem.inputs, rng)
    outputs = noise.value.size
    found = []
    for element in np.ndindex(point.shape):
        scale = max(1.0, abs(float(point[element])))

        def line(t: float, element: tuple[int, ...] = element) -> Array:
            return problem.outputs(_moved(problem.inputs, at, element, t)).ravel()

        found.append(difference(line, scale, noise.bound.ravel()))
    parts: dict[str, Array] = {
        part: np.array([getattr(each, part) for each in found], dtype).reshape(point.size, outputs)
        for part, dtype in _PARTS.items()
    }
    value, bound, kink = parts["value"], parts["bound"], parts["kink"]
    sides = parts["left"], parts["right"]
    method = "central differences"
    if problem.formula is not None:
        exact = _complex_jacobian(problem, at, outputs)
        agrees = np.abs(exact.value - value) <= bound + exact.bound
        if bool(np.all(agrees | kink)):
            value = np.where(kink, value, exact.value)
            bound = np.where(kink, bound, exact.bound)
            method = "complex step, confirmed by central differences"
        else:
            method = "central differences (complex step disagrees and is not used)"
    return Jacobian(value, bound, kink, np.minimum(*sides), np.maximum(*sides), method)


_PARTS = {"value": float, "bound": float, "left": float, "right": float, "kink": bool}


def _complex_jacobian(problem: _Problem, at: int, outputs: int) -> Bounded:
    point = problem.inputs[at]

    def jacobian(inputs: Sequence[Array]) -> Array:
        def row(element: tuple[int, ...]) -> Array:
            return complex_step(lambda t: problem.outputs(_moved(inputs, at, element, t)).ravel())

        rows = [row(element) for element in np.ndindex(point.shape)]
        return np.array(rows, dtype=float).reshape(point.size, outputs)

    return _with_noise(jacobian, problem.inputs, np.random.default_rng(0))


def _moved(
    inputs: Sequence[Array], at: int, element: tuple[int, ...], by: complex | float
) -> list[Array]:
    moved = list(inputs)
    dtype = np.complex128 if isinstance(by, complex) else np.float64
    moved[at] = inputs[at].astype(dtype)
    moved[at][element] += by
    return moved


def _with_noise(
    function: Callable[[Sequence[Array]], Array], inputs: Sequence[Array], rng: np.random.Generator
) -> Bounded:
    """Evaluate ``function`` and bound its rounding error by its behaviour close by.

    At equidistant points so close that the function is as good as a polynomial, differences of
    high order remove all but the noise of rounding (Moré & Wild, Estimating computational noise,
    SIAM J. Sci. Comput. 33, 2011), whatever happens inside the function.
    """
    directions = [_towards_zero(each, rng) for each in inputs]
    table = np.stack(
        [
            np.asarray(function(_displaced(inputs, directions, at)), np.float64)
            for at in range(_NOISE_POINTS)
        ]
    )
    value, noise = table[0], np.zeros(table.shape[1:])
    with np.errstate(invalid="ignore", over="ignore"):
        for order in range(1, _NOISE_POINTS):
            table = np.diff(table, axis=0)
            if order >= _NOISE_ORDER:
                gain = math.factorial(order) ** 2 / math.factorial(2 * order)
                noise = np.maximum(noise, np.sqrt(gain * (table**2).mean(axis=0)))
    floor = UNIT_ROUNDOFF * np.abs(value) + float(np.finfo(np.float64).smallest_subnormal)
    return Bounded(value, _NOISE_FACTOR * (noise + floor))


def _displaced(inputs: Sequence[Array], directions: Sequence[Array], at: int) -> list[Array]:
    return [np.asarray(x + at * step) for x, step in zip(inputs, directions)]


def _towards_zero(array: Array, rng: np.random.Generator) -> Array:
    """A step by which nothing leaves its domain: probabilities stay below 1, variances above 0."""
    if array.dtype.kind != "f":
        return np.zeros_like(array)
    return np.asarray(-array * rng.uniform(0.5, 1.0, array.shape) * _NOISE_STEP)


def _require_same_function(problem: _Problem, y: Array, rng: np.random.Generator) -> None:
    """The formula stands in for forward, so their values must agree, to rounding."""
    if problem.formula is None:
        return
    formula = _with_noise(problem.outputs, problem.inputs, rng)
    same = np.abs(formula.value - y) <= 2 * formula.bound
    if not bool((same | (np.isnan(y) & np.isnan(formula.value))).all()):
        raise ValueError("formula: expected the same y as forward returns; got another")


def _gradients_with_wrong_shape(problem: _Problem, dy: Array) -> str:
    found = problem.gradients(problem.inputs, dy)
    for name in problem.wrt:
        wanted = problem.inputs[problem.names.index(name)].shape
        if found[name].shape != wanted:
            return (
                f"d{name} has the wrong shape: got {found[name].shape}, expected {wanted}, "
                f"the shape of {name}"
            )
    return ""


def _verdict(
    problem: _Problem, comparisons: list[_Comparison], dy: Array, claim: str, seed: int
) -> Verdict:
    compared = [each for each in comparisons if each.got.size]
    if not compared:
        return Verdict(
            Status.CHECKED, claim, "numeric check", scope="no elements", figure="empty", cases=1
        )
    failed = next((each for each in compared if each.wrong.any()), None)
    if failed is None:
        failed = next((c for c in compared if not c.projection[0] <= c.projection[1]), None)
    shown = failed or max(compared, key=_tightness)
    worst = shown.worst
    error, bound = float(shown.error[worst]), float(shown.bound[worst])
    if np.isnan(shown.got[worst]):
        error = float("nan")
    details = {"kinks": sum(each.kinks for each in comparisons)}
    figure = f"error {error:.0e}, bound {bound:.0e}"
    if failed is None:
        return Verdict(
            Status.CHECKED, claim, shown.method, figure=figure, error=error, bound=bound, cases=1,
            seed=seed, details=details,
        )  # fmt: skip
    return Verdict(
        Status.REFUTED, claim, failed.method, figure=figure, error=error, bound=bound, cases=1,
        reason=_reason(failed), counterexample=_counterexample(problem, failed, dy), seed=seed,
        details=details,
    )  # fmt: skip


def _tightness(comparison: _Comparison) -> float:
    worst = comparison.worst
    bound = float(comparison.bound[worst])
    return float(comparison.error[worst]) / bound if bound else 0.0


def _reason(failed: _Comparison) -> str:
    count, size = int(failed.wrong.sum()), failed.got.size
    return (
        f"d{failed.name}: {count} of {size} elements differ from the derivative by more than the "
        "error bound"
    )


def _counterexample(problem: _Problem, failed: _Comparison, dy: Array) -> Counterexample:
    worst = failed.worst
    index = tuple(int(each) for each in np.unravel_index(worst, failed.shape))
    at = f"d{failed.name}" + (f"[{', '.join(map(str, index))}]" if index else "")
    inputs: dict[str, Any] = {
        name: value.tolist() for name, value in zip(problem.names, problem.inputs)
    }
    inputs.update(problem.parameters)
    inputs["dy"] = dy.tolist()
    wanted = f"{failed.wanted[worst]:.9g}"
    if failed.low[worst] != failed.high[worst]:
        wanted = f"between {failed.low[worst]:.9g} and {failed.high[worst]:.9g} (a kink)"
    return Counterexample(inputs, at, f"{failed.got[worst]:.9g}", wanted)

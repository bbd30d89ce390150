"""Points at which nothing changes show nothing of a gradient: others are drawn, and it is said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradproof import check_gradient, check_jvp
from gradproof.verdicts import Status

Array = np.ndarray[Any, Any]
Function = Callable[[Any], Any]
DRAWN = np.random.default_rng(3).normal(size=12)


def tanh_slope(x: Array) -> Array:
    return np.asarray(1 - np.tanh(x) ** 2)


def bell_slope(x: Array) -> Array:
    return np.asarray(-2 * x * np.exp(-x * x))


STILL: dict[str, tuple[Function, Function, Array]] = {
    "saturated": (np.tanh, tanh_slope, np.full(40, 30.0)),
    "saturated on both sides": (np.tanh, tanh_slope, np.where(DRAWN > 0, 25.0, -30.0) + DRAWN),
    "dead": (lambda x: np.maximum(x, 0), lambda x: 1.0 * (x > 0), -np.abs(DRAWN)),
    "clipped": (lambda x: np.clip(x, 0, 6), lambda x: 1.0 * ((x > 0) & (x < 6)), 7 + DRAWN**2),
    "underflow": (lambda x: np.exp(-x * x), bell_slope, 40 + DRAWN),
}
SLIPS: dict[str, Callable[[Any, Any], Any]] = {
    "zeros": lambda dy, slope: 0 * dy,
    "twice": lambda dy, slope: 2 * dy * slope,
    "minus": lambda dy, slope: -dy * slope,
    "without dy": lambda dy, slope: slope + 0 * dy,
}


@pytest.mark.sampled(6)
@pytest.mark.parametrize("mode", ["auto", "full", "sketch", "directional", "jvp"])
@pytest.mark.parametrize("name", STILL)
def test_where_nothing_changes_other_points_tell(name: str, mode: Any) -> None:
    f, slope, x = STILL[name]

    def judged(rule: Callable[[Any, Any], Any]) -> Any:
        if mode == "jvp":
            return check_jvp(f, lambda xs, ts: rule(ts[0], slope(xs[0])), x)
        return check_gradient(f, lambda dy, x: rule(dy, slope(x)), x, mode=mode)

    if mode == "jvp" and "both" in name:  # there it says of itself that it cannot tell
        assert judged(lambda dy, slope: dy * slope).status is Status.UNDECIDED
        return
    right = judged(lambda dy, slope: dy * slope)
    assert right.status is Status.CHECKED, str(right)
    assert "the derivative by x is 0 at the inputs given: compared at others" in str(right)
    for label, slip in SLIPS.items():
        wrong = judged(slip)
        assert wrong.status is Status.REFUTED, label
        assert "where the derivative by x is 0, but one does at others" in wrong.reason


def attention(q: Array, k: Array, v: Array) -> Array:
    scores = q @ k.T
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(p / p.sum(axis=1, keepdims=True) @ v)


def attention_backward(dy: Array, q: Array, k: Array, v: Array) -> tuple[Array, Array, Array]:
    p = attention(q, k, np.eye(len(k)))
    dp = dy @ v.T
    ds = p * (dp - (dp * p).sum(axis=1, keepdims=True))
    return ds @ k, ds.T @ q, p.T @ dy


@pytest.mark.parametrize("mode", ["full", "directional"])
def test_an_input_without_effect_beside_others_with_one(mode: Any) -> None:
    rng = np.random.default_rng(0)
    inputs = 300 * rng.normal(size=(4, 3)), 30 * rng.normal(size=(6, 3)), rng.normal(size=(6, 5))
    right = check_gradient(attention, attention_backward, *inputs, mode=mode)
    assert right.holds
    assert "the derivative by q, k is 0 at the inputs given" in right.scope

    def without_dq(dy: Array, q: Array, k: Array, v: Array) -> tuple[Array, Array, Array]:
        return (0 * q, *attention_backward(dy, q, k, v)[1:])

    assert check_gradient(attention, without_dq, *inputs, mode=mode).status is Status.REFUTED


def test_what_is_0_at_every_point_is_said_and_not_accused() -> None:
    verdict = check_gradient(lambda x: np.round(x), lambda dy, x: 0 * dy, DRAWN)
    assert verdict.holds
    assert "the derivative by x is 0 at every point tried" in str(verdict).splitlines()[0]
    verdict = check_gradient(
        lambda x, b: x + b - (x + b).mean(), lambda dy, x, b: (dy - dy.mean(), 0.0), DRAWN, 0.7
    )
    assert verdict.holds
    assert "the derivative by b is 0 at every point tried" in verdict.scope


def test_a_dy_that_was_given_is_kept_at_other_points() -> None:
    """A loss's backward may be written for dy = 1 alone."""

    def loss(x: Array) -> float:
        return float(np.maximum(x, 0).sum())

    def slope(dy: Any, x: Array) -> Array:
        return np.asarray(1.0 * (x > 0))

    assert check_gradient(loss, slope, -np.abs(DRAWN), dy=1.0).holds
    assert check_gradient(loss, slope, np.array([1.0, 2.0]), dy=1.0).holds


def test_a_function_that_takes_no_other_points() -> None:
    x = -np.abs(DRAWN)

    def relu(z: Array) -> Array:
        if (z > 0).any():
            raise ValueError("positive")
        return np.maximum(z, 0)

    verdict = check_gradient(relu, lambda dy, x: 0 * dy, x)
    assert verdict.holds
    assert "what the code gives elsewhere has not been seen" in verdict.scope


@pytest.mark.parametrize("size", [1e-20, 1e-100])
def test_steps_as_small_as_the_input_where_larger_ones_see_a_jump(size: float) -> None:
    def unit(x: Array) -> Array:
        return np.asarray(x / np.linalg.norm(x))

    def right(dy: Array, x: Array) -> Array:
        return np.asarray((dy - unit(x) * (unit(x) @ dy)) / np.linalg.norm(x))

    verdict = check_gradient(unit, right, size * DRAWN)
    assert verdict.holds
    assert verdict.details["jumps"] == 0
    wrong = check_gradient(unit, lambda dy, x: dy / np.linalg.norm(x), size * DRAWN)
    assert wrong.status is Status.REFUTED


def test_jumps_alone_are_no_pass() -> None:
    """Below the smallest squares a norm is 0, and nothing can be compared."""

    def unit(x: Array) -> Array:
        return np.asarray(x / np.linalg.norm(x))

    verdict = check_gradient(unit, lambda dy, x: dy / np.linalg.norm(x), 1e-160 * DRAWN)
    assert not verdict.holds

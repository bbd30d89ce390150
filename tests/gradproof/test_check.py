"""check_gradient: right gradients pass, slips are refuted, and the message says where."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradproof import Status, assert_gradient, check_gradient

Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(7)
X = RNG.normal(size=(5, 3))


def softmax(x: Array) -> tuple[Array, Array]:
    e = np.exp(x - x.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return p, p


def softmax_backward(dy: Array, p: Array) -> Array:
    return p * (dy - (dy * p).sum(axis=1, keepdims=True))


def batch_norm(x: Array, gamma: Array, beta: Array) -> tuple[Array, Any]:
    mu = x.mean(axis=0)
    s = 1 / np.sqrt(((x - mu) ** 2).mean(axis=0) + 1e-5)
    x_hat = (x - mu) * s
    return gamma * x_hat + beta, (x_hat, gamma, s)


def batch_norm_backward(dy: Array, cache: Any, slip: str = "") -> tuple[Array, Array, Array]:
    x_hat, gamma, s = cache
    m = len(x_hat)
    inner = m * dy - dy.sum(axis=0) - x_hat * (dy * x_hat).sum(axis=0)
    if slip == "without x_hat":
        inner = m * dy - dy.sum(axis=0)
    dx = gamma * s / m * inner
    if slip == "without gamma":
        dx = s / m * inner
    if slip == "N/(N-1)":
        dx = dx * m / (m - 1)
    if slip == "one element":
        dx[2, 1] *= 1 + 1e-9
    dgamma = (dy if slip == "dgamma" else dy * x_hat).sum(axis=0)
    dbeta = dy.mean(axis=0) if slip == "dbeta" else dy.sum(axis=0)
    return dx, dgamma, dbeta


INPUTS = (X, RNG.normal(size=3), RNG.normal(size=3))
NAMES = ("x", "gamma", "beta")


@pytest.mark.parametrize("formula", [None, batch_norm])
def test_a_right_batch_norm_is_checked(formula: Callable[..., Any] | None) -> None:
    verdict = check_gradient(batch_norm, batch_norm_backward, *INPUTS, names=NAMES, formula=formula)
    assert verdict.status is Status.CHECKED, str(verdict)
    assert verdict.error is not None
    assert verdict.bound is not None
    assert verdict.error <= verdict.bound <= 1e-9


@pytest.mark.parametrize(
    ("slip", "named"),
    [
        ("without x_hat", "dx"),
        ("without gamma", "dx"),
        ("N/(N-1)", "dx"),
        ("one element", "dx[2, 1]"),
        ("dgamma", "dgamma"),
        ("dbeta", "dbeta"),
    ],
)
def test_a_slip_is_refuted_by_the_name_of_its_gradient(slip: str, named: str) -> None:
    verdict = check_gradient(
        batch_norm,
        lambda dy, cache: batch_norm_backward(dy, cache, slip),
        *INPUTS,
        names=NAMES,
        formula=batch_norm,
    )
    assert verdict.status is Status.REFUTED
    assert verdict.counterexample is not None
    assert verdict.counterexample.at.startswith(named)
    assert "elements differ from the derivative" in verdict.reason
    assert "dy" in verdict.counterexample.inputs


def test_a_zero_softmax_gradient_is_refuted_although_it_passes_under_ones() -> None:
    def zero(dy: Array, p: Array) -> Array:
        return np.zeros_like(p)

    assert check_gradient(softmax, softmax_backward, X).holds
    assert not check_gradient(softmax, zero, X).holds
    assert check_gradient(softmax, zero, X, dy=np.ones_like(X)).holds


def test_a_nan_gradient_is_refuted() -> None:
    verdict = check_gradient(softmax, lambda dy, p: dy * np.nan, X)
    assert verdict.status is Status.REFUTED


def test_a_gradient_of_the_wrong_shape_is_refuted_with_both_shapes() -> None:
    def no_reduction(dy: Array, cache: Any) -> tuple[Array, Array, Array]:
        dx, dgamma, _ = batch_norm_backward(dy, cache)
        return dx, dgamma, dy

    verdict = check_gradient(batch_norm, no_reduction, *INPUTS, names=NAMES)
    assert verdict.status is Status.REFUTED
    assert (
        verdict.reason == "dbeta has the wrong shape: got (5, 3), expected (3,), the shape of beta"
    )


def test_complex_step_that_disagrees_is_not_used() -> None:
    def forward(x: Array) -> tuple[Array, Array]:
        return np.abs(x) * x, x

    verdict = check_gradient(forward, lambda dy, x: dy * 2 * np.abs(x), X, formula=forward)
    assert verdict.holds, str(verdict)
    assert "complex step disagrees" in verdict.method


def test_any_subgradient_passes_at_a_kink_and_nothing_else() -> None:
    x = np.array([0.0, 0.0, 1.0, -1.0])

    def relu(x: Array) -> tuple[Array, Array]:
        return np.maximum(x, 0), x

    for slope, holds in ((0.0, True), (0.5, True), (1.0, True), (1.5, False), (-0.5, False)):
        verdict = check_gradient(
            relu, lambda dy, x, slope=slope: dy * np.where(x == 0, slope, x > 0), x
        )
        assert verdict.holds is holds, f"{slope}: {verdict}"
        assert verdict.details["kinks"] == 2


def test_shapes_that_do_not_fit_are_errors_that_say_so() -> None:
    with pytest.raises(ValueError, match=r"dy: expected the shape of y, \(5, 3\), got \(3,\)"):
        check_gradient(softmax, softmax_backward, X, dy=np.ones(3))
    with pytest.raises(
        ValueError, match="backward returned 2 gradients, expected 3: dx, dgamma, dbeta"
    ):
        check_gradient(
            batch_norm, lambda dy, cache: batch_norm_backward(dy, cache)[:2], *INPUTS, names=NAMES
        )


def test_empty_arrays_and_scalars_are_checked() -> None:
    assert check_gradient(softmax, softmax_backward, np.empty((0, 3))).figure == "empty"
    assert check_gradient(lambda x: (x**2, x), lambda dy, x: 2 * dy * x, 3.0).holds
    assert not check_gradient(lambda x: (x**2, x), lambda dy, x: dy * x, 3.0).holds


def test_assert_gradient_raises_with_the_verdict() -> None:
    assert_gradient(softmax, softmax_backward, X)
    with pytest.raises(AssertionError, match="REFUTED"):
        assert_gradient(softmax, lambda dy, p: 2 * softmax_backward(dy, p), X)


def test_a_verdict_has_no_truth_value() -> None:
    with pytest.raises(TypeError, match=r"ask verdict\.holds"):
        bool(check_gradient(softmax, softmax_backward, X))

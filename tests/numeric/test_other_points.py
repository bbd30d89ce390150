"""Inputs that hide slips: the check tries others of the same kind, and says so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradproof import assert_gradient, check_gradient
from gradproof.numeric.modes.other_points import hidden, like
from gradproof.verdicts import Status

Array = np.ndarray[Any, Any]
X = np.random.default_rng(0).normal(size=(4, 3))


def valley(p: Array) -> tuple[Any, Array]:
    return (1 - p[0]) ** 2 + 5 * (p[1] - p[0] ** 2) ** 2 + p[2] ** 2, p


def valley_backward(dy: Any, p: Array) -> Array:
    bend = p[1] - p[0] ** 2
    return np.asarray(dy * np.array([-2 * (1 - p[0]) - 20 * p[0] * bend, 10 * bend, 2 * p[2]]))


def test_a_factor_that_is_1_at_the_start_values_is_found() -> None:
    start = np.array([1.0, 1.0, 2.0])
    assert check_gradient(valley, valley_backward, start).holds
    verdict = check_gradient(
        valley, lambda dy, p: valley_backward(dy, p) * np.array([1, 1, p[1]]), start
    )
    assert verdict.status is Status.REFUTED
    assert verdict.reason.startswith(
        "no error shows at the inputs given, which hide slips (p holds whole numbers only), but"
    )
    assert verdict.counterexample is not None
    assert verdict.counterexample.inputs["p"] != start.tolist()


def dense(x: Array, w: Array, b: Array) -> tuple[Array, Any]:
    return x @ w + b, (x, w)


def dense_backward(dy: Array, cache: Any) -> tuple[Array, Array, Array]:
    x, w = cache
    return dy @ w.T, x.T @ dy, dy.sum(axis=0)


@pytest.mark.parametrize(
    ("slip", "why"),
    [
        (lambda dx, w: dx * w.mean(), "w has equal elements only"),
        (lambda dx, w: dx * w[0, 0] / w[1, 1], "w has equal elements only"),
    ],
)
def test_weights_of_ones_hide_nothing(slip: Any, why: str) -> None:
    inputs = X, np.ones((3, 2)), np.zeros(2)
    assert check_gradient(dense, dense_backward, *inputs).holds

    def wrong(dy: Array, cache: Any) -> tuple[Array, Array, Array]:
        dx, dw, db = dense_backward(dy, cache)
        return slip(dx, cache[1]), dw, db

    verdict = check_gradient(dense, wrong, *inputs)
    assert verdict.status is Status.REFUTED
    assert why in verdict.reason


def elu(x: Array, alpha: float = 1.0) -> tuple[Array, Any]:
    return np.where(x > 0, x, alpha * (np.exp(x) - 1)), (x, alpha)


def test_a_gradient_that_is_right_for_one_value_of_a_parameter_says_so() -> None:
    def without_alpha(dy: Array, cache: Any) -> Array:
        return np.asarray(dy * np.where(cache[0] > 0, 1, np.exp(cache[0])))

    verdict = check_gradient(elu, without_alpha, X, alpha=1.0)
    assert verdict.status is Status.CHECKED
    assert "right for alpha = 1 only: with alpha = 1.37" in verdict.scope
    with pytest.raises(AssertionError, match="right for alpha = 1 only"):
        assert_gradient(elu, without_alpha, X, alpha=1.0)

    def backward(dy: Array, cache: Any) -> Array:
        x, alpha = cache
        return np.asarray(dy * np.where(x > 0, 1, alpha * np.exp(x)))

    assert "only" not in check_gradient(elu, backward, X, alpha=1.0).scope


RIGHT_ONLY_THERE = {
    "probabilities": (
        lambda p: (-(p * np.log(p)).sum(), p),
        lambda dy, p: -dy * (np.log(p) + p.sum(axis=1, keepdims=True)),
        np.full((3, 4), 0.25),
    ),
    "symmetric": (
        lambda a: ((a @ a).sum(), a),
        lambda dy, a: dy * (a.sum(axis=0)[:, None] + a.sum(axis=1)[None, :]),
        np.array([[2.0, 1.0], [1.0, 3.0]]),
    ),
    "one-hot": (
        lambda t: ((t * np.log(0.3 + t)).sum(), t),
        lambda dy, t: dy * (np.log(0.3 + t) + t / (0.3 + t)),
        np.eye(3),
    ),
}


@pytest.mark.parametrize("name", RIGHT_ONLY_THERE)
def test_what_holds_for_inputs_of_one_kind_is_not_accused_at_others(name: str) -> None:
    forward, backward, x = RIGHT_ONLY_THERE[name]
    assert check_gradient(forward, backward, x).holds


@pytest.mark.parametrize(
    ("x", "why"),
    [
        ([0.3, -1.2], ""),
        ([2.0, 3.0], "holds whole numbers only"),
        ([0.0, 0.3], "holds 0 or 1"),
        ([[0.3, 1.2], [0.3, 1.2]], "has equal rows"),
        ([0.3, 0.3], "has equal elements only"),
        ([[0.0, 1.0], [1.0, 0.0]], ""),
    ],
)
def test_special_inputs_are_named(x: Any, why: str) -> None:
    assert hidden(np.array(x)) == why


@pytest.mark.parametrize(
    "x",
    [
        np.array([1.0, 2.0, 5.0]), np.array([[0.25, 0.75], [0.5, 0.5]]), np.zeros((2, 3)),
        np.array([[2.0, 1.0], [1.0, 3.0]]), np.tril(np.ones((3, 3))), np.array([-1.0, -2.0]),
        np.array(3.0), np.float32([1, 2]),
    ],
)  # fmt: skip
def test_other_inputs_are_of_the_same_kind(x: Array) -> None:
    found = like(x, np.random.default_rng(1))
    assert found.shape == x.shape
    assert found.dtype == x.dtype
    assert (found != x).any()
    if (x > 0).any():
        assert (np.sign(found) >= np.sign(x).min()).all()
    if x.ndim == 2 and x.shape[0] == x.shape[1]:
        assert (found == found.T).all() == (x == x.T).all()
        assert np.allclose(found.sum(axis=1), 1) == np.allclose(x.sum(axis=1), 1)


def test_a_batch_of_one_is_noted() -> None:
    notes = check_gradient(
        lambda x, w: (x @ w, (x, w)), lambda dy, c: (dy @ c[1].T, c[0].T @ dy), X[:1], X.T @ X
    ).details["notes"]
    assert any(note.startswith("x has one row: sums and means over rows") for note in notes)

"""Side effects, aliases, hidden state, shapes and dtypes: each is caught, and named."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from gradproof import assert_gradient, check_gradient
from gradproof.numeric.side_effects.hygiene import mending
from gradproof.verdicts import Status
from tests.numeric.examples import relu, relu_backward, tanh, tanh_backward

Array = np.ndarray[Any, Any]
X = np.array([[0.5, -1.5, 2.0], [-0.25, 1.0, -3.0]])


def relu_in_place(dy: Array, x: Array) -> Array:
    dx = dy
    dx[x <= 0] = 0
    return dx


def test_dy_changed_in_place_is_reported_and_refuted_where_asked() -> None:
    verdict = check_gradient(relu, relu_in_place, X)
    assert verdict.status is Status.CHECKED
    assert verdict.details["side_effects"] == ("backward changes dy in place",)
    assert "backward changes dy in place" in verdict.scope
    assert "shares memory with dy" in verdict.details["notes"][0]
    with pytest.raises(AssertionError, match="backward changes dy in place"):
        assert_gradient(relu, relu_in_place, X)


def test_an_input_changed_in_place_is_reported_and_does_no_harm() -> None:
    def forward(x: Array) -> tuple[Array, Array]:
        cache = x.copy()
        x *= 2
        return x**2, cache

    given = X.copy()
    verdict = check_gradient(forward, lambda dy, x: 8 * dy * x, given)
    assert verdict.holds, str(verdict)
    assert verdict.details["side_effects"] == ("forward changes x in place",)
    np.testing.assert_array_equal(given, X)


def test_y_changed_in_place_is_reported() -> None:
    def backward(dy: Array, y: Array) -> Array:
        y *= y
        return dy * (1 - y)

    verdict = check_gradient(tanh, backward, X)
    assert verdict.holds  # after its own forward it is right
    assert "backward changes y in place (write y = y.copy())" in verdict.scope
    assert "called twice with the same cache: it changes the cache" in verdict.scope
    with pytest.raises(AssertionError, match="called twice with the same cache"):
        assert_gradient(tanh, backward, X)


def test_an_alias_is_noted() -> None:
    verdict = check_gradient(lambda x: (x.reshape(-1), None), lambda dy, c: dy.reshape(2, 3), X)
    assert verdict.holds
    assert "forward returns an array that shares memory with x" in verdict.details["notes"]
    verdict = check_gradient(lambda x, y: (x + y, None), lambda dy, c: (dy, dy), X, X)
    assert "backward returns dx and dy in the same memory" in verdict.details["notes"]


def test_nondeterminism_is_undecided_and_named() -> None:
    rng = np.random.default_rng(0)

    def dropout(x: Array) -> tuple[Array, Array]:
        mask = rng.random(x.shape) < 0.5
        return x * mask, mask

    verdict = check_gradient(dropout, lambda dy, mask: dy * mask, np.ones((20, 5)))
    assert verdict.status is Status.UNDECIDED
    assert verdict.reason.startswith("forward is not deterministic: two calls on the same inputs")


def test_state_that_a_later_forward_replaces_is_noted() -> None:
    class Layer:
        def forward(self, x: Array) -> Array:
            self.y = np.tanh(x)
            return self.y

        def backward(self, dy: Array, cache: Any) -> Array:
            return np.asarray(dy * (1 - self.y) * (1 + self.y))

    layer = Layer()
    verdict = assert_gradient(layer.forward, layer.backward, X)
    assert verdict.details["notes"] == (
        "backward reads what a later forward left: one forward at a time, call backward before "
        "the next forward",
    )


def test_what_an_earlier_backward_left_is_refuted() -> None:
    class Layer:
        def __init__(self) -> None:
            self.dx: Any = 0.0

        def backward(self, dy: Array, y: Array) -> Array:
            self.dx = self.dx + dy * (1 - y) * (1 + y)
            return np.asarray(self.dx)

    layer = Layer()
    verdict = check_gradient(tanh, layer.backward, X)
    assert verdict.status is Status.REFUTED
    assert "it adds to what an earlier call left" in verdict.reason


def test_warnings_are_noted_and_do_not_stop_the_check() -> None:
    def forward(x: Array) -> tuple[Array, Array]:
        warnings.warn("old", DeprecationWarning, stacklevel=1)
        return np.tanh(x), np.tanh(x)

    verdict = check_gradient(forward, tanh_backward, X)
    assert verdict.holds
    assert verdict.details["notes"] == ("forward warns: DeprecationWarning: old",)


@pytest.mark.parametrize(
    ("got", "wanted", "mend"),
    [
        ((5, 3), (3,), "sum over axis 0"),
        ((5, 3), (1, 3), "sum over axis 0, with keepdims=True"),
        ((1, 3), (3,), "drop axis 0, of length 1"),
        ((2, 5, 3), (3,), "sum over axes 0, 1"),
        ((3, 5), (5, 3), "transpose it"),
        ((4, 2), (3,), ""),
    ],
)
def test_the_reduction_that_mends_a_shape(
    got: tuple[int, ...], wanted: tuple[int, ...], mend: str
) -> None:
    assert mending(got, wanted) == mend


def test_a_wrong_shape_is_refuted_with_what_would_mend_it() -> None:
    verdict = check_gradient(
        lambda x, b: (x + b, None), lambda dy, c: (dy.copy(), dy.copy()), X, X[0], names=("x", "b")
    )
    assert verdict.reason == "db has the wrong shape: got (2, 3), expected (3,), the shape of b"
    assert verdict.counterexample is not None
    assert verdict.counterexample.wanted == "of shape (3,): sum over axis 0"


def test_an_integer_gradient_is_refuted() -> None:
    verdict = check_gradient(relu, lambda dy, x: (dy * (x > 0)).astype(int), X)
    assert "dx has dtype int64, expected float64, the dtype of x" in verdict.reason


def test_nan_where_the_derivative_is_finite_is_named() -> None:
    def backward(dy: Array, x: Array) -> Array:
        dx = relu_backward(dy, x)
        dx[0, 1] = np.nan
        dx[1, 2] = np.inf
        return dx

    verdict = check_gradient(relu, backward, X)
    assert "2 are NaN or infinite where the derivative is finite" in verdict.reason


def test_y_that_is_not_finite_is_undecided() -> None:
    verdict = check_gradient(lambda x: (np.log(x), x), lambda dy, x: dy / x, np.array([0.0, 1.0]))
    assert verdict.status is Status.UNDECIDED
    assert "y is not finite at 1 of 2 elements" in verdict.reason

"""The Jacobian with its error bars, JVPs, and second order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradproof import check_gradient, check_jvp, jacobian
from gradproof.verdicts import Status
from tests.numeric.examples import softmax, softmax_backward, tanh

Array = np.ndarray[Any, Any]
X = np.random.default_rng(5).normal(size=(3, 4))


def test_every_entry_lies_within_its_bar() -> None:
    found = jacobian(lambda x: softmax(x)[0], X)
    p = softmax(X)[0]
    true = np.zeros((3, 4, 3, 4))
    for n in range(3):
        true[n, :, n, :] = np.diag(p[n]) - np.outer(p[n], p[n])
    assert found.value.shape == (3, 4, 3, 4)
    assert (np.abs(found.value - true) <= found.bound).all()
    assert found.bound.max() < 1e-10
    assert not found.kink.any()
    assert (found.value[0, :, 1, :] == 0).all()


def test_it_is_used_like_an_array() -> None:
    found = jacobian(np.square, [1, 2])
    assert np.allclose(found, [[2, 0], [0, 4]])
    assert type(found - np.eye(2)) is np.ndarray
    assert (found.T == found.value.T).all()
    assert (found[0].error == found.error[0]).all()
    assert (np.abs(found @ np.ones(2) - [2, 4]) <= 1e-11).all()


def test_f_is_not_called_outside_its_bounds() -> None:
    seen = []

    def f(p: Array) -> Array:
        seen.append(p)
        return np.asarray(p**2.5)

    found = jacobian(f, np.array([0.0, 1.0, 0.2]), bounds=(0, 1))
    assert (np.abs(np.diag(found) - [0, 2.5, 2.5 * 0.2**1.5]) <= np.diag(found.error)).all()
    assert np.diag(found.error).max() < 1e-6
    assert np.nanmin(seen) >= 0
    assert np.nanmax(seen) <= 1
    with pytest.raises(ValueError, match="x lies outside at 1 of 2 elements, such as 3"):
        jacobian(f, np.array([0.5, 3.0]), bounds=(0, 1))


def test_an_f_that_changes_x_is_differentiated_all_the_same_and_noted() -> None:
    def f(x: Array) -> Array:
        x *= 2
        return x * x

    found = jacobian(f, np.array([1.0, 2.0]))
    assert np.allclose(np.diag(found), [8, 16])
    assert found.notes == ("forward changes x in place (write x = x.copy())",)


def test_kinks_have_one_sided_ends() -> None:
    found = jacobian(np.abs, np.array([0.0, -2.0]))
    assert found.kink.tolist() == [[True, False], [False, False]]
    assert found.low[0, 0] == pytest.approx(-1)
    assert found.high[0, 0] == pytest.approx(1)
    assert found.value[1, 1] == pytest.approx(-1)


def test_scalars_empties_and_limits() -> None:
    assert jacobian(np.exp, 0.0).value == pytest.approx(1.0, rel=1e-11)
    assert jacobian(np.exp, np.empty((0,))).value.shape == (0, 0)
    with pytest.raises(ValueError, match="take more than 1 GiB"):
        jacobian(np.exp, np.zeros(10**5))
    with pytest.raises(ValueError, match="is not finite"):
        jacobian(np.log, np.zeros(2))


def tanh_jvp(inputs: tuple[Array, ...], tangents: tuple[Array, ...]) -> Array:
    (x,), (v,) = inputs, tangents
    return np.asarray(v * (1 - np.tanh(x) ** 2))


def test_a_jvp_is_checked_and_a_wrong_one_refuted() -> None:
    assert check_jvp(tanh, tanh_jvp, X).holds
    wrong = check_jvp(tanh, lambda x, v: tanh_jvp(x, v) * (1 + 1e-9), X)
    assert wrong.status is Status.REFUTED
    assert "12 of 12 elements differ from the derivative along the tangents" in wrong.reason
    assert wrong.counterexample is not None
    assert wrong.counterexample.at.startswith("dy[")
    with pytest.raises(ValueError, match="tangents: expected the shapes of the inputs"):
        check_jvp(tanh, tanh_jvp, X, tangents=[np.ones(3)])


def test_a_jvp_of_another_shape_is_refuted() -> None:
    verdict = check_jvp(tanh, lambda x, v: v[0][0], X)
    assert verdict.reason == "the JVP has 4 elements, y has 12"


def test_second_order_holds_for_right_code() -> None:
    verdict = check_gradient(softmax, softmax_backward, X, order=2)
    assert verdict.holds, str(verdict)
    assert verdict.details["order"] == 2


def test_second_order_refutes_a_value_that_is_right_at_one_point_only() -> None:
    """The gradient is right at X, where it is checked, but frozen there."""
    frozen = np.cos(X)

    def backward(dy: Array, x: Array) -> Array:
        return np.asarray(dy * frozen)

    assert check_gradient(lambda x: (np.sin(x), x), backward, X).holds
    verdict = check_gradient(lambda x: (np.sin(x), x), backward, X, order=2)
    assert verdict.status is Status.REFUTED
    assert verdict.reason.startswith("order 2: the derivative of backward along a random direction")


def test_second_order_refutes_what_is_not_linear_in_dy() -> None:
    dy = np.array([1.0, 1.0])
    verdict = check_gradient(
        lambda x: (x, None), lambda dy, c: dy**2, np.array([1.0, 2.0]), dy=dy, order=2
    )
    assert verdict.reason == "order 2: dx is not linear in dy"


@pytest.mark.parametrize("shape", [(2, 3, 1), (2, 1, 3), (1, 1), (3, 1)])
def test_an_axis_of_length_1_at_a_kink(shape: tuple[int, ...]) -> None:
    """At 0 ReLU is looked at again, element by element, wherever the axis of length 1 is."""
    found = jacobian(lambda x: np.maximum(x, 0), np.zeros(shape))
    size = int(np.prod(shape))
    assert found.shape == (*shape, *shape)
    assert (found.kink.reshape(size, size) == np.eye(size, dtype=bool)).all()


def test_more_calls_than_anyone_waits_for_are_said_and_not_made() -> None:
    calls = []

    def everything_meets(x: Array) -> Array:
        calls.append(x)
        return np.tanh(np.gradient(x)) * x.mean()

    x = np.linspace(-1, 2, 30)
    with pytest.raises(
        ValueError, match=r"30 columns .* about 6,600 calls of f; use check_gradient"
    ):
        jacobian(everything_meets, x, most_calls=5_000)
    assert len(calls) < 200
    assert jacobian(everything_meets, x[:4], most_calls=5_000).shape == (4, 4)
    assert jacobian(np.tanh, np.zeros(5_000), most_calls=5_000)[3, 3] == 1

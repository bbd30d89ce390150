"""Finite inputs of any magnitude: no warning, no NaN, and right wherever a float can hold it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradproof.operation.derivation import Parameter
from impl import (
    batch_norm,
    binary_cross_entropy,
    dense,
    elu,
    leaky_relu,
    maxout,
    mean_squared_error,
    perceptron_linear,
    perceptron_sign,
    perceptron_step,
    relu,
    selu,
    sigmoid,
    softmax,
    softmax_cross_entropy,
    tanh,
)
from tests.impl.calls import CALLS, Call, fields

MAX = float(np.finfo(float).max)
inf, nan = np.inf, np.nan


def _magnitudes(dtype: type) -> list[float]:
    info = np.finfo(dtype)
    top, tiny, least = float(info.max), float(info.tiny), float(info.smallest_subnormal)
    return [0.0, -0.0, least, 7 * least, tiny, tiny**0.5, 0.375, 1, 1000, top**0.5, top / 3, top]


@st.composite
def _filled(draw: Any, shape: tuple[int, ...], dtype: type) -> np.ndarray:
    size = int(np.prod(shape))
    one = st.tuples(st.sampled_from(_magnitudes(dtype)), st.sampled_from([1, -1]))
    pairs = draw(st.lists(one, min_size=size, max_size=size))
    with np.errstate(all="ignore"):
        return np.array([m * s for m, s in pairs], dtype=dtype).reshape(shape)


def _some_argument(draw: Any, call: Call, name: str, dtype: type) -> np.ndarray:
    value = call.arguments[name]
    kind = next(item.domain.kind for item in call.mode.inputs if item.name == name)
    if kind not in ("real", "positive"):
        return value.astype(dtype) if value.dtype.kind == "f" else value
    filled = draw(_filled(value.shape, dtype), label=name)
    return np.where(filled == 0, 1, abs(filled)).astype(dtype) if kind == "positive" else filled


def _admissible(item: Parameter) -> list[float]:
    """Values of a parameter at both ends of the range, as far as it may go."""
    if item.whole:
        return [item.default]
    tried = [1e-5, 0.1, 5e-324, 1e-60, 1e200, MAX]
    return [value for value in tried if item.most is None or value <= item.most]


@pytest.mark.sampled(6)
@pytest.mark.parametrize("call", CALLS, ids=str)
@given(data=st.data())
def test_no_warning_and_no_nan(call: Call, data: st.DataObject) -> None:
    dtype = data.draw(st.sampled_from([np.float64, np.float32, np.float16]), label="dtype")
    arguments = {n: _some_argument(data.draw, call, n, dtype) for n in call.arguments}
    parameters = {
        item.name: data.draw(st.sampled_from(_admissible(item)), label=item.name)
        for item in call.mode.parameters
    }
    shape = call.forward(**call.arguments)[0].shape
    dy = data.draw(_filled(shape, dtype), label="dy")
    with np.errstate(all="raise"):
        y, cache = call.forward(**arguments, **parameters)
        results = [y, *(each for b in call.backwards for each in fields(b(dy, cache)))]
    for result in results:
        assert result.dtype == dtype
        assert not np.isnan(result).any()


# --- overflow on the way to a result that does not --------------------------------------------


def test_products_that_cancel() -> None:
    x, W = np.array([[1e200, 1e200, 3.0]]), np.array([[1e200], [-1e200], [2.0]])
    y, cache = dense.forward(x, W, np.array([0.5]))
    assert y.tolist() == [[0.5]] or y.tolist() == [[6.5]]
    y, _ = dense.forward(np.array([[1e200, 1.0]]), np.array([[1e200], [1.0]]), np.array([0.5]))
    assert y.tolist() == [[inf]]
    y, _ = dense.forward(np.array([[2.0]]), np.array([[MAX]]), np.array([-MAX]))
    assert y.tolist() == [[MAX]]
    gradients = dense.backward(np.array([[MAX]]), cache)
    assert gradients.x.tolist() == [[inf, -inf, inf]]
    y, cache = dense.forward(np.ones((4, 1)), np.ones((1, 1)), np.zeros(1))
    gradients = dense.backward(np.array([[MAX], [MAX], [-MAX], [-MAX / 2]]), cache)
    assert gradients.b.tolist() == [MAX / 2]
    assert gradients.W.tolist() == [[MAX / 2]]


def test_perceptrons_on_either_side_of_a_huge_threshold() -> None:
    x, w = np.array([[1e200, 1e200], [-1e200, 1e200]]), np.array([1e200, 1e200])
    for sign, module in ((-1, perceptron_sign), (0, perceptron_step)):
        y, _ = module.forward(x, w, np.array(1.0))
        assert y.tolist() == [1, sign]
    y, cache = perceptron_linear.forward(x, w, np.array(1.0))
    assert y.tolist() == [inf, 1]
    gradients = perceptron_linear.backward(np.array([MAX, MAX]), cache)
    assert (gradients.w.tolist(), gradients.w_0) == ([0, inf], inf)


def test_maxout_tells_two_overflowing_pieces_apart() -> None:
    x, W, b = np.array([[1e200]]), np.array([[[1e150]], [[1e160]], [[1e140]]]), np.zeros((3, 1))
    y, cache = maxout.forward(x, W, b)
    assert y.tolist() == [[inf]]
    assert maxout.backward(np.ones((1, 1)), cache).b.tolist() == [[0], [1], [0]]


def test_selu_at_0_where_the_product_of_its_constants_overflows() -> None:
    y, cache = selu.forward(np.array([0.0, -1.0]), alpha=1e200, scale=1e200)
    assert y.tolist() == [0, -inf]
    assert selu.backward(np.array([0.0, 1.0]), cache).tolist() == [0, inf]


def test_maxout_gives_ties_to_the_first() -> None:
    x, W, b = np.ones((1, 1)), np.ones((3, 1, 1)), np.zeros((3, 1))
    _, cache = maxout.forward(x, W, b)
    assert maxout.backward(np.ones((1, 1)), cache).b.tolist() == [[1], [0], [0]]


def test_means_of_huge_numbers() -> None:
    huge = np.full(7, 1.7e308)
    loss, _ = binary_cross_entropy.forward(huge, np.zeros(7))
    assert float(loss) == pytest.approx(1.7e308, rel=1e-15)
    loss, _ = mean_squared_error.forward(np.array([1.5e154, 0, 0, 0]), np.zeros(4))
    assert float(loss) == pytest.approx(5.625e307, rel=1e-15)
    loss, cache = mean_squared_error.forward(1.7e308, -1.7e308)
    assert float(loss) == inf
    assert float(mean_squared_error.backward(1e-300, cache)) == pytest.approx(6.8e8, rel=1e-15)
    logits = np.array([[1.7e308, -1.7e308]] + [[0.0, 0.0]] * 3)
    loss, cache = softmax_cross_entropy.forward(logits, np.array([1, 0, 0, 0]))
    assert float(loss) == pytest.approx(8.5e307, rel=1e-15)
    dx = softmax_cross_entropy.backward(4.0, cache)
    assert dx.tolist() == [[1, -1]] + [[-0.5, 0.5]] * 3


def test_softmax_of_a_huge_upstream_gradient() -> None:
    """dy_0 - sum(dy * y) = 1.5 MAX on the way to 0.375 MAX."""
    _, cache = softmax.forward(np.zeros((1, 4)))
    dx = softmax.backward(np.array([[MAX, -MAX, -MAX, -MAX]]), cache)
    wanted = np.array([[0.375 * MAX] + [-0.125 * MAX] * 3])
    np.testing.assert_array_max_ulp(dx, wanted, 2)


def test_a_huge_gamma_against_a_huge_beta() -> None:
    x = np.array([[0.0], [0.0], [0.0], [4e6]])
    gamma, beta = np.array([1.5e308]), np.array([-1.5e308])
    y, _ = batch_norm.forward(x, gamma, beta)
    assert float(y[3, 0]) == pytest.approx(1.5e308 * (3**0.5 - 1), rel=1e-14)
    y, _ = batch_norm.forward_inference(x, gamma, beta, x[0], np.array([1e12]))
    assert float(y[3, 0]) == inf
    y, _ = batch_norm.forward_inference(x, gamma, beta, x[0], np.array([1e13]))
    assert float(y[3, 0]) == pytest.approx(1.5e308 * (1.6**0.5 - 1), rel=1e-14)


@pytest.mark.parametrize("scale", [1e200, 1e308, 1e120, 1.0, 1e60])
@pytest.mark.parametrize("backward", [batch_norm.backward, batch_norm.backward_fused])
def test_batch_norm_does_not_depend_on_the_scale_of_x(scale: float, backward: Any) -> None:
    x = np.array([[1.0, 1.0], [-1.0, 0.25], [1.0, 0.5], [-1.0, -1.5]])
    gamma, beta, dy = np.array([2.0, 0.5]), np.array([0.25, 1.0]), np.array(
        [[1.0, -2.0], [0.5, 1.0], [-3.0, 0.5], [0.25, 4.0]]
    )  # fmt: skip
    y, cache = batch_norm.forward(x * scale, gamma, beta, eps=1e-300)
    wanted, wanted_cache = batch_norm.forward(x, gamma, beta, eps=1e-300)
    np.testing.assert_allclose(y, wanted, rtol=1e-14)
    assert y[:, 0].tolist() == [2.25, -1.75, 2.25, -1.75]
    got, want = backward(dy * 1e-3, cache), backward(dy * 1e-3, wanted_cache)
    np.testing.assert_allclose(got.x, want.x / scale, rtol=1e-12, atol=1e-322)
    np.testing.assert_allclose(got.gamma, want.gamma, rtol=1e-13)
    huge = backward(dy * 1e307, cache)
    np.testing.assert_allclose(huge.x, want.x * 1e307 / scale * 1e3, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("backward", [batch_norm.backward, batch_norm.backward_fused])
def test_batch_norm_of_a_tiny_spread(backward: Any) -> None:
    """Where var and eps are both far below 1e-200, (var + eps)^(-3/2) alone would be infinite."""
    x = np.array([[1e-150], [-1e-150], [1e-150], [-1e-150]])
    y, cache = batch_norm.forward(x, np.array([3.0]), np.array([0.0]), eps=1e-300)
    np.testing.assert_allclose(y, np.sign(x) * 3 / 2**0.5, rtol=1e-15)
    dx = backward(np.array([[1e-150], [0.0], [0.0], [0.0]]), cache).x
    # x_hat = +-1/sqrt(2) and std = sqrt(2) * 1e-150: by hand from the closed form.
    wanted = 3 / 2**0.5 * np.array([[1 - 0.25 - 0.125], [-0.125], [-0.375], [-0.125]])
    np.testing.assert_allclose(dx, wanted, rtol=1e-14)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("m", [1, 3, 7, 1000, 30_000])
@pytest.mark.parametrize("value", [0.1, -7.3, 1e-6, 6e4])
def test_a_constant_feature_has_x_hat_exactly_0(dtype: type, m: int, value: float) -> None:
    x = np.full((m, 2), value, dtype=dtype)
    beta = np.array([0.3, -1.7], dtype=dtype)
    y, cache = batch_norm.forward(x, np.array([5.0, 1e4], dtype=dtype), beta)
    np.testing.assert_array_equal(y, np.broadcast_to(beta, y.shape))
    assert not batch_norm.backward(np.ones_like(y), cache).gamma.any()


def test_a_small_spread_around_a_large_mean() -> None:
    tiny = np.array([[1.0], [-1.0], [2.0], [-2.0]]) * 2.0**-20
    near, _ = batch_norm.forward(1e8 + tiny, np.ones(1), np.zeros(1), eps=1e-12)
    plain, _ = batch_norm.forward(tiny, np.ones(1), np.zeros(1), eps=1e-12)
    np.testing.assert_allclose(near, plain, rtol=0.05)  # 1e8 + tiny itself is rounded
    exact = 2.0**27 + tiny
    near, _ = batch_norm.forward(exact, np.ones(1), np.zeros(1), eps=1e-12)
    np.testing.assert_allclose(near, plain, rtol=1e-15)


@pytest.mark.parametrize("backward", [batch_norm.backward, batch_norm.backward_fused])
@pytest.mark.parametrize("value", [0.1, 1e308, 5e-324, -MAX])
def test_a_batch_of_one(backward: Any, value: float) -> None:
    beta = np.array([0.3])
    y, cache = batch_norm.forward(np.array([[value]]), np.array([MAX]), beta)
    assert y.tolist() == [[0.3]]
    for dy in (1.0, MAX, 5e-324):
        gradients = backward(np.array([[dy]]), cache)
        assert (gradients.x.tolist(), gradients.gamma.tolist()) == ([[0]], [0])
        assert gradients.beta.tolist() == [dy]


def test_inference_with_huge_statistics() -> None:
    one = np.ones(1)
    y, cache = batch_norm.forward_inference(
        np.array([[MAX]]), one, one * 0, -one * MAX, np.array([MAX])
    )
    assert float(y[0, 0]) == pytest.approx(2 * MAX**0.5, rel=1e-15)
    assert batch_norm.backward_inference(np.array([[MAX]]), cache).x[0, 0] == pytest.approx(
        MAX**0.5, rel=1e-15
    )
    statistics = batch_norm.update_running_statistics(
        one, one, np.array([[1e200], [-1e200]]), momentum=0
    )
    assert statistics.running_var.tolist() == [1]


# --- accuracy where the textbook form cancels -------------------------------------------------


def test_derivatives_far_from_zero_keep_their_digits() -> None:
    x = np.array([40.0, -40.0, 700.0])
    _, cache = sigmoid.forward(x)
    np.testing.assert_allclose(sigmoid.backward(np.ones(3), cache), np.exp(-abs(x)), rtol=1e-14)
    _, cache = tanh.forward(x / 2)
    np.testing.assert_allclose(tanh.backward(np.ones(3), cache), 4 * np.exp(-abs(x)), rtol=1e-14)
    _, cache = elu.forward(-x)
    assert elu.backward(np.ones(3), cache)[0] == pytest.approx(np.exp(-40), rel=1e-15, abs=0)


def test_elu_near_zero_keeps_its_digits() -> None:
    y, _ = elu.forward(np.array([-1e-20]), alpha=2.0)
    assert y.tolist() == [-2e-20]


def test_a_loss_near_zero_keeps_its_digits() -> None:
    x = np.array([[50.0, 0.0], [0.0, 50.0]])
    loss, cache = softmax_cross_entropy.forward(x, np.array([0, 1]))
    assert float(loss) == pytest.approx(np.exp(-50), rel=1e-14, abs=0)
    dx = softmax_cross_entropy.backward(2.0, cache)
    np.testing.assert_allclose(dx, np.exp(-50) * np.array([[-1, 1], [1, -1]]), rtol=1e-14)
    loss, cache = binary_cross_entropy.forward(np.array([50.0, -50.0]), np.array([1.0, 0.0]))
    assert float(loss) == pytest.approx(np.exp(-50), rel=1e-14, abs=0)
    dx = binary_cross_entropy.backward(2.0, cache)
    np.testing.assert_allclose(dx, np.exp(-50) * np.array([-1, 1]), rtol=1e-14)


# --- infinities, NaN, signed zero -------------------------------------------------------------

LIMITS = [
    (sigmoid, {}, [0, 0.5, 0.5, 1, nan], [0, 0.25, 0.25, 0, nan]),
    (tanh, {}, [-1, -0.0, 0, 1, nan], [0, 1, 1, 0, nan]),
    (relu, {}, [0, 0, 0, inf, nan], [0, 0, 0, 1, nan]),
    (leaky_relu, {"slope": 0.5}, [-inf, -0.0, 0, inf, nan], [0.5, 0.5, 0.5, 1, nan]),
    (leaky_relu, {"slope": 0}, [0, 0, 0, inf, nan], [0, 0, 0, 1, nan]),
    (elu, {"alpha": 0.5}, [-0.5, -0.0, 0, inf, nan], [0, 0.5, 0.5, 1, nan]),
]


@pytest.mark.parametrize(("module", "parameters", "wanted", "slopes"), LIMITS)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_limits(module: Any, parameters: dict, wanted: list, slopes: list, dtype: type) -> None:
    x = np.array([-inf, -0.0, 0.0, inf, nan], dtype=dtype)
    with np.errstate(all="raise"):
        y, cache = module.forward(x, **parameters)
        dx = module.backward(np.full(5, 3, dtype=dtype), cache)
    np.testing.assert_array_equal(y, np.array(wanted, dtype=dtype))
    np.testing.assert_array_equal(dx, 3 * np.array(slopes, dtype=dtype))


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_nan_in_is_nan_out(call: Call) -> None:
    for name in call.floats():
        poisoned = call.arguments[name].copy()
        poisoned.flat[0] = nan
        y, _ = call.forward(**(call.arguments | {name: poisoned}))
        assert np.isnan(y).any()


def test_a_logit_of_minus_infinity_is_an_impossible_class() -> None:
    y, cache = softmax.forward(np.array([[0.0, -inf, 0.0]]))
    assert y.tolist() == [[0.5, 0, 0.5]]
    assert softmax.backward(np.array([[1.0, 5.0, 3.0]]), cache).tolist() == [[-0.5, 0, 0.5]]
    loss, cache = softmax_cross_entropy.forward(np.array([[0.0, -inf, 0.0]]), np.array([0]))
    assert float(loss) == pytest.approx(np.log(2), rel=1e-15)
    assert softmax_cross_entropy.backward(1.0, cache).tolist() == [[-0.5, 0, 0.5]]
    loss, _ = softmax_cross_entropy.forward(np.array([[0.0, -inf, 0.0]]), np.array([1]))
    assert float(loss) == inf


def test_sure_and_right_or_sure_and_wrong() -> None:
    for x, t, wanted, slope in [
        (inf, 1, 0, 0),
        (-inf, 0, 0, 0),
        (inf, 0, inf, 1),
        (-inf, 1, inf, -1),
    ]:
        loss, cache = binary_cross_entropy.forward(np.array(x), np.array(t))
        assert float(loss) == wanted
        assert float(binary_cross_entropy.backward(1.0, cache)) == slope

"""The dtype that comes in goes out; float16 is computed in float32 and rounded once."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

from impl import (
    batch_norm,
    dense,
    elu,
    leaky_relu,
    mean_squared_error,
    relu,
    sigmoid,
    softmax_cross_entropy,
    tanh,
)
from tests.impl.calls import CALLS, Call, fields

every_call = pytest.mark.parametrize("call", CALLS, ids=str)


def _all_results(call: Call, arguments: dict, dy_dtype: type = np.float64) -> list[np.ndarray]:
    y, cache = call.forward(**arguments)
    dy = np.full(y.shape, 0.75, dtype=dy_dtype)
    return [y, *(each for b in call.backwards for each in fields(b(dy, cache)))]


@every_call
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("dy_dtype", [np.float16, np.float64, np.int8])
def test_every_result_has_the_dtype_of_the_inputs(call: Call, dtype: type, dy_dtype: type) -> None:
    for result in _all_results(call, call.cast(dtype), dy_dtype):
        assert result.dtype == dtype


@every_call
def test_float16_is_float32_rounded_once(call: Call) -> None:
    half = _all_results(call, call.cast(np.float16), np.float16)
    single = _all_results(call, call.cast(np.float32), np.float32)
    for got, wanted in zip(half, single):
        np.testing.assert_array_equal(got, wanted.astype(np.float16))


@every_call
def test_shapes_of_results(call: Call) -> None:
    y, cache = call.forward(**call.arguments)
    differentiable = [item.name for item in call.mode.differentiable]
    for backward in call.backwards:
        gradients = fields(backward(np.ones(y.shape), cache))
        assert [g.shape for g in gradients] == [call.arguments[n].shape for n in differentiable]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (np.bool_, np.float16),
        (np.int8, np.float16),
        (np.uint8, np.float16),
        (np.int16, np.float32),
        (np.uint16, np.float32),
        (np.int32, np.float64),
        (np.int64, np.float64),
        (np.uint64, np.float64),
        (">f4", np.float32),
        (">f8", np.float64),
    ],
)
@pytest.mark.parametrize("name", ["sigmoid", "relu", "elu"])
def test_integers_promote_as_in_ufuncs(given: object, wanted: type, name: str) -> None:
    module = importlib.import_module(f"impl.{name}")
    x = np.array([0, 1, 1], dtype=given)
    y, cache = module.forward(x)
    assert y.dtype == wanted
    assert y.dtype.isnative
    assert module.backward(y, cache).dtype == wanted
    np.testing.assert_array_equal(y, module.forward(x.astype(wanted))[0])


def test_several_inputs_promote_together() -> None:
    y, cache = dense.forward(
        np.ones((2, 3), np.float16), np.ones((3, 4), np.float32), np.ones(4, np.int8)
    )
    gradients = dense.backward(y, cache)
    assert {y.dtype, *(g.dtype for g in gradients)} == {np.dtype(np.float32)}
    y, _ = dense.forward(np.ones((2, 3), np.int64), np.ones((3, 4), np.float32), np.ones(4))
    assert y.dtype == np.float64


def test_labels_do_not_promote() -> None:
    for kind in (np.int8, np.int64, np.uint64):
        x, t = np.ones((2, 3), np.float16), np.array([0, 2], kind)
        assert softmax_cross_entropy.forward(x, t)[0].dtype == np.float16


@pytest.mark.parametrize("module", [sigmoid, tanh, relu, leaky_relu, elu])
@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (1,), (2, 3, 4, 5)])
def test_elementwise_takes_any_shape(module: object, shape: tuple[int, ...]) -> None:
    x = np.full(shape, 0.5, np.float32)
    y, cache = module.forward(x)
    assert isinstance(y, np.ndarray)
    assert y.shape == shape
    dx = module.backward(np.ones(shape), cache)
    assert isinstance(dx, np.ndarray)
    assert (dx.shape, dx.dtype) == (shape, np.float32)


def test_lists_and_python_numbers_are_arrays_of_float64() -> None:
    y, cache = sigmoid.forward([0, 0.0])
    assert y.tolist() == [0.5, 0.5]
    assert sigmoid.backward([1, 2], cache).tolist() == [0.25, 0.5]
    loss, cache = mean_squared_error.forward(3.0, 1.0)
    assert (loss.shape, float(loss)) == ((), 4.0)
    assert float(mean_squared_error.backward(1.0, cache)) == 4.0


def test_empty_batches_where_no_mean_is_taken() -> None:
    y, cache = dense.forward(np.ones((0, 3)), np.ones((3, 2)), np.ones(2))
    gradients = dense.backward(y, cache)
    assert [g.shape for g in gradients] == [(0, 3), (3, 2), (2,)]
    assert not gradients.W.any()
    row = np.ones(3)
    y, cache = batch_norm.forward_inference(np.ones((0, 3)), row, row, row, row)
    assert y.shape == (0, 3)
    assert batch_norm.backward_inference(y, cache).gamma.tolist() == [0, 0, 0]


def test_a_parameter_beyond_the_dtype_is_not_rounded_away() -> None:
    """eps = 1e-100 is 0 in float32, and slope = 1e60 infinite: 0/0 and 0 * inf would be NaN."""
    x = np.full((3, 2), 2.5, np.float32)
    y, cache = batch_norm.forward(x, np.ones(2, np.float32), np.zeros(2, np.float32), eps=1e-100)
    assert (y.dtype, y.any()) == (np.float32, False)
    dx = batch_norm.backward(np.array([[1, 0], [2, 0], [4, 0]], np.float32), cache).x
    assert np.isinf(dx[:, 0]).all()
    y, cache = leaky_relu.forward(np.float32([-0.0, -1e-30]), slope=1e60)
    assert y.tolist() == [0, pytest.approx(-1e30, rel=1e-6)]
    assert leaky_relu.backward(np.float32([0, 1e-30]), cache).dtype == np.float32


def test_update_running_statistics() -> None:
    x = np.array([[1, 10], [3, 30]], np.float32)
    mean, var = np.zeros(2, np.float32), np.ones(2, np.float32)
    new = batch_norm.update_running_statistics(mean, var, x, momentum=0.25)
    assert new.running_mean.tolist() == [0.5, 5.0]
    assert new.running_var.tolist() == [0.75 + 0.25 * 2, 0.75 + 0.25 * 200]
    assert new.running_mean.dtype == np.float32
    assert (mean.tolist(), var.tolist()) == ([0, 0], [1, 1])
    same = batch_norm.update_running_statistics(mean, var, x, momentum=0)
    assert same.running_mean.tolist() == [0, 0]
    assert not np.shares_memory(same.running_mean, mean)

"""An error names the argument, what it was, what was expected, and what to do."""

from __future__ import annotations

import re

import numpy as np
import pytest

from impl import (
    batch_norm,
    binary_cross_entropy,
    dense,
    elu,
    leaky_relu,
    maxout,
    mean_squared_error,
    perceptron_linear,
    relu,
    sigmoid,
    softmax,
    softmax_cross_entropy,
)
from tests.impl.calls import CALLS, Call

two = np.ones(2)
three = np.ones(3)


def _raises(kind: type[Exception], text: str) -> pytest.RaisesExc:
    return pytest.raises(kind, match=f"^{re.escape(text)}")


@pytest.mark.parametrize("call", CALLS, ids=str)
@pytest.mark.parametrize("kind", [complex, object, str, bytes, "datetime64[s]"])
def test_every_float_argument_refuses_other_dtypes(call: Call, kind: object) -> None:
    for name in call.floats():
        wrong = np.zeros(call.arguments[name].shape, dtype=kind)
        with pytest.raises(TypeError, match=rf"^{name}: expected real numbers .* got dtype .*; "):
            call.forward(**(call.arguments | {name: wrong}))
    y, cache = call.forward(**call.arguments)
    for backward in call.backwards:
        with pytest.raises(TypeError, match=r"^dy: expected real numbers .* got dtype .*; "):
            backward(np.zeros(y.shape, dtype=kind), cache)


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_dy_is_never_broadcast(call: Call) -> None:
    y, cache = call.forward(**call.arguments)
    wrong = [(1,), (*y.shape, 1), (1, *y.shape)] + ([(), y.shape[::-1]] if y.ndim else [])
    for backward in call.backwards:
        for shape in wrong:
            if shape == y.shape:
                continue
            text = f"dy: expected the shape of y, {y.shape}, got shape {shape}; an upstream"
            with _raises(ValueError, text):
                backward(np.ones(shape), cache)


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_every_parameter_refuses_what_is_no_finite_number(call: Call) -> None:
    for item in call.mode.parameters:
        told = rf"^{item.name}: expected a .*number.* got "
        for value in (np.nan, np.inf, -np.inf):
            with pytest.raises(ValueError, match=told):
                call.forward(**call.arguments, **{item.name: value})
        for value in ("1", None, 1j, [1.0], np.ones(1)):
            with pytest.raises(TypeError, match=told):
                call.forward(**call.arguments, **{item.name: value})
        for kind in (np.float64, np.int8 if item.whole else np.float32, np.array):
            call.forward(**call.arguments, **{item.name: kind(item.default)})


def test_parameters_are_keyword_only() -> None:
    for module in (leaky_relu, elu):
        with pytest.raises(TypeError, match="too many positional"):
            module.forward(two, 0.5)


@pytest.mark.parametrize("eps", [0, 0.0, -1e-5])
def test_eps(eps: float) -> None:
    text = f"eps: expected a finite number > 0, got {eps!r}; choose another eps"
    with _raises(ValueError, text):
        batch_norm.forward(np.ones((2, 2)), two, two, eps=eps)
    with _raises(ValueError, text):
        batch_norm.forward_inference(np.ones((2, 2)), two, two, two, two, eps=eps)


@pytest.mark.parametrize("momentum", [-0.1, 1.1, np.nan, np.inf])
def test_momentum(momentum: float) -> None:
    with _raises(ValueError, f"momentum: expected a number from 0 to 1, got {momentum!r}; choose"):
        batch_norm.update_running_statistics(two, two, np.ones((2, 2)), momentum=momentum)


SHAPES = [
    (
        lambda: dense.forward(np.ones((4, 3)), np.ones((2, 5)), np.ones(5)),
        "W: expected shape (D, M) with D = 3, as in x (N, D), got shape (2, 5); "
        "make W and x agree in D",
    ),
    (
        lambda: dense.forward(np.ones((4, 3)), np.ones((3, 5)), np.ones(4)),
        "b: expected shape (M,) with M = 5, as in W (D, M), got shape (4,); "
        "make b and W agree in M",
    ),
    (
        lambda: dense.forward(three, np.ones((3, 5)), np.ones(5)),
        "x: expected shape (N, D), got shape (3,); add the missing axes; "
        "one single example is x.reshape(1, -1)",
    ),
    (
        lambda: dense.forward(np.ones((4, 3)), np.ones((3, 5)), np.ones((1, 5))),
        "b: expected shape (M,), got shape (1, 5); drop or merge axes with b.reshape",
    ),
    (
        lambda: perceptron_linear.forward(np.ones((4, 3)), three, np.ones(1)),
        "w_0: expected shape (), got shape (1,); pass one number for w_0",
    ),
    (
        lambda: maxout.forward(np.ones((4, 3)), np.ones((0, 3, 5)), np.ones((0, 5))),
        "W: expected at least one element along K, got shape (0, 3, 5) of (K, D, M); "
        "over nothing (m = 0) there is no mean and no maximum, so skip empty batches",
    ),
    (
        lambda: batch_norm.forward(three, three, three),
        "x: expected shape (N, C, *spatial), got shape (3,); add the missing axes",
    ),
    (
        lambda: batch_norm.forward(np.ones((4, 3, 2)), two, three),
        "gamma: expected shape (C,) with C = 3, as in x (N, C, *spatial), got shape (2,)",
    ),
    (
        lambda: batch_norm.forward(np.ones((0, 3)), three, three),
        "x: expected at least one element along N, got shape (0, 3) of (N, C, *spatial)",
    ),
    (
        lambda: batch_norm.forward(np.ones((2, 3, 4, 0)), three, three),
        "x: expected at least one element along spatial, got shape (2, 3, 4, 0)",
    ),
    (
        lambda: batch_norm.update_running_statistics(two, two, np.ones((1, 2))),
        "x: expected m >= 2 elements per feature, got m = 1: shape (1, 2); the unbiased "
        "variance divides by m - 1, so pass a larger batch",
    ),
    (
        lambda: batch_norm.update_running_statistics(two, -two, np.ones((3, 2))),
        "running_var: expected variances >= 0, got running_var[0] = -1.0; pass the variance",
    ),
    (
        lambda: softmax.forward(np.ones((2, 0))),
        "x: expected at least one element along C, got shape (2, 0) of (N, C)",
    ),
    (
        lambda: softmax_cross_entropy.forward(np.ones((2, 3)), np.array([0, 3])),
        "t: expected labels from 0 to 2, got t[1] = 3; renumber them",
    ),
    (
        lambda: softmax_cross_entropy.forward(np.ones((2, 3)), np.array([-1, 0])),
        "t: expected labels from 0 to 2, got t[0] = -1; renumber them",
    ),
    (
        lambda: softmax_cross_entropy.forward(np.ones((2, 3)), np.array([0, 1, 2])),
        "t: expected shape (N,) with N = 2, as in x (N, C), got shape (3,)",
    ),
    (
        lambda: softmax_cross_entropy.forward(np.ones((0, 3)), np.zeros(0, int)),
        "x: expected at least one element along N, got shape (0, 3) of (N, C)",
    ),
    (
        lambda: binary_cross_entropy.forward(two, np.array([0, 1.5])),
        "t: expected targets from 0 to 1, got t[1] = 1.5; rescale them to probabilities",
    ),
    (
        lambda: binary_cross_entropy.forward(np.array(1.0), np.array(-1)),
        "t: expected targets from 0 to 1, got t = -1; rescale them to probabilities",
    ),
    (
        lambda: mean_squared_error.forward(np.ones((3, 1)), three),
        "t: expected shape (*shape,) with shape = (3, 1), as in x (*shape,), got shape (3,); "
        "make t and x agree in shape",
    ),
    (
        lambda: mean_squared_error.forward([], []),
        "x: expected at least one element along shape, got shape (0,) of (*shape,)",
    ),
    (
        lambda: sigmoid.forward([[1, 2], [3]]),
        "x: expected an array of real numbers, got list that NumPy cannot make one of",
    ),
]


@pytest.mark.parametrize(("call", "text"), SHAPES, ids=[text[:60] for _, text in SHAPES])
def test_shapes_and_values(call: object, text: str) -> None:
    with _raises(ValueError, text):
        call()


@pytest.mark.parametrize("t", [np.array([0.0, 1.0]), np.array([True, False]), ["a", "b"]])
def test_labels_must_be_integers(t: object) -> None:
    with _raises(TypeError, f"t: expected integer labels, got dtype {np.asarray(t).dtype}; "):
        softmax_cross_entropy.forward(np.ones((2, 3)), t)


def test_a_cache_from_elsewhere_is_refused() -> None:
    y, cache = sigmoid.forward(two)
    with _raises(
        TypeError,
        "cache: expected a cache of impl.relu.forward, got one of impl.sigmoid.forward; "
        "call the backward of the same file and mode",
    ):
        relu.backward(y, cache)
    with _raises(
        TypeError,
        "cache: expected the cache that impl.sigmoid.forward returned, got tuple; "
        "unpack it: y, cache = forward(...)",
    ):
        sigmoid.backward(y, (y, cache))
    y, cache = batch_norm.forward_inference(np.ones((2, 2)), two, two, two, two)
    with _raises(TypeError, "cache: expected a cache of impl.batch_norm.forward, got one of"):
        batch_norm.backward_fused(y, cache)


def test_advice_for_complex_numbers() -> None:
    with _raises(
        TypeError,
        "x: expected real numbers (float16, float32, float64, integer or bool), got dtype "
        "complex128; pass its real part; for complex-step differentiation use "
        "inspect.unwrap(forward)",
    ):
        sigmoid.forward(np.ones(2, complex))

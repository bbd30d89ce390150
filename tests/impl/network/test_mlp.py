"""The multilayer perceptron: layers, names, initial weights, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from impl import batch_norm, dense, elu, softmax, softmax_cross_entropy
from impl.network import MLP, accuracy, activations
from impl.network.initial import glorot, he
from impl.network.spec import specify


def batch(n: int = 6, features: int = 3, classes: int = 2) -> tuple[Any, Any]:
    rng = np.random.default_rng(5)
    return rng.normal(size=(n, features)), rng.integers(0, classes, n)


def test_every_activation_of_the_book_is_there() -> None:
    book = {"sigmoid", "tanh", "relu", "leaky_relu", "elu", "maxout"}
    assert book <= set(activations())


def test_two_hidden_layers_are_deep() -> None:
    assert not specify([2, 8, 2]).deep
    assert specify([2, 8, 8, 2]).deep


def test_it_is_what_the_operations_compose_to() -> None:
    """Forward and backward by hand, with the validated operations."""
    network = MLP([3, 4, 2], "elu", batch_norm=True, seed=2)
    x, t = batch()
    p = network.parameters
    h, c1 = dense.forward(x, p["dense1.W"], np.zeros(4))
    n, c2 = batch_norm.forward(h, p["batch_norm1.gamma"], p["batch_norm1.beta"])
    a, c3 = elu.forward(n)
    y, c4 = dense.forward(a, p["dense2.W"], p["dense2.b"])
    loss, c5 = softmax_cross_entropy.forward(y, t)
    dy = softmax_cross_entropy.backward(1.0, c5)
    last = dense.backward(dy, c4)
    da = elu.backward(last.x, c3)
    norm = batch_norm.backward(da, c2)
    first = dense.backward(norm.x, c1)

    step = network.step(x, t)
    assert step.loss == pytest.approx(float(loss), rel=1e-14)
    for name, value in {"dense1": h, "batch_norm1": n, "elu1": a, "dense2": y}.items():
        np.testing.assert_allclose(step.values[name], value, rtol=1e-12, atol=1e-14, err_msg=name)
    expected = {
        "dense2": dy, "dense2.W": last.W, "dense2.b": last.b, "elu1": last.x, "batch_norm1": da,
        "batch_norm1.gamma": norm.gamma, "batch_norm1.beta": norm.beta, "dense1": norm.x,
        "dense1.W": first.W, "x": first.x,
    }  # fmt: skip
    assert step.gradients.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(
            step.gradients[name], value, rtol=1e-10, atol=1e-14, err_msg=name
        )


@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("activation", activations())
def test_names_and_shapes(activation: str, norm: bool) -> None:
    network = MLP([3, 4, 5, 2], activation, batch_norm=norm)
    step = network.step(*batch())
    for name, value in {**step.values, **network.parameters}.items():
        assert step.gradients[name].shape == value.shape, name
    assert step.gradients.keys() == {**step.values, **network.parameters}.keys()
    assert list(step.values)[-1] == "dense3"


def test_parameters_are_views_of_theta() -> None:
    network = MLP([3, 4, 2])
    network.theta[...] = 0
    assert not any(value.any() for value in network.parameters.values())
    assert sum(value.size for value in network.parameters.values()) == network.theta.size


def test_inference_uses_running_statistics_and_training_the_batch() -> None:
    network = MLP([3, 4, 2], "linear", batch_norm=True, seed=1)
    x, _ = batch()
    network.statistics["batch_norm1"] = (np.full(4, 0.5), np.full(4, 4.0))
    _, cache = network.forward(x)
    expected = (cache.values["dense1"] - 0.5) / np.sqrt(4 + 1e-5)
    np.testing.assert_allclose(cache.values["batch_norm1"], expected, rtol=1e-12)
    _, cache = network.forward(x, training=True)
    np.testing.assert_allclose(cache.values["batch_norm1"].mean(axis=0), 0, atol=1e-12)


def test_a_step_moves_only_the_running_statistics() -> None:
    network = MLP([3, 4, 2], "tanh", batch_norm=True)
    before = network.state()
    network.step(*batch())
    assert np.array_equal(network.theta, before.theta)
    assert not np.array_equal(
        network.statistics["batch_norm1"][0], before.statistics["batch_norm1"][0]
    )
    network.restore(before)
    assert np.array_equal(network.statistics["batch_norm1"][0], np.zeros(4))


def test_backward_works_in_inference_too() -> None:
    network = MLP([3, 4, 2], "tanh", batch_norm=True)
    x, _ = batch()
    y, cache = network.forward(x)
    gradients = network.backward(np.ones_like(y), cache)
    step = 1e-6 * np.eye(3)[0]
    slope = (network.forward(x + step)[0] - network.forward(x - step)[0]).sum(axis=1) / 2e-6
    np.testing.assert_allclose(gradients["x"][:, 0], slope, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("activation", activations())
def test_one_dtype_throughout(activation: str, dtype: Any) -> None:
    network = MLP([3, 4, 2], activation, batch_norm=True, dtype=dtype)
    step = network.step(*batch())
    found = {name: each.dtype for name, each in {**step.values, **step.gradients}.items()}
    assert set(found.values()) == {np.dtype(dtype)}, found
    assert {each.dtype for pair in network.statistics.values() for each in pair} == {
        np.dtype(dtype)
    }


def test_no_hidden_layer_is_softmax_regression() -> None:
    network = MLP([3, 2])
    x, _ = batch()
    y, _ = network.forward(x)
    np.testing.assert_allclose(y, x @ network.parameters["dense1.W"])
    np.testing.assert_allclose(network.probabilities(x), softmax.forward(y)[0])
    assert np.array_equal(network.predict(x), y.argmax(axis=1))


def test_targets_of_the_mean_squared_error() -> None:
    several = MLP([3, 2], loss="mean_squared_error")
    assert several.targets([1, 0], 2).tolist() == [[0, 1], [1, 0]]
    assert several.targets([[0.5, 0.25]], 1).tolist() == [[0.5, 0.25]]
    one = MLP([3, 1], loss="mean_squared_error")
    assert one.targets([1, 0], 2).tolist() == [[1], [0]]


def test_accuracy() -> None:
    y = np.array([[2.0, 1.0], [0.0, 3.0], [5.0, 4.0]])
    assert accuracy(y, [0, 1, 1]) == pytest.approx(2 / 3)
    assert accuracy(y, [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]) == 1
    assert accuracy(np.array([[0.9], [0.1]]), [1, 1]) == 0.5


# --- initial weights --------------------------------------------------------------------------


@pytest.mark.parametrize(("rule", "variance"), [(he, 2 / 300), (glorot, 2 / 500)])
@pytest.mark.parametrize("pieces", [(), (3,)])
def test_initial_variance(rule: Any, variance: float, pieces: tuple[int, ...]) -> None:
    """Within five standard deviations of what a sample of that size shows."""
    W = rule(np.random.default_rng(0), (*pieces, 300, 200))
    off = 5 * np.sqrt(2 / W.size)
    assert W.shape == (*pieces, 300, 200)
    assert abs(W.mean()) < 5 * np.sqrt(variance / W.size)
    assert 1 - off < W.var() / variance < 1 + off
    swapped = 2 / 200 if rule is he else 2 / 300
    assert not 1 - off < W.var() / swapped < 1 + off


def test_glorot_is_uniform_and_he_is_not() -> None:
    rng = np.random.default_rng(0)
    assert abs(glorot(rng, (40, 60))).max() <= np.sqrt(6 / 100)
    assert abs(he(rng, (40, 60))).max() > 2.5 * np.sqrt(2 / 40)


def test_biases_start_at_0_gamma_at_1() -> None:
    p = MLP([3, 4, 4, 2], ("maxout", "elu"), batch_norm=(False, True)).parameters
    assert not p["maxout1.b"].any()
    assert not p["dense3.b"].any()
    assert not p["batch_norm2.beta"].any()
    assert (p["batch_norm2.gamma"] == 1).all()


def test_a_seed_decides_the_weights() -> None:
    first, again, other = (MLP([3, 4, 2], seed=seed).theta for seed in (7, 7, 8))
    assert first.tobytes() == again.tobytes() != other.tobytes()


# --- what is refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: MLP([3]), "sizes: expected inputs, any hidden layers, outputs"),
        (lambda: MLP([3, 0, 2]), "sizes: expected whole numbers from 1 on, got 0"),
        (lambda: MLP([3, 2.5, 2]), "got 2.5"),
        (lambda: MLP([3, 4, 2], "relo"), "activation: none called 'relo'; there are: elu"),
        (lambda: MLP([3, 4, 2], "softmax"), "none called 'softmax'"),
        (lambda: MLP([3, 4, 2], ("elu", "relu")), "activation: expected one for all or one for"),
        (lambda: MLP([3, 4, 4, 2], batch_norm=[True]), "batch_norm: .* 2 hidden layers, got 1"),
        (lambda: MLP([3, 4, 2], "maxout", pieces=0), "pieces: .* got 0"),
        (lambda: MLP([3, 4, 2], loss="hinge"), "loss: no loss called 'hinge'; there are: softmax"),
        (lambda: MLP([3, 4, 2], init="zeros"), "init: none called 'zeros'; there are: he, glorot"),
        (lambda: MLP([3, 4, 2], dtype=int), "dtype: expected float32 or float64, got int64"),
        (lambda: MLP([3, 2]).forward(np.zeros(3)), r"x: expected shape \(N, 3\), got \(3,\)"),
        (lambda: MLP([3, 2]).forward(np.zeros((1, 2))), r"got \(1, 2\)"),
        (
            lambda: MLP([3, 2]).step(np.zeros((2, 3)), [0, 2]),
            "t: expected labels from 0 to 1, got 2",
        ),
        (lambda: MLP([3, 2]).step(np.zeros((2, 3)), [0, -1]), "got -1"),
        (lambda: MLP([3, 2]).step(np.zeros((2, 3)), [0, 1, 1]), r"t: expected one for each of 2"),
        (lambda: MLP([3, 2]).step(np.zeros((2, 3)), [0.5, 1.0]), "t: expected integer labels"),
    ],
)
def test_what_does_not_fit_is_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()

"""The gradient of a whole network, checked and proved as one function of all its parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gradproof import Status, Verdict, check_gradient, prove_gradient
from impl.network import MLP, LossFunction, activations, as_function, propagation
from impl.network.layers import Layer, Pair

LOSSES = ("softmax_cross_entropy", "mean_squared_error")


def short(shape: tuple[int, ...], seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).round(2)


def a_network(
    sizes: tuple[int, ...], activation: str, batch_norm: bool, loss: str = LOSSES[0]
) -> MLP:
    """A network with short numbers in every parameter, biases and gamma included."""
    network = MLP(sizes, activation, batch_norm=batch_norm, loss=loss, seed=1)
    network.theta[...] = (network.theta + short(network.theta.shape, 2) / 2).round(2)
    return network


def a_batch(network: MLP, n: int) -> tuple[np.ndarray, np.ndarray]:
    x, outputs = short((n, network.spec.sizes[0]), 3), network.spec.sizes[-1]
    if network.spec.loss == "mean_squared_error":
        return x, short((n, outputs), 4)
    return x, np.arange(n) % outputs


def checked(function: LossFunction, **options: Any) -> Verdict:
    return check_gradient(
        function.forward,
        function.backward,
        *function.inputs,
        names=function.names,
        wrt=function.wrt,
        formula=function.forward,
        **options,
    )


def proved(network: MLP, time_limit: float = 60.0) -> Verdict:
    """Prove the gradient for every batch size."""
    function = as_function(network, *a_batch(network, 2))
    labels = {} if network.spec.loss == "mean_squared_error" else {"t": network.spec.sizes[-1]}
    return prove_gradient(
        function.forward,
        function.backward,
        *function.inputs,
        wrt=function.wrt,
        batch=("x", "t"),
        labels=labels,
        time_limit=time_limit,
    )


@pytest.mark.sampled(1, each="batch_norm")
@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("activation", activations())
def test_a_deep_network_is_checked(activation: str, batch_norm: bool) -> None:
    network = a_network((2, 3, 2, 3), activation, batch_norm)
    verdict = checked(as_function(network, *a_batch(network, 4)))
    assert verdict.status is Status.CHECKED, verdict
    assert verdict.details["mode"] == "full"


@pytest.mark.campaign
def test_a_mixed_network_with_another_loss_is_checked() -> None:
    network = MLP(
        (2, 3, 2, 3, 2),
        ("maxout", "elu", "tanh"),
        batch_norm=(False, True, True),
        loss="mean_squared_error",
    )
    verdict = checked(as_function(network, *a_batch(network, 4)))
    assert verdict.status is Status.CHECKED, verdict


def test_a_network_for_digits_is_checked_along_directions() -> None:
    network = MLP((64, 64, 64, 10), "elu", batch_norm=True)
    verdict = checked(as_function(network, *a_batch(network, 32)), mode="directional")
    assert verdict.status is Status.CHECKED, verdict


# Proved alone, not yet within a network: erf of a sum, and two constants of 17 digits.
NOT_DECIDED = {"gelu", "selu"}

# With batch norm every other one: what it adds does not depend on the activation.
ALONE_AND_WITH_BATCH_NORM = [(name, False) for name in activations()] + [
    (name, True) for name in sorted({*activations()} - NOT_DECIDED)[::2]
]


@pytest.mark.sampled(1, each="batch_norm")
@pytest.mark.parametrize(("activation", "batch_norm"), ALONE_AND_WITH_BATCH_NORM)
def test_a_small_network_is_proved_for_every_batch_size(activation: str, batch_norm: bool) -> None:
    verdict = proved(a_network((1, 1, 2), activation, batch_norm, "mean_squared_error"))
    decided = activation not in NOT_DECIDED
    assert verdict.status is (Status.PROVED if decided else Status.UNDECIDED), verdict
    assert ("for every batch size m" in verdict.scope) is decided


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    ("sizes", "activation", "loss"),
    [
        ((2, 2, 2), "tanh", "mean_squared_error"),
        ((1, 1, 2), "tanh", "softmax_cross_entropy"),
        ((2, 2, 2, 2), "linear", "softmax_cross_entropy"),
    ],
)
def test_others_are_proved_too(sizes: tuple[int, ...], activation: str, loss: str) -> None:
    verdict = proved(a_network(sizes, activation, False, loss))
    assert verdict.status is Status.PROVED, verdict
    assert "for every batch size m" in verdict.scope


# --- planted errors ---------------------------------------------------------------------------


def planted(network: MLP, name: str, wrong: Callable[[Any, Any, Any], Any]) -> None:
    """Put an error into one layer: ``wrong(result, dy, cache)`` in place of its gradients."""

    def spoilt(layer: Layer) -> Layer:
        right = layer.training.backward
        return replace(
            layer,
            training=Pair(layer.training.forward, lambda dy, c: wrong(right(dy, c), dy, c)),
        )

    network.layers = [spoilt(each) if each.name == name else each for each in network.layers]


PLANTED: dict[str, tuple[str, Callable[[Any, Any, Any], Any]]] = {
    "an activation is left out on the way back": ("tanh2", lambda g, dy, c: dy),
    "its derivative is taken at y": ("tanh1", lambda g, dy, c: dy * (1 - np.tanh(c.x) ** 4)),
    "W is transposed": ("dense2", lambda g, dy, c: g._replace(x=dy @ c.W)),
    "b is summed over features": ("dense3", lambda g, dy, c: g._replace(b=g.b * 0 + dy.sum(1)[0])),
    "dW is twice too large": ("dense1", lambda g, dy, c: g._replace(W=2 * g.W)),
    "batch norm forgets mu and var": (
        "batch_norm1",
        lambda g, dy, c: g._replace(x=dy * c.gamma / np.sqrt(c.var + c.eps)),
    ),
    "gamma gets the gradient of beta": ("batch_norm2", lambda g, dy, c: g._replace(gamma=g.beta)),
    "a layer deep down is off by one part in 10^9": ("tanh1", lambda g, dy, c: g * (1 + 1e-9)),
}


@pytest.mark.sampled(1)
@pytest.mark.parametrize("slip", PLANTED)
def test_a_planted_error_is_refuted(slip: str) -> None:
    network = a_network((2, 2, 2, 2), "tanh", True)
    planted(network, *PLANTED[slip])
    assert checked(as_function(network, *a_batch(network, 4))).status is Status.REFUTED


@pytest.mark.campaign
def test_a_layer_skipped_by_backward_propagation_is_refuted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    right = propagation.backward

    def skipping(dy: Any, cache: propagation.Cache) -> dict[str, Any]:
        kept = [step for step in cache.steps if step[0].name != "elu1"]
        return right(dy, cache._replace(steps=kept))

    network = a_network((3, 4, 3, 2), "elu", False)
    function = as_function(network, *a_batch(network, 5))
    monkeypatch.setattr(propagation, "backward", skipping)
    verdict = checked(function)
    assert verdict.status is Status.REFUTED


def test_a_planted_error_is_never_proved() -> None:
    """Asked for every batch size, it is refuted at the sizes given, with a counterexample."""
    network = a_network((1, 1, 2), "tanh", True, "mean_squared_error")
    planted(network, *PLANTED["batch norm forgets mu and var"])
    verdict = proved(network)
    assert verdict.status is Status.REFUTED, verdict
    assert verdict.counterexample is not None

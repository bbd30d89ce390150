"""Step for step the same as PyTorch: same weights, same batches, float64, 200 steps.

Runs where PyTorch is installed (the ``peers`` extra).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from impl.network import MLP, SGD, Adam, Momentum, activations
from impl.network.mlp import flat

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install .[peers]")
F = torch.nn.functional

STEPS = 200
SIZES = (5, 7, 6, 3)
OPTIMIZERS: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "SGD": (lambda: SGD(0.1), lambda p: torch.optim.SGD(p, lr=0.1)),
    "momentum": (
        lambda: Momentum(0.02, 0.9),
        lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9),
    ),
    "Adam": (lambda: Adam(0.01), lambda p: torch.optim.Adam(p, lr=0.01)),
}
ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": F.relu,
    "leaky_relu": lambda x: F.leaky_relu(x, 0.1),
    "elu": F.elu,
    "linear": lambda x: x,
}
# Also of an activation added later, once its counterpart is named above.
COMPARED = [name for name in activations() if name in ACTIVATIONS or name == "maxout"]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def batches(loss: str) -> list[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(7)
    centres = rng.normal(size=(SIZES[-1], SIZES[0]))
    labels = [rng.integers(0, SIZES[-1], 16) for _ in range(STEPS)]
    drawn = [(centres[t] + rng.normal(size=(16, SIZES[0])), t) for t in labels]
    if loss == "mean_squared_error":
        return [(x, np.eye(SIZES[-1])[t] + rng.normal(0, 0.1, (16, SIZES[-1]))) for x, t in drawn]
    return drawn


def torch_forward(network: MLP, p: dict[str, Any], x: Any) -> Any:
    for layer in network.layers:
        kind = layer.name.rstrip("0123456789")
        own = {name.partition(".")[2]: p[name] for name in layer.shapes}
        if kind == "dense":
            x = F.linear(x, own["W"].T, own.get("b"))
        elif kind == "maxout":
            x = (x @ own["W"] + own["b"][:, None, :]).max(dim=0).values
        elif kind == "batch_norm":
            x = F.batch_norm(x, None, None, own["gamma"], own["beta"], training=True)
        else:
            x = ACTIVATIONS[kind](x)
    return x


def largest_difference(network: MLP, optimizer: str, loss: str) -> float:
    """Train both side by side; return the largest relative difference of the two losses."""
    ours, theirs = OPTIMIZERS[optimizer]
    p = {k: torch.tensor(v, requires_grad=True) for k, v in network.parameters.items()}
    update, torch_update = ours(), theirs(list(p.values()))
    criterion = F.mse_loss if loss == "mean_squared_error" else F.cross_entropy
    losses, differences = [], []
    for x, t in batches(loss):
        step = network.step(x, t)
        update.update(network.theta, flat(step.gradients, network.parameters))
        torch_update.zero_grad()
        torch_loss = criterion(torch_forward(network, p, torch.tensor(x)), torch.tensor(t))
        torch_loss.backward()
        torch_update.step()
        losses.append(torch_loss.item())
        differences.append(abs(step.loss - losses[-1]) / losses[-1])
    # Otherwise nothing was learned, and nothing compared.
    assert np.mean(losses[-20:]) < np.mean(losses[:20])
    return max(differences)


@pytest.mark.sampled(2, each="optimizer")
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("activation", COMPARED)
def test_the_loss_of_200_steps(activation: str, batch_norm: bool, optimizer: str) -> None:
    network = MLP(SIZES, activation, batch_norm=batch_norm, seed=3)
    assert largest_difference(network, optimizer, "softmax_cross_entropy") < 1e-9


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_mean_squared_error(optimizer: str) -> None:
    network = MLP(SIZES, "tanh", batch_norm=True, loss="mean_squared_error", seed=3)
    assert largest_difference(network, optimizer, "mean_squared_error") < 1e-9


def test_another_momentum_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        OPTIMIZERS, "momentum", (lambda: Momentum(0.02, 0.9001), OPTIMIZERS["momentum"][1])
    )
    network = MLP(SIZES, "tanh", seed=3)
    assert largest_difference(network, "momentum", "softmax_cross_entropy") > 1e-9


def test_running_statistics_are_the_same() -> None:
    network = MLP([4, 3], "relu")
    assert not network.statistics
    network = MLP([4, 5, 3], "relu", batch_norm=True, seed=1)
    norm = torch.nn.BatchNorm1d(5, dtype=torch.float64)
    for x, t in [(x[:, :4], t) for x, t in batches("softmax_cross_entropy")[:20]]:
        step = network.step(x, t)
        norm(torch.tensor(step.values["dense1"]))
    mean, var = network.statistics["batch_norm1"]
    np.testing.assert_allclose(mean, norm.running_mean.numpy(), rtol=1e-12)
    np.testing.assert_allclose(var, norm.running_var.numpy(), rtol=1e-12)

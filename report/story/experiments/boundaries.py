"""A network on two inputs, asked everywhere: its boundary, and those of its hidden units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from impl.network import MLP, Adam, gate, train
from report.story.experiments._shared import rounded, split

_MARGIN = 0.35


def run(
    data: str,
    hidden: Sequence[int],
    activation: str,
    epochs: int,
    lr: float,
    seed: int,
    points: int = 0,
    noise: float | None = None,
    batch_norm: bool = False,
    grid: int = 61,
    inner: bool = False,
    fine: int = 0,
) -> dict[str, Any]:
    """Train on ``data`` ("gate" is XOR's four points) and evaluate on a grid x grid net of points.

    ``output`` is the second output less the first, so that its zero line is the boundary. With
    ``inner``, ``layers`` has for each hidden layer the inputs of its activations, unit by unit,
    on the same net; ``hidden_values`` the last hidden layer's outputs for the examples, and
    ``last_line`` (w_1, .., w_0) of the boundary among them. With ``fine``, of one hidden layer of
    ReLU, ``pieces``: how many straight pieces the boundary has, seen on a fine x fine net.
    """
    if data == "gate":
        train_on = test_on = gate("xor")
    else:
        parts = split(data, points, 500, noise, seed)
        train_on, test_on = parts.train, parts.test
    x, t = train_on
    network = MLP([2, *hidden, 2], activation, batch_norm=batch_norm, seed=seed)
    batch = min(32, len(x))
    train(network, x, t, epochs=epochs, batch_size=batch, optimizer=Adam(lr), seed=seed, quiet=True)
    low, high = x.min(axis=0) - _MARGIN, x.max(axis=0) + _MARGIN
    along = [np.linspace(start, end, grid) for start, end in zip(low, high)]
    net = np.stack([each.ravel() for each in np.meshgrid(*along)], axis=1)
    y, cache = network.forward(net)
    found = {
        "x": rounded(x),
        "t": t.tolist(),
        "low": low.tolist(),
        "high": high.tolist(),
        "output": rounded((y[:, 1] - y[:, 0]).reshape(grid, grid), 4),
        "train_accuracy": network.evaluate(x, t)[1],
        "test_accuracy": network.evaluate(*test_on)[1],
    }
    if fine:
        found["pieces"] = _pieces(network, low, high, fine)
    if inner:
        scores = [cache.values[f"dense{number}"] for number in range(1, len(hidden) + 1)]
        found["layers"] = [rounded(z.T.reshape(-1, grid, grid), 4) for z in scores]
        values = network.forward(x)[1].values
        found["hidden_values"] = rounded(values[f"{activation}{len(hidden)}"])
        found["last_line"] = _last_line(network, len(hidden) + 1)
    return found


def _pieces(network: MLP, low: Any, high: Any, fine: int) -> int:
    """How many straight pieces the boundary has, between ``low`` and ``high``.

    Where the same units are on, the output is linear, and such a region is convex: each set of
    units that are on somewhere along the boundary is one piece.
    """
    along = [np.linspace(start, end, fine) for start, end in zip(low, high)]
    net = np.stack(np.meshgrid(*along), axis=-1)
    y, _ = network.forward(net.reshape(-1, 2))
    output = (y[:, 1] - y[:, 0]).reshape(fine, fine)
    crossings = []
    for axis in (0, 1):
        before, after = (np.delete(output, at, axis) for at in (-1, 0))
        start, end = (np.delete(net, at, axis) for at in (-1, 0))
        crossed = (before < 0) != (after < 0)
        share = (before / np.where(crossed, before - after, 1))[crossed][:, None]
        crossings.append(start[crossed] + share * (end - start)[crossed])
    scores = network.forward(np.concatenate(crossings))[1].values["dense1"]
    return len(np.unique(scores > 0, axis=0))


def _last_line(network: MLP, number: int) -> list[float]:
    """Where the two outputs are equal: h @ w = w_0, with w_0 at the end."""
    W, b = network.parameters[f"dense{number}.W"], network.parameters[f"dense{number}.b"]
    return [*(W[:, 1] - W[:, 0]).tolist(), float(b[0] - b[1])]

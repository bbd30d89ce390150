"""Hidden units that answer every training example with a flat slope: they no longer learn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from impl.network import MLP, SGD, DivergedError, train
from report.story.experiments._shared import split

# A unit whose largest slope over all examples is below this is called dead.
DEAD = 1e-3


def run(
    activation: str,
    batch_norm: bool,
    rates: Sequence[float],
    layers: int,
    width: int,
    data: str,
    points: int,
    noise: float,
    epochs: int,
    seeds: int,
) -> dict[str, Any]:
    """Train by SGD; per rate and seed, the share of dead units and the accuracy in training.

    A run whose loss stopped being finite gives None for both.
    """

    def trained(lr: float, seed: int) -> tuple[float | None, float | None]:
        x, t = split(data, points, points, noise, seed).train
        network = MLP([2, *[width] * layers, 2], activation, batch_norm=batch_norm, seed=seed)
        try:
            train(network, x, t, epochs=epochs, optimizer=SGD(lr), seed=seed, quiet=True)
        except DivergedError:
            return None, None
        return _dead(network, x, activation), network.evaluate(x, t)[1]

    runs = [[trained(lr, seed) for seed in range(seeds)] for lr in rates]
    return {
        "dead": [[dead for dead, _ in each] for each in runs],
        "accuracy": [[accuracy for _, accuracy in each] for each in runs],
    }


def _dead(network: MLP, x: Any, activation: str) -> float:
    """The share of hidden units whose slope is flat for every row of x."""
    _, cache = network.forward(x)
    with np.errstate(all="ignore"):
        largest = [
            operation.backward(np.ones_like(cache.values[layer.name]), kept).max(axis=0)
            for layer, operation, kept in cache.steps
            if layer.name.startswith(activation)
        ]
    return float(np.mean(np.concatenate(largest) < DEAD))

"""How many hidden values stand where their activation is almost flat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from impl.network import MLP
from report.story.experiments._shared import split

# A slope below this part of the activation's steepest counts as flat.
FLAT = 0.05


def run(
    activation: str,
    steepest: float,
    scales: Sequence[float],
    batch_norm: bool,
    init: str,
    layers: int,
    width: int,
    data: str,
    points: int,
    seeds: int,
) -> dict[str, Any]:
    """Multiply the initial weights by each scale; per scale, seed and layer, the share of flat.

    The slopes are the layer's own backward, with an upstream gradient of ones.
    """

    def share(scale: float, seed: int) -> list[float]:
        x, t = split(data, points, points, None, seed).train
        sizes = [x.shape[1], *[width] * layers, int(t.max()) + 1]
        network = MLP(sizes, activation, batch_norm=batch_norm, init=init, seed=seed)
        for name, value in network.parameters.items():
            if name.endswith(".W"):
                value *= scale
        _, cache = network.forward(x, training=True)
        slopes = _slopes(cache.steps, cache.values, activation)
        return [float(np.mean(each < FLAT * steepest)) for each in slopes]

    return {"shares": [[share(scale, seed) for seed in range(seeds)] for scale in scales]}


def _slopes(steps: Any, values: Any, activation: str) -> list[Any]:
    return [
        operation.backward(np.ones_like(values[layer.name]), kept)
        for layer, operation, kept in steps
        if layer.name.startswith(activation)
    ]

"""How much of the gradient reaches each layer, before any training."""

from __future__ import annotations

from typing import Any

import numpy as np

from impl.network import MLP
from report.story.experiments._shared import split


def run(
    activation: str,
    batch_norm: bool,
    init: str,
    layers: int,
    width: int,
    data: str,
    points: int,
    seeds: int,
) -> dict[str, Any]:
    """One step in training mode on all points; the norm of dW of each dense layer, per seed."""
    norms = []
    for seed in range(seeds):
        x, t = split(data, points, points, None, seed).train
        sizes = [x.shape[1], *[width] * layers, int(t.max()) + 1]
        network = MLP(sizes, activation, batch_norm=batch_norm, init=init, seed=seed)
        gradients = network.step(x, t).gradients
        names = [f"dense{number}.W" for number in range(1, layers + 2)]
        norms.append([float(np.linalg.norm(gradients[name])) for name in names])
    return {"norms": norms}

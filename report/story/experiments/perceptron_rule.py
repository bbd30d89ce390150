"""The perceptron learning rule on one data set, until it is right or goes round in circles."""

from __future__ import annotations

from typing import Any

import numpy as np

from impl.network import gate, learn, novikoff
from impl.network.data import cloud


def run(data: str, points: int = 0, margin: float = 0.0, seed: int = 0) -> dict[str, Any]:
    """Learn "and", "or", "xor", or a separable "cloud" of ``points`` with that ``margin``.

    ``path`` has (w_1, w_2, w_0) at the start and after each mistake, ``mistakes`` their number in
    each epoch; ``bound`` is Novikoff's, None where no direction separates the data.
    """
    x, t = cloud(points, np.random.default_rng(seed), margin) if data == "cloud" else gate(data)
    learned, bound = learn(x, t), novikoff(x, t)
    return {
        "x": x.tolist(),
        "t": t.tolist(),
        "path": [weights.tolist() for weights in learned.path],
        "mistakes": learned.mistakes,
        "cycle": learned.cycle,
        "bound": bound.most if np.isfinite(bound.most) else None,
        "radius": bound.radius,
        "margin": bound.margin,
    }

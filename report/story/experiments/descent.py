"""A linear unit that learns to tell two clouds of points apart, by following its gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from impl import mean_squared_error, perceptron_linear
from impl.network.data import cloud


def run(points: int, margin: float, seed: int, lr: float, steps: int) -> dict[str, Any]:
    """Gradient descent on the mean squared error of all points; weights, loss, gradient per step.

    ``path`` has (w_1, w_2, w_0) before each step, ``losses`` and ``gradients`` what they are there;
    ``wrong`` counts the points on the wrong side of y = 1/2.
    """
    x, t = cloud(points, np.random.default_rng(seed), margin)
    target = t.astype(float)
    w, w_0 = np.array([-0.6, 0.5]), np.array(0.3)
    found: dict[str, Any] = {"x": x.tolist(), "t": t.tolist(), "path": [], "losses": [],
                             "gradients": [], "wrong": []}  # fmt: skip
    for _ in range(steps + 1):
        y, unit = perceptron_linear.forward(x, w, w_0)
        loss, cache = mean_squared_error.forward(y, target)
        gradient = perceptron_linear.backward(
            mean_squared_error.backward(np.array(1.0), cache), unit
        )
        found["path"].append([*w.tolist(), float(w_0)])
        found["losses"].append(float(loss))
        found["gradients"].append([*gradient.w.tolist(), float(gradient.w_0)])
        found["wrong"].append(int(np.sum((y > 0.5) != (target == 1))))
        w, w_0 = w - lr * gradient.w, w_0 - lr * gradient.w_0
    return found

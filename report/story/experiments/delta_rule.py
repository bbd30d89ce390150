"""The delta rule on a truth table, beside the best that any linear unit can do."""

from __future__ import annotations

from typing import Any

import numpy as np

from impl.network import delta_rule, gate


def run(data: str, lr: float, epochs: int) -> dict[str, Any]:
    """Learn "and", "or" or "xor"; ``errors`` is the mean squared error before and after each epoch.

    ``least`` is the smallest mean squared error of any linear unit, from the normal equations.
    """
    x, t = gate(data)
    unit, errors = delta_rule(x, t, lr=lr, epochs=epochs)
    inputs = np.column_stack([x, np.ones(len(x))])
    best = np.linalg.lstsq(inputs, t.astype(float), rcond=None)[0]
    return {
        "errors": errors,
        "outputs": unit.predict(x).tolist(),
        "best_outputs": (inputs @ best).tolist(),
        "least": float(np.mean((inputs @ best - t) ** 2)),
    }

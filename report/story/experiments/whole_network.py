"""The gradient of a whole network as one function: proved where it is small, checked where not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradproof import Status, Verdict, check_gradient, prove_gradient
from impl.network import MLP, LossFunction, as_function

LOSS = "mean_squared_error"


def run(
    activation: str,
    batch_norm: bool,
    proved: Sequence[int],
    checked: Sequence[int],
    examples: int,
    seed: int,
) -> dict[str, Any]:
    """Prove a network of sizes ``proved`` for every batch size, and check one of ``checked``.

    Both in training mode, by every parameter and the input, with the mean squared error.
    """
    small = _as_function(proved, activation, batch_norm, 2, seed)
    large = _as_function(checked, activation, batch_norm, examples, seed)
    return {
        "proved": _for_every_m(
            prove_gradient(
                small.forward, small.backward, *small.inputs, wrt=small.wrt, batch=("x", "t")
            )
        ),
        "checked": _told(
            check_gradient(
                large.forward, large.backward, *large.inputs,
                names=large.names, wrt=large.wrt, formula=large.forward,
            )
        ),
    }  # fmt: skip


def _as_function(
    sizes: Sequence[int], activation: str, batch_norm: bool, examples: int, seed: int
) -> LossFunction:
    rng = np.random.default_rng(seed)
    network = MLP(sizes, activation, batch_norm=batch_norm, loss=LOSS, seed=seed)
    # Short numbers everywhere, so that biases, gamma and beta are not 0 and 1.
    network.theta[...] = (network.theta + rng.normal(size=network.theta.shape) / 2).round(2)
    x = rng.normal(size=(examples, sizes[0])).round(2)
    return as_function(network, x, rng.normal(size=(examples, sizes[-1])).round(2))


def _for_every_m(verdict: Verdict) -> dict[str, Any]:
    """A proof for one batch size alone is not the proof that was asked for."""
    told = _told(verdict)
    if verdict.status is Status.PROVED and "for every batch size m" not in verdict.scope:
        told |= {"status": Status.UNDECIDED.value, "reason": f"proved only {verdict.scope}"}
    return told


def _told(verdict: Verdict) -> dict[str, Any]:
    return {
        "status": verdict.status.value,
        "error": verdict.error,
        "bound": verdict.bound,
        "chance": verdict.chance,
        "reason": verdict.reason,
    }

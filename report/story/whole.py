"""The gradient of a whole network, checked as one function of all its parameters and its input."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradproof import check_gradient
from gradproof.text import Text
from gradproof.verdicts import Status, Verdict
from impl.network import MLP, activations, as_function

SIZES = (2, 4, 3, 2)
EXAMPLES = 6


@dataclass(frozen=True)
class Checked:
    """The verdict on one network: every hidden layer with this activation."""

    activation: str
    batch_norm: bool
    verdict: Verdict


def check_whole_networks(seed: int = 0) -> tuple[Checked, ...]:
    """Check a network of each activation, without and with batch norm in training mode."""
    return tuple(
        Checked(name, batch_norm, _check(name, batch_norm, seed))
        for name in activations()
        for batch_norm in (False, True)
    )


def _check(activation: str, batch_norm: bool, seed: int) -> Verdict:
    rng = np.random.default_rng(seed)
    network = MLP(SIZES, activation, batch_norm=batch_norm, seed=seed)
    x = rng.normal(size=(EXAMPLES, SIZES[0])).round(2)
    t = np.arange(EXAMPLES) % SIZES[-1]
    loss = as_function(network, x, t, with_x=True)
    return check_gradient(loss.forward, loss.backward, *loss.inputs)


def summary(checked: tuple[Checked, ...]) -> Verdict:
    """One verdict on all: it holds only if each one does."""
    claim, method = "gradients of whole networks", "finite differences and complex step"
    failing = [each for each in checked if not each.verdict.holds]
    if failing:
        first = failing[0]
        named = f"{first.activation}{', batch norm' if first.batch_norm else ''}"
        return Verdict(
            first.verdict.status, claim, method, reason=f"{named}: {first.verdict.reason}"
        )
    worst = max(checked, key=lambda each: (each.verdict.error or 0) / (each.verdict.bound or 1))
    return Verdict(
        Status.CHECKED,
        claim,
        method,
        figure=Text(
            f"{len(checked)} networks, error {worst.verdict.error:.0e}, "
            f"bound {worst.verdict.bound:.0e}",
            f"신경망 {len(checked)}개, 오차 {worst.verdict.error:.0e}, "
            f"한계 {worst.verdict.bound:.0e}",
        ),
        error=worst.verdict.error,
        bound=worst.verdict.bound,
        cases=len(checked),
    )

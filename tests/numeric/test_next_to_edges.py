"""Powers next to the edge of their domain bend the more, the finer the steps are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradproof import check_gradient, jacobian
from gradproof.numeric.rounding.bending import bending
from gradproof.numeric.rounding.scatter import STEPS
from gradproof.verdicts import Status

Array = np.ndarray[Any, Any]


@pytest.mark.parametrize("power", [0.1, 0.43, 0.6, 0.867])
@pytest.mark.parametrize("distance", [1e-15, 2.5e-14, 1e-12, 5e-10, 1e-6])
def test_bars_of_a_power_next_to_its_edge_hold_or_are_unknown(
    power: float, distance: float
) -> None:
    x = np.array([1 - distance])
    true = -power * (1 - x[0]) ** (power - 1)
    found = jacobian(lambda x: np.maximum(1 - x, 0) ** power, x)
    error, known = float(found.error[0, 0]), not found.kink[0, 0]
    assert abs(found.value[0, 0] - true) <= error or not known
    if distance > 1e-11:
        assert np.isfinite(error)


def test_nobody_is_accused_next_to_it() -> None:
    x, p = 1 - np.array([5.3e-10, 0.2, 1e-4, 3e-12]), np.array([0.867, 0.4, 0.6, 0.5])

    def backward(dy: Array, x: Array) -> Array:
        return np.asarray(-dy * p * (1 - x) ** (p - 1))

    for seed in range(3):
        verdict = check_gradient(
            lambda x: np.maximum(1 - x, 0) ** p, backward, x, mode="full", seed=seed
        )
        assert verdict.status is not Status.REFUTED, str(verdict)


def test_rounding_is_no_bend() -> None:
    size = np.abs(np.random.default_rng(0).normal(size=(len(STEPS), 20_000)))
    assert not bending(size).any()

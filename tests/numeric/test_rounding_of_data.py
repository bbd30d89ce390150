"""Data by which nothing is differentiated are rounded on the way all the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradproof import check_gradient
from gradproof.verdicts import Status

Array = np.ndarray[Any, Any]
solve = np.linalg.solve


def stable(x: Array, L: Array) -> Any:
    z = solve(L, x)
    return -0.5 * np.sum(z * z)


def squared(x: Array, L: Array) -> Any:
    return -0.5 * x @ solve(L @ L.T, x)


def stable_backward(dy: Array, x: Array, L: Array) -> Array:
    return np.asarray(dy * -solve(L.T, solve(L, x)))


def squared_backward(dy: Array, x: Array, L: Array) -> Array:
    return np.asarray(dy * -solve(L @ L.T, x))


def one_element_off(dy: Array, x: Array, L: Array) -> Array:
    return stable_backward(dy, x, L) * (1 + 1e-3 * (np.arange(x.size) == 3))


def drawn(seed: int) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=29), rng.normal(size=(29, 29))


@pytest.mark.parametrize(
    ("forward", "backward"), [(stable, squared_backward), (squared, stable_backward)]
)
@pytest.mark.parametrize("seed", [2, 10, 12, 34])
def test_a_matrix_that_is_squared_on_one_side_accuses_no_one(
    forward: Any, backward: Any, seed: int
) -> None:
    verdict = check_gradient(forward, backward, *drawn(seed), wrt="x", seed=seed)
    assert verdict.status is not Status.REFUTED, str(verdict)


def test_a_wrong_element_is_refuted_all_the_same() -> None:
    verdict = check_gradient(stable, one_element_off, *drawn(10), wrt="x")
    assert verdict.status is Status.REFUTED
    assert "dx[3]" in verdict.reason


def test_masks_are_not_moved() -> None:
    mask = np.array([1.0, 0.0, 1.0, 1.0])

    def forward(x: Array, mask: Array) -> Array:
        return np.where(mask == 1, x * x, 0.0)

    def backward(dy: Array, x: Array, mask: Array) -> Array:
        return np.where(mask == 1, 2 * x * dy * (1 + 1e-5), 0.0)

    verdict = check_gradient(forward, backward, np.array([0.3, -1.2, 0.8, 2.0]), mask, wrt="x")
    assert verdict.status is Status.REFUTED

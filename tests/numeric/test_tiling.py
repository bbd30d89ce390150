"""Copies side by side in one call: only where the function really treats them one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradproof import Status, check_gradient
from tests.numeric.examples import (
    NAMES,
    Counted,
    batch_norm,
    batch_norm_backward,
    batch_norm_inputs,
)

Array = np.ndarray[Any, Any]


def test_batch_norm_takes_few_calls() -> None:
    forward = Counted(batch_norm)
    verdict = check_gradient(
        forward, batch_norm_backward, *batch_norm_inputs(32, 32), names=NAMES, mode="full"
    )
    assert verdict.holds
    assert forward.calls <= 40  # one by one it would be 34 colours of 6 calls


@pytest.mark.sampled(1)
@pytest.mark.parametrize("slip", ["without x_hat", "without mean", "N/(N-1)", "one element"])
@pytest.mark.parametrize("size", [(4, 3), (8, 8), (40, 6)])
def test_slips_are_refuted(slip: str, size: tuple[int, int]) -> None:
    verdict = check_gradient(
        batch_norm, lambda dy, cache: batch_norm_backward(dy, cache, slip),
        *batch_norm_inputs(*size), names=NAMES, mode="full",
    )  # fmt: skip
    assert verdict.status is Status.REFUTED


@pytest.mark.sampled(1)
@pytest.mark.parametrize("coupling", [1.0, 1e-6, 1e-10])
def test_columns_that_meet_are_not_taken_apart(coupling: float) -> None:
    """Each column also feels the one before it, however little."""

    def forward(x: Array) -> tuple[Array, Array]:
        centred = x - x.mean(axis=0)
        return centred**2 + coupling * np.roll(x, 1, axis=1), centred

    def backward(dy: Array, centred: Array, coupled: bool = True) -> Array:
        through = 2 * dy * centred
        through = through - through.mean(axis=0)
        return through + coupled * coupling * np.roll(dy, -1, axis=1)

    x = np.random.default_rng(0).normal(size=(6, 5))
    assert check_gradient(forward, backward, x, mode="full").holds
    verdict = check_gradient(
        forward, lambda dy, cache: backward(dy, cache, coupled=False), x, mode="full"
    )
    assert verdict.status is Status.REFUTED


@pytest.mark.parametrize("mode", ["full", "sketch"])
def test_a_function_that_treats_wide_inputs_differently_is_asked_one_by_one(mode: Any) -> None:
    def forward(x: Array) -> tuple[Array, Array]:
        y = x - x.mean(axis=0)
        return (y if x.shape[1] <= 8 else 2 * y), y

    x = np.random.default_rng(1).normal(size=(5, 8))
    right = check_gradient(forward, lambda dy, _: dy - dy.mean(axis=0), x, mode=mode)
    wrong = check_gradient(forward, lambda dy, _: 2 * (dy - dy.mean(axis=0)), x, mode=mode)
    assert (right.status, wrong.status) == (Status.CHECKED, Status.REFUTED)


def test_a_fixed_width_is_no_obstacle() -> None:
    weights = np.arange(1.0, 6.0)
    x = np.random.default_rng(2).normal(size=(4, 5))
    assert check_gradient(
        lambda x: (weights * (x - x.mean(axis=0)) ** 3, x),
        lambda dy, x: _centred(3 * dy * weights * (x - x.mean(axis=0)) ** 2),
        x, mode="full",
    ).holds  # fmt: skip


def _centred(values: Array) -> Array:
    return np.asarray(values - values.mean(axis=0))


def test_square_weights_are_not_mistaken_for_aligned_ones() -> None:
    rng = np.random.default_rng(3)
    inputs = rng.normal(size=(4, 4)), rng.normal(size=(4, 4)), rng.normal(size=4)

    def forward(x: Array, w: Array, b: Array) -> tuple[Array, Any]:
        return x @ w + b, (x, w)

    def backward(dy: Array, cache: Any, transposed: bool = False) -> tuple[Array, Array, Array]:
        x, w = cache
        dw = x.T @ dy
        return dy @ w.T, dw.T if transposed else dw, dy.sum(axis=0)

    assert check_gradient(forward, backward, *inputs, mode="full").holds
    verdict = check_gradient(
        forward, lambda dy, cache: backward(dy, cache, transposed=True), *inputs, mode="full"
    )
    assert verdict.status is Status.REFUTED
    assert verdict.counterexample is not None
    assert verdict.counterexample.at.startswith("dw[")


def test_kinks_among_the_copies_are_still_looked_at_one_by_one() -> None:
    """Batch norm and ReLU in one: some output has its kink inside every stencil."""

    def forward(x: Array, gamma: Array, beta: Array) -> tuple[Array, Any]:
        y, cache = batch_norm(x, gamma, beta)
        return np.maximum(y, 0), (y, cache)

    def backward(dy: Array, cache: Any, threshold: float = 0.0) -> tuple[Array, Array, Array]:
        y, inner = cache
        return batch_norm_backward(dy * (y > threshold), inner)

    inputs = batch_norm_inputs(16, 6)
    assert check_gradient(forward, backward, *inputs, names=NAMES, mode="full").holds
    verdict = check_gradient(
        forward, lambda dy, cache: backward(dy, cache, 0.02), *inputs, names=NAMES, mode="full"
    )
    assert verdict.status is Status.REFUTED


@pytest.mark.parametrize("gap", [1e-1, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4])
def test_a_kink_at_the_point_that_small_steps_lose_in_rounding(gap: float) -> None:
    """Shorter steps do not settle what rounding hides: outputs of 1e5 with slopes that differ."""
    x = np.random.default_rng(0).integers(98, 103, size=(20, 6)).astype(float)
    x[::2, 0] = 100.0

    def forward(x: Array) -> tuple[Array, Array]:
        whole = 100.0 * x.sum(axis=1, keepdims=True)
        return whole + gap * np.maximum(x[:, :1] - 100.0, 0.0), x

    def backward(dy: Array, x: Array, slope: float = 0.0) -> Array:
        dx = np.repeat(100.0 * dy, x.shape[1], axis=1)
        dx[:, :1] += gap * dy * np.where(x[:, :1] == 100.0, slope, x[:, :1] > 100.0)
        return dx

    verdict = check_gradient(forward, backward, x, mode="full")
    assert verdict.status is Status.CHECKED
    assert verdict.details["kinks"] == (x[:, 0] == 100.0).sum()
    beyond = check_gradient(forward, lambda dy, x: backward(dy, x, 9.0), x, mode="full")
    assert beyond.status is Status.REFUTED

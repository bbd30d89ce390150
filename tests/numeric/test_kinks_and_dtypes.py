"""Kinks at and beside the point, the edges of domains, and precisions below double."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradproof import check_gradient
from gradproof.verdicts import Status
from tests.numeric.examples import (
    NAMES,
    Counted,
    batch_norm,
    batch_norm_backward,
    batch_norm_inputs,
    relu,
    relu_backward,
    softmax,
    softmax_backward,
    tanh,
    tanh_backward,
)

Array = np.ndarray[Any, Any]


def max_pool(x: Array) -> tuple[Array, Array]:
    return x.max(axis=-1), x


def max_pool_backward(dy: Array, x: Array, pick: Any = np.argmax) -> Array:
    winner = np.arange(x.shape[-1]) == pick(x, axis=-1)[..., None]
    return np.asarray(winner * dy[..., None])


@pytest.mark.sampled(2)
@pytest.mark.parametrize("seed", range(20))
def test_right_kinked_functions_never_fail_and_wrong_ones_never_pass(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(6, 4)) * 10.0 ** rng.integers(-6, 2, size=(6, 4))
    assert check_gradient(relu, relu_backward, x, seed=seed).holds
    assert not check_gradient(relu, lambda dy, x: dy * (x < 0), x, seed=seed).holds
    assert check_gradient(max_pool, max_pool_backward, x, seed=seed).holds
    wrong = check_gradient(
        max_pool, lambda dy, x: max_pool_backward(dy, x, np.argmin), x, seed=seed
    )
    assert not wrong.holds


def test_the_convention_at_a_kink_is_reported() -> None:
    verdict = check_gradient(relu, relu_backward, np.array([0.0, 1.0, -2.0]), dy=np.ones(3))
    assert verdict.holds
    assert verdict.scope == "1 at a kink: dx[0] is 0, of any value in [0, 1]"


def test_ties_of_a_maximum_are_kinks() -> None:
    x = np.array([[1.0, 1.0, 0.5]])
    assert check_gradient(max_pool, max_pool_backward, x).details["kinks"] == 2
    assert not check_gradient(max_pool, lambda dy, x: 2 * max_pool_backward(dy, x), x).holds


def test_a_jump_at_the_point_is_reported_and_beside_it_harmless() -> None:
    def step(x: Array) -> tuple[Array, Array]:
        return np.where(x >= 0, 1.0, 0.0), x

    def zero(dy: Array, x: Array) -> Array:
        return np.zeros_like(x)

    assert check_gradient(step, zero, np.array([1e-4, -3.0])).holds
    at = check_gradient(step, zero, np.array([0.0, 1.0]))
    assert at.details["jumps"] == 1
    assert "1 at a jump, where there is no derivative: dx[0]" in at.scope


@pytest.mark.parametrize("x", [1e-6, 1e-3, 0.02, 5.0, 1e5])
def test_stencils_stay_inside_the_domain(x: float) -> None:
    def forward(x: Array) -> tuple[Array, Array]:
        if (x <= 0).any():
            raise ValueError("log of what is not positive")
        return np.log(x) + np.sqrt(x), x

    def backward(dy: Array, x: Array) -> Array:
        return np.asarray(dy * (1 / x + 0.5 / np.sqrt(x)))

    assert check_gradient(forward, backward, np.array([x])).holds
    assert not check_gradient(forward, lambda dy, x: dy / x, np.array([x])).holds


def test_cross_entropy_on_probabilities_near_the_edges() -> None:
    p, t = np.array([1e-7, 0.3, 1 - 1e-7]), np.array([0.0, 1.0, 1.0])

    def forward(p: Array, t: Array) -> tuple[Array, Any]:
        return -(t * np.log(p) + (1 - t) * np.log(1 - p)), (p, t)

    def backward(dy: Array, cache: Any) -> Array:
        p, t = cache
        return np.asarray(dy * (p - t) / (p * (1 - p)))

    assert check_gradient(forward, backward, p, t, names=("p", "t"), wrt=("p",)).holds


def test_a_derivative_that_is_infinite_is_undecided() -> None:
    verdict = check_gradient(
        lambda x: (np.sqrt(x), x),
        lambda dy, x: dy * 0.0,
        np.array([0.0, 1.0]),
        dy=np.array([1.0, 0]),
    )
    assert not verdict.holds


@pytest.mark.sampled(1)
@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_low_precision_is_checked_in_double_and_in_its_own(dtype: Any) -> None:
    x = np.random.default_rng(0).normal(size=(20, 20)).astype(dtype)  # 400 elements
    right = check_gradient(softmax, softmax_backward, x)
    assert right.holds, str(right)
    assert right.details["floor"] < 1e-8, "found in double precision"
    zero = check_gradient(softmax, lambda dy, p: np.zeros_like(p), x)
    assert zero.status is Status.REFUTED

    def coarse(dy: Array, p: Array) -> Array:
        dx = softmax_backward(dy, p)
        return dx if dx.dtype == np.float64 else (dx * dtype(1.1)).astype(dtype)

    wrong = check_gradient(softmax, coarse, x)
    assert f"dx in {np.dtype(dtype).name}: " in wrong.reason


def test_a_function_that_insists_on_float32_has_a_weaker_bound() -> None:
    def forward(x: Array) -> tuple[Array, Array]:
        y = np.tanh(np.asarray(x, np.float32))
        return y, y

    x = np.random.default_rng(1).normal(size=(5, 4)).astype(np.float32)
    verdict = check_gradient(forward, tanh_backward, x)
    assert verdict.holds, str(verdict)
    assert 1e-6 < verdict.details["floor"] < 1e-1
    assert not check_gradient(forward, lambda dy, y: dy * (1 - y), x).holds


def test_several_outputs_scalars_and_layouts() -> None:
    def forward(x: Array, s: Array) -> tuple[Any, Any]:
        return (x * s, np.sin(x).sum()), (x, s)

    def backward(dy: Any, cache: Any) -> tuple[Array, Array]:
        x, s = cache
        return dy[0] * s + dy[1] * np.cos(x), np.sum(dy[0] * x)

    x = np.asfortranarray(np.random.default_rng(0).normal(size=(3, 4)))[::2, ::-1]
    assert check_gradient(forward, backward, x, 1.5).holds
    wrong = check_gradient(forward, lambda dy, c: (dy[0] * c[1], np.sum(dy[0] * c[0])), x, 1.5)
    assert wrong.reason.startswith("dx: 8 of 8 elements")
    broadcast = np.broadcast_to(np.array([1.0, 2.0]), (3, 2))
    assert check_gradient(tanh, tanh_backward, broadcast).holds


@pytest.mark.parametrize(("n", "advice"), [(1, "at N = 1 every dx is 0"), (2, "use N >= 3")])
def test_inputs_that_hide_slips_are_named(n: int, advice: str) -> None:
    verdict = check_gradient(
        batch_norm, batch_norm_backward, *batch_norm_inputs(n, 3, seed=2), names=NAMES
    )
    assert verdict.holds, str(verdict)
    assert any(advice in note and "use N >= 3" in note for note in verdict.details["notes"])


def test_ones_as_cotangent_are_named_where_they_hide_everything() -> None:
    x = np.random.default_rng(0).normal(size=(4, 3))
    verdict = check_gradient(softmax, softmax_backward, x, dy=np.ones((4, 3)))
    assert "its terms cancel" in verdict.details["notes"][0]
    assert "dy at random, not all ones" in verdict.details["notes"][0]


def test_no_notes_about_ordinary_inputs() -> None:
    counted = Counted(batch_norm)
    verdict = check_gradient(counted, batch_norm_backward, *batch_norm_inputs(8, 3), names=NAMES)
    assert verdict.details["notes"] == ()
    assert verdict.details["evaluations"] == counted.calls

"""What depends on what is found from the function, and never believed when it is not so."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradproof import check_gradient
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
RNG = np.random.default_rng(3)


LARGE = [250_000, pytest.param(10**6, marks=pytest.mark.campaign)]


@pytest.mark.parametrize("size", LARGE)
@pytest.mark.parametrize(("forward", "backward"), [(tanh, tanh_backward), (relu, relu_backward)])
def test_many_elements_take_at_most_twenty_evaluations(
    forward: Callable[..., Any], backward: Callable[..., Any], size: int
) -> None:
    counted = Counted(forward)
    verdict = check_gradient(counted, backward, RNG.normal(size=size))
    assert verdict.holds, str(verdict)
    assert verdict.details["mode"] == "full"
    assert counted.calls <= 20


@pytest.mark.campaign
@pytest.mark.parametrize("size", LARGE)
def test_one_wrong_element_of_many_is_found(size: int) -> None:
    place = size // 8 + 456

    def backward(dy: Array, y: Array) -> Array:
        dx = tanh_backward(dy, y)
        dx[place] *= 1 + 1e-6
        return dx

    verdict = check_gradient(tanh, backward, RNG.uniform(-1, 1, size=size))
    assert f"1 of {size} elements" in verdict.reason
    assert verdict.counterexample is not None
    assert verdict.counterexample.at == f"dx[{place}]"


def test_batch_norm_takes_evaluations_in_the_number_of_rows() -> None:
    counted = Counted(batch_norm)
    start = time.perf_counter()
    verdict = check_gradient(
        counted, batch_norm_backward, *batch_norm_inputs(32, 32), names=NAMES, mode="full"
    )
    assert time.perf_counter() - start < 2
    assert verdict.holds, str(verdict)
    assert verdict.details["colours"] == {"x": 32, "gamma": 1, "beta": 1}
    assert counted.calls <= 32 * 12


@pytest.mark.sampled(1)
@pytest.mark.parametrize("slip", ["without x_hat", "without mean", "N/(N-1)", "one element"])
def test_slips_are_refuted_through_colours(slip: str) -> None:
    verdict = check_gradient(
        batch_norm,
        lambda dy, cache: batch_norm_backward(dy, cache, slip),
        *batch_norm_inputs(24, 5),
        names=NAMES,
        mode="full",
    )
    assert verdict.reason.startswith("dx: ")


def coupled(x: Array) -> tuple[Array, Array]:
    y = np.sin(x)
    y[3] += x[40]  # the one stray dependence
    return y, x


@pytest.mark.parametrize("stray", [True, False])
def test_a_single_stray_dependence_is_not_overlooked(stray: bool) -> None:
    def backward(dy: Array, x: Array) -> Array:
        dx = dy * np.cos(x)
        dx[40] += dy[3] * stray
        return dx

    verdict = check_gradient(coupled, backward, RNG.normal(size=64))
    assert verdict.holds is stray, str(verdict)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("stray", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_a_stray_dependence_among_many_elements_is_seen_by_directions(
    stray: bool, seed: int
) -> None:
    def backward(dy: Array, x: Array) -> Array:
        dx = dy * np.cos(x)
        dx[40] += dy[3] * stray
        return dx

    verdict = check_gradient(
        coupled, backward, RNG.normal(size=60_000), seed=seed, mode="directional"
    )
    assert verdict.holds is stray, str(verdict)


def test_dependence_lost_in_rounding_is_no_pattern() -> None:
    """The tail of this softmax moves nothing visibly, yet every output depends on all inputs."""
    x = np.array([[0.0, 60.0, 3.0], [1.0, -2.0, 70.0]])
    verdict = check_gradient(softmax, softmax_backward, x)
    assert verdict.holds, str(verdict)
    assert not check_gradient(softmax, lambda dy, p: p * dy, x).holds


def test_colours_that_touch_different_outputs_are_joined() -> None:
    order = RNG.permutation(64)
    verdict = check_gradient(
        lambda x: (np.exp(x[order]), x),
        lambda dy, x: dy[np.argsort(order)] * np.exp(x),
        RNG.normal(size=64),
        mode="full",
    )
    assert verdict.holds, str(verdict)
    assert verdict.details["colours"]["x"] <= 2


@pytest.mark.parametrize("shape", [(6, 1), (1, 5), (2, 3, 4), (7,), ()])
def test_shapes_of_every_kind(shape: tuple[int, ...]) -> None:
    x, y = RNG.normal(size=shape), RNG.normal(size=shape)

    def forward(x: Array, y: Array) -> tuple[Array, Any]:
        return x * np.sin(y), (x, y)

    def backward(dy: Array, cache: Any) -> tuple[Array, Array]:
        x, y = cache
        return dy * np.sin(y), dy * x * np.cos(y)

    assert check_gradient(forward, backward, x, y).holds
    assert not check_gradient(forward, lambda *a: backward(*a)[::-1], x, y).holds


def test_transposed_outputs_and_two_square_axes() -> None:
    x = RNG.normal(size=(4, 4))
    verdict = check_gradient(
        lambda x: (np.cumsum(x, axis=0).T ** 2, x),
        lambda dy, x: np.cumsum((2 * dy * np.cumsum(x, axis=0).T).T[::-1], axis=0)[::-1],
        x,
        mode="full",
    )
    assert verdict.holds, str(verdict)
    assert verdict.details["colours"] == {"x": 4}

"""Edges of domains, kinks close to the point, low precision, and code that computes coarsely."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradproof import Status, Verdict, check_gradient
from impl import batch_norm, binary_cross_entropy
from tests.numeric.examples import NAMES, relu, relu_backward, tanh, tanh_backward

Array = np.ndarray[Any, Any]
BOTH = pytest.mark.parametrize("mode", ["full", "directional"])


def check(f: Callable[..., Any], derivative: Callable[..., Any], x: Any, mode: str) -> Verdict:
    return check_gradient(
        lambda x: (f(x), x), lambda dy, x: dy * derivative(x), np.array(x), mode=mode
    )


@pytest.mark.parametrize(
    ("f", "derivative", "x"),
    [
        (np.log, lambda x: 1 / x, [1e-9, 1e-3, 2.0]),
        (np.sqrt, lambda x: 0.5 / np.sqrt(x), [1e-12, 1e-3, 2.0]),
        (np.arcsin, lambda x: 1 / np.sqrt(1 - x * x), [1 - 1e-9, 0.3]),
    ],
)
def test_an_edge_of_the_domain_closer_than_any_step(f: Any, derivative: Any, x: Any) -> None:
    assert check(f, derivative, x, "full").holds
    slipped = check(f, lambda x: derivative(x) * (1 + 1e-4), x, "full")
    assert slipped.status is Status.REFUTED


@BOTH
def test_a_kink_beside_the_point_is_not_one_at_the_point(mode: str) -> None:
    x = np.array([1e-9, -1e-11, 0.0, 1.0, 2.0])
    assert check_gradient(relu, relu_backward, x, mode=mode).holds
    for wrong in (lambda x: x <= 0, lambda x: np.where(x < 1e-6, 0.6, 1.0)):
        assert check(lambda x: np.maximum(x, 0), wrong, [2e-7, 1.0], mode).status is Status.REFUTED


@BOTH
def test_a_narrow_feature_is_not_left_out(mode: str) -> None:
    verdict = check(
        lambda x: np.exp(-(((x - 0.3) / 1e-4) ** 2)), np.zeros_like, [0.30005, 0.1], mode
    )
    assert verdict.status is Status.REFUTED


def test_where_directions_say_nothing_every_element_is_compared() -> None:
    for f, derivative, x in (
        (lambda x: np.maximum(x, 0), lambda x: x > 0, np.zeros(5)),
        (np.arcsin, lambda x: 1 / np.sqrt(1 - x * x), [1 - 1e-9, 0.3]),
    ):
        verdict = check(f, derivative, x, "directional")
        assert verdict.status is Status.CHECKED
        assert verdict.details["mode"] == "full"
        assert any("say too little" in note for note in verdict.details["notes"])
        wrong = check(f, lambda x, d=derivative: d(x) + 1e-4 - 2 * (d(x) == 0), x, "directional")
        assert wrong.status is Status.REFUTED


@BOTH
def test_nan_is_refuted(mode: str) -> None:
    x = np.random.default_rng(0).normal(size=8)
    x[3] = 0  # 0 / 0 in a backward that divides by x
    verdict = check_gradient(
        lambda x: (np.cumprod(x), (x, np.cumprod(x))),
        lambda dy, cache: np.cumsum((dy * cache[1])[::-1])[::-1] / cache[0],
        x, mode=mode,
    )  # fmt: skip
    assert verdict.status is Status.REFUTED
    assert "NaN" in verdict.reason


@BOTH
def test_code_that_computes_in_single_precision_inside(mode: str) -> None:
    def single(x: Array) -> Array:
        return np.asarray(np.tanh(x.astype(np.float32)), np.float64)

    x = np.random.default_rng(0).normal(size=40)
    assert check(single, lambda x: 1 / np.cosh(x) ** 2, x, mode).holds
    assert check(single, lambda x: 1 - np.tanh(x), x, mode).status is Status.REFUTED


@BOTH
def test_no_dimensions(mode: str) -> None:
    assert check(np.tanh, lambda x: 1 - np.tanh(x) ** 2, 0.3, mode).holds
    assert check(np.tanh, lambda x: 1 - np.tanh(x), 0.3, mode).status is Status.REFUTED


@pytest.mark.parametrize("wrt", [None, ("x",)])
def test_whole_numbers_are_taken_as_floats(wrt: Any) -> None:
    verdict = check_gradient(tanh, tanh_backward, np.arange(4), wrt=wrt)
    assert verdict.holds
    assert "x is of whole numbers (int64): checked for floats, as float64" in verdict.scope


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize("seed", range(4))
def test_low_precision_is_not_refuted(dtype: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    assert check_gradient(tanh, tanh_backward, rng.normal(size=400).astype(dtype)).holds
    # The gradient is a small remainder of terms of the size of 1/2.
    logits, targets = (0.05 * rng.normal(size=(3, 4))).astype(dtype), np.full((3, 4), 0.5, dtype)
    assert check_gradient(
        binary_cross_entropy.forward, binary_cross_entropy.backward, logits, targets,
        names=("x", "t"), wrt=("x",), seed=seed,
    ).holds  # fmt: skip


@pytest.mark.parametrize("seed", [40, 60, 61])
def test_a_remainder_of_a_few_numbers_in_single_precision(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = (100 + np.round(rng.normal(size=(3, 5)))).astype(np.float32)
    affine = (rng.normal(size=5).astype(np.float32) for _ in range(2))
    assert check_gradient(
        batch_norm.forward, batch_norm.backward, x, *affine, names=NAMES, seed=seed
    ).holds


@BOTH
def test_code_that_does_not_run_in_the_precision_of_its_inputs(mode: str) -> None:
    x = (np.eye(3) + 0.1 * np.random.default_rng(0).normal(size=(3, 3))).astype(np.float16)

    def backward(dy: Array, y: Array) -> Array:
        return np.asarray(-y.T @ dy @ y.T)

    verdict = check_gradient(lambda x: (np.linalg.inv(x),) * 2, backward, x, mode=mode)
    assert verdict.holds
    if mode == "full":
        assert any("does not run in float16" in note for note in verdict.details["notes"])


@pytest.mark.parametrize("factor", [0, 1])
def test_the_gradient_of_no_outputs_is_zero(factor: int) -> None:
    x = np.ones((1, 1))
    verdict = check_gradient(lambda x: (np.diff(x), x), lambda dy, x: factor * x, x)
    assert (verdict.status is Status.REFUTED) == (factor == 1)

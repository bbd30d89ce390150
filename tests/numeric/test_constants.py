"""Code in half or single precision rounds its constants too: off by less than that is not wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradproof import check_gradient, check_jvp
from gradproof.verdicts import Status

Array = np.ndarray[Any, Any]


def gelu_with(kind: Any) -> tuple[Any, Any]:
    scale, cube = kind(0.7979), kind(0.04472)

    def forward(x: Array) -> Array:
        return np.asarray(kind(0.5) * x * (1 + np.tanh(scale * (x + cube * x**3))))

    def backward(dy: Array, x: Array) -> Array:
        t = np.tanh(scale * (x + cube * x**3))
        inner = scale * (1 + kind(3) * cube * x * x)  # 3 * cube is rounded, too
        return np.asarray(dy * kind(0.5) * (1 + t + x * (1 - t * t) * inner))

    return forward, backward


@pytest.mark.parametrize("mode", ["full", "directional", "jvp"])
@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_constants_rounded_to_the_precision_of_the_inputs(kind: Any, mode: Any) -> None:
    forward, backward = gelu_with(kind)
    x = np.random.default_rng(0).normal(size=(6, 5)).astype(kind)

    def judged(factor: float) -> Any:
        if mode == "jvp":
            return check_jvp(forward, lambda xs, ts: kind(factor) * backward(ts[0], xs[0]), x)
        rule = lambda dy, x: kind(factor) * backward(dy, x)  # noqa: E731
        return check_gradient(forward, rule, x, mode=mode)

    assert judged(1.0).status is not Status.REFUTED, str(judged(1.0))
    if kind is np.float16:
        assert "off by less than one rounding of float16" in judged(1.0).scope
    assert judged(1.01).status is Status.REFUTED


def test_half_precision_at_an_edge_where_nothing_is_known() -> None:
    """At 1 the derivative of arcsin is infinite: what is beside it is not wrong for that."""
    x = np.array([1.0, 0.5, -0.25, -1.0, 0.75], np.float16)

    def forward(x: Array) -> Array:
        return np.arcsin(np.clip(x, -1, 1))

    def rule(dy: Array, x: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            inside = np.abs(x) < 1
            return np.asarray(np.where(inside, dy / np.sqrt(1 - x * x), 0), x.dtype)

    right = check_gradient(forward, rule, x)
    assert right.status is not Status.REFUTED, str(right)
    assert check_gradient(forward, lambda dy, x: 2 * rule(dy, x), x).status is Status.REFUTED


@pytest.mark.parametrize("seed", range(3))
def test_cancellation_in_half_precision(seed: int) -> None:
    x = np.round(50 * np.random.default_rng(seed).normal(size=(2, 4))).astype(np.float16)

    def unit(x: Array) -> Array:
        return np.asarray(x / np.sqrt((x * x).sum(axis=1, keepdims=True)))

    def rule(dy: Array, x: Array) -> Array:
        y = unit(x)
        size = np.sqrt((x * x).sum(axis=1, keepdims=True))
        return np.asarray((dy - y * (y * dy).sum(axis=1, keepdims=True)) / size)

    right = check_gradient(unit, rule, x, seed=seed)
    assert right.status is not Status.REFUTED, str(right)
    wrong = check_gradient(unit, lambda dy, x: dy / np.linalg.norm(x, axis=1, keepdims=True), x)
    assert wrong.status is Status.REFUTED

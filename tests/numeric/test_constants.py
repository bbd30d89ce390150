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

"""One ordinary call of each pair of forward and backward, to run every contract test on."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Sample:
    """Arguments for one forward; the arrays are float64 and exact in float16, labels are int64."""

    module: str
    arguments: dict[str, Any]
    forward_name: str = "forward"
    backward_names: tuple[str, ...] = ("backward",)
    parameters: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.module}.{self.forward_name}"

    @property
    def forward(self) -> Any:
        return getattr(importlib.import_module(f"impl.{self.module}"), self.forward_name)

    @property
    def backwards(self) -> list[Any]:
        module = importlib.import_module(f"impl.{self.module}")
        return [getattr(module, name) for name in self.backward_names]

    def floats(self) -> list[str]:
        return [name for name, value in self.arguments.items() if value.dtype.kind == "f"]

    def cast(self, dtype: Any) -> dict[str, Any]:
        return {
            name: value.astype(dtype) if name in self.floats() else value.copy()
            for name, value in self.arguments.items()
        }


def fields(gradients: Any) -> tuple[Any, ...]:
    """The gradients of one backward as a tuple, also where there is only one."""
    return tuple(gradients) if isinstance(gradients, tuple) else (gradients,)


def numbers(*shape: int, start: float = -1.75) -> Any:
    """Distinct multiples of 1/8, positive and negative, in a scrambled order."""
    count = int(np.prod(shape))
    scrambled = (np.arange(count) * 7) % count if count % 7 else np.arange(count)
    return (start + 0.375 * scrambled).reshape(shape)


_AFFINE = {"x": numbers(3, 2), "w": numbers(2), "w_0": np.array(0.125)}
_BATCH = {"gamma": numbers(3, start=0.5), "beta": numbers(3)}
_FUSED = ("backward", "backward_fused")
_RUNNING = {"running_mean": numbers(3), "running_var": numbers(3, start=0.25)}

SAMPLES = [
    Sample("sigmoid", {"x": numbers(2, 4)}),
    Sample("tanh", {"x": numbers(2, 4)}),
    Sample("relu", {"x": numbers(2, 4)}),
    Sample("leaky_relu", {"x": numbers(2, 4)}, parameters=("slope",)),
    Sample("elu", {"x": numbers(2, 4)}, parameters=("alpha",)),
    Sample("maxout", {"x": numbers(3, 2), "W": numbers(2, 2, 4), "b": numbers(2, 4)}),
    Sample("perceptron_step", _AFFINE),
    Sample("perceptron_sign", _AFFINE),
    Sample("perceptron_linear", _AFFINE),
    Sample("dense", {"x": numbers(3, 2), "W": numbers(2, 4), "b": numbers(4)}),
    Sample("batch_norm", {"x": numbers(4, 3), **_BATCH}, "forward", _FUSED, ("eps",)),
    Sample("batch_norm", {"x": numbers(2, 3, 2, 2), **_BATCH}, "forward", _FUSED, ("eps",)),
    Sample(
        "batch_norm",
        {"x": numbers(4, 3), **_BATCH, **_RUNNING},
        "forward_inference",
        ("backward_inference",),
        ("eps",),
    ),
    Sample("softmax", {"x": numbers(3, 4)}),
    Sample("softmax_cross_entropy", {"x": numbers(3, 4), "t": np.array([0, 3, 1])}),
    Sample("binary_cross_entropy", {"x": numbers(5), "t": np.array([0.0, 1.0, 0.5, 0.25, 0.0])}),
    Sample("mean_squared_error", {"x": numbers(2, 3), "t": numbers(2, 3, start=0.0)}),
]

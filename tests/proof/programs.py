"""The operations of impl with inputs of small shapes, as arguments of prove_gradient."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Case:
    """One operation with example inputs and what is passed on to prove_gradient."""

    module: str
    inputs: tuple[Any, ...]
    options: dict[str, Any] = field(default_factory=dict)
    backward: str = "backward"
    forward: str = "forward"

    def __str__(self) -> str:
        return self.module if self.backward == "backward" else f"{self.module}.{self.backward}"

    def functions(self, bare: bool = True) -> tuple[Callable[..., Any], Callable[..., Any]]:
        """Return forward and backward, without the checks around them if ``bare``."""
        module = importlib.import_module(f"impl.{self.module}")
        pair = getattr(module, self.forward), getattr(module, self.backward)
        return (inspect.unwrap(pair[0]), inspect.unwrap(pair[1])) if bare else pair


def draw(*shape: int, seed: int = 0) -> np.ndarray:
    """Return short numbers, none of them 0."""
    rng = np.random.default_rng([seed, *shape])
    return rng.choice([-1.0, 1.0], shape) * rng.integers(1, 25, shape) / 8


LABELS = np.array([0, 2])
CASES = [
    Case("sigmoid", (draw(2, 2),)),
    Case("tanh", (draw(2, 2),)),
    Case("relu", (draw(2, 2),)),
    Case("leaky_relu", (draw(2, 2),)),
    Case("elu", (draw(2, 2),)),
    Case("maxout", (draw(2, 3), draw(3, 3, 2), draw(3, 2))),
    Case("perceptron_step", (draw(2, 3), draw(3), draw())),
    Case("perceptron_sign", (draw(2, 3), draw(3), draw())),
    Case("perceptron_linear", (draw(2, 3), draw(3), draw()), {"batch": "x"}),
    Case("dense", (draw(2, 3), draw(3, 4), draw(4)), {"batch": "x"}),
    Case("batch_norm", (draw(4, 3), draw(3), draw(3)), {"batch": "x"}),
    Case("batch_norm", (draw(4, 3), draw(3), draw(3)), {"batch": "x"}, "backward_fused"),
    Case("softmax", (draw(2, 3),), {"batch": "x"}),
    Case("softmax_cross_entropy", (draw(2, 3), LABELS), {"batch": ("x", "t"), "labels": {"t": 3}}),
    Case("binary_cross_entropy", (draw(5), abs(draw(5)) / 4), {"batch": ("x", "t"), "wrt": "x"}),
    Case("mean_squared_error", (draw(3, 2), draw(3, 2, seed=1)), {"batch": ("x", "t"), "wrt": "x"}),
]

# Smaller shapes, for the thousands of variants of the campaign.
SMALL = [
    Case("sigmoid", (draw(2),)),
    Case("tanh", (draw(2),)),
    Case("relu", (draw(2),)),
    Case("leaky_relu", (draw(2),)),
    Case("elu", (draw(2),)),
    Case("maxout", (draw(1, 2), draw(2, 2, 1), draw(2, 1))),
    Case("perceptron_step", (draw(2, 2), draw(2), draw())),
    Case("perceptron_sign", (draw(2, 2), draw(2), draw())),
    Case("perceptron_linear", (draw(2, 3), draw(3), draw())),
    Case("dense", (draw(2, 3), draw(3, 2), draw(2))),
    Case("batch_norm", (draw(3, 2), draw(2), draw(2))),
    Case("batch_norm", (draw(3, 2), draw(2), draw(2)), {}, "backward_fused"),
    Case("softmax", (draw(2, 3),)),
    Case("softmax_cross_entropy", (draw(2, 3), LABELS), {"labels": {"t": 3}}),
    Case("binary_cross_entropy", (draw(3), abs(draw(3)) / 4), {"wrt": "x"}),
    Case("mean_squared_error", (draw(3, 2), draw(3, 2, seed=1)), {"wrt": "x"}),
]

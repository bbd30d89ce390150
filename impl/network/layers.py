"""The layers of a network: each is one operation of ``impl/`` with a name and its parameters.

Every operation has the same two functions, ``forward(x, *parameters) -> (y, cache)`` and
``backward(dy, cache)``, so that one class serves them all, and a new elementwise file in ``impl/``
is an activation here at once. The bare formulas are used: arrays are checked where they enter the
network, not again in every layer.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

import impl
from impl import batch_norm, dense, maxout, mean_squared_error, softmax_cross_entropy


class Pair(NamedTuple):
    """The two bare functions of an operation."""

    forward: Callable[..., Any]
    backward: Callable[..., Any]


def pair(module: ModuleType, forward: str = "forward", backward: str = "backward") -> Pair:
    """Return the formulas inside two functions of ``module``, without checks and copies."""
    return Pair(inspect.unwrap(getattr(module, forward)), inspect.unwrap(getattr(module, backward)))


LOSSES: dict[str, Pair] = {
    "softmax_cross_entropy": pair(softmax_cross_entropy),
    "mean_squared_error": pair(mean_squared_error),
}

update_running_statistics = inspect.unwrap(batch_norm.update_running_statistics)


@dataclass(frozen=True)
class Layer:
    """One operation in a network.

    name:      such as "dense2", which is also the name of its output.
    shapes:    full name of each parameter -> its shape, in the order of forward's arguments.
    inference: the pair used outside training, if another one; it also takes the layer's running
               statistics, ``features`` numbers each.
    """

    name: str
    training: Pair
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    inference: Pair | None = None
    features: int = 0


def dense_layer(number: int, inputs: int, outputs: int, *, bias: bool = True) -> Layer:
    """Return y = x @ W + b. Without ``bias``, b is 0 and no parameter."""
    name, both = f"dense{number}", pair(dense)
    if bias:
        return Layer(name, both, {f"{name}.W": (inputs, outputs), f"{name}.b": (outputs,)})
    nothing = np.zeros(1, np.float32)  # added to float64, it leaves float64
    without = Pair(partial(both.forward, b=nothing), both.backward)
    return Layer(name, without, {f"{name}.W": (inputs, outputs)})


def maxout_layer(number: int, inputs: int, outputs: int, pieces: int) -> Layer:
    """Return y = max over k of x @ W[k] + b[k]."""
    name = f"maxout{number}"
    shapes = {f"{name}.W": (pieces, inputs, outputs), f"{name}.b": (pieces, outputs)}
    return Layer(name, pair(maxout), shapes)


def batch_norm_layer(number: int, features: int) -> Layer:
    """Return batch norm: by the batch in training, by running statistics in inference."""
    name = f"batch_norm{number}"
    return Layer(
        name,
        pair(batch_norm, backward="backward_fused"),
        {f"{name}.gamma": (features,), f"{name}.beta": (features,)},
        pair(batch_norm, "forward_inference", "backward_inference"),
        features,
    )


def activation_layer(number: int, name: str) -> Layer:
    """Return the elementwise activation called ``name``."""
    both = pair(importlib.import_module(f"impl.{name}"))

    def forward(x: Any) -> Any:
        y, cache = both.forward(x)
        return y.astype(x.dtype, copy=False), cache  # a formula may count in float64 (erf)

    def backward(dy: Any, cache: Any) -> Any:
        return both.backward(dy, cache).astype(dy.dtype, copy=False)

    return Layer(f"{name}{number}", Pair(forward, backward))


@cache
def activations() -> tuple[str, ...]:
    """Names of what may stand in a hidden layer."""
    found = (module.name for module in pkgutil.iter_modules(impl.__path__) if not module.ispkg)
    return (
        *sorted(name for name in found if name[0] != "_" and _is_elementwise(name)),
        "linear",
        "maxout",
    )


def _is_elementwise(name: str) -> bool:
    """Whether an operation maps x alone, and a single number as well as any array."""
    forward = importlib.import_module(f"impl.{name}").forward
    arrays = [p for p in inspect.signature(forward).parameters.values() if p.kind != p.KEYWORD_ONLY]
    if [p.name for p in arrays] != ["x"]:
        return False
    try:
        forward(0.0)
    except ValueError:
        return False
    return True

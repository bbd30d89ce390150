"""Forward and backward propagation: the chain rule, layer by layer.

``forward`` keeps the output of every layer by name; ``backward`` goes from the output back to the
input and gives the gradient of every output and of every parameter by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from numpy.typing import NDArray

from impl.network.layers import Layer, Pair

Array = NDArray[Any]
Statistics = Mapping[str, tuple[Array, Array]]


class Cache(NamedTuple):
    """What backward needs, and ``values``: "x", then the name of each layer -> its output."""

    values: dict[str, Array]
    steps: list[tuple[Layer, Pair, Any]]


def forward(
    layers: Sequence[Layer],
    parameters: Mapping[str, Array],
    x: Array,
    statistics: Statistics | None = None,
) -> tuple[Array, Cache]:
    """Send x (N, D) through the layers; return the last output and the cache.

    With ``statistics`` (running mean and variance of each batch norm, by its name) the layers work
    as in inference, without as in training.
    """
    values = {"x": x}
    steps: list[tuple[Layer, Pair, Any]] = []
    for layer in layers:
        own = [parameters[name] for name in layer.shapes]
        operation = layer.training
        if statistics is not None and layer.inference is not None:
            operation = layer.inference
            own += statistics[layer.name]
        x, cache = operation.forward(x, *own)
        values[layer.name] = x
        steps.append((layer, operation, cache))
    return x, Cache(values, steps)


def backward(dy: Array, cache: Cache) -> dict[str, Array]:
    """Send the gradient dy of the last output back to x, by the chain rule.

    Returns the gradient of "x", of each layer's output ("dense1") and of each parameter
    ("dense1.W"), each in the shape of what it belongs to.
    """
    gradients: dict[str, Array] = {}
    for layer, operation, kept in reversed(cache.steps):
        gradients[layer.name] = dy
        result = operation.backward(dy, kept)
        for name in layer.shapes:
            gradients[name] = getattr(result, name.partition(".")[2])
        dy = result.x if layer.shapes else result
    gradients["x"] = dy
    return gradients

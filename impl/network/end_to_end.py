"""The whole network as one function of its parameters, as a gradient checker takes it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

from numpy.typing import ArrayLike, NDArray

from impl.network import propagation
from impl.network.mlp import MLP

Array = NDArray[Any]


class LossFunction(NamedTuple):
    """forward(*parameters) -> (loss, cache) and backward(dy, cache) -> one gradient for each.

    ``names`` are those of the parameters, in order; ``inputs`` their present values.
    """

    forward: Callable[..., Any]
    backward: Callable[..., Any]
    names: tuple[str, ...]
    inputs: tuple[Array, ...]


def as_function(network: MLP, x: ArrayLike, t: ArrayLike, *, with_x: bool = False) -> LossFunction:
    """Return the loss on one batch as a function of every parameter, in training mode.

    x (N, D), t as for ``MLP.step``. ``with_x`` makes x the first of the inputs. The functions
    change nothing, and take complex numbers and symbols as well.
    """
    data, targets = network.admitted(x), network.targets(t)
    values = {"x": data, **network.parameters} if with_x else dict(network.parameters)
    names = tuple(values)

    def forward(*inputs: Any) -> tuple[Any, Any]:
        given = {"x": data, **dict(zip(names, inputs))}
        y, cache = propagation.forward(network.layers, given, given["x"])
        loss, kept = network.loss.forward(y, targets)
        return loss, (cache, kept)

    def backward(dy: Any, cache: Any) -> tuple[Any, ...]:
        passed, kept = cache
        gradients = propagation.backward(network.loss.backward(dy, kept), passed)
        return tuple(gradients[name] for name in names)

    _call_arguments(forward, [name.replace(".", "_") for name in names])
    return LossFunction(forward, backward, names, tuple(each.copy() for each in values.values()))


def _call_arguments(function: Any, names: list[str]) -> None:
    """Give a function of *inputs the argument names that messages about it should use."""
    kind = inspect.Parameter.POSITIONAL_ONLY
    function.__signature__ = inspect.Signature([inspect.Parameter(n, kind) for n in names])
    function.__name__ = "loss"

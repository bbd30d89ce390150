"""The whole network as one function, as a gradient checker or a prover takes it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

from numpy.typing import ArrayLike, NDArray

from impl.network import propagation
from impl.network.mlp import MLP

Array = NDArray[Any]


class LossFunction(NamedTuple):
    """forward(x, t, *parameters) -> (loss, cache); backward(dy, cache) -> gradients of ``wrt``.

    ``names`` are those of the inputs ("x", "t", "dense1_W", ...), ``wrt`` those with a gradient,
    ``inputs`` their present values.
    """

    forward: Callable[..., Any]
    backward: Callable[..., Any]
    names: tuple[str, ...]
    wrt: tuple[str, ...]
    inputs: tuple[Array, ...]


def as_function(network: MLP, x: ArrayLike, t: ArrayLike) -> LossFunction:
    """Return the loss on a batch as a function of batch and parameters, in training mode.

    x (N, D), t as for ``MLP.step``. The functions change nothing, and compute with complex numbers
    and with symbols as well.
    """
    parameters = tuple(network.parameters)

    def loss(*inputs: Any) -> tuple[Any, Any]:
        x, t, *given = inputs
        y, cache = propagation.forward(network.layers, dict(zip(parameters, given)), x)
        value, kept = network.loss.forward(y, t)
        return value, (cache, kept)

    def backward(dy: Any, cache: Any) -> tuple[Any, ...]:
        passed, kept = cache
        gradients = propagation.backward(network.loss.backward(dy, kept), passed)
        return tuple(gradients[name] for name in ("x", *parameters))

    own = tuple(name.replace(".", "_") for name in parameters)
    names = ("x", "t", *own)
    kind = inspect.Parameter.POSITIONAL_ONLY
    signature = inspect.Signature([inspect.Parameter(name, kind) for name in names])
    loss.__signature__ = signature  # type: ignore[attr-defined]  # the names that messages use
    data = network.admitted(x)
    values = (data, network.targets(t, len(data)), *network.parameters.values())
    return LossFunction(loss, backward, names, ("x", *own), tuple(each.copy() for each in values))

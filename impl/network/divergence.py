"""When numbers are no longer finite: say in which layer that began."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from impl.network.layers import Layer
from impl.network.mlp import MLP, Step

Array = NDArray[Any]
ADVICE = "train with a smaller learning rate, or look for NaN in the data"


class DivergedError(ArithmeticError):
    """The loss or a parameter became infinite or NaN; the message names the layer and the step."""


def require_finite_loss(network: MLP, step: Step, when: str) -> None:
    """Raise DivergedError, with the first layer at fault, if the loss of a step is not finite."""
    if not math.isfinite(step.loss):
        where = _first_not_finite(network, step.values)
        raise DivergedError(f"the loss is {step.loss} in {when}: {where}; {ADVICE}")


def require_finite_parameters(network: MLP, when: str) -> None:
    """Raise DivergedError if an update left a parameter infinite or NaN, before the next step."""
    if not np.isfinite(network.theta).all():
        where = next(filter(None, (_spoilt(network, layer) for layer in network.layers)))
        raise DivergedError(f"after {when}, there is {where}; {ADVICE}")


def _first_not_finite(network: MLP, values: Mapping[str, Array]) -> str:
    """Follow the values from the input on."""
    if not np.isfinite(values["x"]).all():
        return "the input x has infinite or NaN entries"
    for layer in network.layers:
        spoilt = _spoilt(network, layer)
        if spoilt:
            return spoilt
        if not np.isfinite(values[layer.name]).all():
            return f"layer {layer.name}, whose output is the first that is not finite"
    return f"the outputs of layer {network.layers[-1].name} are finite, their loss is not"


def _spoilt(network: MLP, layer: Layer) -> str:
    for name in layer.shapes:
        if not np.isfinite(network.parameters[name]).all():
            return f"layer {layer.name}, whose parameter {name} is no longer finite"
    return ""

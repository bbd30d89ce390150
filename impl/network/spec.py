"""What a network is made of: checked once, saved beside its weights, and built from layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

from impl.network.layers import (
    LOSSES,
    Layer,
    activation_layer,
    activations,
    batch_norm_layer,
    dense_layer,
    maxout_layer,
)


@dataclass(frozen=True)
class Spec:
    """What a multilayer perceptron is made of; one entry of the tuples per hidden layer.

    sizes: inputs, units of each hidden layer, outputs. pieces: affine pieces of a maxout unit.
    """

    sizes: tuple[int, ...]
    activation: tuple[str, ...]
    batch_norm: tuple[bool, ...]
    pieces: int
    loss: str

    @property
    def hidden(self) -> tuple[int, ...]:
        """Units of each hidden layer."""
        return self.sizes[1:-1]

    @property
    def deep(self) -> bool:
        """Whether there are two or more hidden layers, which is what "deep" means."""
        return len(self.hidden) >= 2


def specify(
    sizes: Sequence[int],
    activation: str | Sequence[str] = "relu",
    batch_norm: bool | Sequence[bool] = False,
    pieces: int = 2,
    loss: str = "softmax_cross_entropy",
) -> Spec:
    """Return the Spec; one name or bool stands for every hidden layer.

    Raises ValueError that names the argument, the value and what is possible.
    """
    units = tuple(_positive("sizes", size) for size in sizes)
    if len(units) < 2:
        raise ValueError(
            f"sizes: expected inputs, any hidden layers, outputs, got {list(sizes)}; "
            "two inputs, one hidden layer of 8 and three classes are [2, 8, 3]"
        )
    if loss not in LOSSES:
        raise ValueError(f"loss: no loss called {loss!r}; there are: {', '.join(LOSSES)}")
    hidden = len(units) - 2
    names = _one_each("activation", activation, hidden)
    for name in names:
        if name not in activations():
            known = ", ".join(activations())
            raise ValueError(f"activation: none called {name!r}; there are: {known}")
    normalized = tuple(bool(each) for each in _one_each("batch_norm", batch_norm, hidden))
    return Spec(units, names, normalized, _positive("pieces", pieces), loss)


def build(spec: Spec) -> list[Layer]:
    """Return the layers that ``spec`` asks for, first to last, numbered from 1."""
    found: list[Layer] = []
    for number, (name, normalized) in enumerate(zip(spec.activation, spec.batch_norm), 1):
        inputs, outputs = spec.sizes[number - 1 : number + 1]
        if name == "maxout":
            found.append(maxout_layer(number, inputs, outputs, spec.pieces))
        else:
            found.append(dense_layer(number, inputs, outputs, bias=not normalized))
        if normalized:
            found.append(batch_norm_layer(number, outputs))
        if name not in ("maxout", "linear"):
            found.append(activation_layer(number, name))
    return [*found, dense_layer(len(spec.sizes) - 1, *spec.sizes[-2:])]


def _positive(name: str, value: Any) -> int:
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name}: expected whole numbers from 1 on, got {value!r}")
    return int(value)


def _one_each(name: str, value: Any, hidden: int) -> tuple[Any, ...]:
    if isinstance(value, (str, bool)):
        return (value,) * hidden
    each = tuple(value)
    if len(each) != hidden:
        raise ValueError(
            f"{name}: expected one for all or one for each of {hidden} hidden layers, "
            f"got {len(each)}: {list(each)}"
        )
    return each

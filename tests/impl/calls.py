"""One ordinary call of each forward and its backwards, made from what its derivation says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import numpy as np

from gradproof.operation.derivation import Domain, Layout, Mode
from gradproof.operation.layouts import lengths_for, shape_of
from gradproof.operation.operations import Operation
from gradproof.operation.sampling import Array, kept_somewhere
from gradproof.witnesses.runs import label
from tests.catalogue import OPERATIONS

_LENGTHS = (3, 2, 4, 2)
_ANY_SHAPE = (2, 4)


@dataclass(frozen=True)
class Call:
    """Arguments for one forward; the floats are float64 and exact in float16."""

    operation: Operation
    mode: Mode
    layout: Layout
    arguments: dict[str, Array]

    def __str__(self) -> str:
        return f"{label(self.operation, self.mode)}, {self.layout.label}"

    @property
    def forward(self) -> Callable[..., Any]:
        return self.operation.forward(self.mode)

    @property
    def backwards(self) -> list[Callable[..., Any]]:
        return [self.operation.backward(name) for name in self.mode.backwards]

    def floats(self) -> list[str]:
        return [name for name, value in self.arguments.items() if value.dtype.kind == "f"]

    def cast(self, dtype: Any) -> dict[str, Array]:
        return {
            name: value.astype(dtype) if name in self.floats() else value.copy()
            for name, value in self.arguments.items()
        }


def fields(gradients: Any) -> tuple[Any, ...]:
    """The gradients of one backward as a tuple, also where there is only one."""
    return tuple(gradients) if isinstance(gradients, tuple) else (gradients,)


def numbers(*shape: int, start: float = -1.75) -> Array:
    """Distinct multiples of 1/8, positive and negative, in a scrambled order."""
    count = int(np.prod(shape))
    scrambled = (np.arange(count) * 7) % count if count % 7 else np.arange(count)
    return np.asarray((start + 0.375 * scrambled).reshape(shape))


def values_in(domain: Domain, shape: tuple[int, ...], lengths: dict[str, int]) -> Array:
    """Ordinary values of an input, all of them exact in float16."""
    count = np.arange(int(np.prod(shape))).reshape(shape)
    made: dict[str, Callable[[], Array]] = {
        "real": lambda: numbers(*shape),
        "positive": lambda: numbers(*shape, start=0.25),
        "unit": lambda: np.array([0.0, 1.0, 0.5, 0.25])[count % 4],
        "sign": lambda: np.array([-1.0, 1.0, 1.0])[count % 3],
        "label": lambda: count * 3 % domain.choices(lengths),
        "mask": lambda: kept_somewhere(np.asarray((count % 3 != 1).astype(int))),
    }
    return np.asarray(made[domain.kind]())


def call_of(operation: Operation, mode: Mode, layout: Layout) -> Call:
    """An ordinary call with arrays that lie as ``layout`` says."""
    parameters = {item.name: item.default for item in mode.parameters}
    endless = cycle(_LENGTHS)
    lengths = lengths_for(layout, lambda axis, least: next(endless), parameters)
    named = {**parameters, **lengths}
    arguments = {
        item.name: values_in(
            item.domain, shape_of(layout.shapes[item.name], named, _ANY_SHAPE), lengths
        )
        for item in mode.inputs
    }
    return Call(operation, mode, layout, arguments)


CALLS = [
    call_of(operation, mode, layout)
    for operation in OPERATIONS.values()
    for mode in operation.derivation.modes
    if mode.backwards
    for layout in mode.layouts
]

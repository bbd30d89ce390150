"""Arrays of one's own: what functions under check are given, and what comes back from them."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


class Moved(list[Any]):
    """Inputs of which those that were ``put`` are made for one call, which need not copy them."""

    def __init__(self, inputs: Sequence[Any]) -> None:
        super().__init__(inputs)
        self.made: set[int] = set()

    def put(self, at: int, array: Array) -> None:
        """Take a new array, which nothing else refers to, for input ``at``."""
        self[at] = array
        self.made.add(at)


def own(arrays: Sequence[Any], without: Container[int] = ()) -> tuple[Array, ...]:
    """A copy of each array, for a function to do with as it likes."""
    return tuple(
        np.asarray(each) if at in without else np.array(each) for at, each in enumerate(arrays)
    )


def made(inputs: Sequence[Any]) -> set[int]:
    """Which inputs are made for this call alone."""
    return inputs.made if isinstance(inputs, Moved) else set()


def fresh(value: Any) -> Any:
    """The same with new arrays, also inside tuples, lists and mappings; other objects stay."""
    if isinstance(value, np.ndarray):
        return np.array(value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(fresh(each) for each in value))
    if type(value) in (tuple, list):
        return type(value)(fresh(each) for each in value)
    if type(value) is dict:
        return {key: fresh(each) for key, each in value.items()}
    return value


def as_outputs(y: Any) -> tuple[Array, ...]:
    """The outputs of forward as arrays: one, or as many as the tuple or list has."""
    if isinstance(y, (tuple, list)) and not all(np.isscalar(each) for each in y):
        return tuple(_at_most_double(np.asarray(each)) for each in y)
    return (_at_most_double(np.asarray(y)),)


def _at_most_double(y: Array) -> Array:
    """Derivatives are formed in double precision, so that wider outputs are taken in it."""
    wide = y.dtype.kind == "f" and y.dtype.itemsize > 8
    return y.astype(np.float64) if wide else y


__all__ = ["Moved", "as_outputs", "fresh", "made", "own"]

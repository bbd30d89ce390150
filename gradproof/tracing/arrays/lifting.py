"""Values as traced arrays, and traced arrays of nodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradproof.tracing import conditions as co
from gradproof.tracing.arrays.traced_array import (
    FLOAT,
    TracedArray,
    TracedScalar,
    call_function,
    is_traced,
    scalar,
)
from gradproof.tracing.batch_sum import batch_size
from gradproof.tracing.errors import NotTraceableError
from gradproof.tracing.literals import literal
from gradproof.tracing.nodes import Node, truth


def holds_traced(value: Any) -> bool:
    """Whether the value is traced, or a list or tuple with something traced in it."""
    if isinstance(value, (list, tuple)) and not is_traced(value):
        return any(holds_traced(item) for item in value)
    return is_traced(value)


def wrap(
    data: Any, dtype: np.dtype = FLOAT, batch: frozenset[int] = frozenset()
) -> TracedArray | TracedScalar:
    """Return the traced array of an object array of nodes; a scalar for 0 dimensions."""
    if not isinstance(data, np.ndarray):
        return scalar(data, dtype)
    return TracedArray(data, dtype, batch) if data.ndim or batch else TracedScalar(data, dtype)


_to_literal = np.frompyfunc(literal, 1, 1)


def lift(value: Any) -> TracedArray:
    """Return any array-like, traced or not, as a traced array."""
    if is_traced(value):
        return value
    if isinstance(value, Node):
        return scalar(value)
    if isinstance(value, (list, tuple)) and holds_traced(value):
        return call_function("stack", [lift(item) for item in value])
    array = np.asarray(value)
    if array.dtype.kind == "b":
        data = np.frompyfunc(lambda v: truth(bool(v)), 1, 1)(array)
    elif array.dtype.kind in "iuf":
        try:
            data = _to_literal(array)
        except ValueError as error:
            raise NotTraceableError(str(error)) from None
    else:
        raise NotTraceableError(f"an array of dtype {array.dtype}")
    return wrap(data, array.dtype)


def is_batch_size(value: Any) -> bool:
    """Whether the value is the symbol m."""
    return is_traced(value) and value.data.ndim == 0 and value.data[()] is batch_size()


def numbers(array: TracedArray) -> np.ndarray:
    """Return the nodes of an array as numbers: truth values become 0 and 1."""
    if array.dtype.kind == "b":
        return elementwise(co.indicator, array.data)
    return array.data


def elementwise(function: Callable[..., Node], *data: np.ndarray) -> np.ndarray:
    out = np.frompyfunc(function, len(data), 1)(*data)
    if isinstance(out, np.ndarray):
        return out
    boxed = np.empty((), dtype=object)
    boxed[()] = out
    return boxed

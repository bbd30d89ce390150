"""The methods of ndarray that are calls of the function of the same name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradproof.ops import methods
from gradproof.tracing.arrays.rearranging import cast
from gradproof.tracing.arrays.traced_array import TracedArray, call_function, concrete, is_traced
from gradproof.tracing.errors import NotTraceableError
from gradproof.tracing.upwards import up


def _function(name: str) -> Callable[..., Any]:
    return lambda array, *args, **kwargs: call_function(name, array, *args, **kwargs)


def _astype(array: TracedArray, dtype: Any, *args: Any, copy: bool = True, **kwargs: Any) -> Any:
    if not copy and np.dtype(dtype) == array.dtype:
        return array
    return cast(array, dtype)


def _transpose(array: TracedArray, *axes: Any) -> Any:
    if not axes or axes == (None,):
        return call_function("transpose", array)
    return call_function("transpose", array, axes[0] if len(axes) == 1 else axes)


def _fill(array: TracedArray, value: Any) -> None:
    array[...] = value


def _item(array: TracedArray, *args: Any) -> Any:
    if args:
        return array[args] if len(args) > 1 else array.reshape(-1)[args[0]]
    if array.data.size != 1:
        raise ValueError("can only convert an array of size 1 to a Python scalar")
    return array.reshape(-1)[0]


def _tolist(array: TracedArray) -> Any:
    values = concrete(array)
    if values is not None:
        return values.tolist()
    return [_tolist(row) if row.data.ndim else row for row in array]


def _view(array: TracedArray, *args: Any, **kwargs: Any) -> Any:
    if args and not (isinstance(args[0], type) and issubclass(args[0], np.ndarray)):
        raise NotTraceableError("ndarray.view of another dtype")
    return TracedArray(array.data, array.dtype, array.batch)


def _flatten(array: TracedArray, order: str = "C") -> Any:
    return call_function("ravel", array).copy()


def _ptp(array: TracedArray, *args: Any, **kwargs: Any) -> Any:
    return np.ptp(array, *args, **kwargs)


def _sort(array: TracedArray, axis: int = -1, **kwargs: Any) -> None:
    array[...] = call_function("sort", array, axis)


def _partition(array: TracedArray, kth: Any, axis: int = -1, **kwargs: Any) -> None:
    array[...] = call_function("partition", array, kth, axis)


METHODS: dict[str, Callable[..., Any]] = {
    **{name: _function(name) for name, of in methods().items() if "proof" not in of.without},
    "astype": _astype,
    "transpose": _transpose,
    "fill": _fill,
    "item": _item,
    "tolist": _tolist,
    "view": _view,
    "flatten": _flatten,
    "conj": lambda array: array,
    "conjugate": lambda array: array,
    "ptp": _ptp,
    "sort": _sort,
    "partition": _partition,
    "setflags": lambda array, *args, **kwargs: None,
}
up.methods = METHODS
__all__ = ["METHODS", "is_traced"]

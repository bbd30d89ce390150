"""Functions that rearrange elements, and functions that make arrays.

Rearrangements (``reshape``, ``transpose``, ``stack``, ``tile``, ...) are done by NumPy itself on
the arrays of nodes. Arrays that the user's code makes (``np.zeros(x.shape)``) become traced
arrays of constants, so that symbols can be stored in them.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from gradproof.tracing.arrays.batch import has_batch_axis, indexed_arange, mentions_batch, rearrange
from gradproof.tracing.arrays.lifting import (
    elementwise,
    holds_traced,
    is_batch_size,
    lift,
    numbers,
    wrap,
)
from gradproof.tracing.arrays.traced_array import (
    BOOLEAN,
    FLOAT,
    INTEGER,
    TracedArray,
    call_function,
    is_traced,
)
from gradproof.tracing.arrays.ufuncs import truths
from gradproof.tracing.errors import NotTraceableError
from gradproof.tracing.nodes import Node, number

_REARRANGEMENTS = (
    "reshape", "transpose", "ravel", "expand_dims", "squeeze", "swapaxes", "moveaxis", "rollaxis",
    "broadcast_to", "broadcast_arrays", "tile", "repeat", "concatenate", "concat", "stack",
    "unstack", "vstack", "hstack", "dstack", "column_stack", "split", "array_split", "hsplit",
    "vsplit", "dsplit", "flip", "fliplr", "flipud", "roll", "pad", "atleast_1d", "atleast_2d",
    "atleast_3d", "append", "take", "diag", "diagflat", "diagonal", "tril", "triu", "rot90",
    "meshgrid", "delete", "insert", "resize", "permute_dims", "matrix_transpose",
)  # fmt: skip
REARRANGEMENTS = {name: getattr(np, name) for name in _REARRANGEMENTS if hasattr(np, name)}
# Of these, the ones that never reorder the elements along an axis they keep.
_SAFE_ACROSS_BATCH = {
    "reshape", "transpose", "ravel", "expand_dims", "squeeze", "swapaxes", "moveaxis",
    "broadcast_to", "tile", "repeat", "concatenate", "stack", "hstack", "column_stack", "vstack",
    "atleast_1d", "atleast_2d", "atleast_3d", "rollaxis", "flip", "take", "pad", "append",
    "permute_dims", "matrix_transpose", "concat", "dstack", "fliplr", "roll",
}  # fmt: skip


def dtype_of(value: Any) -> np.dtype:
    """Return the dtype that an array made of these arguments has."""
    if is_traced(value):
        return np.dtype(value.dtype)
    if isinstance(value, (list, tuple)) and value:
        return np.result_type(*(dtype_of(item) for item in value))
    return np.asarray(value).dtype


def _to_nodes(value: Any) -> Any:
    """Replace traced arrays in an argument by their nodes, known integers by integers."""
    if is_traced(value):
        nodes = value.data if value.dtype.kind == "b" else numbers(value)
        first: Any = nodes[()] if nodes.ndim == 0 else None
        if first is not None and first.kind == "const" and value.dtype.kind in "iu":
            return int(value)
        return nodes
    if isinstance(value, (list, tuple)):
        return type(value)(_bare(_to_nodes(item)) for item in value)
    return value


def _bare(nodes: Any) -> Any:
    """Return the node itself of a 0-d array of nodes, which NumPy would keep as an array."""
    return nodes[()] if isinstance(nodes, np.ndarray) and not nodes.ndim else nodes


def rearrangement(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the traced version of a function that only moves elements about."""

    def traced(*args: Any, **kwargs: Any) -> Any:
        dtype = dtype_of(args[0])
        others = (*args[1:], *kwargs.values())
        if not has_batch_axis(args[0]) and not any(map(mentions_batch, others)):
            return _wrap_all(
                function(*map(_to_nodes, args), **{k: _to_nodes(v) for k, v in kwargs.items()}),
                dtype,
            )
        if name in _SAFE_ACROSS_BATCH:
            return rearrange(function, args, kwargs, dtype)
        raise NotTraceableError(f"np.{name} of a batch of any size")

    return traced


def _wrap_all(result: Any, dtype: np.dtype) -> Any:
    if isinstance(result, (list, tuple)):
        return type(result)(_wrap_all(item, dtype) for item in result)
    if isinstance(result, np.ndarray):
        if any(not isinstance(item, Node) for item in result.reshape(-1)):
            result = elementwise(_as_node, result)
        return TracedArray(result, dtype)
    return wrap(_as_node(result), dtype)


def _as_node(value: Any) -> Node:
    return value if isinstance(value, Node) else lift(value).data[()]


# --- making arrays ------------------------------------------------------------------------------


def _filled(shape: Any, value: Any, dtype: np.dtype) -> TracedArray:
    item = lift(value)
    item = wrap(item.data, dtype) if dtype.kind != "b" or item.dtype.kind == "b" else item
    lengths = shape if isinstance(shape, (list, tuple)) else (shape,)
    if any(is_batch_size(n) for n in lengths):
        if item.data.ndim:
            raise NotTraceableError("np.full of a batch of any size with an array")
        sizes = tuple(1 if is_batch_size(n) else int(n) for n in lengths)
        axes = frozenset(axis for axis, n in enumerate(lengths) if is_batch_size(n))
        if len(axes) > 1:
            raise NotTraceableError("an array with two batch axes")
    else:
        sizes, axes = tuple(int(n) for n in lengths), frozenset()
    data = np.empty(sizes, dtype=object)
    data[...] = item.data if item.data.ndim else item.data[()]
    return TracedArray(data, dtype, axes)


def _kind(dtype: Any, default: np.dtype) -> np.dtype:
    return default if dtype is None else np.dtype(dtype)


def _constant(value: float) -> tuple[Callable[..., Any], Callable[..., Any]]:
    def made(shape: Any, dtype: Any = None, order: str = "C", **kwargs: Any) -> TracedArray:
        kind = _kind(dtype, FLOAT)
        return _filled(shape, bool(value) if kind.kind == "b" else value, kind)

    def like(a: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None,
             **kwargs: Any) -> TracedArray:  # fmt: skip
        kind = _kind(dtype, dtype_of(a))
        return made(lift(a).shape if shape is None else shape, kind)

    return made, like


zeros, zeros_like = _constant(0.0)
ones, ones_like = _constant(1.0)


def full(shape: Any, fill_value: Any, dtype: Any = None, order: str = "C", **kwargs: Any) -> Any:
    """np.full."""
    return _filled(shape, fill_value, _kind(dtype, dtype_of(fill_value)))


def full_like(a: Any, fill_value: Any, dtype: Any = None, order: str = "K", subok: bool = True,
              shape: Any = None, **kwargs: Any) -> Any:  # fmt: skip
    """np.full_like."""
    return _filled(lift(a).shape if shape is None else shape, fill_value, _kind(dtype, dtype_of(a)))


def eye(N: Any, M: Any = None, k: int = 0, dtype: Any = None, **kwargs: Any) -> Any:
    """np.eye and np.identity."""
    if mentions_batch(N) or mentions_batch(M):
        raise NotTraceableError("np.eye of a batch of any size")
    return lift(_ORIGINAL["eye"](int(N), None if M is None else int(M), int(k), dtype or float))


def arange(*args: Any, **kwargs: Any) -> Any:
    """np.arange; np.arange(m) is the position of each element of the batch."""
    if len(args) == 1 and is_batch_size(args[0]):
        return indexed_arange()
    plain = [value.__index__() if is_traced(value) else value for value in args]
    return _ORIGINAL["arange"](*plain, **kwargs)


def linspace(start: Any, stop: Any, num: Any = 50, endpoint: bool = True, retstep: bool = False,
             dtype: Any = None, axis: int = 0, **kwargs: Any) -> Any:  # fmt: skip
    """np.linspace between traced ends."""
    first, last, count = lift(start), lift(stop), int(num)
    if dtype is not None and np.dtype(dtype).kind != "f":
        raise NotTraceableError("np.linspace of traced ends to whole numbers")
    parts = count - 1 if endpoint else count
    step = (last - first) / parts if parts > 0 else np.nan
    shares = [Fraction(k, parts) if parts > 0 else Fraction(0) for k in range(count)]
    rows = [first * wrap(number(1 - t)) + last * wrap(number(t)) for t in shares]
    made = call_function("stack", rows, axis=axis)
    return (made, step) if retstep else made


def array(obj: Any, dtype: Any = None, *, copy: Any = True, order: str = "K",
          subok: bool = False, ndmin: int = 0, **kwargs: Any) -> Any:  # fmt: skip
    """np.array."""
    made = lift(obj)
    result = cast(made, dtype) if dtype is not None else made
    if copy or result is not made:
        result = TracedArray(result.data.copy(), result.dtype, result.batch, result.mask)
    else:
        result = TracedArray(result.data, result.dtype, result.batch, result.mask)
    while result.data.ndim < ndmin:
        result = result[None]
    return result


def asarray(a: Any, dtype: Any = None, *args: Any, **kwargs: Any) -> Any:
    """np.asarray, np.asanyarray, np.ascontiguousarray."""
    if is_traced(a) and a.data.ndim and (dtype is None or np.dtype(dtype) == a.dtype):
        return a
    return array(a, dtype, copy=bool(kwargs.get("copy")))


def cast(value: TracedArray, dtype: Any) -> TracedArray:
    """``x.astype(dtype)``: real numbers are not rounded, truth values become 0 and 1."""
    kind = np.dtype(dtype)
    if kind.kind == "b":
        return _with(value, truths(value), BOOLEAN)
    if kind.kind in "iu" and value.dtype.kind == "f":
        nodes = value.data.reshape(-1)
        if not all(_only_integers(n) for n in nodes):
            raise NotTraceableError("conversion of a traced real to an integer")
        return _with(value, value.data, kind)
    if kind.kind not in "iuf":
        raise NotTraceableError(f"conversion to dtype {kind}")
    return _with(value, numbers(value), kind)


def _only_integers(node: Node) -> bool:
    if node.kind == "case":
        return all(_only_integers(branch) for branch in node.args[1:])
    return node.kind == "const" and node.payload.denominator == 1


def _with(value: TracedArray, data: np.ndarray, dtype: np.dtype) -> TracedArray:
    return type(value)(data.copy(), dtype, value.batch, value.mask)


_ORIGINAL = {name: getattr(np, name) for name in ("eye", "arange")}
_MAKERS = ("zeros", "ones", "full", "eye", "identity", "empty", "zeros_like", "ones_like",
           "full_like", "empty_like", "arange", "array", "asarray")  # fmt: skip
MAKERS: dict[str, Callable[..., Any]] = {
    "zeros": zeros, "ones": ones, "full": full, "eye": eye, "identity": eye, "empty": zeros,
    "zeros_like": zeros_like, "ones_like": ones_like, "full_like": full_like,
    "empty_like": zeros_like, "arange": arange, "array": array, "asarray": asarray,
    "asanyarray": asarray, "ascontiguousarray": asarray, "asfortranarray": asarray,
    "asfarray": asarray, "asarray_chkfinite": asarray, "copy": lambda a, **kwargs: array(a),
}  # fmt: skip
__all__ = ["INTEGER", "MAKERS", "REARRANGEMENTS", "cast", "holds_traced", "rearrangement"]

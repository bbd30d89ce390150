"""Functions that move elements about, make arrays, copy them, or answer questions about them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradproof.ops.digits import digits_of
from gradproof.ops.function_record import (
    ArrayOperation,
    Kind,
    elementwise,
    function_of,
    numeric_slope,
)
from gradproof.ops.summations import fitted, nothing

Array = np.ndarray[Any, Any]
MOST_WINDOWS = 100_000  # elements of a strided view


def _reshape(step: Any, v: tuple[Any, ...], a: Array, k: int) -> Any:
    return np.reshape(a, np.shape(v[0])) if k == 0 else None


def _transpose(step: Any, v: tuple[Any, ...], a: Array, k: int) -> Any:
    if k:
        return None
    axes = step.args[1] if len(step.args) > 1 else step.kwargs.get("axes")
    return np.transpose(a, None if axes is None else np.argsort(axes))


def _broadcast(step: Any, v: tuple[Any, ...], a: Array, k: int) -> Any:
    return fitted(a, v[0]) if k == 0 else None


# --- windows --------------------------------------------------------------------------------------


def strided_positions(
    shape: Sequence[int], strides: Sequence[int], lengths: Sequence[int], steps: Sequence[int]
) -> Array:
    """Return which element of an array each element of a strided view of it is.

    shape, strides: of the array; lengths, steps: the shape and strides of the view. Positions count
    through the array in C order. ValueError where the view reaches outside the array.
    """
    if math.prod(lengths) > MOST_WINDOWS:
        raise ValueError(f"a strided view of {math.prod(lengths)} elements")
    held = itertools.product(*(range(n) for n in shape))
    at = {sum(i * s for i, s in zip(place, strides)): k for k, place in enumerate(held)}
    out = np.empty(tuple(lengths), dtype=np.int64)
    for place in np.ndindex(*out.shape):
        offset = sum(i * s for i, s in zip(place, steps))
        if offset not in at:
            raise ValueError("np.lib.stride_tricks.as_strided reaches outside its array: element "
                             f"{place} of the view is none of the array's")  # fmt: skip
        out[place] = at[offset]
    return out


def _as_strided(x: Any, shape: Any = None, strides: Any = None, subok: bool = False,
                writeable: bool = True) -> Any:  # fmt: skip
    """The elements of the view; what is written to the view does not reach the array."""
    lengths = [int(n) for n in np.atleast_1d(np.shape(x) if shape is None else shape)]
    steps = [int(s) for s in np.atleast_1d(x.strides if strides is None else strides)]
    positions = strided_positions([int(n) for n in np.shape(x)], x.strides, lengths, steps)
    return np.take(x, positions)


def _windows(x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False,
             writeable: bool = False) -> Any:  # fmt: skip
    positions = np.arange(math.prod(np.shape(x))).reshape(np.shape(x))
    view = np.lib.stride_tricks.sliding_window_view(positions, window_shape, axis)
    return np.take(x, view.copy())


def _take(step: Any, v: tuple[Any, ...], a: Array, k: int) -> Any:
    if k:
        return None
    axis = step.kwargs.get("axis", v[2] if len(v) > 2 else None)
    out = np.zeros(np.shape(v[0]))
    index = np.asarray(v[1] if len(v) > 1 else step.kwargs["indices"])
    if axis is None:
        np.add.at(out.reshape(-1), index, a)
        return out
    moved = np.moveaxis(out, int(axis), 0)
    places = tuple(range(int(axis) % out.ndim, int(axis) % out.ndim + index.ndim))
    np.add.at(moved, index, np.moveaxis(a, places, tuple(range(index.ndim))))
    return out


STRIDES = "numpy.lib.stride_tricks"


# --- what the tape calls by names of its own ------------------------------------------------------


def _getitem(step: Any, v: tuple[Any, ...], a: Array, k: int) -> Any:
    if k:
        return None
    out = np.zeros(np.shape(v[0]))
    np.add.at(out, v[1], a)
    return out


def _set(array: Array, key: Any, value: Any) -> Array:
    out = np.copy(array)  # what NumPy passes on to arrays of other kinds by itself, as below
    out[key] = value
    return out


def _setitem(step: Any, v: tuple[Any, ...], a: Array, k: int) -> Any:
    if k == 1:
        return None
    if k == 2:
        return fitted(a[v[1]], v[2])
    out = np.array(a)
    out[v[1]] = 0
    return out


def _added(array: Array, key: Any, value: Any) -> Array:
    out = np.copy(array)
    np.add.at(out, key, value)
    return out


def _add_at(step: Any, v: tuple[Any, ...], a: Array, k: int) -> Any:
    return None if k == 1 else a if k == 0 else fitted(a[v[1]], v[2])


def _cast(step: Any, v: tuple[Any, ...], a: Array, k: int) -> Any:
    return fitted(a, v[0]) if k == 0 else None


def _returned(step: Any, v: tuple[Any, ...], a: Array, k: int) -> Any:
    return fitted(a, v[0])


def _scaled(array: Any, of: str, by: float) -> Any:
    return function_of(of)(np.multiply(by, array))


def _as_type(value: Any, dtype: Any) -> Any:
    return (value if hasattr(value, "astype") else np.asarray(value)).astype(dtype)


def _exact_scaled(mp: Any, step: Any, v: tuple[Any, ...]) -> Any:
    of, by = step.kwargs["of"], mp.mpf(step.kwargs["by"])
    return np.frompyfunc(lambda x: digits_of(of, by * x), 1, 1)(v[0])


def _d_scaled(step: Any, v: tuple[Any, ...], a: Array, k: int) -> Any:
    of, by = elementwise(step.kwargs["of"]), step.kwargs["by"]
    slope = None if of is None else numeric_slope(of, 0, (by * np.asarray(v[0]),), step.value)
    return None if slope is None else fitted(by * a * slope, v[0])


def _picked(step: Any, v: tuple[Any, ...], a: Array, k: int) -> Any:
    """The adjoints of all results of a function, of which this step is one."""
    return None if k else [np.asarray(a) if j == v[1] else np.zeros(np.shape(part))
                           for j, part in enumerate(v[0])]  # fmt: skip


def _exact_cast(mp: Any, step: Any, v: tuple[Any, ...]) -> Any:
    given = np.asarray(v[0])
    real = given.dtype.kind in "biu" and step.value.dtype.kind == "f"
    return np.frompyfunc(lambda n: mp.mpf(int(n)), 1, 1)(given) if real else given


def _own(name: str, numbers: Any, adjoint: Any, kind: Kind = Kind.ARRANGEMENT,
         digits: Any = None) -> ArrayOperation:  # fmt: skip
    return ArrayOperation(name=name, home="", kind=kind, numbers=numbers, adjoint=adjoint,
                          digits=digits)  # fmt: skip


TAPE = [
    _own("getitem", lambda array, key: array[key], _getitem, Kind.SELECTION),
    _own("setitem", _set, _setitem, Kind.SELECTION),
    _own("add_at", _added, _add_at, Kind.SELECTION),
    _own("astype", _as_type, _cast,
         digits=_exact_cast),
    _own("returned", lambda array: array, _returned, Kind.ELEMENTWISE),
    _own("scaled", _scaled, _d_scaled, Kind.ELEMENTWISE, _exact_scaled),
    _own("pick", lambda several, k: several[k], _picked, Kind.SELECTION),
]  # fmt: skip


# --- NumPy's --------------------------------------------------------------------------------------

# Of those that move elements, the ones that never reorder them along an axis they keep.
KEEPING_ORDER = (
    "swapaxes", "moveaxis", "tile", "repeat", "concatenate", "stack",
    "hstack", "column_stack", "vstack", "atleast_1d", "atleast_2d", "atleast_3d", "rollaxis",
    "flip", "pad", "append", "permute_dims", "matrix_transpose", "dstack", "fliplr", "roll",
)  # fmt: skip
_MOVING = (
    "broadcast_arrays", "unstack", "split", "array_split", "hsplit", "vsplit", "dsplit", "flipud",
    "diag", "diagflat", "diagonal", "tril", "triu", "rot90", "meshgrid", "delete", "insert",
    "resize",
)  # fmt: skip
_ALSO = {"concatenate": ("concat",)}


def _plain(kind: Kind, *names: str) -> list[ArrayOperation]:
    return [ArrayOperation(name=name, kind=kind, also=_ALSO.get(name, ()),
                           adjoint=nothing if kind in (Kind.MAKER, Kind.QUESTION) else None)
            for name in names]  # fmt: skip


ARRANGEMENTS = [
    ArrayOperation(name="reshape", kind=Kind.SAME_ELEMENTS, adjoint=_reshape, method=True),
    ArrayOperation(name="ravel", kind=Kind.SAME_ELEMENTS, also=("flatten",), stands_as="reshape",
                   adjoint=_reshape),
    *_plain(Kind.SAME_ELEMENTS, "expand_dims", "squeeze"),
    ArrayOperation(name="transpose", kind=Kind.ARRANGEMENT, adjoint=_transpose),
    ArrayOperation(name="broadcast_to", kind=Kind.ARRANGEMENT, adjoint=_broadcast),
    ArrayOperation(name="take", kind=Kind.SELECTION, adjoint=_take),
    *_plain(Kind.ARRANGEMENT, *KEEPING_ORDER, *_MOVING),
    ArrayOperation(name="take_along_axis", kind=Kind.SELECTION),
    *(ArrayOperation(name=name, kind=Kind.SELECTION, without={"proof": "hardly anyone writes it"})
      for name in ("compress", "extract", "choose")),
    ArrayOperation(name="as_strided", home=STRIDES, kind=Kind.SELECTION, meaning=_as_strided,
                   written_out=True),
    ArrayOperation(name="sliding_window_view", home=STRIDES, kind=Kind.SELECTION,
                   meaning=_windows, written_out=True),
]  # fmt: skip

OTHERS = [
    *_plain(Kind.COPY, "copy", "array", "asarray", "asanyarray", "ascontiguousarray",
            "asfortranarray", "asarray_chkfinite", "real", "real_if_close"),
    *_plain(Kind.MAKER, "zeros", "ones", "empty", "full", "eye", "identity", "arange",
            "zeros_like", "ones_like", "empty_like", "full_like"),
    ArrayOperation(name="linspace", kind=Kind.ARRANGEMENT),
    *_plain(Kind.QUESTION, "may_share_memory", "shares_memory", "ndim", "shape", "size",
            "array_equal", "allclose", "iscomplexobj", "isrealobj", "result_type", "can_cast",
            "isscalar", "common_type", "min_scalar_type", "einsum_path"),
    *(ArrayOperation(name=name, kind=Kind.POSITION, adjoint=nothing)
      for name in ("nonzero", "flatnonzero", "argwhere")),
    *(ArrayOperation(name=name, kind=Kind.SELECTION, adjoint=nothing)
      for name in ("isclose", "isreal")),
]  # fmt: skip

RECORDS = [*TAPE, *ARRANGEMENTS, *OTHERS]
__all__ = ["KEEPING_ORDER", "RECORDS", "strided_positions"]

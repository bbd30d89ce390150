"""The traced counterparts of NumPy's functions, by name; whatever is missing is refused by name."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from gradproof.ops import ArrayOperation, Elementwise, Operation, find, of_function, records
from gradproof.ops.function_record import NoMeaningError
from gradproof.tracing import conditions as co
from gradproof.tracing.arrays import array_reductions, contractions, ordering, rearranging, ufuncs
from gradproof.tracing.arrays.lifting import elementwise, holds_traced, lift, numbers, wrap
from gradproof.tracing.arrays.on_numbers import or_on_numbers
from gradproof.tracing.arrays.traced_array import BOOLEAN, TracedArray, is_traced, length_of, scalar
from gradproof.tracing.arrays.traced_positions import chosen, possible, stored
from gradproof.tracing.arrays.ufuncs import joint_batch, joint_mask, truths
from gradproof.tracing.errors import NotTraceableError, PlainArrayError
from gradproof.tracing.nodes import truth
from gradproof.tracing.python_paths import decide
from gradproof.tracing.upwards import up


def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """np.where with three arguments."""
    if x is None or y is None:
        return np.nonzero(known_truths(condition))
    arrays = [lift(condition), lift(x), lift(y)]
    batch, mask = joint_batch(arrays), joint_mask(arrays)
    both_truths = arrays[1].dtype.kind == "b" and arrays[2].dtype.kind == "b"
    parts = [a.data if both_truths else numbers(a) for a in arrays[1:]]
    data = elementwise(co.select, truths(arrays[0]), *parts)
    kinds = [v.dtype if is_traced(v) else v for v in (x, y)]
    dtype = BOOLEAN if both_truths else np.result_type(*kinds)
    if mask is not None:
        return TracedArray(np.broadcast_to(data, mask.shape), dtype, batch, mask)
    return wrap(data, dtype, batch)


def known_truths(a: Any) -> np.ndarray:
    """Return plain truth values for an array, deciding each traced one on the path taken."""
    array = lift(a)
    if array.batch or array.mask is not None:
        raise NotTraceableError("the positions of true elements in a batch of any size")
    return np.array([decide(node) for node in truths(array).reshape(-1)]).reshape(array.data.shape)


def clip(a: Any, a_min: Any = None, a_max: Any = None, out: Any = None, *, min: Any = None,
         max: Any = None, **kwargs: Any) -> Any:  # fmt: skip
    """np.clip."""
    low = a_min if a_min is not None else min
    high = a_max if a_max is not None else max
    result = lift(a)
    if low is not None:
        result = np.maximum(result, low)
    if high is not None:
        result = np.minimum(result, high)
    if out is not None:
        out[...] = result
        return out
    return result


def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    """np.select."""
    result = default
    for condition, choice in reversed(list(zip(condlist, choicelist))):
        result = where(condition, choice, result)
    return result


def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kwargs: Any) -> Any:
    """np.piecewise."""
    choices = [f(x, *args, **kwargs) if callable(f) else f for f in funclist]
    if not isinstance(condlist, (list, tuple)):
        condlist = [condlist]
    default = choices[len(condlist)] if len(choices) > len(condlist) else 0
    return select(reversed(list(condlist)), reversed(choices[: len(condlist)]), default)


def copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    """np.copyto."""
    if not is_traced(dst):
        raise PlainArrayError("np.copyto of traced values into a plain array")
    dst[...] = src if where is True else FUNCTIONS["where"](where, src, dst)


def put_along_axis(arr: Any, indices: Any, values: Any, axis: int) -> None:
    """np.put_along_axis."""
    array, index = lift(arr), lift(indices)
    if array.batch:
        raise NotTraceableError("np.put_along_axis of a batch of any size")
    axis = int(axis) % array.data.ndim
    source: Any = np.broadcast_to(numbers(lift(values)), index.data.shape)
    for position in np.ndindex(index.data.shape):
        possible(index.data[position], array.data.shape[axis])
        row = array.data[(*position[:axis], slice(None), *position[axis + 1 :])]
        row[:] = stored(index.data[position], source[position], list(row))


def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    """np.fill_diagonal."""
    if not is_traced(a):
        raise PlainArrayError("np.fill_diagonal of traced values into a plain array")
    along = np.arange(min(map(int, a.shape)))
    if wrap or np.size(val) not in (1, len(along)):
        raise NotTraceableError("np.fill_diagonal so that values or rows are wrapped around")
    a[(along,) * a.ndim] = val


def take_along_axis(arr: Any, indices: Any, axis: int = -1) -> Any:
    """np.take_along_axis, with traced indices too."""
    array, index = lift(arr), lift(indices)
    if array.batch:
        raise NotTraceableError("np.take_along_axis of a batch of any size")
    axis = int(axis) % array.data.ndim
    out = np.empty(index.data.shape, dtype=object)
    for position in np.ndindex(index.data.shape):
        possible(index.data[position], array.data.shape[axis])
        row = array.data[(*position[:axis], slice(None), *position[axis + 1 :])]
        out[position] = chosen(index.data[position], list(row))
    return wrap(out, array.dtype)


def _same(a: Any, b: Any, **kwargs: Any) -> Any:
    x, y = lift(a), lift(b)
    if x.data.shape != y.data.shape or x.batch != y.batch:
        return False
    return bool(array_reductions.every(x == y))


def isclose(a: Any, b: Any, **kwargs: Any) -> Any:
    """np.isclose of the same expressions only; closeness of others has no exact meaning."""
    x, y = lift(a), lift(b)
    equal = np.asarray(x.data == y.data)
    if not equal.all():
        raise NotTraceableError("np.isclose or np.allclose of traced values")
    return wrap(elementwise(lambda _: truth(True), x.data), BOOLEAN, joint_batch([x, y]))


def _shape(a: Any) -> tuple[Any, ...]:
    return lift(a).shape


def _size(a: Any, axis: Any = None) -> Any:
    return lift(a).size if axis is None else length_of(lift(a), axis % lift(a).data.ndim)


def _result_type(*values: Any) -> np.dtype:
    return np.result_type(*(v.dtype if is_traced(v) else v for v in values))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: rearranging.rearrangement(name, f) for name, f in rearranging.REARRANGEMENTS.items()},
    **rearranging.MAKERS,
    "sum": array_reductions.total,
    "mean": array_reductions.mean,
    "var": array_reductions.variance,
    "max": array_reductions.maximum,
    "min": array_reductions.minimum,
    "prod": array_reductions.product,
    "all": array_reductions.every,
    "any": array_reductions.some,
    "argmax": array_reductions.argmax,
    "argmin": array_reductions.argmin,
    "sort": ordering.sort,
    "argsort": ordering.argsort,
    "partition": ordering.partition,
    "linspace": rearranging.linspace,
    "cumsum": array_reductions.cumulative_sum,
    "cumprod": array_reductions.cumulative_product,
    "linalg.trace": lambda x, *, offset=0, dtype=None: np.trace(x, offset, -2, -1),
    "linalg.diagonal": lambda x, *, offset=0: np.diagonal(x, offset, -2, -1),
    "count_nonzero": array_reductions.count_nonzero,
    "diff": array_reductions.difference,
    "einsum": contractions.einsum,
    "matmul": contractions.matmul,
    "dot": contractions.dot,
    "tensordot": contractions.tensordot,
    "linalg.multi_dot": lambda arrays: functools.reduce(np.dot, arrays),
    "convolve": contractions.convolve,
    "where": where,
    "nonzero": lambda a: np.nonzero(known_truths(a)),
    "flatnonzero": lambda a: np.flatnonzero(known_truths(a)),
    "argwhere": lambda a: np.argwhere(known_truths(a)),
    "clip": clip,
    "select": select,
    "piecewise": piecewise,
    "copyto": copyto,
    "fill_diagonal": fill_diagonal,
    "put_along_axis": put_along_axis,
    "take_along_axis": take_along_axis,
    "array_equal": _same,
    "isclose": isclose,
    "allclose": lambda a, b, **kw: bool(array_reductions.every(isclose(a, b))),
    "real": lambda x: x,
    "real_if_close": lambda x, **kw: x,
    "shape": _shape,
    "ndim": lambda a: lift(a).data.ndim,
    "size": _size,
    "result_type": _result_type,
    "common_type": _result_type,
    "min_scalar_type": lambda a: lift(a).dtype,
    "can_cast": lambda a, to, casting="safe": np.can_cast(
        a.dtype if is_traced(a) else a, to.dtype if is_traced(to) else to, casting
    ),
    "iscomplexobj": lambda x: False,
    "isrealobj": lambda x: True,
    "isreal": lambda x: np.isfinite(lift(x)),
    "isscalar": lambda x: is_traced(x) and x.data.ndim == 0,
    "may_share_memory": lambda a, b, **kw: np.may_share_memory(lift(a).data, lift(b).data),
    "shares_memory": lambda a, b, **kw: np.shares_memory(lift(a).data, lift(b).data),
    "einsum_path": lambda *args, **kw: (["einsum_path"], ""),
    "array_repr": lambda a, *rest, **kw: repr(a),
    "array_str": lambda a, *rest, **kw: repr(a),
}


def apply_function(function: Any, args: Any, kwargs: Any) -> Any:
    """Carry out a NumPy function that was given a traced array."""
    name = getattr(function, "__name__", str(function))
    module = getattr(function, "__module__", "numpy") or "numpy"
    if module == "numpy.linalg":
        name = name if name in _SAME_AS_NUMPY else f"linalg.{name}"
    elif module != "numpy" and not module.startswith(("numpy._", "numpy.lib.")):
        raise NotTraceableError(f"np.{name}")
    traced = FUNCTIONS.get(name)
    if traced is not None:
        return traced(*args, **kwargs)
    record = find(name)
    if record is None or of_function(function) is not record:
        raise NotTraceableError(f"np.{name}")
    return apply_record(record, args, kwargs)


# What numpy.linalg has with the same meaning; its trace and diagonal are others than NumPy's.
_SAME_AS_NUMPY = ("outer", "matmul", "cross", "tensordot", "vecdot", "matrix_transpose")


def apply_record(record: Operation, args: Any, kwargs: Any) -> Any:
    """Carry out a function of the table: of each element, by a rule of its own, or what it means.

    Raises NotTraceableError where there is none of these.
    """
    if isinstance(record, Elementwise):
        return ufuncs.call(record.name, args, {})
    traced = FUNCTIONS.get(record.name)
    if traced is not None:
        return traced(*args, **kwargs)
    return _meant(record)(*args, **kwargs)


def _lifted(value: Any) -> Any:
    return lift(value) if holds_traced(value) else value


def _meant(record: Operation) -> Callable[..., Any]:
    """Return a function of traced arrays that carries out what a record means."""
    meaning = record.meaning if isinstance(record, ArrayOperation) else None

    def traced(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        if meaning is None:
            raise NotTraceableError(f"np.{record.name}")
        try:
            made = meaning(*map(_lifted, args), **kwargs)
        except NoMeaningError as error:
            raise NotTraceableError(f"np.{record.name} {error}") from None
        except TypeError as error:
            if "unexpected keyword argument" not in str(error):
                raise
            raise NotTraceableError(f"np.{record.name} with {', '.join(kwargs)}=") from None
        return made if out is None else array_reductions.stored(out, made)

    return traced


# By what they mean, where there is no rule above; and under all names of NumPy's.
for _record in records():
    if _record.home == "numpy" and isinstance(_record, ArrayOperation):
        if _record.meaning is not None:
            FUNCTIONS.setdefault(_record.name, _meant(_record))
        if _record.name in FUNCTIONS:
            FUNCTIONS.update(dict.fromkeys(_record.also, FUNCTIONS[_record.name]))


def _function(function: Any, args: Any, kwargs: Any) -> Any:
    return or_on_numbers(lambda: apply_function(function, args, kwargs), function, args, kwargs)


up.function, up.operation, up.functions = _function, apply_record, FUNCTIONS
__all__ = ["FUNCTIONS", "apply_function", "apply_record", "scalar"]

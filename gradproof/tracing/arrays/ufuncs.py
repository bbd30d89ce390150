"""NumPy's ufuncs on traced arrays: calls, ``out=``, ``where=``, ``reduce``, ``at``, ``outer``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradproof.ops import Elementwise, elementwise, of_function
from gradproof.tracing import conditions as co
from gradproof.tracing import expression as ex
from gradproof.tracing.arrays.indexing import put
from gradproof.tracing.arrays.lifting import elementwise as elementwise_data
from gradproof.tracing.arrays.lifting import lift, numbers, wrap
from gradproof.tracing.arrays.on_numbers import or_on_numbers
from gradproof.tracing.arrays.traced_array import (
    BOOLEAN,
    FLOAT,
    TracedArray,
    call_function,
    is_traced,
)
from gradproof.tracing.arrays.traced_positions import plain_index
from gradproof.tracing.elementary import rule_of
from gradproof.tracing.errors import NotTraceableError, PlainArrayError
from gradproof.tracing.nodes import NEG, POS, Node
from gradproof.tracing.upwards import up


def apply_ufunc(ufunc: Any, method: str, inputs: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """Carry out ``ufunc.method(*inputs, **kwargs)`` on traced arrays."""
    record = of_function(ufunc)
    if not isinstance(record, Elementwise):
        return _whole(ufunc, method, inputs, kwargs)
    name = record.name
    if method == "__call__":
        return call(name, inputs, kwargs)
    if method == "reduce" and record.reduces:
        array, *rest = inputs
        axis = kwargs.pop("axis", rest[0] if rest else 0)
        kwargs = {k: v for k, v in kwargs.items() if v is not None and k != "initial"}
        return call_function(record.reduces, array, axis=axis, **kwargs)
    if method == "accumulate" and record.accumulates:
        axis = kwargs.get("axis", inputs[1] if len(inputs) > 1 else 0)
        return call_function(record.accumulates, inputs[0], axis=axis)
    if method == "outer":
        a, b = lift(inputs[0]), lift(inputs[1])
        return apply_ufunc(ufunc, "__call__", (a.reshape(a.shape + (1,) * b.ndim), b), kwargs)
    if method == "at":
        return _at(name, *inputs)
    raise NotTraceableError(f"np.{name}.{method}")


def _whole(ufunc: Any, method: str, inputs: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """Carry out a ufunc of whole rows and columns, such as matmul, or refuse it by its name."""
    name = str(getattr(ufunc, "__name__", ufunc))
    if method != "__call__" or getattr(np, name, None) is not ufunc:
        raise NotTraceableError(f"np.{name}" + f".{method}" * (method != "__call__"))
    out = kwargs.pop("out", None)
    result = call_function(name, *inputs)
    return (
        result if out is None else _stored(name, out[0] if isinstance(out, tuple) else out, result)
    )


def call(name: str, inputs: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    out = kwargs.get("out")
    where = kwargs.get("where", True)
    out = out[0] if isinstance(out, tuple) else out
    result = _evaluate(name, inputs)
    if kwargs.get("dtype") is not None and result.dtype.kind != "b":
        result = wrap(result.data, np.dtype(kwargs["dtype"]), result.batch)
    if where is not True:
        if out is None:
            raise NotTraceableError(f"np.{name} with where= and no out=")
        result = call_function("where", where, result, out)
    return result if out is None else _stored(name, out, result)


def _stored(name: str, out: Any, result: Any) -> Any:
    if not is_traced(out):
        raise PlainArrayError(f"np.{name} of traced values into a plain array")
    put(out, Ellipsis, result)
    return out


def _evaluate(name: str, inputs: Sequence[Any]) -> Any:
    arrays = [lift(value) for value in inputs]
    batch, mask = joint_batch(arrays), joint_mask(arrays)
    data, dtype = _compute(name, arrays, inputs)
    if mask is not None:
        return TracedArray(np.broadcast_to(data, mask.shape), dtype, batch, mask)
    return wrap(data, dtype, batch)


def _compute(
    name: str, arrays: Sequence[TracedArray], inputs: Sequence[Any]
) -> tuple[np.ndarray, np.dtype]:
    record, rule = elementwise(name), rule_of(name)
    if record is None or len(arrays) != record.arity:
        raise NotTraceableError(f"np.{name}")
    if not record.truth:
        return elementwise_data(rule, *map(numbers, arrays)), _result_dtype(record, inputs)
    logic = not record.symbol and record.digits is not None and callable(record.digits)
    return elementwise_data(rule, *map(truths if logic else numbers, arrays)), BOOLEAN


def _result_dtype(record: Elementwise, inputs: Sequence[Any]) -> np.dtype:
    kinds = [value.dtype if is_traced(value) else value for value in inputs]
    dtype = np.result_type(*kinds) if all(_has_dtype(kind) for kind in kinds) else FLOAT
    if dtype.kind in "iub":
        return np.dtype(np.int64) if record.integers else FLOAT
    return dtype


def _has_dtype(value: Any) -> bool:
    return isinstance(value, (np.dtype, np.ndarray, np.generic, int, float, bool))


def truths(array: TracedArray) -> np.ndarray:
    """Return the nodes of an array as truth values: numbers are compared with 0."""
    if array.dtype.kind == "b":
        return array.data
    return elementwise_data(lambda x: co.compare(x, ex.zero(), NEG | POS), array.data)


def joint_batch(arrays: Sequence[TracedArray]) -> frozenset[int]:
    """Return the batch axis of the broadcast of these arrays, checking that the axes agree."""
    ndim = max(array.data.ndim for array in arrays)
    batch = {axis - array.data.ndim for array in arrays for axis in array.batch}
    for axis in batch:
        for array in arrays:
            position = array.data.ndim + axis
            if position >= 0 and array.data.shape[position] != 1:
                raise NotTraceableError("an axis of fixed length against the batch axis")
    if len(batch) > 1:
        raise NotTraceableError("an array with two batch axes")
    return frozenset(axis + ndim for axis in batch)


def joint_mask(arrays: Sequence[TracedArray]) -> np.ndarray | None:
    """Return the mask shared by selections x[mask]; other operands must be scalars."""
    masks = [array.mask for array in arrays if array.mask is not None]
    if not masks:
        return None
    first = masks[0]
    for mask in masks[1:]:
        if mask.shape != first.shape or any(a is not b for a, b in zip(mask.flat, first.flat)):
            raise NotTraceableError("selections x[mask] by two different masks")
    if any(array.mask is None and array.data.size != 1 for array in arrays):
        raise NotTraceableError("a selection x[mask] combined with a whole array")
    return first


def _at(name: str, target: Any, index: Any, *values: Any) -> None:
    """``np.add.at``: repeated positions act one after the other."""
    positions = np.arange(target.data.size).reshape(target.data.shape)[plain_index(index)]
    flat = np.asarray(positions).reshape(-1)
    operands = [
        np.broadcast_to(numbers(lift(value)), np.shape(positions)).reshape(-1) for value in values
    ]
    function = rule_of(name)
    for i, position in enumerate(flat):
        where = np.unravel_index(position, target.data.shape)
        target.data[where] = function(target.data[where], *(operand[i] for operand in operands))


def fold(function: Any, nodes: Sequence[Node]) -> Node:
    """Combine nodes from left to right."""
    result = nodes[0]
    for node in nodes[1:]:
        result = function(result, node)
    return result


def _ufunc(ufunc: Any, method: str, inputs: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    plain = getattr(ufunc, method)
    return or_on_numbers(lambda: apply_ufunc(ufunc, method, inputs, kwargs), plain, inputs, kwargs)


up.ufunc, up.symbolic_ufunc = _ufunc, apply_ufunc

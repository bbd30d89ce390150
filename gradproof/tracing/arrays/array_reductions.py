"""Reductions and running totals of traced arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradproof.tracing import conditions as co
from gradproof.tracing import expression as ex
from gradproof.tracing.arrays.batch import question
from gradproof.tracing.arrays.lifting import lift, numbers, wrap
from gradproof.tracing.arrays.traced_array import (
    BOOLEAN,
    INTEGER,
    TracedArray,
    is_traced,
    length_of,
)
from gradproof.tracing.arrays.ufuncs import fold, truths
from gradproof.tracing.batch_sum import batch_sum
from gradproof.tracing.errors import NotTraceableError, PlainArrayError
from gradproof.tracing.extremes import Ranked, note, note_position
from gradproof.tracing.nodes import NEG, POS, Node, number, truth

Axis = int | Sequence[int] | None


def axes_of(array: TracedArray, axis: Any) -> tuple[int, ...]:
    """Return the axes as non-negative numbers in order."""
    ndim = array.data.ndim
    if axis is None:
        return tuple(range(ndim))
    given = axis if isinstance(axis, (tuple, list)) else (axis,)
    for a in given:
        if not -ndim <= int(a) < ndim:
            raise np.exceptions.AxisError(int(a), ndim)
    return tuple(sorted(int(a) % ndim for a in given))


def count_along(array: TracedArray, axis: Any) -> Any:
    """Return the number of elements that a reduction takes together, maybe a multiple of m."""
    total: Any = 1
    for a in axes_of(array, axis):
        total = total * length_of(array, a)
    return total


def reduce_with(
    array: TracedArray,
    combine: Callable[[Sequence[Node]], Node],
    axis: Any,
    keepdims: bool,
    dtype: np.dtype,
    data: np.ndarray | None = None,
    over_batch: Callable[[Node], Node] | None = None,
) -> Any:
    """Combine the elements along the axes into one node each."""
    nodes = numbers(array) if data is None else data
    axes = axes_of(array, axis)
    crossing = bool(array.batch & set(axes))
    if crossing and over_batch is None:
        raise NotTraceableError("this reduction over a batch of any size")
    kept = [a for a in range(nodes.ndim) if a not in axes]
    moved = np.transpose(nodes, kept + list(axes))
    shape = moved.shape[: len(kept)]
    rows = moved.reshape(int(np.prod(shape, dtype=int)), -1)
    out = np.empty(len(rows), dtype=object)
    for i, row in enumerate(rows):
        out[i] = combine(list(row))
        if crossing and over_batch is not None:
            out[i] = over_batch(out[i])
    batch = array.batch - set(axes)
    if keepdims:
        full = tuple(1 if a in axes else n for a, n in enumerate(nodes.shape))
        return wrap(out.reshape(full), dtype, batch)
    return wrap(out.reshape(shape), dtype, frozenset(kept.index(a) for a in batch))


def _arithmetic_dtype(array: TracedArray) -> np.dtype:
    return INTEGER if array.dtype.kind in "iub" else array.dtype


def stored(out: Any, result: Any) -> Any:
    if out is None:
        return result
    if not is_traced(out):
        raise PlainArrayError("a reduction of traced values into a plain array")
    out[...] = result
    return out


def total(a: Any, axis: Axis = None, dtype: Any = None, out: Any = None,
          keepdims: bool = False, where: Any = True, initial: Any = None) -> Any:  # fmt: skip
    """np.sum."""
    array = lift(a)
    nodes = numbers(array)
    if array.mask is not None:
        if axis is not None or array.data.ndim == 0:
            raise NotTraceableError("a sum along an axis of a selection x[mask]")
        nodes = np.frompyfunc(lambda c, x: co.select(c, x, ex.zero()), 2, 1)(array.mask, nodes)
    if where is not True:
        chosen = np.broadcast_to(truths(lift(where)), nodes.shape)
        nodes = np.frompyfunc(lambda c, x: co.select(c, x, ex.zero()), 2, 1)(chosen, nodes)
        if lift(where).batch - array.batch:
            raise NotTraceableError("np.sum with a batch in where= alone")
    result = reduce_with(
        TracedArray(nodes, array.dtype, array.batch),
        lambda row: ex.add(*row),
        axis,
        bool(keepdims),
        np.dtype(dtype) if dtype is not None else _arithmetic_dtype(array),
        nodes,
        batch_sum,
    )
    return stored(out, result if initial is None else result + initial)


def mean(a: Any, axis: Axis = None, dtype: Any = None, out: Any = None,
         keepdims: bool = False, where: Any = True) -> Any:  # fmt: skip
    """np.mean."""
    array = lift(a)
    if array.mask is not None:
        raise NotTraceableError("the mean of a selection x[mask]")
    if where is not True:
        raise NotTraceableError("np.mean with where=")
    result = total(array, axis, None, None, keepdims) / count_along(array, axis)
    if array.dtype.kind == "f":
        result = wrap(result.data, np.dtype(dtype) if dtype else array.dtype, result.batch)
    return stored(out, result)


def variance(a: Any, axis: Axis = None, dtype: Any = None, out: Any = None, ddof: float = 0,
             keepdims: bool = False, **kwargs: Any) -> Any:  # fmt: skip
    """np.var."""
    if "correction" in kwargs:
        ddof = kwargs.pop("correction")
    given = kwargs.pop("mean", None)
    if kwargs:
        raise NotTraceableError(f"np.var with {', '.join(kwargs)}=")
    array = lift(a)
    center = mean(array, axis, None, None, True) if given is None else given
    squares = (array - center) ** 2
    divisor = count_along(array, axis)
    result = total(squares, axis, None, None, keepdims) / (divisor - ddof if ddof else divisor)
    return stored(out, result)


def _extreme(function: Callable[[Node, Node], Node], better: int, a: Any, axis: Axis, out: Any,
             keepdims: bool, initial: Any) -> Any:  # fmt: skip
    array = lift(a)
    if array.mask is not None:
        raise NotTraceableError("the extreme of a selection x[mask]")
    start = [] if initial is None else [lift(initial).data[()]]

    def best(row: Sequence[Node]) -> Node:
        members = [*start, *row]
        return note(fold(function, members), Ranked(tuple(members), better), members)

    return stored(out, reduce_with(array, best, axis, bool(keepdims), array.dtype))


def maximum(a: Any, axis: Axis = None, out: Any = None, keepdims: bool = False,
            initial: Any = None) -> Any:  # fmt: skip
    """np.max."""
    return _extreme(co.maximum, POS, a, axis, out, keepdims, initial)


def minimum(a: Any, axis: Axis = None, out: Any = None, keepdims: bool = False,
            initial: Any = None) -> Any:  # fmt: skip
    """np.min."""
    return _extreme(co.minimum, NEG, a, axis, out, keepdims, initial)


def product(a: Any, axis: Axis = None, dtype: Any = None, out: Any = None,
            keepdims: bool = False) -> Any:  # fmt: skip
    """np.prod."""
    array = lift(a)
    result = reduce_with(
        array, lambda row: ex.mul(*row), axis, bool(keepdims), _arithmetic_dtype(array)
    )
    return stored(out, result)


def every(a: Any, axis: Axis = None, out: Any = None, keepdims: bool = False) -> Any:
    """np.all; over a batch of any size both answers are followed."""
    return _logical(co.both, True, a, axis, keepdims)


def some(a: Any, axis: Axis = None, out: Any = None, keepdims: bool = False) -> Any:
    """np.any; over a batch of any size both answers are followed."""
    return _logical(co.either, False, a, axis, keepdims)


def _logical(function: Any, start: bool, a: Any, axis: Axis, keepdims: bool) -> Any:
    array = lift(a)

    def same_for_all(node: Node) -> Node:
        if node.kind == "bool":
            return node
        return question("all" if start else "any", node)

    return reduce_with(
        array,
        lambda row: fold(function, [truth(start), *row]),
        axis,
        bool(keepdims),
        BOOLEAN,
        truths(array),
        same_for_all,
    )


def _position(better: int, a: Any, axis: Any, keepdims: bool) -> Any:
    array = lift(a)

    def first_best(row: Sequence[Node]) -> Node:
        best, where = row[0], number(0)
        for k, node in enumerate(row[1:], start=1):
            wins = co.compare(node, best, better)
            best, where = co.select(wins, node, best), co.select(wins, number(k), where)
        return note_position(where, Ranked(tuple(row), better))

    if axis is None:
        array = array.reshape(-1)
        axis = 0
    return reduce_with(array, first_best, axis, bool(keepdims), INTEGER)


def argmax(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    """np.argmax: the first of equals."""
    return _position(POS, a, axis, keepdims)


def argmin(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    """np.argmin: the first of equals."""
    return _position(NEG, a, axis, keepdims)


def _running(function: Callable[[Node, Node], Node], a: Any, axis: Any) -> Any:
    array = lift(a)
    if axis is None:
        array, axis = array.reshape(-1), 0
    axis = int(axis) % array.data.ndim
    if axis in array.batch:
        raise NotTraceableError("a running total along a batch of any size")
    moved = np.moveaxis(numbers(array), axis, 0).copy()
    combine = np.frompyfunc(function, 2, 1)
    for k in range(1, len(moved)):
        moved[k] = combine(moved[k - 1], moved[k])
    return wrap(np.moveaxis(moved, 0, axis), _arithmetic_dtype(array), array.batch)


def cumulative_sum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    """np.cumsum."""
    return stored(out, _running(ex.add, a, axis))


def cumulative_product(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    """np.cumprod."""
    return stored(out, _running(ex.mul, a, axis))


def count_nonzero(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """np.count_nonzero."""
    array = lift(a)
    return total(wrap(truths(array), BOOLEAN, array.batch), axis, keepdims=keepdims)


def difference(a: Any, n: int = 1, axis: int = -1) -> Any:
    """np.diff."""
    array = lift(a)
    for _ in range(n):
        axis = axis % array.data.ndim
        if axis in array.batch:
            raise NotTraceableError("np.diff along a batch of any size")
        before = [slice(None)] * array.data.ndim
        after = list(before)
        before[axis], after[axis] = slice(None, -1), slice(1, None)
        array = array[tuple(after)] - array[tuple(before)]
    return array

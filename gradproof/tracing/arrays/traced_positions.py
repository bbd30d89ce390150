"""Elements at integer indices that are themselves traced: every one becomes a selection on it."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradproof.tracing import conditions as co
from gradproof.tracing import expression as ex
from gradproof.tracing.arrays.lifting import wrap
from gradproof.tracing.arrays.traced_array import TracedArray, concrete, is_traced
from gradproof.tracing.errors import NotTraceableError
from gradproof.tracing.extremes import is_at, note, position_of, select_by, where_won
from gradproof.tracing.nodes import ZERO, Node, number, postorder


def plain_index(key: Any) -> Any:
    """Replace traced arrays of known integers in a key by plain ones."""
    if isinstance(key, tuple) and not is_traced(key):
        return tuple(plain_index(part) for part in key)
    if isinstance(key, slice):
        ends = (key.start, key.stop, key.step)
        return slice(*(end if end is None else int(end) for end in ends))
    if not is_traced(key):
        return key
    values = concrete(key)
    if values is None:
        raise NotTraceableError("an index that depends on traced values")
    return values if values.ndim else values[()]


def equals(index: Node, value: int) -> Node:
    """Return the truth value of index == value for a label or a computed integer."""
    if index.kind == "symbol" and index.payload.choices:
        return co.label_is(index, value)
    found = is_at(index, value)
    if found is not None:
        return found
    if index.kind == "case":
        return ex.over_cases(lambda branch: equals(branch, value), index, "equals", value)
    return co.compare(index, number(value), ZERO)


def possible(index: Node, length: int) -> range:
    """Return the values that the index may take, after checking that they fit the axis."""
    if index.kind == "symbol" and index.payload.choices:
        values = list(range(index.payload.choices))
    else:
        leaves = [node for node in postorder([index]) if node.kind == "const"]
        leaves = [leaf for leaf in leaves if _is_value_of(leaf, index)]
        values = [int(leaf.payload) for leaf in leaves]
    if not values or min(values) < 0 or max(values) >= length:
        raise NotTraceableError("a traced index that may fall outside its axis")
    return range(length)


def _is_value_of(leaf: Node, index: Node) -> bool:
    """Whether a leaf is a value of the selection, and that selection has no other values."""
    pending, seen, found = [index], set(), False
    while pending:
        node = pending.pop()
        if node in seen:
            continue
        seen.add(node)
        if node.kind == "case":
            pending.extend(node.args[1:])
        elif node.kind != "const" or node.payload.denominator != 1:
            raise NotTraceableError("an index computed from traced values")
        found = found or node is leaf
    return found


def _axis_of(key: tuple[Any, ...], position: int) -> int:
    axis = 0
    for part in key[:position]:
        if part is None:
            continue
        if part is Ellipsis:
            raise NotTraceableError("a traced index after an ellipsis")
        axis += 1
    return axis


def _owners(array: TracedArray, key: tuple[Any, ...], position: int) -> Any:
    """Return, for each element that a key reaches, which element of the traced index reaches it.

    The key is tried on an array that numbers its places along the axis of the index, so that the
    axes of the result stand where NumPy puts them.
    """
    axis, index = _axis_of(key, position), key[position].data
    shape = [*array.data.shape[:axis], index.size, *array.data.shape[axis + 1 :]]
    along = [1] * len(shape)
    along[axis] = index.size
    numbered = np.broadcast_to(np.arange(index.size).reshape(along), shape)
    each = np.arange(index.size).reshape(index.shape) if index.ndim else 0
    return numbered[plain_index((*key[:position], each, *key[position + 1 :]))]


def _with_value(key: tuple[Any, ...], position: int, value: int) -> Any:
    shape = key[position].data.shape
    plain = np.full(shape, value) if shape else value
    return plain_index((*key[:position], plain, *key[position + 1 :]))


def get_by_position(array: TracedArray, key: tuple[Any, ...], position: int) -> Any:
    index, owners = key[position].data.reshape(-1), _owners(array, key, position)
    length = array.data.shape[_axis_of(key, position)]
    if not length:
        raise IndexError("an index into an empty axis")
    for node in index:
        possible(node, length)
    values: list[Any] = [
        np.asarray(array.data[_with_value(key, position, v)], dtype=object) for v in range(length)
    ]
    result = np.empty(values[0].shape, dtype=object)
    for place in np.ndindex(*result.shape):
        result[place] = chosen(index[owners[place]], [each[place] for each in values])
    return wrap(result, array.dtype)


def chosen(index: Node, values: list[Node]) -> Node:
    """Return the value at a traced index."""
    found, by = select_by(lambda k: equals(index, k), values), position_of(index)
    return found if by is None else note(found, by, values)


def stored(index: Node, value: Node, before: list[Node]) -> list[Node]:
    """Return the elements of a row after a value was stored at a traced index."""
    by = position_of(index)
    return [
        co.select(equals(index, k), value if by is None else where_won(value, by, k), old)
        for k, old in enumerate(before)
    ]


def put_by_position(
    array: TracedArray, key: tuple[Any, ...], position: int, source: np.ndarray
) -> None:
    """Store one element after the other: of those that reach the same place the last one stays."""
    index, owners = key[position].data.reshape(-1), _owners(array, key, position)
    length = array.data.shape[_axis_of(key, position)]
    places = np.arange(array.data.size).reshape(array.data.shape)
    given = np.broadcast_to(source, np.shape(owners)).reshape(-1)
    reached = [np.reshape(places[_with_value(key, position, v)], -1) for v in range(length)]
    for k, owner in enumerate(np.reshape(owners, -1)):
        possible(index[owner], length)
        row = [np.unravel_index(each[k], array.data.shape) for each in reached]
        made = stored(index[owner], given[k], [array.data[where] for where in row])
        for where, node in zip(row, made):
            array.data[where] = node

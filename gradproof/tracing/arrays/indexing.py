"""Reading and writing parts of a traced array, as NumPy does, with traced masks and labels.

Basic slices are views, so that writing to a slice changes the array it came from. Where the mask
or the index is itself traced, every element becomes a selection on it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradproof.tracing import conditions as co
from gradproof.tracing import expression as ex
from gradproof.tracing.arrays.lifting import elementwise, is_batch_size, lift, numbers, wrap
from gradproof.tracing.arrays.traced_array import TracedArray, TracedScalar, concrete, is_traced
from gradproof.tracing.errors import NotTraceableError
from gradproof.tracing.extremes import is_at, note, position_of, select_by, where_won
from gradproof.tracing.nodes import ZERO, Node, number, postorder
from gradproof.tracing.upwards import up


def get(array: TracedArray, key: Any) -> Any:
    """Return ``array[key]``."""
    key = _normal(key)
    mask = _traced_mask(key)
    if mask is not None:
        return _selection(array, mask)
    if array.batch:
        return _get_batched(array, key)
    traced = _traced_position(key)
    if traced is not None:
        return _get_by_label(array, key, traced)
    plain = plain_index(key)
    found = array.data[plain]
    if not isinstance(found, np.ndarray):
        return wrap(found, array.dtype)
    if found.ndim == 0 and _full_integer(plain, array.data.ndim):
        return TracedScalar(found.copy(), array.dtype)
    return TracedArray(found, array.dtype)


def put(array: TracedArray, key: Any, value: Any) -> None:
    """Carry out ``array[key] = value``."""
    key = _normal(key)
    item = lift(value)
    source = item.data if array.dtype.kind == "b" else numbers(item)
    mask = _traced_mask(key)
    if mask is not None:
        _put_masked(array, mask, item, source)
        return
    if item.mask is not None:
        raise NotTraceableError("a selection x[mask] stored elsewhere than under its mask")
    if array.batch or item.batch:
        _put_batched(array, key, item, source)
        return
    traced = _traced_position(key)
    if traced is not None:
        _put_by_label(array, key, traced, source)
        return
    array.data[plain_index(key)] = source if source.ndim else source[()]


# --- keys -------------------------------------------------------------------------------------


def _normal(key: Any) -> tuple[Any, ...]:
    return tuple(key) if isinstance(key, tuple) and not is_traced(key) else (key,)


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


def _full_integer(key: Any, ndim: int) -> bool:
    parts = key if isinstance(key, tuple) else (key,)
    return len(parts) == ndim and all(isinstance(part, (int, np.integer)) for part in parts)


def _traced_mask(key: tuple[Any, ...]) -> TracedArray | None:
    """Return the mask if the key is one truth-valued array with traced elements."""
    for part in key:
        if is_traced(part) and part.dtype.kind == "b" and concrete(part) is None:
            if len(key) > 1:
                raise NotTraceableError("a traced mask together with other indices")
            return part
    return None


def _traced_position(key: tuple[Any, ...]) -> int | None:
    """Return which part of the key is a traced integer index, if one is."""
    found = [i for i, part in enumerate(key) if is_traced(part) and concrete(part) is None]
    if len(found) > 1:
        raise NotTraceableError("two traced indices at once")
    return found[0] if found else None


# --- masks ------------------------------------------------------------------------------------


def _selection(array: TracedArray, mask: TracedArray) -> TracedArray:
    if mask.batch != array.batch:
        raise NotTraceableError("a mask without the batch axis of its array")
    spread = _spread(mask.data, array.data.shape)
    return TracedArray(array.data.copy(), array.dtype, array.batch, spread)


def _spread(mask: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Give a mask over the leading axes the axes that follow them."""
    missing = len(shape) - mask.ndim
    if missing < 0 or mask.shape != shape[: mask.ndim]:
        raise IndexError(f"boolean index of shape {mask.shape} for an array of shape {shape}")
    return np.broadcast_to(mask.reshape(mask.shape + (1,) * missing), shape)


def _put_masked(
    array: TracedArray, mask: TracedArray, item: TracedArray, source: np.ndarray
) -> None:
    if mask.batch != array.batch or (item.batch and item.batch != array.batch):
        raise NotTraceableError("a mask without the batch axis of its array")
    spread = _spread(mask.data, array.data.shape)
    if item.mask is not None:
        same = item.mask.shape == spread.shape and all(
            a is b for a, b in zip(item.mask.flat, spread.flat)
        )
        if not same:
            raise NotTraceableError("a selection x[mask] stored under another mask")
    elif source.ndim > spread.ndim - mask.data.ndim:
        raise NotTraceableError("an array of values stored under a traced mask")
    array.data[...] = elementwise(
        co.select, spread, np.broadcast_to(source, spread.shape), array.data
    )


# --- integer indices that are themselves traced --------------------------------------------------


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


def _get_by_label(array: TracedArray, key: tuple[Any, ...], position: int) -> Any:
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


def _put_by_label(
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


# --- the batch axis ---------------------------------------------------------------------------


def _expand(key: tuple[Any, ...], ndim: int) -> list[Any]:
    used = sum(part is not None and part is not Ellipsis for part in key)
    out: list[Any] = []
    for part in key:
        out += [slice(None)] * (ndim - used) if part is Ellipsis else [part]
    if not any(part is Ellipsis for part in key):
        out += [slice(None)] * (ndim - used)
    return out


def is_every_row(part: Any) -> bool:
    """Whether an index is np.arange(m), the position of every element of the batch."""
    return (
        is_traced(part)
        and part.batch == {0}
        and part.data.ndim == 1
        and bool(part.data[0].kind == "symbol" and part.data[0].payload.name == "i")
    )


def _whole(part: Any) -> bool:
    """Whether a slice takes the whole batch axis."""
    if not isinstance(part, slice) or part.step not in (None, 1):
        return False
    starts = part.start is None or (isinstance(part.start, int) and part.start == 0)
    return starts and (part.stop is None or is_batch_size(part.stop))


def _get_batched(array: TracedArray, key: tuple[Any, ...]) -> Any:
    parts = _expand(key, array.data.ndim)
    (axis,) = array.batch
    if any(is_every_row(part) for part in parts):
        return _get_rows(array, parts)
    plain: list[Any] = []
    batch, source, result = None, 0, 0
    for part in parts:
        if part is None:
            plain.append(None)
            result += 1
            continue
        if source == axis:
            if not _whole(part):
                raise NotTraceableError("part of a batch of any size")
            plain.append(slice(None))
            batch = result
        elif not isinstance(plain_index(part), (int, np.integer, slice)):
            raise NotTraceableError("an array index beside a batch axis")
        else:
            plain.append(plain_index(part))
        result += not isinstance(plain[-1], (int, np.integer))
        source += 1
    assert batch is not None
    return TracedArray(array.data[tuple(plain)], array.dtype, frozenset({batch}))


def _rows_and_labels(array: TracedArray, parts: list[Any]) -> TracedArray:
    """Check an index (np.arange(m), labels) and return the labels."""
    if array.batch != {0} or len(parts) != 2 or not is_every_row(parts[0]):
        raise NotTraceableError("this combination of indices on a batch of any size")
    labels = lift(parts[1])
    if labels.dtype.kind not in "iu" or labels.data.ndim > 1:
        raise NotTraceableError("labels that are not a vector of integers")
    return labels


def _get_rows(array: TracedArray, parts: list[Any]) -> TracedArray:
    label = _rows_and_labels(array, parts).data.reshape(-1)[0]
    row = array.data[0]
    node = row[-1]
    for value in reversed(possible(label, len(row))[:-1]):
        node = co.select(equals(label, value), row[value], node)
    data = np.empty(1, dtype=object)
    data[0] = node
    return TracedArray(data, array.dtype, frozenset({0}))


def _put_batched(
    array: TracedArray, key: tuple[Any, ...], item: TracedArray, source: np.ndarray
) -> None:
    parts = _expand(key, array.data.ndim)
    if any(is_every_row(part) for part in parts):
        label = _rows_and_labels(array, parts).data.reshape(-1)[0]
        value = source.reshape(-1)[0]
        for k in possible(label, array.data.shape[1]):
            array.data[0, k] = co.select(equals(label, k), value, array.data[0, k])
        return
    if not array.batch:
        raise NotTraceableError("a batch stored in an array without a batch axis")
    target = _get_batched(array, key)
    ((wanted),) = (target.batch,)
    have = frozenset(axis - source.ndim + target.data.ndim for axis in item.batch)
    if have - wanted:
        raise NotTraceableError("a batch stored across the batch axis")
    (axis,) = wanted
    position = axis - target.data.ndim + source.ndim
    if position >= 0 and not item.batch and source.shape[position] != 1:
        raise NotTraceableError("an axis of fixed length stored along the batch axis")
    target.data[...] = source


up.get, up.put = get, put
__all__ = ["equals", "get", "is_every_row", "plain_index", "put"]

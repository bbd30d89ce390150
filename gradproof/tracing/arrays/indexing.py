"""Reading and writing parts of a traced array, as NumPy does, with traced masks and labels.

Basic slices are views, so that writing to a slice changes the array it came from. Where the mask
or the index is itself traced, every element becomes a selection on it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradproof.tracing import conditions as co
from gradproof.tracing.arrays.lifting import elementwise, is_batch_size, lift, numbers, wrap
from gradproof.tracing.arrays.traced_array import TracedArray, TracedScalar, concrete, is_traced
from gradproof.tracing.arrays.traced_positions import (
    chosen,
    get_by_position,
    plain_index,
    possible,
    put_by_position,
    stored,
)
from gradproof.tracing.errors import NotTraceableError
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
        return get_by_position(array, key, traced)
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
        put_by_position(array, key, traced, source)
        return
    array.data[plain_index(key)] = source if source.ndim else source[()]


# --- keys -------------------------------------------------------------------------------------


def _normal(key: Any) -> tuple[Any, ...]:
    return tuple(key) if isinstance(key, tuple) and not is_traced(key) else (key,)


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
    possible(label, array.data.shape[1])
    data = np.empty(1, dtype=object)
    data[0] = chosen(label, list(array.data[0]))
    return TracedArray(data, array.dtype, frozenset({0}))


def _put_batched(
    array: TracedArray, key: tuple[Any, ...], item: TracedArray, source: np.ndarray
) -> None:
    parts = _expand(key, array.data.ndim)
    if any(is_every_row(part) for part in parts):
        label = _rows_and_labels(array, parts).data.reshape(-1)[0]
        value = source.reshape(-1)[0]
        possible(label, array.data.shape[1])
        array.data[0] = stored(label, value, list(array.data[0]))
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
__all__ = ["get", "is_every_row", "put"]

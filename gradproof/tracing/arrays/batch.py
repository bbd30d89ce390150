"""Batches of any size: one element with the index i, and sums over all of them.

An array with a batch axis of symbolic length m holds the expressions of the element i, in
symbols that carry that index. Summing over the axis gives a ``sum`` node: a number that belongs
to the whole batch. Factors without the index move out of it, and the sum of a term without the
index is m times that term.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradproof.tracing.arrays.lifting import elementwise, is_batch_size, lift, numbers, wrap
from gradproof.tracing.arrays.traced_array import TracedArray, is_traced
from gradproof.tracing.batch_sum import batch_sum
from gradproof.tracing.conditions import label_is
from gradproof.tracing.errors import NotTraceableError
from gradproof.tracing.nodes import POS, ZERO, Node, symbol, truth

# Lengths at which a rearrangement is tried out to see what it does to a batch axis.
TRIAL_LENGTHS = (97, 101)
# How the name of a symbol begins that stands for the answer to a question about a whole batch.
QUESTION = "whether "
UNKNOWN = "unknown "  # what NumPy leaves open, such as the order that np.partition leaves


def indexed_arange() -> TracedArray:
    """Return np.arange(m): the position i of each element."""
    data = np.empty(1, dtype=object)
    data[0] = symbol("i", indexed=True)
    return TracedArray(data, np.dtype(np.int64), frozenset({0}))


def _substitute(value: Any, length: int, array: Callable[[TracedArray], Any]) -> Any:
    """Replace m by a trial length and traced arrays by ``array(...)`` in an argument."""
    if is_batch_size(value):
        return length
    if is_traced(value):
        if value.data.ndim == 0 and value.data[()].kind == "const":
            return int(value) if value.dtype.kind in "iu" else float(value)
        return array(value)
    if isinstance(value, (list, tuple)):
        return type(value)(_substitute(item, length, array) for item in value)
    return value


def _rows(value: TracedArray, length: int) -> np.ndarray:
    """Number the elements by their position in the batch; -1 where they do not depend on it."""
    shape = value.data.shape
    if not value.batch:
        return np.full(shape, -1)
    (axis,) = value.batch
    rows = np.arange(length).reshape([-1 if k == axis else 1 for k in range(len(shape))])
    return np.broadcast_to(rows, [length if k == axis else n for k, n in enumerate(shape)])


def _nodes(value: TracedArray, length: int) -> np.ndarray:
    shape = [length if k in value.batch else n for k, n in enumerate(value.data.shape)]
    return np.broadcast_to(numbers(value), shape)


def has_batch_axis(value: Any) -> bool:
    """Whether an argument is, or holds, an array with a batch axis."""
    if is_traced(value):
        return bool(value.batch)
    return isinstance(value, (list, tuple)) and any(has_batch_axis(item) for item in value)


def question(name: str, node: Node) -> Node:
    """Return the answer to "is this true of any (or all) elements?" as an unknown truth value.

    Both answers are followed; results must not depend on which it is.
    """
    return label_is(symbol(f"{QUESTION}{name} {node.id}", POS | ZERO, choices=2), 1)


def mentions_batch(value: Any) -> bool:
    """Whether an argument has a batch axis or the batch size in it."""
    if is_traced(value):
        return bool(value.batch) or is_batch_size(value)
    return isinstance(value, (list, tuple)) and any(mentions_batch(item) for item in value)


def rearrange(
    function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any], dtype: Any
) -> TracedArray:
    """Apply a rearrangement such as ``transpose`` or ``reshape`` to arrays with a batch axis.

    It is carried out at two trial lengths on the positions of the elements. The result has a
    batch axis if one axis, the same in both, has the trial length and holds, along it, the
    positions 0, 1, 2, ... or elements that do not depend on the batch.
    """
    found = [_batch_axis(function, args, kwargs, length) for length in TRIAL_LENGTHS]
    if found[0] != found[1]:
        raise NotTraceableError(f"np.{function.__name__} across the batch axis")
    axis = found[0]
    length = TRIAL_LENGTHS[0]
    trial = function(*_substitute(tuple(args), length, lambda a: _nodes(a, length)),
                     **{k: _substitute(v, length, lambda a: _nodes(a, length))
                        for k, v in kwargs.items()})  # fmt: skip
    data = np.take(np.asarray(trial, dtype=object), [0], axis=axis)
    return TracedArray(elementwise(_as_node, data), dtype, frozenset({axis}))


def _as_node(value: Any) -> Node:
    if isinstance(value, Node):
        return value
    return truth(bool(value)) if isinstance(value, np.bool_) else lift(value).data[()]


def _batch_axis(
    function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any], length: int
) -> int:
    def number_rows(value: TracedArray) -> np.ndarray:
        return _rows(value, length)

    rows = np.asarray(
        function(
            *_substitute(tuple(args), length, number_rows),
            **{k: _substitute(v, length, number_rows) for k, v in kwargs.items()},
        )
    )
    axes = [axis for axis, n in enumerate(rows.shape) if n == length]
    if len(axes) != 1:
        raise NotTraceableError(f"np.{function.__name__} across the batch axis")
    along = np.moveaxis(rows, axes[0], -1)
    own = (along == np.arange(length)).all(axis=-1)
    constant = (along == along[..., :1]).all(axis=-1) & (along[..., 0] == -1)
    if not (own | constant).all():
        raise NotTraceableError(f"np.{function.__name__} along the batch axis")
    return axes[0]


__all__ = [
    "batch_sum",
    "indexed_arange",
    "mentions_batch",
    "rearrange",
    "wrap",
]

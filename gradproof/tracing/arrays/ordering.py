"""Order: sorted elements as selections, by comparing and exchanging neighbours.

Every exchange is a selection, so that n elements have up to n! orders: this is for few of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradproof.tracing import conditions as co
from gradproof.tracing import expression as ex
from gradproof.tracing.arrays.batch import UNKNOWN
from gradproof.tracing.arrays.lifting import lift, numbers
from gradproof.tracing.arrays.traced_array import INTEGER, TracedArray
from gradproof.tracing.errors import NotTraceableError
from gradproof.tracing.nodes import POS, Node, number, symbol, table

LONGEST = 5  # elements that are put into order: 5 have 120 orders
Pair = tuple[Node, Node]


def _exchanged(a: Pair, b: Pair) -> tuple[Pair, Pair]:
    """Return two elements with their positions, the smaller first; equal ones stay as they are."""
    wrong = co.compare(a[0], b[0], POS)
    first = co.select(wrong, b[0], a[0]), co.select(wrong, b[1], a[1])
    return first, (co.select(wrong, a[0], b[0]), co.select(wrong, a[1], b[1]))


def _in_order(row: list[Node]) -> list[Pair]:
    """Return the elements of a row and where they stood, sorted."""
    if len(row) > LONGEST and any(node.kind != "const" for node in row):
        raise NotTraceableError(f"the order of {len(row)} traced elements")
    pairs = [(node, number(k)) for k, node in enumerate(row)]
    for end in range(len(pairs) - 1, 0, -1):
        for k in range(end):
            pairs[k], pairs[k + 1] = _exchanged(pairs[k], pairs[k + 1])
    return pairs


def _along(a: Any, axis: Any, rule: Callable[[list[Node]], list[Node]], dtype: Any) -> Any:
    array = lift(a)
    if array.mask is not None:
        raise NotTraceableError("the order of a selection x[mask]")
    if axis is None:
        array, axis = array.reshape(-1), -1
    if not array.data.ndim:
        raise np.exceptions.AxisError(int(axis), 0)
    axis = int(axis) % array.data.ndim
    if axis in array.batch:
        raise NotTraceableError("the order of a batch of any size")
    moved = np.moveaxis(numbers(array), axis, -1)
    out = np.empty(moved.shape, dtype=object)
    for place in np.ndindex(*moved.shape[:-1]):
        out[place] = rule(list(moved[place]))
    return TracedArray(np.moveaxis(out, -1, axis), dtype or array.dtype, array.batch)


def sort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *,
         stable: Any = None) -> Any:  # fmt: skip
    """np.sort."""
    return _along(a, axis, lambda row: [value for value, _ in _in_order(row)], None)


def argsort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *,
            stable: Any = None) -> Any:  # fmt: skip
    """np.argsort: of equal elements the first comes first."""
    return _along(a, axis, lambda row: [where for _, where in _in_order(row)], INTEGER)


def partition(a: Any, kth: Any, axis: Any = -1, kind: Any = None, order: Any = None) -> Any:
    """np.partition: the element at ``kth`` is the one in its place; in what order those before and
    those after it stand, NumPy leaves open.

    So they are the sorted ones, each with an unknown number added; these add up to 0 on either
    side. What is made of all of one side by adding is then exact, and whatever depends on their
    order depends on unknown numbers.
    """

    def parted(row: list[Node]) -> list[Node]:
        at = int(kth) % len(row)
        values = [value for value, _ in _in_order(row)]
        return [*_blurred(values[:at]), values[at], *_blurred(values[at + 1 :])]

    if not isinstance(kth, (int, np.integer)):
        raise NotTraceableError("np.partition at several places")
    return _along(a, axis, parted, None)


def _blurred(values: list[Node]) -> list[Node]:
    if len(values) < 2:
        return values
    unknown = [symbol(f"{UNKNOWN}{len(table().nodes)}.{k}") for k in range(len(values) - 1)]
    last = ex.neg(ex.add(*unknown))
    return [ex.add(value, more) for value, more in zip(values, [*unknown, last])]


__all__ = ["argsort", "partition", "sort"]

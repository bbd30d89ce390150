"""Order: each sorted element as a selection, by how many of the others come before it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from gradproof.tracing import expression as ex
from gradproof.tracing.arrays.batch import UNKNOWN
from gradproof.tracing.arrays.lifting import lift, numbers
from gradproof.tracing.arrays.traced_array import INTEGER, TracedArray
from gradproof.tracing.errors import NotTraceableError
from gradproof.tracing.extremes import Ranked, position_of, ranks
from gradproof.tracing.nodes import NEG, Node, number, symbol, table

LONGEST = 12  # elements that are put into order


def _check(row: list[Node]) -> None:
    if len(row) > LONGEST and any(node.kind != "const" for node in row):
        raise NotTraceableError(f"the order of {len(row)} traced elements")


def _sorted(row: list[Node]) -> list[Node]:
    if all(node.kind == "const" for node in row):
        return sorted(row, key=lambda node: node.payload)
    _check(row)
    return [Ranked(tuple(row), NEG, k).pick(row) for k in range(len(row))]


def _positions(row: list[Node]) -> list[Node]:
    """Return where the elements of a row stood before they were sorted."""
    if all(node.kind == "const" for node in row):
        return [number(k) for k in sorted(range(len(row)), key=lambda k: row[k].payload)]
    _check(row)
    given = [position_of(node) for node in row]
    first = given[0]
    if first is not None and given == [replace(first, rank=k) for k in range(len(row))]:
        return ranks(first.members, first.better)  # of argsort: where each has gone
    return [Ranked(tuple(row), NEG, k).position() for k in range(len(row))]


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
    return _along(a, axis, _sorted, None)


def argsort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *,
            stable: Any = None) -> Any:  # fmt: skip
    """np.argsort: of equal elements the first comes first, though NumPy promises it of stable
    sorts alone."""

    def positions(row: list[Node]) -> list[Node]:
        if kind not in ("stable", "mergesort") and not stable:
            table().open_orders[tuple(row)] = None
        return _positions(row)

    return _along(a, axis, positions, INTEGER)


def partition(a: Any, kth: Any, axis: Any = -1, kind: Any = None, order: Any = None) -> Any:
    """np.partition: the element at ``kth`` is the one in its place; in what order those before and
    those after it stand, NumPy leaves open.

    So they are the sorted ones, each with an unknown number added; these add up to 0 on either
    side. What is made of all of one side by adding is then exact, and whatever depends on their
    order depends on unknown numbers.
    """

    def parted(row: list[Node]) -> list[Node]:
        at = int(kth) % len(row)
        values = _sorted(row)
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

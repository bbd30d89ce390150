"""Structures of arrays: what is in them, by names as one writes them, and how to build them anew.

An input may be a dictionary of arrays, a list of (W, b), a dataclass, a complex or a sparse array,
a list of numbers. Each is a tree whose leaves are plain arrays of real numbers, called
``params["W1"]``, ``layers[0].W``, ``z.real``. A tree can be built again from other leaves, and the
leaves of a gradient, which has the same structure, can be read off.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from gradproof.arguments.leaves import Branch, Complex, Data, Leaf, Made, Node, is_rectangular
from gradproof.arguments.returned import has_fields, is_sparse


def tree_of(value: Any, name: str, inside: bool = False, given: bool = True) -> Node:
    """The tree of a value. Raises TypeError for arrays of objects and structured arrays.

    inside: whether it stands in a structure, where whole numbers are settings; given: whether lists
    of numbers are to be built as lists again, else as arrays.

    >>> [leaf.name for leaf in tree_of({"W": np.ones(2), "b": [np.ones(1)]}, "p").leaves()]
    ['p["W"]', 'p["b"][0]']
    """
    if isinstance(value, np.ndarray):
        return _array(value, name)
    if isinstance(value, np.generic):
        return _array(np.asarray(value), name)
    if isinstance(value, complex):
        return Complex(name, value)
    if isinstance(value, (bool, int, float)):
        whole = inside and not isinstance(value, float)
        return (
            Data(name, value)
            if whole
            else Leaf(name, np.array(value), "number" if inside else "array")
        )
    if is_sparse(value):
        return _sparse(value, name)
    children = _children(value, name)
    if children is not None:
        access, held = children
        rows = isinstance(value, (list, tuple)) and is_rectangular(value)
        if rows:
            return _rows(value, name, inside, given)
        return Branch(name, value, access, {
            key: tree_of(each, _path(name, access, key), True, given) for key, each in held.items()
        })  # fmt: skip
    if hasattr(value, "__array__") and not isinstance(value, type):
        array = np.array(value)
        if array.dtype.kind in "fiubc":
            return Leaf(name, array, "foreign", value) if array.dtype.kind != "c" else Complex(
                name, array)  # fmt: skip
    return Data(name, value)


def _array(value: Any, name: str) -> Node:
    kind = value.dtype.kind
    if kind == "c":
        return Complex(name, value)
    if value.dtype.names:
        parts = ", ".join(f"{name}[{each!r}]" for each in value.dtype.names)
        raise TypeError(
            f"{name}: a structured array, with fields {', '.join(value.dtype.names)}: pass its "
            f"fields as inputs of their own, {parts}, or as a dictionary"
        )
    if kind == "O":
        raise TypeError(
            f"{name}: an array of objects (dtype object, shape {value.shape}): pass "
            f"{name}.astype(float) if they are numbers, {name}.tolist() if they are arrays"
        )
    if kind not in "fiub":
        return Data(name, value)
    if isinstance(value, np.matrix):
        return Leaf(name, np.array(value), "matrix", value)
    if isinstance(value, np.ma.MaskedArray):
        return Leaf(name, np.array(value.filled(0)), "masked", value)
    return Leaf(name, value)


def _rows(value: Any, name: str, inside: bool, given: bool) -> Node:
    array = np.array(value)
    if array.dtype.kind == "c":
        return Complex(name, array)
    if inside and array.dtype.kind != "f":
        return Data(name, value)
    if array.dtype.kind not in "fiub":
        return Data(name, value)
    return Leaf(name, array, "rows" if given else "array", value)


def _sparse(value: Any, name: str) -> Node:
    if value.dtype.kind != "f":
        return Data(name, value)
    stored = value.tocoo()
    return Leaf(name, np.array(stored.data), "sparse", value)


def _children(value: Any, name: str) -> tuple[str, dict[Any, Any]] | None:
    if isinstance(value, Mapping):
        return "key", dict(value)
    if has_fields(value):
        return "attribute", {k: getattr(value, k) for k in value._fields}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return "attribute", {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    if isinstance(value, types.SimpleNamespace):
        return "attribute", dict(vars(value))
    if isinstance(value, (list, tuple)):
        return "at", dict(enumerate(value))
    return None


def _path(name: str, access: str, key: Any) -> str:
    if access == "attribute":
        return f"{name}.{key}"
    return f'{name}["{key}"]' if isinstance(key, str) else f"{name}[{key!r}]"


def top_of(name: str, known: Iterable[str]) -> str:
    """The input that a name speaks of: params of params["W1"]; "" if none does.

    >>> top_of('layers[0].W', ["layers", "x"])
    'layers'
    """
    found = [each for each in known if name == each or name.startswith((f"{each}[", f"{each}."))]
    return max(found, key=len, default="")


def leaves_called(trees: Iterable[Node], name: str) -> list[str]:
    """The leaves that a name means: one, or all that are in something; quotes may be either."""

    def plain(text: str) -> str:
        return text.replace("'", '"')

    wanted, known = plain(name), {plain(tree.name): tree for tree in trees}
    top = known.get(top_of(wanted, known))
    return [] if top is None else [
        leaf.name for leaf in top.leaves()
        if plain(leaf.name) == wanted or plain(leaf.name).startswith((f"{wanted}[", f"{wanted}."))
    ]  # fmt: skip


__all__ = [
    "Branch", "Complex", "Data", "Leaf", "Made", "Node", "leaves_called", "top_of", "tree_of",
]  # fmt: skip

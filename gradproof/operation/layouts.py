"""Array layouts that many operations share, and lengths that are computed from others.

An axis is written as a name (``"N"``), as ``"..."`` for any number of axes, or as what its length
is in terms of other names: ``"H - U + 1"``, ``"(H + 2 * padding - U) // stride + 1"``. Those names
are axes, or parameters that take whole numbers.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Any

from gradproof.operation.derivation import Layout

ANY_SHAPE = "..."

# Every element alone: the definition speaks of one number, the array may have any shape.
ELEMENTWISE = Layout(
    "any shape", shapes={"x": (ANY_SHAPE,)}, output=(ANY_SHAPE,), mapped=(ANY_SHAPE,)
)

_OPERATIONS: dict[type, Callable[[int, int], int]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.FloorDiv: lambda a, b: a // b,
}


def length_of(axis: str | int, lengths: Mapping[str, Any]) -> int:
    """The length of an axis: ``length_of("H - U + 1", {"H": 5, "U": 2})`` is 4.

    Raises LookupError for a name without a value, ValueError for what is no sum, difference,
    product or quotient (//) of names and whole numbers.
    """
    return axis if isinstance(axis, int) else _value(_parsed(axis), axis, lengths)


def names_in(axis: str | int) -> tuple[str, ...]:
    """The names that stand in the length of an axis: ``("H", "U")`` in ``"H - U + 1"``."""
    if axis == ANY_SHAPE or isinstance(axis, int):
        return ()
    found = [node.id for node in ast.walk(_parsed(axis)) if isinstance(node, ast.Name)]
    return tuple(dict.fromkeys(found))


def axes_of(layout: Layout, known: Collection[str] = ()) -> tuple[str, ...]:
    """Names of the axes whose lengths are drawn: all that occur, but for the parameters ``known``.

    >>> axes_of(Layout("", {"x": ("N", "P * size")}, output=("N", "P")), ["size"])
    ('N', 'P')
    """
    axes = [axis for axes in (*layout.shapes.values(), layout.output) for axis in axes]
    named = [name for axis in axes for name in names_in(axis)]
    return tuple(dict.fromkeys(name for name in named if name not in known))


def lengths_for(
    layout: Layout, draw: Callable[[str, int], int], known: Mapping[str, Any]
) -> dict[str, int]:
    """A length for every axis: what ``draw(axis, least)`` says, or more where another needs it.

    ``known`` holds the parameters. The axes whose least length depends on others come last.
    """
    found: dict[str, int] = {}
    axes = axes_of(layout, known)
    for axis in sorted(axes, key=lambda axis: isinstance(layout.least.get(axis), str)):
        least = length_of(layout.least.get(axis, 1), {**known, **found})
        found[axis] = max(draw(axis, least), least)
    return {axis: found[axis] for axis in axes}


def lengths_from(
    layout: Layout, shapes: Mapping[str, tuple[int, ...]], known: Mapping[str, Any]
) -> dict[str, int]:
    """The lengths of the axes, read off the shapes of the inputs: the other way round.

    >>> lengths_from(Layout("", {"x": ("P * size",)}, ("P",)), {"x": (6,)}, {"size": 2})
    {'P': 3}
    """
    found: dict[str, int] = {}
    pairs = [
        (axis, length)
        for name, axes in layout.shapes.items()
        if ANY_SHAPE not in axes
        for axis, length in zip(axes, shapes[name])
    ]
    for axis, length in sorted(pairs, key=lambda pair: not pair[0].isidentifier()):
        unknown = [name for name in names_in(axis) if name not in {**known, **found}]
        if len(unknown) == 1:
            tried = range(length + 1) if not axis.isidentifier() else (length,)
            named = {**known, **found}
            found[unknown[0]] = next(
                (each for each in tried if length_of(axis, {**named, unknown[0]: each}) == length),
                length,
            )
    return found


def shape_of(
    axes: tuple[str, ...], lengths: Mapping[str, Any], any_shape: tuple[int, ...] = ()
) -> tuple[int, ...]:
    """The concrete shape of an array whose axes are ``axes``."""
    shape: tuple[int, ...] = ()
    for axis in axes:
        shape += any_shape if axis == ANY_SHAPE else (length_of(axis, lengths),)
    return shape


@cache
def _parsed(axis: str) -> ast.expr:
    try:
        return ast.parse(axis, mode="eval").body
    except SyntaxError:
        raise ValueError(
            f"axis {axis!r}: expected a name or a length such as 'H - U + 1'"
        ) from None


def _value(node: ast.expr, axis: str, lengths: Mapping[str, Any]) -> int:
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return node.value
    if isinstance(node, ast.Name):
        if node.id not in lengths:
            raise LookupError(
                f"axis {axis!r}: no input has an axis {node.id!r}, and no parameter is called so; "
                f"known are {', '.join(sorted(lengths))}"
            )
        return int(lengths[node.id])
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        left, right = (_value(each, axis, lengths) for each in (node.left, node.right))
        return _OPERATIONS[type(node.op)](left, right)
    raise ValueError(f"axis {axis!r}: expected a name or a length such as 'H - U + 1'")

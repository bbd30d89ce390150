"""Shapes that the code says by how it takes an argument apart: a, b = x; p[2]; x[3, 0]."""

from __future__ import annotations

import ast
from collections.abc import Sequence


def indexed_shapes(code: str, names: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """The shapes of arguments that a function indexes by numbers alone, or unpacks.

    p[0] and p[1] make a vector of two, x[2, 0] a column of three: nothing else is known of an axis
    than the largest number that stands in it. p[:2] beside p[2] is a part of a vector of three.
    What is sliced otherwise or indexed by a name as well is none.

    >>> found = indexed_shapes("r = z - x[:2]; a = z[0] - x[2]; b = w[1:] + w[0]", ("x", "z", "w"))
    >>> found == {"x": (3,), "z": (1,)}
    True
    """
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return {}
    found: dict[str, tuple[int, ...]] = {}
    spoiled: set[str] = set()
    parts: dict[str, int] = {}
    for node in ast.walk(tree):
        name, shape = _taken_apart(node)
        if name not in names or name is None:
            continue
        if end := _first_part(node):
            parts[name] = max(end, parts.get(name, 0))
            continue
        if not shape or len(found.get(name, shape)) != len(shape):
            spoiled.add(name)
        elif name in found:
            found[name] = tuple(map(max, found[name], shape))
        else:
            found[name] = shape
    known = {name: shape for name, shape in found.items() if name not in spoiled}
    return {name: (max(shape[0], parts.get(name, 0)),) if len(shape) == 1 else shape
            for name, shape in known.items()}  # fmt: skip


def _first_part(node: ast.AST) -> int:
    """The end of a part that begins an argument: 2 of x[:2]; 0 for what is none."""
    match node:
        case ast.Subscript(_, ast.Slice(None, ast.Constant(int(end)), None)):
            return end
    return 0


def _taken_apart(node: ast.AST) -> tuple[str | None, tuple[int, ...]]:
    match node:
        case ast.Assign([ast.Tuple(parts) | ast.List(parts)], ast.Name(name)):
            plain = all(isinstance(part, ast.Name) for part in parts)
            return name, ((len(parts),) if plain and len(parts) > 1 else ())
        case ast.Subscript(ast.Name(name), index):
            places = index.elts if isinstance(index, ast.Tuple) else [index]
            numbers = [p.value for p in places if isinstance(p, ast.Constant)]
            sizes = tuple(n + 1 for n in numbers if isinstance(n, int) and n is not True)
            return name, (sizes if len(sizes) == len(places) else ())
    return None, ()


__all__ = ["indexed_shapes"]

"""Automatic differentiation engines in a file: a class of values with operations and backward().

Value, Tensor, Node: each operation makes a new value that remembers how to hand its gradient on.
What such a class is called does not count; that its methods make values of the class does.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

ARITHMETIC = {
    "__add__": 2, "__radd__": 2, "__sub__": 2, "__rsub__": 2, "__mul__": 2, "__rmul__": 2,
    "__truediv__": 2, "__rtruediv__": 2, "__pow__": 2, "__matmul__": 2, "__neg__": 1,
}  # fmt: skip
STARTS = ("backward", "backprop", "backpropagate", "back_propagate", "backward_pass")
_BOTH = ("__add__", "__mul__")  # without either of them it is a layer, or a plain number


@dataclass(frozen=True)
class EngineText:
    """What the text of such a class says: its operations, in order, and where backward starts."""

    operations: tuple[tuple[str, int], ...]
    start: str
    line: int


def engine_in(name: str, methods: Mapping[str, ast.FunctionDef]) -> EngineText | None:
    """The engine that a class is, by its methods; None if it is none."""
    start = next(
        (each for each in STARTS if each in methods and not _needs(methods[each], 2)), None
    )
    if start is None or not any(each in methods for each in _BOTH):
        return None
    found = [
        (each, node.lineno)
        for each, node in methods.items()
        if each in ARITHMETIC or _makes_one(name, each, node)
    ]
    return EngineText(tuple(sorted(found, key=lambda e: e[1])), start, methods[start].lineno)


def keeps_gradients(node: ast.ClassDef, methods: Mapping[str, ast.FunctionDef]) -> bool:
    """Whether a class has operations of values and speaks of a gradient that they keep."""
    calls = [
        each.func
        for name in _BOTH
        for each in (ast.walk(methods[name]) if name in methods else ())
        if isinstance(each, ast.Call)
    ]
    operations = any(ast.unparse(maker) in _makers(node.name) for maker in calls)
    kept = (each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute))
    return operations and any("grad" in name.lower() for name in kept)


def _makes_one(owner: str, name: str, node: ast.FunctionDef) -> bool:
    """Whether a method without arguments makes another value of its class."""
    if name.startswith("_") or name in STARTS or _needs(node, 1) or node.decorator_list:
        return False
    return any(
        isinstance(each, ast.Call) and ast.unparse(each.func) in _makers(owner)
        for each in ast.walk(node)
    )


def _makers(owner: str) -> set[str]:
    return {owner, "self.__class__", "type(self)"}


def _needs(node: ast.FunctionDef, count: int) -> bool:
    """Whether a method needs so many arguments beside self."""
    given = [*node.args.posonlyargs, *node.args.args]
    return len(given) - 1 - len(node.args.defaults) >= count

"""One slip in a text: an operator, a number, an axis, a function, a name, a factor that is gone."""

from __future__ import annotations

import ast
import copy
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_OPERATORS: dict[type, tuple[type, ...]] = {
    ast.Add: (ast.Sub, ast.Mult), ast.Sub: (ast.Add,), ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult,), ast.MatMult: (ast.Mult,),
}  # fmt: skip
_COMPARED: dict[type, type] = {
    ast.Gt: ast.Lt, ast.Lt: ast.Gt, ast.GtE: ast.Lt, ast.LtE: ast.Gt, ast.Eq: ast.NotEq,
}  # fmt: skip
_FUNCTIONS = {
    "sin": ("cos", "tan"), "cos": ("sin", "cosh"), "exp": ("expm1", "exp2"), "sum": ("mean", "max"),
    "mean": ("sum",), "ones": ("zeros",), "sqrt": ("square",), "abs": ("sign",), "sign": ("abs",),
    "cumsum": ("cumprod",), "zeros": ("ones",), "repeat": ("tile",), "log": ("log1p",),
}  # fmt: skip


@dataclass(frozen=True)
class _Site:
    """A place in a tree: the node, and what stands there instead."""

    parent: ast.AST
    field: str
    at: int | None
    instead: ast.AST | None

    def apply(self) -> None:
        """Put it there."""
        if self.at is None:
            setattr(self.parent, self.field, self.instead)
            return
        held: list[Any] = getattr(self.parent, self.field)
        held[self.at : self.at + 1] = [] if self.instead is None else [self.instead]


def slipped(text: str, rng: random.Random) -> tuple[str, str]:
    """The text with one slip in backward, and the line before and after it; "" where none fits."""
    tree = ast.parse(text)
    backward = tree.body[-1]
    assert isinstance(backward, ast.FunctionDef)
    sites = list(_sites(backward))
    if not sites:
        return "", ""
    rng.choice(sites).apply()
    new = ast.unparse(ast.fix_missing_locations(tree))
    old = ast.unparse(ast.parse(text))
    lines = [(a, b) for a, b in zip(old.splitlines(), new.splitlines()) if a != b]
    shown = f"{lines[0][0].strip()}  ->  {lines[0][1].strip()}" if lines else ""
    return (new, shown) if shown else ("", "")


def _sites(function: ast.FunctionDef) -> Iterator[_Site]:
    """Every slip that can be made below a function, but for its first and its last line."""
    names = sorted({node.id for node in ast.walk(function) if isinstance(node, ast.Name)
                    and node.id not in ("np", "range", "slice", "i", "cache")})  # fmt: skip
    for statement in function.body[1:-1]:
        for parent in ast.walk(statement):
            for field, value in ast.iter_fields(parent):
                held = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
                for at, node in held:
                    if isinstance(node, ast.expr) and not _is_stored(node):
                        for instead in _others(node, names):
                            yield _Site(parent, field, at, instead)
    for at, statement in enumerate(function.body[2:-1], 2):
        if _adds(statement):
            yield _Site(function, "body", at, None)


def _is_stored(node: ast.expr) -> bool:
    return isinstance(getattr(node, "ctx", None), ast.Store)


def _adds(statement: ast.stmt) -> bool:
    """Whether a line adds to a gradient: dx = dx + ..."""
    match statement:
        case ast.Assign([ast.Name(name)], ast.BinOp(ast.Name(other), ast.Add())):
            return name == other
    return False


def _others(node: ast.expr, names: list[str]) -> Iterator[ast.expr]:
    """What may stand there by mistake."""
    match node:
        case ast.BinOp(left, operator, right):
            for other in _OPERATORS.get(type(operator), ()):
                yield ast.BinOp(left, other(), right)
            yield left
            if isinstance(operator, (ast.Mult, ast.Add)):
                yield right
            if isinstance(operator, (ast.Sub, ast.Div, ast.MatMult)):
                yield ast.BinOp(right, operator, left)
        case ast.UnaryOp(ast.USub(), operand):
            yield operand
        case ast.Compare(left, [operator], right) if type(operator) in _COMPARED:
            yield ast.Compare(left, [_COMPARED[type(operator)]()], right)
        case ast.Constant(bool()):
            return
        case ast.Constant(int(value) | float(value)):
            for other in (value + 1, value * 2, -value, 1 - value):
                if other != value:
                    yield ast.Constant(other)
        case ast.Attribute(inside, "T"):
            yield inside
        case ast.Call(ast.Attribute(inside, name)) if name in _FUNCTIONS:
            for word in _FUNCTIONS[name]:
                changed = copy.deepcopy(node)
                assert isinstance(changed.func, ast.Attribute)
                changed.func.attr = word
                yield changed
        case ast.Subscript(inside, ast.Slice(None, None, _)):
            yield inside
        case ast.Name(name) if name in names:
            for other in names:
                if other != name and (other[0] == name[0] or {other[0], name[0]} <= set("vxw")):
                    yield ast.Name(other, node.ctx)
    if isinstance(node, (ast.BinOp, ast.Call)):
        yield ast.UnaryOp(ast.USub(), node)
        yield ast.BinOp(ast.Constant(2), ast.Mult(), node)


__all__ = ["slipped"]

"""What stands there and should not: a factor, a divisor, a term, a call, an index, a line."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gradproof.diagnosis.texts.changes_of_text import MODULES, Change, Place
from gradproof.diagnosis.weights import weight
from gradproof.slip_kinds import Kind

_FACTOR, _TERM, _CALL, _INDEX, _POWER, _REVERSED = (
    weight("text, left in: factor"),
    weight("text, left in: term"),
    weight("text, left in: call"),
    weight("text, left in: index"),
    weight("text, left in: power"),
    weight("text, left in: reversed"),
)
_SUMS, _NOT_VALUES = ("sum", "mean"), (*MODULES, "self")


def left_in(place: Place) -> Iterator[Change]:
    """Yield a statement without one piece of it."""
    for part in place.parts:
        for node in ast.walk(part):
            if isinstance(node, ast.BinOp):
                yield from _of_operator(node)
            elif isinstance(node, ast.Call):
                yield from _of_call(node)
            elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
                kind = Kind.WRONG_ORDER if _reverses(node) else Kind.WRONG_VARIABLE
                yield Change(kind, _REVERSED if _reverses(node) else _INDEX, node, node.value,
                             "without index")  # fmt: skip
            elif isinstance(node, ast.IfExp):
                for kept in (node.body, node.orelse):
                    yield Change(Kind.WRONG_MASK, _CALL, node, kept, "one branch")


def _of_operator(node: ast.BinOp) -> Iterator[Change]:
    left, right = ast.unparse(node.left), ast.unparse(node.right)
    if isinstance(node.op, ast.Mult):
        yield Change(Kind.EXTRA_FACTOR, _FACTOR, node, node.left, "left", right)
        yield Change(Kind.EXTRA_FACTOR, _FACTOR, node, node.right, "right", left)
    elif isinstance(node.op, ast.Div):
        kept = Change(Kind.EXTRA_FACTOR, _FACTOR, node, node.left, "left", f"1/{_atom(node.right)}")
        yield kept
    elif isinstance(node.op, ast.Pow):
        yield Change(Kind.WRONG_EXPONENT, _POWER, node, node.left, "base", left)
    elif isinstance(node.op, (ast.Add, ast.Sub)):
        yield Change(Kind.DOUBLED_PATH, _TERM, node, node.left, "left", right)
        if isinstance(node.op, ast.Add):
            yield Change(Kind.DOUBLED_PATH, _TERM, node, node.right, "right", left)


def _of_call(node: ast.Call) -> Iterator[Change]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    kind = Kind.WRONG_REDUCTION if name in _SUMS else Kind.WRONG_FUNCTION
    if isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) not in _NOT_VALUES:
        yield Change(kind, _CALL, node, node.func.value, "what a method is called on")
        return
    for at, each in enumerate(node.args[:2]):
        if not isinstance(each, (ast.Constant, ast.Starred)):
            yield Change(kind, _CALL + 0.1 * at, node, each, f"argument {at}")


def _reverses(node: ast.Subscript) -> bool:
    return "::-1" in ast.unparse(node.slice)


def _atom(node: ast.expr) -> str:
    text = ast.unparse(node)
    return f"({text})" if isinstance(node, ast.BinOp) else text


__all__ = ["left_in"]

"""What a wrong number is called by how it is written: a root left out, a division for a product."""

from __future__ import annotations

import ast

from gradproof.diagnosis.source.source_positions import parsed
from gradproof.slip_kinds import Kind


def reworded(old: str, new: str) -> tuple[Kind, str] | None:
    """Return the kind of a change of one expression into another, and the term that it is about;
    None where the two differ in more than one place, or in a number alone."""
    a, b = parsed(old), parsed(new)
    return None if a is None or b is None else _kind(*_smallest(a, b))


def _smallest(a: ast.expr, b: ast.expr) -> tuple[ast.expr, ast.expr]:
    """Return the innermost parts in which two expressions differ."""
    parts = list(zip(_parts(a), _parts(b)))
    if type(a) is not type(b) or not _same(_shell(a), _shell(b)) or len(_parts(a)) != len(parts):
        return a, b
    different = [(one, other) for one, other in parts if not _same(one, other)]
    return _smallest(*different[0]) if len(different) == 1 else (a, b)


def _parts(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.UnaryOp):
        return [node.operand]
    return list(node.args) if isinstance(node, ast.Call) else []


def _shell(node: ast.expr) -> ast.AST:
    """Return what an expression does with its parts."""
    if isinstance(node, (ast.BinOp, ast.UnaryOp)):
        return node.op
    return node.func if isinstance(node, ast.Call) else node


def _kind(a: ast.expr, b: ast.expr) -> tuple[Kind, str] | None:
    for one, other in ((a, b), (b, a)):
        if _same(_based(other), one) and not _same(one, other):
            return Kind.WRONG_EXPONENT, ast.unparse(one)
    if isinstance(a, ast.BinOp) and isinstance(b, ast.BinOp):
        operators = {type(a.op), type(b.op)}
        alike = _same(a.left, b.left) and _same(a.right, b.right)
        if alike and operators == {ast.Mult, ast.Div}:
            return Kind.INVERTED_FACTOR, ast.unparse(a.right)
    if (lost := _factor(b, a)) is not None:
        return Kind.MISSING_FACTOR, lost
    if (extra := _factor(a, b)) is not None:
        return Kind.EXTRA_FACTOR, extra
    return None


def _based(node: ast.expr) -> ast.AST:
    """Return what a power or a root is taken of; the expression itself where it is neither."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        return node.left
    root = isinstance(node, ast.Call) and len(node.args) == 1 and "sqrt" in ast.unparse(node.func)
    return node.args[0] if root and isinstance(node, ast.Call) else node


def _factor(product: ast.expr, rest: ast.expr) -> str | None:
    """Return by what something is multiplied to give a product."""
    if not isinstance(product, ast.BinOp) or not isinstance(product.op, (ast.Mult, ast.Div)):
        return None
    if _same(product.left, rest):
        right = ast.unparse(product.right)
        return right if isinstance(product.op, ast.Mult) else f"1 / {right}"
    other = isinstance(product.op, ast.Mult) and _same(product.right, rest)
    return ast.unparse(product.left) if other else None


def _same(a: ast.AST, b: ast.AST) -> bool:
    return ast.dump(a) == ast.dump(b)

"""Variants of a function, made by changing one node of its syntax tree.

``wrong`` variants drop, double or negate a term, change a constant, an exponent, an axis, an
operator, a branch, or take one variable for another. ``right`` variants are other ways to write
the same real number.
"""

from __future__ import annotations

import ast
import copy
import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any


@dataclass(frozen=True)
class Variant:
    """One changed function: what was changed, and the function, made when it is asked for."""

    description: str
    build: Callable[[], Callable[..., Any]]

    @cached_property
    def function(self) -> Callable[..., Any]:
        """The changed function."""
        return self.build()


Change = tuple[str, ast.expr]


def variants(
    function: Callable[..., Any], changes: Callable[[ast.expr, list[str]], Iterator[Change]]
) -> Iterator[Variant]:
    """Yield one variant for each change of each expression in the function."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef)
    definition.decorator_list = []
    definition.returns = None
    names = sorted({n.id for n in ast.walk(definition) if isinstance(n, ast.Name)
                    and isinstance(n.ctx, ast.Store)} | {"dy"})  # fmt: skip
    places = list(_expressions(definition))
    for k, place in enumerate(places):
        for description, new in changes(place, names):
            line = f"{ast.unparse(place)} -> {ast.unparse(new)}"
            build = partial(_changed, function, tree, k, new)
            yield Variant(f"{description}: {line}", build)


def _changed(
    function: Callable[..., Any], tree: ast.Module, k: int, new: ast.expr
) -> Callable[..., Any]:
    """Return the function with its expression number k replaced."""
    changed = copy.deepcopy(tree)
    definition = changed.body[0]
    assert isinstance(definition, ast.FunctionDef)
    replace_node(changed, list(_expressions(definition))[k], new)
    ast.fix_missing_locations(changed)
    space = dict(function.__globals__)
    exec(compile(changed, f"<variant of {function.__name__}>", "exec"), space)
    return space[definition.name]


def _expressions(root: ast.AST) -> Iterator[ast.expr]:
    """Yield the expressions of a function that can be replaced by another one."""
    assert isinstance(root, ast.FunctionDef)
    for statement in root.body:
        if isinstance(statement, ast.If):  # guards against overflow never run on real numbers
            continue
        for node in ast.walk(statement):
            if not isinstance(node, ast.expr) or isinstance(node, ast.Starred):
                continue
            loaded = isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
            text = isinstance(node, ast.Constant) and not isinstance(node.value, (int, float))
            if loaded and not text:
                yield node


def replace_node(tree: ast.AST, target: ast.expr, new: ast.expr) -> None:
    """Put ``new`` in the place of the node ``target`` of ``tree``."""
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is target:
                setattr(parent, name, new)
            elif isinstance(value, list) and any(item is target for item in value):
                setattr(parent, name, [new if item is target else item for item in value])


def _number(value: float) -> ast.expr:
    return ast.Constant(value)


def _times(a: ast.expr, b: ast.expr) -> ast.expr:
    return ast.BinOp(a, ast.Mult(), b)


def parse(text: str, **parts: ast.expr) -> ast.expr:
    """Return the expression ``text`` with the names in it replaced by expressions."""

    class Fill(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> Any:
            return parts.get(node.id, node)

    return Fill().visit(ast.parse(text, mode="eval").body)


# --- wrong ----------------------------------------------------------------------------------------

_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq)


def wrong(node: ast.expr, names: list[str]) -> Iterator[Change]:
    """Yield mistakes at one expression."""
    match node:
        case ast.BinOp(left, ast.Add() | ast.Sub() as op, right):
            yield "drop a term", left
            yield "drop a term", right
            other = ast.Sub() if isinstance(op, ast.Add) else ast.Add()
            yield "change a sign", ast.BinOp(left, other, right)
            yield "double a term", ast.BinOp(left, op, _times(_number(2), right))
            yield "change an operator", ast.BinOp(left, ast.Mult(), right)
        case ast.BinOp(left, ast.Mult() | ast.Div() as op, right):
            yield "drop a factor", left
            yield "drop a factor", right
            other = ast.Div() if isinstance(op, ast.Mult) else ast.Mult()
            yield "invert a factor", ast.BinOp(left, other, right)
            yield "change an operator", ast.BinOp(left, ast.Add(), right)
        case ast.BinOp(left, ast.Pow(), right):
            yield "drop an exponent", left
            yield "negate an exponent", ast.BinOp(left, ast.Pow(), ast.UnaryOp(ast.USub(), right))
            yield "halve an exponent", parse("a ** (b / 2)", a=left, b=right)
        case ast.BinOp(left, ast.MatMult(), right):
            yield "swap a product", ast.BinOp(right, ast.MatMult(), left)
            yield "elementwise product", _times(left, right)
        case ast.Compare(left, [op], [right]):
            for kind in _COMPARISONS:
                if not isinstance(op, kind):
                    yield "change a comparison", ast.Compare(left, [kind()], [right])
        case ast.UnaryOp(ast.USub(), operand):
            yield "drop a minus", operand
        case ast.Constant(value) if not isinstance(value, bool):
            for new in (value + 1, -value, 2 * value, value / 2 or 1):
                if new != value:
                    yield "change a constant", _number(new)
        case ast.Call(ast.Attribute(value, "sum"), args, keywords):
            yield "mean for sum", ast.Call(ast.Attribute(value, "mean", ast.Load()), args, keywords)
            yield "sum over all axes", ast.Call(ast.Attribute(value, "sum", ast.Load()), [], [])
            yield "no sum", value
        case ast.Call(ast.Attribute(value, "where") as function, [c, a, b], []):
            yield "swap branches", ast.Call(function, [c, b, a], [])
            yield "drop a branch", a
            yield "drop a branch", b
        case ast.Call(ast.Attribute(value, "exp"), [argument], []):
            yield "negate an exponent", parse("np.exp(-a)", a=argument)
            yield "drop exp", argument
        case ast.Attribute(value, "T"):
            yield "drop a transpose", value
        case ast.Name(name) if name in names:
            for other in names:
                if other != name:
                    yield "take another variable", ast.Name(other, ast.Load())
    local = isinstance(node, ast.Name) and node.id in names
    if local or isinstance(node, (ast.BinOp, ast.Call)):
        yield "negate", ast.UnaryOp(ast.USub(), node)
        yield "double", _times(_number(2), node)


# --- right ----------------------------------------------------------------------------------------

_MIRROR = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE, ast.Eq: ast.Eq}


def right(node: ast.expr, names: list[str]) -> Iterator[Change]:
    """Yield other ways to write one expression."""
    match node:
        case ast.BinOp(a, ast.Add(), b):
            yield "commute", ast.BinOp(b, ast.Add(), a)
            yield "subtract the negative", parse("a - (-b)", a=a, b=b)
            yield "double and halve", parse("(2*a + 2*b) / 2", a=a, b=b)
        case ast.BinOp(a, ast.Sub(), b):
            yield "add the negative", parse("(-1)*b + a", a=a, b=b)
            yield "negate twice", parse("-(b - a)", a=a, b=b)
        case ast.BinOp(a, ast.Mult(), b):
            yield "commute", _times(b, a)
            yield "polarize", parse("((a + b)**2 - (a - b)**2) / 4", a=a, b=b)
            yield "split a factor", parse("0.25*a*b + a*b*0.75", a=a, b=b)
        case ast.BinOp(a, ast.Div(), b):
            yield "reciprocal", parse("a * b**-1.0", a=a, b=b)
            yield "halves", parse("(a/2) / (b/2)", a=a, b=b)
        case ast.BinOp(a, ast.Pow(), b):
            yield "split a power", parse("a ** (b + 1) / a", a=a, b=b)
            yield "halve a power", parse("(a ** (b / 2)) ** 2", a=a, b=b)
        case ast.BinOp(a, ast.MatMult(), b):
            yield "matmul", parse("np.matmul(a, b)", a=a, b=b)
            yield "double and halve", parse("(2*a) @ b / 2", a=a, b=b)
        case ast.Compare(a, [op], [b]) if type(op) in _MIRROR:
            yield "mirror a comparison", ast.Compare(b, [_MIRROR[type(op)]()], [a])
        case ast.Call(ast.Attribute(_, "where") as function, [c, a, b], []):
            yield (
                "negate a condition",
                ast.Call(function, [parse("np.logical_not(c)", c=c), b, a], []),
            )
            yield "indicator", parse("(1 - np.asarray(c)*1)*b + np.asarray(c)*1*a", a=a, b=b, c=c)
        case ast.Call(ast.Attribute(_, "exp"), [a], []):
            yield "reciprocal of exp", parse("1 / np.exp(-a)", a=a)
            yield "square of exp", parse("np.exp(a/2)**2", a=a)
            yield "expm1", parse("np.expm1(a) + 1", a=a)
        case ast.Call(ast.Attribute(a, "sum"), args, keywords):
            half = ast.Call(ast.Attribute(parse("a/2", a=a), "sum", ast.Load()), args, keywords)
            yield "sum of halves", _times(_number(2), half)


def bare(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function without its decorators."""
    return inspect.unwrap(function)

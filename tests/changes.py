"""Single changes of a program's source, each of which somebody makes by accident."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
}
_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
}
_FUNCTIONS = {
    "maximum": "minimum", "minimum": "maximum", "max": "min", "min": "max", "Max": "Min",
    "Min": "Max", "argmax": "argmin", "sum": "mean", "mean": "sum", "exp": "expm1",
    "expm1": "exp", "log": "log1p", "log1p": "log", "tanh": "sinh", "any": "all", "all": "any",
    "zeros_like": "ones_like",
}  # fmt: skip

# Words, and what is no statement about the operation: where it stands in the book, which values to
# try, and what other libraries do.
_NO_STATEMENT = {"chapter", "position", "tried", "frameworks", "story", "references", "note"}
# Conditions on which the same is computed in another way, slowly.
_WAYS = {"overflowed", "_out_of_range"}
_WORDS = {"Text", "ValueError", "TypeError"}

Edit = Callable[[ast.AST], ast.AST]


@dataclass(frozen=True)
class Change:
    """One change of a program: of which line of which function, and the program after it.

    site: which node is changed; aside: it stands where only numbers come that leave the range of
    floats, so that a proof about real numbers does not see it.
    """

    program: ast.Module
    site: int
    edit: Edit
    line: int
    what: str
    function: str = ""
    aside: bool = False

    def __str__(self) -> str:
        return self.what

    @property
    def tree(self) -> ast.Module:
        """The changed program, a copy."""
        changed = copy.deepcopy(self.program)
        twin = _sites(changed)[self.site]
        replaced = self.edit(twin)
        if replaced is not twin:
            _Replacing(twin, replaced).visit(changed)
        return ast.fix_missing_locations(changed)


def changes(tree: ast.Module) -> Iterator[Change]:
    """Every single change of an operator, sign, number, comparison, condition or function."""
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    owner = {id(node): function.name for function in functions for node in ast.walk(function)}
    aside = {id(node) for choice in ast.walk(tree) if _is_way(choice) for node in ast.walk(choice)}
    for number, site in enumerate(_sites(tree)):
        edits = list(_edits(site))
        before = ast.unparse(site).splitlines()[0] if edits else ""
        for what, edit in edits:
            line, function = getattr(site, "lineno", 0), owner.get(id(site), "")
            told = f"{what}: {before}"
            yield Change(tree, number, edit, line, told, function, id(site) in aside)


def _sites(tree: ast.AST) -> list[ast.AST]:
    """All nodes, in order, but those of words and of what states nothing."""
    found = [tree]
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.keyword) and child.arg in _NO_STATEMENT:
            continue
        if isinstance(child, ast.Call) and getattr(child.func, "id", "") in _WORDS:
            continue
        if isinstance(child, (ast.arg, ast.Raise, ast.Import, ast.ImportFrom)):
            continue
        found += _sites(child)
    return found


def _is_way(node: ast.AST) -> bool:
    """Whether it is an ``if`` that only chooses in which way to compute the same."""
    return isinstance(node, ast.If) and any(
        isinstance(call, ast.Call) and ast.unparse(call.func) in _WAYS
        for call in ast.walk(node.test)
    )


def _edits(node: ast.AST) -> Iterator[tuple[str, Edit]]:
    if isinstance(node, ast.BinOp):
        if type(node.op) in _OPERATORS:
            yield "operator swapped", _with(op=_OPERATORS[type(node.op)]())
        if not isinstance(node.op, (ast.BitOr, ast.MatMult, ast.Mod, ast.LShift)):
            yield "right side dropped", lambda twin: twin.left  # type: ignore[attr-defined]
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Not)):
        yield "sign dropped", lambda twin: twin.operand  # type: ignore[attr-defined]
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for other in _COMPARISONS.get(type(node.ops[0]), ()):
            yield f"{other.__name__} instead", _with(ops=[other()])
    elif isinstance(node, ast.Constant) and isinstance(node.value, (bool, int, float)):
        yield "constant changed", _with(value=_other(node.value))
    elif isinstance(node, ast.Attribute) and node.attr in _FUNCTIONS:
        yield f"{_FUNCTIONS[node.attr]} instead", _with(attr=_FUNCTIONS[node.attr])
    elif isinstance(node, (ast.If, ast.IfExp)):
        yield "never", _with(test=ast.Constant(False))
        if not _is_way(node):
            yield "always", _with(test=ast.Constant(True))
    elif isinstance(node, ast.AugAssign):
        yield "left out", lambda twin: ast.Pass()


def _other(value: float) -> float:
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else value * 1.1 or 1.0


def _with(**fields: object) -> Edit:
    def edit(node: ast.AST) -> ast.AST:
        for name, value in fields.items():
            setattr(node, name, value)
        return node

    return edit


class _Replacing(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else self.generic_visit(node)

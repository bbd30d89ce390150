"""Every single change of an expression that a person could make by mistake."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from functools import partial

# Functions that are taken for each other.
SWAPS = {
    "sin": "cos", "cos": "sin", "sinh": "cosh", "cosh": "sinh", "tanh": "tan", "tan": "tanh",
    "exp": "expm1", "expm1": "exp", "log": "log1p", "log1p": "log", "log2": "log10",
    "sqrt": "square", "square": "sqrt", "sum": "mean", "mean": "sum", "max": "min", "min": "max",
    "maximum": "minimum", "minimum": "maximum", "psi": "gammaln", "gamma": "gammaln",
    "sign": "abs", "abs": "sign", "triu": "tril", "tril": "triu", "flipud": "fliplr",
    "fliplr": "flipud", "zeros": "ones", "ones": "zeros", "j0": "j1", "j1": "j0", "y0": "y1",
    "y1": "y0", "i0": "i1", "i1": "i0", "floor": "ceil", "inv": "transpose", "var": "std",
    "argsort": "argmax", "dot": "multiply", "matmul": "dot", "power": "multiply",
}  # fmt: skip
_OPERATORS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult), ast.Sub: (ast.Add,), ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult,), ast.Pow: (ast.Mult,), ast.MatMult: (ast.Mult,), ast.Mod: (ast.Div,),
}  # fmt: skip
_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Gt: ast.Lt, ast.Lt: ast.Gt, ast.GtE: ast.LtE, ast.LtE: ast.GtE, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}  # fmt: skip
Edit = Callable[[ast.AST], ast.AST]
Change = tuple[str, Callable[[], ast.AST]]


def changes(tree: ast.AST, names: tuple[str, ...]) -> Iterator[Change]:
    """(what is changed, what makes the changed copy) for every place in ``tree``.

    names: the variables that could be written in place of each other.
    """
    for at, node in enumerate(ast.walk(tree)):
        for label, edit in _edits(node, names):
            yield f"line {getattr(node, 'lineno', 0)}: {label}", partial(_made, tree, at, edit)


def _made(tree: ast.AST, at: int, edit: Edit) -> ast.AST:
    made = copy.deepcopy(tree)
    target = next(each for k, each in enumerate(ast.walk(made)) if k == at)
    return ast.fix_missing_locations(_replaced(made, target, edit(target)))


def _edits(node: ast.AST, names: tuple[str, ...]) -> Iterator[tuple[str, Edit]]:
    if isinstance(node, ast.BinOp):
        yield from _of_operation(node)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Invert)):
        yield f"no sign in {ast.unparse(node)}", lambda n: n.operand  # type: ignore[attr-defined]
    elif isinstance(node, ast.Constant):
        yield from _of_constant(node)
    elif isinstance(node, ast.Call):
        yield from _of_call(node)
    elif isinstance(node, ast.Attribute) and node.attr == "T":
        yield f"no .T in {ast.unparse(node)}", lambda n: n.value  # type: ignore[attr-defined]
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARISONS:
        other = _COMPARISONS[type(node.ops[0])]
        yield f"{ast.unparse(node)} turned", lambda n: _with(n, ops=[other()])
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
        for name in names:
            if name != node.id:
                yield f"{name} for {node.id}", lambda n, name=name: _with(n, id=name)
    elif isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load) and len(node.elts) == 2:
        yield f"{ast.unparse(node)} turned round", lambda n: _with(n, elts=n.elts[::-1])  # type: ignore[attr-defined]


def _of_operation(node: ast.BinOp) -> Iterator[tuple[str, Edit]]:
    shown = ast.unparse(node)
    for other in _OPERATORS.get(type(node.op), ()):
        yield f"{other.__name__} in {shown}", lambda n, o=other: _with(n, op=o())
    yield f"only {ast.unparse(node.left)} of {shown}", lambda n: n.left  # type: ignore[attr-defined]
    if not isinstance(node.op, ast.Pow):
        yield f"only {ast.unparse(node.right)} of {shown}", lambda n: n.right  # type: ignore[attr-defined]
    yield f"minus {shown}", lambda n: ast.UnaryOp(ast.USub(), n)  # type: ignore[arg-type]
    if isinstance(node.op, (ast.Sub, ast.Div)):
        yield f"{shown} turned round", lambda n: _with(n, left=n.right, right=n.left)  # type: ignore[attr-defined]


def _of_constant(node: ast.Constant) -> Iterator[tuple[str, Edit]]:
    value = node.value
    if isinstance(value, bool):
        yield f"{not value} for {value}", lambda n: _with(n, value=not value)
    elif isinstance(value, (int, float)):
        others = [value + 1, -value if value else -1, 2 * value if value else 2]
        if isinstance(value, float):
            others += [value * 1.001, 1 / value if value else 3]
        for other in others:
            yield f"{other} for {value}", lambda n, other=other: _with(n, value=other)


def _of_call(node: ast.Call) -> Iterator[tuple[str, Edit]]:
    shown, f = ast.unparse(node), node.func
    name = f.attr if isinstance(f, ast.Attribute) else f.id if isinstance(f, ast.Name) else ""
    other = SWAPS.get(name)
    if other:
        key = "attr" if isinstance(f, ast.Attribute) else "id"
        yield f"{other} for {name}", lambda n: _with(n, func=_with(n.func, **{key: other}))  # type: ignore[attr-defined]
    for at, each in enumerate(node.args):
        yield (
            f"{ast.unparse(each)} for {shown}",
            lambda n, at=at: n.args[at],  # type: ignore[attr-defined]
        )
        if len(node.args) > 1 and at:
            yield (
                f"no {ast.unparse(each)} in {shown}",
                lambda n, at=at: _with(n, args=n.args[:at] + n.args[at + 1 :]),  # type: ignore[attr-defined]
            )
    if len(node.args) == 2:
        yield f"{shown} with its arguments swapped", lambda n: _with(n, args=n.args[::-1])  # type: ignore[attr-defined]
    for at, keyword in enumerate(node.keywords):
        if keyword.arg:
            yield (
                f"no {keyword.arg} in {shown}",
                lambda n, at=at: _with(n, keywords=n.keywords[:at] + n.keywords[at + 1 :]),  # type: ignore[attr-defined]
            )


def _with(node: ast.AST, **fields: object) -> ast.AST:
    made = copy.copy(node)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


class _Put(ast.NodeTransformer):
    def __init__(self, target: ast.AST, found: ast.AST) -> None:
        self.target, self.found = target, found

    def visit(self, node: ast.AST) -> ast.AST:
        return self.found if node is self.target else self.generic_visit(node)


def _replaced(tree: ast.AST, target: ast.AST, found: ast.AST) -> ast.AST:
    if tree is target:
        return found
    return _Put(target, found).visit(tree)  # type: ignore[no-any-return]

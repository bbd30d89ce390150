"""What stands in the place of something else: a name, a number, an operator, an axis."""

from __future__ import annotations

import ast
import difflib
import itertools
from collections.abc import Iterator

from gradproof.diagnosis.texts.changes_of_text import Change, Place, uses_of
from gradproof.diagnosis.weights import weight
from gradproof.ops import relatives_of
from gradproof.slip_kinds import Kind

_NAME, _STRANGER, _NUMBER, _OPERATOR, _FUNCTION, _AXIS, _COMPARISON = (
    weight("text, exchanged: a name"),
    weight("text, exchanged: more, for a name unlike it"),
    weight("text, exchanged: a number for a name"),
    weight("text, exchanged: an operator"),
    weight("text, exchanged: a function"),
    weight("text, exchanged: an axis"),
    weight("text, exchanged: a comparison"),
)
_TRANSPOSE, _REVERSED, _FACTOR, _EXPONENT, _PRODUCT = (
    weight("text, exchanged: a transpose"),
    weight("text, exchanged: another order"),
    weight("text, exchanged: a factor in an index"),
    weight("text, exchanged: an exponent"),
    weight("text, exchanged: a product of sizes"),
)
_SLICE = weight("text, exchanged: a slice")
_MOST_NAMES, _MOST_NUMBERS, _MOST_SIZES = 12, 8, 5
_OPERATORS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult), ast.Sub: (ast.Add, ast.Mult), ast.Mult: (ast.Div, ast.MatMult),
    ast.Div: (ast.Mult,), ast.MatMult: (ast.Mult,),
}  # fmt: skip
_ORDERS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Gt: (ast.Lt, ast.GtE), ast.Lt: (ast.Gt, ast.LtE), ast.GtE: (ast.LtE, ast.Gt, ast.Eq),
    ast.LtE: (ast.GtE, ast.Lt, ast.Eq), ast.Eq: (ast.NotEq, ast.GtE, ast.LtE),
    ast.NotEq: (ast.Eq,),
}  # fmt: skip
_PAIRS = {  # beside the relatives that the table of NumPy knows
    "sum": ("mean",), "mean": ("sum",), "dot": ("outer",), "outer": ("dot",),
    "argmax": ("argmin",), "argmin": ("argmax",), "tril": ("triu",), "triu": ("tril",),
    "zeros_like": ("ones_like",), "ones_like": ("zeros_like",),
}  # fmt: skip


def exchanged(place: Place) -> Iterator[Change]:
    """Yield a statement with one piece of it exchanged."""
    for part in place.parts:
        yield from _names(place, part)
        yield from _numbers(place, part)
        for node in ast.walk(part):
            if isinstance(node, ast.BinOp):
                yield from _operators(node)
            elif isinstance(node, ast.Compare) and len(node.ops) == 1:
                yield from _comparisons(node)
            elif isinstance(node, ast.Call):
                yield from _functions(node)
                yield from _axes(node)
            elif isinstance(node, ast.Subscript):
                yield from _indices(place, node)
    statement = place.statement
    if isinstance(statement, ast.AugAssign):
        yield from _assignments(statement)
    if isinstance(statement, (ast.Assign, ast.AugAssign, ast.Return)) and statement.value:
        yield from _results(statement.value)


def _names(place: Place, part: ast.expr) -> Iterator[Change]:
    for use in uses_of(part):
        text = ast.unparse(use)
        fit = [other for other in place.own if other != text and place.scope.alike(text, other)]
        for other in fit[:_MOST_NAMES]:
            more = _STRANGER * (1 - likeness(text, other))
            yield Change(Kind.WRONG_VARIABLE, _NAME + more, use, parsed(other), f"name {other}",
                         around=_around(part, use))  # fmt: skip
        if text in place.scope.numbers and text not in place.counters:
            square = ast.BinOp(parsed(text), ast.Pow(), ast.Constant(2))
            yield Change(Kind.WRONG_EXPONENT, _EXPONENT, use, square, "squared", term=text)
        sizes = [other for other in fit if other in place.scope.numbers
                 and place.scope.numbers[other].is_integer()][:_MOST_SIZES]  # fmt: skip
        for by in itertools.chain.from_iterable(
                itertools.combinations(sizes, count) for count in (1, 2)):  # fmt: skip
            product = parsed(" * ".join([text, *reversed(by)]))
            yield Change(Kind.WRONG_CONSTANT, _PRODUCT + 0.02 * len(by), use, product,
                         f"times {by}", term=text)  # fmt: skip


def likeness(one: str, other: str) -> float:
    """How alike two names are, from 0 to 1.

    >>> likeness("z1", "a1") > likeness("z1", "bias")
    True
    """
    return difflib.SequenceMatcher(None, one.removeprefix("self."), other.removeprefix("self."),
                                   autojunk=False).ratio()  # fmt: skip


def _around(part: ast.AST, node: ast.AST) -> ast.AST | None:
    """Return the index or call in which a name stands alone, which tells more than the name."""
    for each in ast.walk(part):
        if isinstance(each, ast.Subscript) and any(n is node for n in ast.walk(each.slice)):
            return each
    return None


def _numbers(place: Place, part: ast.expr) -> Iterator[Change]:
    """Yield a number that stands where a name belongs, and its negative; everywhere in a call."""
    for node in ast.walk(part):
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            for name in place.numbers[:_MOST_NUMBERS]:
                yield Change(Kind.WRONG_CONSTANT, _NUMBER, node, parsed(name), f"number {name}")
            if isinstance(node.value, int) and 0 < node.value < 4:
                continue
        if isinstance(node, ast.Call):
            found = [n for n in ast.walk(node) if isinstance(n, ast.Constant)
                     and type(n.value) in (int, float)]  # fmt: skip
            values = {str(n.value).lstrip("-") for n in found}
            for name in place.numbers[:_MOST_NUMBERS] if len(found) > 1 == len(values) else ():
                new = replaced(node, {id(n): parsed(name) for n in found})
                yield Change(Kind.WRONG_CONSTANT, _NUMBER, node, new, f"numbers {name}")


def _operators(node: ast.BinOp) -> Iterator[Change]:
    kinds = {ast.Add: Kind.WRONG_SIGN, ast.Sub: Kind.WRONG_SIGN, ast.Mult: Kind.INVERTED_FACTOR,
             ast.Div: Kind.INVERTED_FACTOR}  # fmt: skip
    for other in _OPERATORS.get(type(node.op), ()):
        kind: Kind = kinds.get(type(node.op), Kind.ELEMENTWISE)
        if {type(node.op), other} <= {ast.MatMult, ast.Mult}:
            kind = Kind.ELEMENTWISE
        elif {type(node.op), other} & {ast.Add, ast.Sub} and other is ast.Mult:
            kind = Kind.WRONG_OPERATOR
        yield Change(kind, _OPERATOR, node, ast.BinOp(node.left, other(), node.right),
                     f"operator {other.__name__}", ast.unparse(node.right))  # fmt: skip
    if isinstance(node.op, ast.Sub):
        yield Change(Kind.WRONG_SIGN, _OPERATOR, node, ast.BinOp(node.right, node.op, node.left),
                     "swapped", ast.unparse(node))  # fmt: skip
    if isinstance(node.op, ast.MatMult):
        yield Change(Kind.TRANSPOSED, _OPERATOR, node, ast.BinOp(node.right, node.op, node.left),
                     "swapped", ast.unparse(node))  # fmt: skip
    if isinstance(node.op, ast.Pow):
        for new in (ast.BinOp(node.right, ast.Sub(), ast.Constant(1)),
                    ast.BinOp(node.right, ast.Add(), ast.Constant(1))):  # fmt: skip
            power = ast.BinOp(node.left, node.op, _folded(new))
            yield Change(Kind.WRONG_EXPONENT, _EXPONENT, node, power,
                         f"exponent {type(new.op).__name__}", ast.unparse(node.left))  # fmt: skip


def _folded(node: ast.BinOp) -> ast.expr:
    if isinstance(node.left, ast.Constant) and isinstance(node.left.value, (int, float)):
        by = 1 if isinstance(node.op, ast.Add) else -1
        return ast.Constant(node.left.value + by)
    return node


def _comparisons(node: ast.Compare) -> Iterator[Change]:
    for other in _ORDERS.get(type(node.ops[0]), ()):
        yield Change(Kind.WRONG_MASK, _COMPARISON, node,
                     ast.Compare(node.left, [other()], node.comparators),
                     f"order {other.__name__}")  # fmt: skip


def _functions(node: ast.Call) -> Iterator[Change]:
    func = node.func
    name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
    others = dict.fromkeys([*_PAIRS.get(name, ()), *(r.name for r in relatives_of(name))])
    for other in list(others)[:4]:
        kind = (Kind.MEAN_FOR_SUM if name == "mean" and other == "sum" else Kind.SUM_FOR_MEAN
                if name == "sum" and other == "mean" else Kind.WRONG_FUNCTION)  # fmt: skip
        new: ast.expr = ast.Name(other, ast.Load())
        if isinstance(func, ast.Attribute):
            new = ast.Attribute(func.value, other, ast.Load())
        yield Change(kind, _FUNCTION, func, new, f"function {other}", around=node,
                     term=ast.unparse(node))  # fmt: skip


def _axes(node: ast.Call) -> Iterator[Change]:
    for keyword in node.keywords:
        value = keyword.value
        if keyword.arg in ("axis", "axes") and _is_axis(value):
            own = ast.unparse(value)
            for other in ("0", "1", "-1", "None", "(0, 1)"):
                if other != own:
                    yield Change(Kind.WRONG_AXIS, _AXIS + 0.1 * (other in ("None", "(0, 1)")),
                                 value, parsed(other), f"axis {other}", around=node)  # fmt: skip
        elif keyword.arg == "keepdims" and isinstance(value, ast.Constant):
            yield Change(Kind.WRONG_REDUCTION, _AXIS + 0.1, value, ast.Constant(not value.value),
                         "keepdims", around=node)  # fmt: skip


def _is_axis(value: ast.expr) -> bool:
    return isinstance(value, (ast.Constant, ast.UnaryOp, ast.Tuple))


def _indices(place: Place, node: ast.Subscript) -> Iterator[Change]:
    """Yield an index that moves by a stride: ``i * stride`` for the counter i, everywhere in it;
    and the part of an array that the file takes elsewhere, ``y[:-1]`` for ``y[1:]``."""
    own = ast.unparse(node.slice)
    for other in place.slices if ":" in own else ():
        if other != own and other.count(",") == own.count(","):
            new = parsed(f"{ast.unparse(node.value)}[{other}]")
            yield Change(Kind.OFF_BY_ONE, _SLICE, node, new, f"slice {other}")
    used = {n.id for n in ast.walk(node.slice) if isinstance(n, ast.Name)}
    for counter in place.counters:
        if counter in used:
            for name in place.numbers[:_MOST_NUMBERS]:
                if name not in place.counters:
                    new = replaced(node.slice, {
                        id(n): ast.BinOp(parsed(counter), ast.Mult(), parsed(name))
                        for n in ast.walk(node.slice)
                        if isinstance(n, ast.Name) and n.id == counter})  # fmt: skip
                    yield Change(Kind.OFF_BY_ONE, _FACTOR, node.slice, new, f"moves by {name}",
                                 around=node)  # fmt: skip


def _assignments(node: ast.AugAssign) -> Iterator[Change]:
    if isinstance(node.op, (ast.Add, ast.Sub)) and isinstance(node.target, ast.Subscript):
        if any(isinstance(n, ast.Slice) for n in ast.walk(node.target.slice)):
            return
        name = "add" if isinstance(node.op, ast.Add) else "subtract"
        at = ast.unparse(node.target.slice)
        text = f"np.{name}.at({ast.unparse(node.target.value)}, {at}, {ast.unparse(node.value)})"
        yield Change(Kind.WRONG_OPERATOR, _OPERATOR, node, ast.parse(text).body[0], "gathered")


def _results(value: ast.expr) -> Iterator[Change]:
    for node in ast.walk(value):
        if isinstance(node, (ast.Call, ast.Name)) and isinstance(getattr(node, "ctx", ast.Load()),
                                                                 ast.Load):  # fmt: skip
            text = ast.unparse(node)
            if text in ("np", "self", "math") or text.endswith(".T"):
                continue
            if isinstance(node, ast.Call) or node is value:
                yield Change(Kind.WRONG_ORDER, _REVERSED, node, parsed(f"{text}[::-1]"), "reversed")
                yield Change(Kind.TRANSPOSED, _TRANSPOSE, node, parsed(f"{text}.T"), "transposed")
            yield Change(Kind.TRANSPOSED, _TRANSPOSE + 0.2, node, parsed(f"{text}.conj()"),
                         "conjugated")  # fmt: skip


# --- syntax ---------------------------------------------------------------------------------------


def parsed(text: str) -> ast.expr:
    """Return an expression that is known to be one."""
    return ast.parse(text, mode="eval").body


class _Replaced(ast.NodeTransformer):
    """Copies syntax with some nodes of it replaced."""

    def __init__(self, by: dict[int, ast.expr]) -> None:
        self.by = by

    def visit(self, node: ast.AST) -> ast.AST:
        if id(node) in self.by:
            return self.by[id(node)]
        if not any(id(n) in self.by for n in ast.walk(node)):
            return node
        fields = {name: [self.visit(v) if isinstance(v, ast.AST) else v for v in value]
                  if isinstance(value, list) else self.visit(value)
                  if isinstance(value, ast.AST) else value
                  for name, value in ast.iter_fields(node)}  # fmt: skip
        return ast.copy_location(type(node)(**fields), node)


def replaced(node: ast.expr, by: dict[int, ast.expr]) -> ast.expr:
    """Return a copy of an expression with nodes replaced, each by its id."""
    new = _Replaced(by).visit(node)
    assert isinstance(new, ast.expr)
    return new


__all__ = ["exchanged", "likeness", "parsed", "replaced"]

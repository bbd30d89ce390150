"""The slips that people make at one expression, each with the kinds that describe it truly.

Written from ``mistakes.md`` of the project and from how courses teach, without regard to how
``gradproof.diagnosis`` searches. Where several kinds are named, each is a true description of the
same wrong value: ``/ m`` left out of a mean is a missing factor and a sum for a mean.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from gradproof.diagnosis import Kind
from tests.diagnosis.array_changes import (
    UPSTREAM,
    number,
    of_branches,
    of_comparison,
    of_matrices,
    of_reduction,
)
from tests.diagnosis.planting import Change, Changes, Site
from tests.proof.rewriting import parse

PARAMETERS = {"alpha", "slope", "delta", "lam", "self.alpha"}
COUNTS = {"N", "D", "m", "n", "batch_size"}

# Local derivatives that are confused with each other, as functions of the output.
_CONFUSED = (
    "y * (1 - y)", "1 - y ** 2", "1 - y", "y", "y ** 2 * (1 - y)", "1 / (1 + y ** 2)",
)  # fmt: skip


def _is_count(node: ast.expr) -> bool:
    match node:
        case ast.Name(name):
            return name in COUNTS
        case ast.Attribute(_, "m" | "size"):
            return True
        case ast.Subscript(ast.Attribute(_, "shape"), _):
            return True
    return False


def _is_sum(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("sum", "_sum")


def single(site: Site) -> Iterator[Change]:
    """Slips at one expression."""
    if untouchable(site):
        return
    node = site.node
    match node:
        case ast.BinOp(_, ast.Add() | ast.Sub()):
            yield from _of_sum(node, site)
        case ast.BinOp(_, ast.Mult() | ast.Div()):
            yield from _of_product(node)
        case ast.BinOp(base, ast.Pow(), power):
            yield from _of_power(base, power)
        case ast.BinOp(a, ast.MatMult(), b):
            yield from of_matrices(a, b)
        case ast.UnaryOp(ast.USub(), operand) if number(operand) is None:
            yield (Kind.WRONG_SIGN,), operand, ast.unparse(node)
        case ast.Compare(a, [op], [b]):
            yield from of_comparison(a, op, b)
        case ast.Constant(float() | int()):
            yield from _of_constant(node, site)
        case ast.Attribute(value, "T"):
            yield (Kind.TRANSPOSED,), value, ast.unparse(node)
        case ast.Call():
            yield from _of_call(node)
    if _is_result(site):
        yield from _of_result(node)


def untouchable(site: Site) -> bool:
    """Sizes, shapes, axes and unpacking are no part of a formula."""
    for parent in site.parents:
        match parent:
            case ast.keyword() | ast.Slice() | ast.Subscript():
                return True
            case ast.Assign([ast.Tuple()]):
                return True
            case ast.Call(ast.Attribute(_, "reshape" | "zeros" | "arange" | "ones" | "transpose")):
                return True
            case ast.Call(ast.Name("range" | "_batch_size" | "_axes")):
                return True
    return not isinstance(getattr(site.node, "ctx", ast.Load()), ast.Load)


def _is_result(site: Site) -> bool:
    """Whether the expression is the right-hand side of an assignment of a gradient."""
    statement, node = site.statement, site.node
    if not isinstance(statement, ast.Assign | ast.Return) or statement.value is not node:
        return False
    if isinstance(statement, ast.Assign) and not isinstance(
        statement.targets[0], ast.Name | ast.Attribute
    ):
        return False
    if isinstance(statement, ast.Assign):  # a gradient: not a mask, a size or a cached array
        name = ast.unparse(statement.targets[0]).removeprefix("self.")
        if not name.startswith("d"):
            return False
    return isinstance(node, ast.BinOp | ast.Call) and ".copy()" not in ast.unparse(node)


# --- sums and differences -------------------------------------------------------------------------


def _of_sum(node: ast.BinOp, site: Site) -> Iterator[Change]:
    a, b = node.left, node.right
    minus = isinstance(node.op, ast.Sub)
    if ast.unparse(b) in ("eps", "self.eps"):
        yield (Kind.WRONG_CONSTANT,), a, "eps"
        yield (Kind.WRONG_CONSTANT,), parse("a + 0.001", a=a), "eps"
        return
    if number(a) is not None or number(b) is not None:
        yield from _of_complement(node, site)
        return
    constant = (Kind.WRONG_CONSTANT,) if ast.unparse(b) in PARAMETERS else ()
    yield (Kind.MISSING_PATH, *constant), a, ast.unparse(b)
    yield (Kind.MISSING_PATH,), ast.UnaryOp(ast.USub(), b) if minus else b, ast.unparse(a)
    other = ast.Add() if minus else ast.Sub()
    yield (Kind.WRONG_SIGN,), ast.BinOp(a, other, b), ast.unparse(b)
    doubled: tuple[Kind, ...] = (Kind.DOUBLED_PATH, Kind.EXTRA_FACTOR, Kind.WRONG_FACTOR)
    if ast.unparse(b) in PARAMETERS:
        doubled += (Kind.WRONG_CONSTANT,)
    yield doubled, ast.BinOp(node, node.op, b), ast.unparse(b)


def _of_complement(node: ast.BinOp, site: Site) -> Iterator[Change]:
    """Slips at 1 - s and its like."""
    a, b = node.left, node.right
    whole = ast.unparse(node)
    if number(a) == 1 and isinstance(node.op, ast.Sub):
        alone = isinstance(site.parent, ast.Assign | ast.Return)
        missing = (Kind.MISSING_FACTOR, Kind.MISSING_PATH)
        if not alone:
            yield missing, parse("1.0"), whole
        yield (Kind.WRONG_SIGN,), parse("1 + b", b=b), ast.unparse(b)
        yield (Kind.WRONG_SIGN,), parse("b - 1", b=b), whole


# --- products, quotients, powers ------------------------------------------------------------------


def _missing(dropped: ast.expr, kept: ast.expr) -> tuple[Kind, ...]:
    if number(dropped) is not None:
        return (Kind.WRONG_FACTOR, Kind.MISSING_FACTOR)
    if _is_count(dropped) and _is_sum(kept):
        return (Kind.MISSING_FACTOR, Kind.SUM_FOR_MEAN)
    return (Kind.MISSING_FACTOR,)


def _of_product(node: ast.BinOp) -> Iterator[Change]:
    a, b = node.left, node.right
    divides = isinstance(node.op, ast.Div)
    if number(b) != 1:
        yield _missing(b, a), a, ("1/" if divides else "") + ast.unparse(b)
    if divides:
        yield (Kind.INVERTED_FACTOR,), ast.BinOp(a, ast.Mult(), b), ast.unparse(b)
    elif abs(number(a) or 0) != 1:
        yield _missing(a, b), b, ast.unparse(a)
    if not divides and number(a) is None and number(b) is None and not _is_count(a):
        yield (Kind.INVERTED_FACTOR,), ast.BinOp(a, ast.Div(), b), ast.unparse(b)
    if divides and _is_count(b):
        yield (Kind.WRONG_CONSTANT,), parse("a / (b - 1)", a=a, b=b), ast.unparse(b)
    if isinstance(b, ast.Name | ast.Attribute):
        kinds = (Kind.EXTRA_FACTOR, Kind.WRONG_EXPONENT)
        yield kinds, ast.BinOp(node, node.op, b), ast.unparse(b)
    if ast.unparse(a) in UPSTREAM and not divides:
        yield (Kind.WRONG_OPERATOR,), ast.BinOp(a, ast.Add(), b), ast.unparse(node)


def _of_power(base: ast.expr, power: ast.expr) -> Iterator[Change]:
    value, text = number(power), ast.unparse(base)
    if value is None:
        return
    for other in (value + 1, value - 1, -value):
        if other == 1:
            yield (Kind.WRONG_EXPONENT, Kind.MISSING_FACTOR), base, text
        elif other:
            yield (Kind.WRONG_EXPONENT,), parse(f"a ** {other}", a=base), text
    if value == 2:
        yield (Kind.WRONG_FUNCTION, Kind.WRONG_EXPONENT), parse("2 * a", a=base), text


def _of_constant(node: ast.Constant, site: Site) -> Iterator[Change]:
    """A constant that is a factor, a slope or the value of a branch; not one of 1 - s or a**2."""
    value = number(node)
    assert value is not None
    match site.parent:
        case ast.BinOp(_, ast.Mult() | ast.Div(), _):
            foreign = () if value == int(value) else (Kind.WRONG_CONSTANT,)
            if 2 * value != 1:
                kinds = (Kind.WRONG_FACTOR, Kind.EXTRA_FACTOR, *foreign)
                yield kinds, ast.Constant(_short(2 * value)), str(value)
            if value != 2:
                kinds = (Kind.WRONG_FACTOR, Kind.MISSING_FACTOR, *foreign)
                yield kinds, ast.Constant(_short(value / 2)), str(value)
            yield (Kind.WRONG_SIGN, Kind.WRONG_FACTOR), ast.Constant(-value), str(value)
        case ast.UnaryOp(ast.USub(), _) if value != 1:
            kinds = (Kind.WRONG_FACTOR, Kind.EXTRA_FACTOR)
            yield kinds, ast.Constant(_short(2 * value)), str(value)
            yield (Kind.WRONG_FACTOR,), ast.Constant(_short(value + 1)), str(value)
        case ast.Call(ast.Attribute(_, "where"), _) | ast.Assign() if 0 < value < 1:
            yield (Kind.WRONG_CONSTANT, Kind.WRONG_FACTOR), ast.Constant(value / 10), str(value)


def _short(value: float) -> float | int:
    return int(value) if value == int(value) else value


# --- calls ----------------------------------------------------------------------------------------


def _of_call(node: ast.Call) -> Iterator[Change]:
    name = ast.unparse(node.func)
    last = name.rpartition(".")[2]
    if last in ("sum", "mean", "_sum"):
        yield from of_reduction(node, name, last)
    elif name == "np.where" and len(node.args) == 3:
        yield from of_branches(node)
    elif name in ("np.exp", "np.sqrt", "np.tanh", "np.log", "np.abs", "np.sign"):
        yield from _of_function(name, node.args[0])
    elif last == "dot" or name == "np.outer":
        a, b = node.args if len(node.args) == 2 else (node.func.value, node.args[0])  # type: ignore[attr-defined]
        swap = parse("f(b, a)", f=parse("np." + last), a=a, b=b)
        yield (Kind.TRANSPOSED,), swap, ast.unparse(node)
        yield (Kind.ELEMENTWISE,), ast.BinOp(a, ast.Mult(), b), ast.unparse(node)


def _of_function(name: str, argument: ast.expr) -> Iterator[Change]:
    text = f"{name}({ast.unparse(argument)})"
    match name:
        case "np.exp":
            opposite = (
                argument.operand
                if isinstance(argument, ast.UnaryOp)
                else ast.UnaryOp(ast.USub(), argument)
            )
            kinds = (Kind.WRONG_FUNCTION, Kind.WRONG_SIGN, Kind.INVERTED_FACTOR)
            yield kinds, parse("np.exp(a)", a=opposite), text
            yield (Kind.WRONG_FUNCTION,), argument, text
        case "np.sqrt":
            yield (Kind.WRONG_EXPONENT, Kind.WRONG_FUNCTION), argument, text
            if isinstance(argument, ast.BinOp) and ast.unparse(argument.right) == "eps":
                outside = parse("np.sqrt(a) + e", a=argument.left, e=argument.right)
                yield (Kind.WRONG_CONSTANT, Kind.WRONG_FUNCTION), outside, text
        case "np.tanh":
            yield (Kind.WRONG_FUNCTION, Kind.WRONG_VARIABLE), argument, text
            yield (Kind.WRONG_FUNCTION,), parse("1 / (1 + np.exp(-a))", a=argument), text
        case "np.sign":
            yield (Kind.WRONG_FUNCTION,), argument, text


def _of_result(node: ast.expr) -> Iterator[Change]:
    text = ast.unparse(node)
    yield (Kind.WRONG_SIGN,), ast.UnaryOp(ast.USub(), node), text
    yield (Kind.EXTRA_FACTOR, Kind.WRONG_FACTOR), parse("2 * a", a=node), "2"


# --- one name for another -------------------------------------------------------------------------


def renamed(alike: Mapping[str, Sequence[str]]) -> Changes:
    """Return the changes that take another variable for one; ``alike`` lists which are likely."""

    def changes(site: Site) -> Iterator[Change]:
        node = site.node
        returned = {ast.unparse(n) for n in ast.walk(site.statement) if isinstance(n, ast.expr)}
        if untouchable(site) or not isinstance(node, ast.Name | ast.Attribute):
            return
        if isinstance(site.parent, ast.Attribute | ast.Call) and not _argument(site):
            return
        for other in alike.get(ast.unparse(node), ()):
            kinds: tuple[Kind, ...] = (Kind.WRONG_VARIABLE,)
            if isinstance(site.statement, ast.Return) and not isinstance(site.parent, ast.BinOp):
                if other in returned:
                    kinds = (Kind.OTHER_ARGUMENT, Kind.WRONG_VARIABLE)
                elif other in UPSTREAM:
                    kinds = (Kind.WRONG_VARIABLE, Kind.MISSING_FACTOR)
            yield kinds, parse(other), ast.unparse(node)

    return changes


def _argument(site: Site) -> bool:
    parent = site.parent
    if isinstance(parent, ast.Attribute):
        return parent.attr in ("T", "sum", "mean", "dot")
    return isinstance(parent, ast.Call) and site.node in parent.args


def confused(site: Site) -> Iterator[Change]:
    """The local derivative of another function, where one of the output stands."""
    text = ast.unparse(site.node)
    for variable in ("y", "s", "out", "self.y"):
        shapes = [shape.replace("y", variable) for shape in _CONFUSED]
        if any(text == ast.unparse(parse(s)) for s in shapes[:2]):
            for other in shapes:
                new = parse(other)
                if ast.unparse(new) != text:
                    yield (Kind.WRONG_FUNCTION, Kind.OTHER_FUNCTION), new, text

"""Slips at matrix products, masks, reductions and branches; see ``changes``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gradproof.diagnosis import Kind
from tests.diagnosis.planting import Change
from tests.proof.rewriting import parse

UPSTREAM = {"dy", "dout", "grad_output", "dz", "dd", "dc", "ds", "dloss"}


def number(node: ast.expr) -> float | None:
    """The number that a literal stands for; None for anything else."""
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return None
    return value if isinstance(value, int | float) else None


def of_matrices(a: ast.expr, b: ast.expr) -> Iterator[Change]:
    """Slips at a matrix product."""
    yield (Kind.TRANSPOSED,), ast.BinOp(b, ast.MatMult(), a), f"{ast.unparse(a)} @ {ast.unparse(b)}"
    yield (Kind.ELEMENTWISE,), ast.BinOp(a, ast.Mult(), b), f"{ast.unparse(a)} @ {ast.unparse(b)}"


_REVERSED = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE}


def of_comparison(a: ast.expr, op: ast.cmpop, b: ast.expr) -> Iterator[Change]:
    """Slips at the condition of a mask."""
    term = f"{ast.unparse(a)} {ast.unparse(b)}"
    if type(op) in _REVERSED:
        yield (Kind.WRONG_MASK,), ast.Compare(a, [_REVERSED[type(op)]()], [b]), term
        if number(b) == 0:
            yield (
                (Kind.WRONG_MASK, Kind.WRONG_CONSTANT),
                ast.Compare(a, [op], [ast.Constant(1)]),
                term,
            )
    elif isinstance(op, ast.Eq):
        yield (Kind.WRONG_MASK,), ast.Compare(a, [ast.NotEq()], [b]), term


def of_reduction(node: ast.Call, name: str, last: str) -> Iterator[Change]:
    """Slips at a sum or mean."""
    module = name in ("np.sum", "np.mean")
    plain = module or name == "_sum"
    summed = node.args[0] if plain else node.func.value  # type: ignore[attr-defined]
    rest = [ast.keyword(k.arg, k.value) for k in node.keywords]
    text = ast.unparse(node)
    other = "mean" if last in ("sum", "_sum") else "sum"
    if name != "_sum":
        swapped = (Kind.MEAN_FOR_SUM, Kind.EXTRA_FACTOR) if other == "mean" else (
            Kind.SUM_FOR_MEAN, Kind.MISSING_FACTOR)  # fmt: skip
        yield swapped, _reduction(other, summed, rest, module), text
        yield from _of_axes(node, last, summed, rest, module, text)
    yield (Kind.WRONG_REDUCTION,), summed, text
    if isinstance(summed, ast.BinOp) and isinstance(summed.op, ast.Mult) and plain:
        pulled = ast.Call(node.func, [summed.left], rest)
        yield (Kind.WRONG_REDUCTION,), ast.BinOp(pulled, ast.Mult(), summed.right), text


def _of_axes(
    node: ast.Call, last: str, summed: ast.expr, rest: list[ast.keyword], module: bool, text: str
) -> Iterator[Change]:
    wrong = (Kind.WRONG_AXIS, Kind.WRONG_REDUCTION)
    kept = any(k.arg == "keepdims" for k in rest)
    for at, keyword in enumerate(rest):
        axis = number(keyword.value)
        if keyword.arg != "axis" or axis is None:
            continue
        changed = [*rest]
        changed[at] = ast.keyword("axis", ast.Constant(0 if axis else 1))
        yield wrong, _reduction(last, summed, changed, module), text
        yield wrong, _reduction(last, summed, [], module), text
        if not kept:
            more = [*rest, ast.keyword("keepdims", ast.Constant(True))]
            kinds = (Kind.WRONG_SHAPE, Kind.WRONG_REDUCTION)
            yield kinds, _reduction(last, summed, more, module), text


def _reduction(name: str, summed: ast.expr, rest: list[ast.keyword], module: bool) -> ast.expr:
    if module:
        return ast.Call(parse(f"np.{name}"), [summed], rest)
    return ast.Call(ast.Attribute(summed, name, ast.Load()), [], rest)


def of_branches(node: ast.Call) -> Iterator[Change]:
    """Slips at np.where.

    Where one branch alone stands, the choice is what is missing: np.where(c, 0, b) is b with the
    factor 1 - c, and np.where(c, a, b) is b with the term (a - b) where c holds.
    """
    condition, a, b = node.args
    text = ast.unparse(node)
    yield (Kind.WRONG_MASK,), ast.Call(node.func, [condition, b, a], []), text
    alone = (Kind.WRONG_MASK, Kind.MISSING_FACTOR, Kind.MISSING_PATH)
    if not isinstance(b, ast.Call):
        yield alone, a, text
    if number(b) is None and not isinstance(b, ast.Call):
        yield (*alone, Kind.EXTRA_FACTOR), b, text
        nothing = ast.Call(node.func, [condition, a, ast.Constant(0)], [])
        kinds = (Kind.WRONG_MASK, Kind.MISSING_PATH, Kind.OTHER_FUNCTION, Kind.WRONG_FUNCTION)
        yield kinds, nothing, ast.unparse(b)
    if ast.unparse(a) in UPSTREAM:
        one = ast.Call(node.func, [condition, ast.Constant(1), b], [])
        yield (Kind.MISSING_FACTOR, Kind.WRONG_MASK), one, ast.unparse(a)

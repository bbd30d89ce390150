"""Repairs of sums, means and matrix products: another axis, a transpose, what is summed."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from gradproof.diagnosis.quantities.terms import (
    Term,
    apply,
    combined,
    entry,
    infix,
    level_of,
    number,
)
from gradproof.diagnosis.search.repair import Repair, Words, of_function
from gradproof.diagnosis.slips.slip_family import EntryFamily
from gradproof.diagnosis.source.rewrites import operand_text, swapped, whole_text, without
from gradproof.diagnosis.tape.author_words import Naming
from gradproof.diagnosis.tape.points import Scene
from gradproof.diagnosis.tape.tape import Op, Ref, Tape, evaluate
from gradproof.diagnosis.weights import weight
from gradproof.slip_kinds import Kind

_REDUCTIONS = ("sum", "mean", "max", "min", "prod", "var", "std")


class MovedSums(EntryFamily):
    """The sum of a product for the product of a sum, and the reverse.

    Looks at products with a sum, and sums of products. In their place: the sum taken before or
    after. Says what is summed.
    """

    order = 130

    def repairs(self, scene: Scene, index: int, op: Op) -> Iterator[Repair]:
        tape = scene.first.tape
        if op.name == "multiply":
            for k, operand in enumerate(op.args):
                made = tape.ops[operand.index] if isinstance(operand, Ref) else None
                if made is not None and made.name in ("sum", "mean"):
                    yield _moved(index, op, k, made)
        if op.name in ("sum", "mean") and isinstance(op.args[0], Ref):
            product = tape.ops[op.args[0].index]
            if product.name == "multiply" and all(isinstance(a, Ref) for a in product.args):
                for k in (0, 1):
                    yield _pulled(index, op, product, k)


def _moved(index: int, op: Op, k: int, made: Op) -> Repair:
    inner, other = made.args[0], op.args[1 - k]

    def changes(tape: Tape) -> dict[int, Any]:
        factor = tape.value(other.index) if isinstance(other, Ref) else other
        product = tape.value(inner.index) * factor
        return {index: evaluate(made.name, (product,), made.kwargs)}

    def words(naming: Naming) -> Words:
        one, two = naming.operand(made, 0), naming.operand(op, 1 - k)
        product = infix("multiply", [(level_of(one), one), (level_of(two), two)])
        text = combined(made.name, [product or (9, "")], made.kwargs)[1]
        return Words(whole_text(index)(naming), text, naming.operand(op, k))

    return Repair(Kind.WRONG_REDUCTION, weight("moved sums: moved"), index, (), changes, words)


def _pulled(index: int, op: Op, product: Op, k: int) -> Repair:
    def changes(tape: Tape) -> dict[int, Any]:
        inside, outside = (tape.value(product.args[j].index) for j in (k, 1 - k))
        return {index: evaluate(op.name, (inside,), op.kwargs) * outside}

    def words(naming: Naming) -> Words:
        inside, outside = naming.operand(product, k), naming.operand(product, 1 - k)
        reduced = combined(op.name, [(level_of(inside), inside)], op.kwargs)
        text = infix("multiply", [reduced, (level_of(outside), outside)])
        return Words(whole_text(index)(naming), (text or (9, ""))[1], whole_text(index)(naming))

    return Repair(
        Kind.WRONG_REDUCTION, weight("moved sums: of one factor"), index, (), changes, words
    )


class MatrixProducts(EntryFamily):
    """A matrix product with a transpose too few or too many, or with its factors swapped.

    Looks at matrix products and transposes. In their place: the factors swapped or transposed, the
    product of elements, other orders of axes. Says what to transpose.
    """

    order = 60

    def repairs(self, scene: Scene, index: int, op: Op) -> Iterator[Repair]:
        if op.name == "matmul":
            yield of_function(index, "matmul", lambda o: (o.args[1], o.args[0]), {},
                              Kind.TRANSPOSED, weight("matrix products: swapped"),
                              whole_text(index))  # fmt: skip
            yield swapped(
                index, op, "multiply", Kind.ELEMENTWISE, weight("matrix products: elementwise")
            )
            if all(np.ndim(scene.first.tape.value(a.index)) == 1 for a in op.args):
                yield swapped(
                    index, op, "outer", Kind.ELEMENTWISE, weight("matrix products: elementwise")
                )
            for ks in ((0,), (1,), (0, 1)):
                yield from _transposed(scene, index, op, ks)
        if op.name in ("transpose", "swapaxes") and len(op.args) >= 1:
            yield without(index, op, Kind.TRANSPOSED, weight("matrix products: no transpose"))
            yield from _orders(scene, index, op)


def _orders(scene: Scene, index: int, op: Op) -> Iterator[Repair]:
    """Yield other orders of the axes."""
    ndim = np.ndim(scene.first.tape.value(index))
    if op.name != "transpose" or len(op.args) < 2 or not 2 < ndim <= 4:
        return
    for order in itertools.permutations(range(ndim)):
        if order != tuple(op.args[1] or ()):
            yield of_function(index, "transpose", partial(_ordered, order), {}, Kind.TRANSPOSED,
                              weight("matrix products: another order of axes"), whole_text(index),
                              partial(_order_text, op, order))  # fmt: skip


class MissingAxisOrders(EntryFamily):
    """The axes not put in order before a reshape.

    Looks at reshapes. In their place: a transpose before it, as forward has one or the other way
    round. Says which order is missing.
    """

    order = 140

    def repairs(self, scene: Scene, index: int, op: Op) -> Iterator[Repair]:
        tape = scene.first.tape
        operand = op.args[0] if op.name == "reshape" else None
        if not isinstance(operand, Ref) or np.ndim(tape.value(operand.index)) < 3:
            return
        known = {tuple(o.args[1]) for o in tape.ops if o.name == "transpose" and len(o.args) > 1}
        orders = known | {tuple(int(k) for k in np.argsort(order)) for order in known}
        for order in sorted(
            each for each in orders if len(each) == np.ndim(tape.value(operand.index))
        ):
            yield _put_in_order(index, op, order)


def _put_in_order(index: int, op: Op, order: tuple[int, ...]) -> Repair:
    def changes(tape: Tape) -> dict[int, Any]:
        own = tape.ops[index]
        value = np.transpose(tape.value(own.args[0].index), order)
        return {index: evaluate("reshape", (value, *own.args[1:]), own.kwargs)}

    def words(naming: Naming) -> Words:
        return Words(naming.operand(op, 0), _order_text(op, order, naming), naming.operand(op, 0))

    return Repair(Kind.TRANSPOSED, weight("missing axis orders: put in order"), index,
                  ((index, 0),), changes, words)  # fmt: skip


def _ordered(order: tuple[int, ...], op: Op) -> tuple[Any, ...]:
    return op.args[0], order


def _order_text(op: Op, order: tuple[int, ...], naming: Naming) -> str:
    inner = naming.operand(op, 0)
    first = inner if level_of(inner) == 9 else f"({inner})"
    return f"{first}.transpose({', '.join(map(str, order))})"


def _transposed(scene: Scene, index: int, op: Op, ks: tuple[int, ...]) -> Iterator[Repair]:
    values = [scene.first.tape.value(a.index) for a in op.args if isinstance(a, Ref)]
    if len(values) < 2 or any(v.ndim < 2 for v in values):
        return
    parts = [
        apply("swapaxes", entry(a.index), number(-1), number(-2)) if k in ks else entry(a.index)
        for k, a in enumerate(op.args)
    ]
    for order in ((0, 1), (1, 0)):
        if (order == (0, 1) and len(ks) == 1) or order == (1, 0):
            yield _matmul(index, op, [parts[k] for k in order], order, ks)


def _matmul(index: int, op: Op, parts: list[Term], order: tuple[int, ...], ks: tuple[int, ...]
            ) -> Repair:  # fmt: skip
    def changes(tape: Tape) -> dict[int, Any]:
        a, b = (tape.value(op.args[k].index) for k in (0, 1))
        both = [np.swapaxes(v, -1, -2) if k in ks else v for k, v in enumerate((a, b))]
        return {index: both[order[0]] @ both[order[1]]}

    def new(naming: Naming) -> str:
        texts = [naming.operand(op, k) for k in order]
        shown = [_flip(t) if k in ks else _closed(t) for k, t in zip(order, texts)]
        return " @ ".join(shown)

    def about(naming: Naming) -> str:
        return naming.operand(op, ks[0]) if len(ks) == 1 else whole_text(index)(naming)

    return Repair(
        Kind.TRANSPOSED,
        weight("matrix products: a transpose")
        + weight("matrix products: more, for two transposes") * (len(ks) - 1)
        + weight("matrix products: more, swapped as well") * (order == (1, 0)),
        index,
        (),
        changes,
        lambda n: Words(whole_text(index)(n), new(n), about(n)),
    )


def _closed(text: str) -> str:
    return text if level_of(text) >= 2 else f"({text})"


def _flip(text: str) -> str:
    if text.endswith(".T"):
        return text[:-2]
    return f"{text}.T" if level_of(text) == 9 else f"({text}).T"


class Reductions(EntryFamily):
    """A sum or mean over another axis, a mean for a sum, a reduction that does not belong.

    Looks at reductions. In their place: the other one, every axis with and without keepdims, none
    at all. Says which axis or which reduction is meant.
    """

    order = 70

    def repairs(self, scene: Scene, index: int, op: Op) -> Iterator[Repair]:
        if op.name not in _REDUCTIONS:
            return
        whole = whole_text(index)
        if op.name in ("sum", "mean"):
            other = "mean" if op.name == "sum" else "sum"
            kind = Kind.SUM_FOR_MEAN if op.name == "sum" else Kind.MEAN_FOR_SUM
            tape = scene.first.tape
            means = any(each.name == "mean" for each in tape.ops[tape.start :])  # the author's way
            cost = (
                weight("reductions: sum for mean")
                if op.name == "mean"
                else weight("reductions: mean for sum, the author's way")
                if means
                else weight("reductions: mean for sum")
            )
            yield of_function(index, other, lambda o: o.args, op.kwargs, kind, cost, whole)
        if not isinstance(op.args[0], Ref):
            return
        value = scene.first.tape.value(op.args[0].index)
        yield of_function(index, "positive", lambda o: o.args, {}, Kind.WRONG_REDUCTION,
                          weight("reductions: none"), whole, operand_text(op, 0))  # fmt: skip
        for axis in (None, *range(value.ndim), *_pairs(value.ndim)):
            for keepdims in (False, True):
                for name in dict.fromkeys((op.name, "sum")):
                    kwargs = {"axis": axis} | ({"keepdims": True} if keepdims else {})
                    given = {"axis": op.kwargs.get("axis")} | (
                        {"keepdims": True} if op.kwargs.get("keepdims") else {}
                    )
                    if kwargs == given and name == op.name:
                        continue
                    same = bool(op.kwargs.get("keepdims")) == keepdims
                    shape_only = _axes(op.kwargs.get("axis"), value.ndim) == _axes(axis, value.ndim)
                    kind = Kind.WRONG_SHAPE if shape_only and name == op.name else Kind.WRONG_AXIS
                    cost = (
                        weight("reductions: another axis")
                        + (
                            weight("reductions: more, keepdims the same")
                            if same
                            else weight("reductions: more, keepdims as well")
                        )
                        + weight("reductions: more, another one") * (name != op.name)
                    )
                    yield of_function(index, name, lambda o: o.args, kwargs, kind, cost, whole)


class OtherAxes(EntryFamily):
    """softmax(x, axis=0) for softmax(x, axis=1).

    Looks at functions along an axis that are no reductions. In their place: the same along every
    other axis. Says which axis is meant.
    """

    order = 75

    def repairs(self, scene: Scene, index: int, op: Op) -> Iterator[Repair]:
        axis = op.kwargs.get("axis")
        if op.name in _REDUCTIONS or type(axis) is not int or type(op.args[0]) is not Ref:
            return
        ndim = np.ndim(scene.first.tape.value(op.args[0].index))
        for other in set(range(ndim)) - {axis % max(ndim, 1)}:
            yield of_function(index, op.name, lambda o: o.args, op.kwargs | {"axis": other},
                              Kind.WRONG_AXIS, weight("other axes: another"), whole_text(index),
                              partial(_along, index, other))  # fmt: skip


def _along(index: int, axis: int, naming: Naming) -> str:
    """The author's call, with another axis."""
    text = whole_text(index)(naming)
    try:
        call = ast.parse(text, mode="eval").body
    except SyntaxError:  # words that are no code
        return text
    for option in call.keywords if isinstance(call, ast.Call) else ():
        if option.arg == "axis":
            option.value = ast.Constant(axis)
    return ast.unparse(call)


def _axes(axis: Any, ndim: int) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(ndim))
    return tuple(sorted(k % ndim for k in (axis if isinstance(axis, tuple) else (axis,))))


def _pairs(ndim: int) -> list[tuple[int, ...]]:
    return [tuple(k for k in range(ndim) if k != left) for left in range(ndim)] if ndim > 2 else []

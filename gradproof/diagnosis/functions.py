"""Repairs of one function call: another operator, number, comparison, axis, branch or operand."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gradproof.diagnosis.kinds import Kind
from gradproof.diagnosis.naming import Naming
from gradproof.diagnosis.points import Scene
from gradproof.diagnosis.pool import pool_of
from gradproof.diagnosis.repair import Repair, Words, in_slots, of_function
from gradproof.diagnosis.tape import Op, Ref, Tape, evaluate
from gradproof.diagnosis.terms import Term, apply, combined, entry, infix, level_of, number

_COMPARISONS = ("greater", "less", "greater_equal", "less_equal", "equal", "not_equal")
_FAMILIES: tuple[tuple[str, ...], ...] = (
    ("sin", "cos", "tan"), ("sinh", "cosh", "tanh"), ("exp", "expm1", "exp2"),
    ("log", "log1p", "log2", "log10"), ("sqrt", "square", "reciprocal"), ("abs", "sign"),
    ("maximum", "minimum"), ("max", "min"), ("argmax", "argmin"), ("arctan", "tanh"),
    ("var", "std"),
)  # fmt: skip
_REDUCTIONS = ("sum", "mean", "max", "min", "prod", "var", "std")


def function_repairs(scene: Scene, index: int) -> Iterator[Repair]:
    """Yield the changes of one entry that people make by mistake, undone."""
    op = scene.first.tape.ops[index]
    for rule in (_arithmetic, _powers, _comparisons, _branches, _products, _reductions, _families,
                 _numbers, _masked, _squares, _moved_sums):  # fmt: skip
        yield from rule(scene, index, op)


def _operand(op: Op, k: int) -> Callable[[Naming], str]:
    return lambda naming: naming.operand(op, k)


def _swap(index: int, op: Op, name: str, kind: Kind, cost: float, about: int = 1) -> Repair:
    return of_function(index, name, lambda o: o.args, {}, kind, cost, _operand(op, about))


def _drop(index: int, op: Op, keep: int, kind: Kind, cost: float) -> Repair:
    """Return one operand in place of the result."""
    return of_function(index, "positive", lambda o: (o.args[keep],), {}, kind, cost,
                       _operand(op, 1 - keep), _operand(op, keep))  # fmt: skip


def _arithmetic(scene: Scene, index: int, op: Op) -> Iterator[Repair]:
    if op.name in ("add", "subtract"):
        other = "subtract" if op.name == "add" else "add"
        yield _swap(index, op, other, Kind.WRONG_SIGN, 1.0)
        yield of_function(index, "subtract", lambda o: (o.args[1], o.args[0]), {}, Kind.WRONG_SIGN,
                          1.1, _operand(op, 0))  # fmt: skip
        yield _drop(index, op, 0, Kind.DOUBLED_PATH, 1.1)
        if op.name == "add":
            yield _drop(index, op, 1, Kind.DOUBLED_PATH, 1.1)
        yield _swap(index, op, "multiply", Kind.WRONG_OPERATOR, 1.15)
        yield _swap(index, op, "divide", Kind.WRONG_OPERATOR, 1.6)
    if op.name in ("multiply", "divide"):
        other = "divide" if op.name == "multiply" else "multiply"
        yield _swap(index, op, other, Kind.INVERTED_FACTOR, 1.0)
        for keep in (0, 1) if op.name == "multiply" else (0,):
            if isinstance(op.args[keep], Ref):
                dropped = op.args[1 - keep]
                plain = not isinstance(dropped, Ref) and is_literal(scene, index, 1 - keep)
                kind = Kind.WRONG_FACTOR if plain else Kind.EXTRA_FACTOR
                yield _drop(index, op, keep, kind, 1.0)
        for name in ("add", "subtract"):
            yield _swap(index, op, name, Kind.WRONG_OPERATOR, 1.4)
        if op.name == "divide":
            yield of_function(index, "divide", lambda o: (o.args[1], o.args[0]), {},
                              Kind.INVERTED_FACTOR, 1.2, _operand(op, 0))  # fmt: skip
    if op.name in ("multiply", "divide") and all(isinstance(a, Ref) for a in op.args):
        yield _swap(index, op, "matmul", Kind.ELEMENTWISE, 1.2)


def _powers(scene: Scene, index: int, op: Op) -> Iterator[Repair]:
    if op.name == "power" and not isinstance(op.args[1], Ref):
        yield _drop(index, op, 0, Kind.WRONG_EXPONENT, 1.05)
        for value in (2, 3, 0.5, -0.5, -1, -1.5, -2, 1.5, -3, -2.5, 4):
            if value != op.args[1]:
                shown = number(value)
                yield _exponent(index, op, shown.value)
        if isinstance(op.args[1], (int, float)):
            negated = -op.args[1]
            yield _exponent(index, op, negated)
    if op.name in ("square", "sqrt"):
        yield _drop_function(index, op, Kind.WRONG_EXPONENT, 1.05)
        yield _exponent(index, Op("power", (op.args[0], 2), {}, None), -0.5)


def _squares(scene: Scene, index: int, op: Op) -> Iterator[Repair]:
    """Yield a square for a double and a double for a square."""
    factors = [a for a in op.args if not isinstance(a, Ref)]
    if op.name == "multiply" and 2 in factors and np.asarray(op.value).max(initial=0) > 2:
        k = 0 if isinstance(op.args[0], Ref) else 1
        yield of_function(index, "power", lambda o: (o.args[k], 2), {}, Kind.WRONG_EXPONENT, 1.1,
                          _operand(op, k))  # fmt: skip
    if op.name == "power" and not isinstance(op.args[1], Ref) and op.args[1] == 2:
        yield of_function(index, "multiply", lambda o: (2, o.args[0]), {}, Kind.WRONG_FUNCTION, 1.3,
                          _whole(index))  # fmt: skip


def _moved_sums(scene: Scene, index: int, op: Op) -> Iterator[Repair]:
    """Yield the sum of a product for the product of a sum, and the reverse."""
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
        return Words(_whole(index)(naming), text, naming.operand(op, k))

    return Repair(Kind.WRONG_REDUCTION, 1.2, index, (), changes, words)


def _pulled(index: int, op: Op, product: Op, k: int) -> Repair:
    def changes(tape: Tape) -> dict[int, Any]:
        inside, outside = (tape.value(product.args[j].index) for j in (k, 1 - k))
        return {index: evaluate(op.name, (inside,), op.kwargs) * outside}

    def words(naming: Naming) -> Words:
        inside, outside = naming.operand(product, k), naming.operand(product, 1 - k)
        reduced = combined(op.name, [(level_of(inside), inside)], op.kwargs)
        text = infix("multiply", [reduced, (level_of(outside), outside)])
        return Words(_whole(index)(naming), (text or (9, ""))[1], _whole(index)(naming))

    return Repair(Kind.WRONG_REDUCTION, 1.35, index, (), changes, words)


def _exponent(index: int, op: Op, value: float) -> Repair:
    value = int(value) if float(value).is_integer() else value
    return of_function(
        index, "power", lambda o: (o.args[0], value), {}, Kind.WRONG_EXPONENT, 1.0,
        lambda naming: naming.operand(naming.tape.ops[index], 0),
    )  # fmt: skip


def _drop_function(index: int, op: Op, kind: Kind, cost: float) -> Repair:
    return of_function(index, "positive", lambda o: (o.args[0],), {}, kind, cost,
                       lambda naming: naming.source(op) or naming.composed(op),
                       _operand(op, 0))  # fmt: skip


def _comparisons(scene: Scene, index: int, op: Op) -> Iterator[Repair]:
    if op.name not in _COMPARISONS:
        return
    whole = _whole(index)
    for other in _COMPARISONS:
        if other != op.name:
            cost = 1.7 if other in ("equal", "not_equal") else 1.0
            yield of_function(index, other, lambda o: o.args, {}, Kind.WRONG_MASK, cost, whole)
    for k, operand in enumerate(op.args):
        if isinstance(operand, Ref):
            continue
        for value in (0, 1, -1, 0.5, *scene.numbers.parameters.values()):
            if value != operand:
                cost = 1.1 if value == 0 else 1.4
                yield of_function(index, op.name, _putting(k, value), {}, Kind.WRONG_MASK, cost,
                                  whole)  # fmt: skip


def _whole(index: int) -> Callable[[Naming], str]:
    def text(naming: Naming) -> str:
        op = naming.tape.ops[index]
        return naming.source(op) or naming.composed(op)

    return text


def _putting(k: int, value: Any) -> Callable[[Op], tuple[Any, ...]]:
    return lambda op: tuple(value if j == k else a for j, a in enumerate(op.args))


def _branches(scene: Scene, index: int, op: Op) -> Iterator[Repair]:
    if op.name != "where" or len(op.args) != 3:
        return
    whole = _whole(index)
    yield of_function(index, "where", lambda o: (o.args[0], o.args[2], o.args[1]), {},
                      Kind.WRONG_MASK, 1.0, whole)  # fmt: skip
    for k in (1, 2):
        for value in (0, 1):
            if isinstance(op.args[k], Ref) or op.args[k] != value:
                yield of_function(index, "where", _putting(k, value), {}, Kind.WRONG_MASK, 1.4,
                                  _operand(op, k))  # fmt: skip


def _masked(scene: Scene, index: int, op: Op) -> Iterator[Repair]:
    """Yield what people mean by ``dx[mask] = value``: its product, or the other elements."""
    if op.name == "setitem":
        yield of_function(index, "positive", lambda o: (o.args[0],), {}, Kind.WRONG_MASK, 1.3,
                          lambda naming: naming.text(index))  # fmt: skip
        key = op.args[1]
        if isinstance(key, Ref) and scene.first.tape.value(key.index).dtype.kind == "b":
            inverse = apply("logical_not", entry(key.index))
            yield in_slots(((index, 1),), inverse, Kind.WRONG_MASK, 1.0, _operand(op, 1))
            if isinstance(op.args[2], (int, float)):
                yield _times_mask(index, op)


def _times_mask(index: int, op: Op) -> Repair:
    def changes(tape: Tape) -> dict[int, Any]:
        here = tape.ops[index]
        base, mask = (tape.value(here.args[k].index) for k in (0, 1))
        return {index: np.where(mask, base * here.args[2], base)}

    def words(naming: Naming) -> Words:
        target, mask = naming.text(index), naming.operand(op, 1)
        value = naming.scalar(op.args[2])
        return Words(f"{target}[{mask}] = {value}", f"{target}[{mask}] *= {value}", target)

    return Repair(Kind.WRONG_MASK, 1.1, index, (), changes, words)


def _products(scene: Scene, index: int, op: Op) -> Iterator[Repair]:
    if op.name == "matmul":
        yield of_function(index, "matmul", lambda o: (o.args[1], o.args[0]), {}, Kind.TRANSPOSED,
                          1.1, _whole(index))  # fmt: skip
        yield _swap(index, op, "multiply", Kind.ELEMENTWISE, 1.2)
        for ks in ((0,), (1,), (0, 1)):
            yield from _transposed(scene, index, op, ks)
    if op.name in ("transpose", "swapaxes") and len(op.args) >= 1:
        yield _drop_function(index, op, Kind.TRANSPOSED, 1.0)


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
        return naming.operand(op, ks[0]) if len(ks) == 1 else _whole(index)(naming)

    return Repair(Kind.TRANSPOSED, 1.0 + 0.1 * (len(ks) - 1) + 0.1 * (order == (1, 0)), index, (),
                  changes, lambda n: Words(_whole(index)(n), new(n), about(n)))  # fmt: skip


def _closed(text: str) -> str:
    return text if level_of(text) >= 2 else f"({text})"


def _flip(text: str) -> str:
    if text.endswith(".T"):
        return text[:-2]
    return f"{text}.T" if level_of(text) == 9 else f"({text}).T"


def _reductions(scene: Scene, index: int, op: Op) -> Iterator[Repair]:
    if op.name not in _REDUCTIONS:
        return
    whole = _whole(index)
    if op.name in ("sum", "mean"):
        other = "mean" if op.name == "sum" else "sum"
        kind = Kind.SUM_FOR_MEAN if op.name == "sum" else Kind.MEAN_FOR_SUM
        cost = 1.0 if op.name == "mean" else 1.3
        yield of_function(index, other, lambda o: o.args, op.kwargs, kind, cost, whole)
    if not isinstance(op.args[0], Ref):
        return
    value = scene.first.tape.value(op.args[0].index)
    yield of_function(index, "positive", lambda o: o.args, {}, Kind.WRONG_REDUCTION, 1.2, whole,
                      _operand(op, 0))  # fmt: skip
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
                cost = 1.0 + (0.0 if same else 0.1) + 0.4 * (name != op.name)
                yield of_function(index, name, lambda o: o.args, kwargs, kind, cost, whole)


def _axes(axis: Any, ndim: int) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(ndim))
    return tuple(sorted(k % ndim for k in (axis if isinstance(axis, tuple) else (axis,))))


def _pairs(ndim: int) -> list[tuple[int, ...]]:
    return [tuple(k for k in range(ndim) if k != left) for left in range(ndim)] if ndim > 2 else []


def _families(scene: Scene, index: int, op: Op) -> Iterator[Repair]:
    for family in _FAMILIES:
        if op.name in family:
            for other in family:
                if other != op.name:
                    yield of_function(index, other, lambda o: o.args, op.kwargs,
                                      Kind.WRONG_FUNCTION, 1.2, _whole(index))  # fmt: skip
    if op.name == "negative":
        yield of_function(index, "positive", lambda o: o.args, {}, Kind.WRONG_SIGN, 0.9,
                          _operand(op, 0), _operand(op, 0))  # fmt: skip
    elif len(op.args) == 1 and any(op.name in family for family in _FAMILIES):
        yield _drop_function(index, op, Kind.WRONG_FUNCTION, 1.4)


def _numbers(scene: Scene, index: int, op: Op) -> Iterator[Repair]:
    """Yield other numbers in the place of one that stands in the code."""
    if op.name not in ("add", "subtract", "multiply", "divide", "where", "setitem", "maximum",
                       "minimum", "full_like", "power"):  # fmt: skip
        return
    for k, operand in enumerate(op.args):
        if isinstance(operand, bool) or not isinstance(operand, (int, float)):
            continue
        if op.name == "power" and k == 1:
            continue
        for value, text, unlikely in scene.numbers.candidates():
            if value == operand or (op.name == "divide" and k == 1 and value == 0):
                continue
            yield _other_number(scene, index, op, k, number(value, text), unlikely)
        literal = is_literal(scene, index, k)
        if literal and op.name != "where":
            continue
        kind = Kind.WRONG_MASK if literal else Kind.WRONG_VARIABLE
        for q in pool_of(scene):
            if q.last < index and q.cost < (0.75 if literal else 0.4):
                yield in_slots(((index, k),), q.term, kind, 1.2 + 0.1 * (not literal) + q.cost,
                               _operand(op, k))  # fmt: skip


def _other_number(scene: Scene, index: int, op: Op, k: int, new: Term, unlikely: float) -> Repair:
    old = float(op.args[k])
    factor = op.name in ("multiply", "divide")
    if new.value == -old:
        kind, cost = Kind.WRONG_SIGN, 0.95
    elif factor and is_literal(scene, index, k) and _simple(old):
        kind, cost = Kind.WRONG_FACTOR, 1.0
    else:
        kind, cost = Kind.WRONG_CONSTANT, 1.05
        node = scene.naming.operand_node(scene.first.tape.ops[index], k)
        if isinstance(node, ast.BinOp) and not any(isinstance(n, ast.Constant) and n.value == 1
                                                   for n in ast.walk(node)):  # fmt: skip
            cost += 0.3
    if new.value in (0.0, 1.0, -1.0) and factor:
        cost += 0.3 + 0.3 * (new.value != 1.0)
    return in_slots(((index, k),), new, kind, cost + unlikely, _operand(op, k))


def is_literal(scene: Scene, index: int, k: int) -> bool:
    """Whether an operand is a number written in the code, not a name or an expression."""
    node = scene.naming.operand_node(scene.first.tape.ops[index], k)
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    return node is None or isinstance(node, ast.Constant)


def _simple(value: float) -> bool:
    return float(value * 12).is_integer() and abs(value) <= 12

"""Repairs of one function call: another operator, exponent or function, or an operand alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from gradproof.diagnosis.quantities.terms import (
    Term,
    apply,
    entry,
    infix,
    level_of,
    number,
    written,
)
from gradproof.diagnosis.search.repair import Repair, Words, of_function
from gradproof.diagnosis.slips.branches import bounds, branches, comparisons, masked
from gradproof.diagnosis.slips.constants import is_literal, numbers
from gradproof.diagnosis.slips.reduction_slips import (
    missing_orders,
    moved_sums,
    products,
    reductions,
)
from gradproof.diagnosis.source.rewrites import only, operand_text, swapped, whole_text, without
from gradproof.diagnosis.tape.author_words import Naming
from gradproof.diagnosis.tape.points import Scene
from gradproof.diagnosis.tape.tape import Op, Ref, Tape, evaluate, rerun
from gradproof.ops import elementwise, find, relatives_of
from gradproof.slip_kinds import Kind


def function_repairs(scene: Scene, index: int) -> Iterator[Repair]:
    """Yield the changes of one entry that people make by mistake, undone."""
    op = scene.first.tape.ops[index]
    for rule in (_arithmetic, _powers, comparisons, branches, bounds, products, reductions,
                 _families, numbers, masked, _misplaced, _squares, moved_sums,
                 missing_orders, _outside):  # fmt: skip
        yield from rule(scene, index, op)


def _arithmetic(scene: Scene, index: int, op: Op) -> Iterator[Repair]:
    if op.name in ("add", "subtract"):
        other = "subtract" if op.name == "add" else "add"
        yield swapped(index, op, other, Kind.WRONG_SIGN, 1.0)
        yield of_function(index, "subtract", lambda o: (o.args[1], o.args[0]), {}, Kind.WRONG_SIGN,
                          1.1, operand_text(op, 0))  # fmt: skip
        yield only(index, op, 0, Kind.DOUBLED_PATH, 1.1)
        if op.name == "subtract" and not isinstance(op.args[0], Ref) and op.args[0] == 1:
            marks = np.isin(scene.first.tape.value(op.args[1].index), (0, 1)).all()
            yield only(index, op, 1, Kind.WRONG_MASK if marks else Kind.WRONG_FUNCTION, 1.05)
        if op.name == "add":
            yield only(index, op, 1, Kind.DOUBLED_PATH, 1.1)
        yield swapped(index, op, "multiply", Kind.WRONG_OPERATOR, 1.15)
        yield swapped(index, op, "divide", Kind.WRONG_OPERATOR, 1.6)
    if op.name in ("multiply", "divide"):
        other = "divide" if op.name == "multiply" else "multiply"
        yield swapped(index, op, other, Kind.INVERTED_FACTOR, 1.0)
        for keep in (0, 1) if op.name == "multiply" else (0,):
            if isinstance(op.args[keep], Ref) or isinstance(op.args[1 - keep], Ref):
                dropped = op.args[1 - keep]
                plain = not isinstance(dropped, Ref) and is_literal(scene, index, 1 - keep)
                kind = Kind.WRONG_FACTOR if plain else Kind.EXTRA_FACTOR
                yield only(index, op, keep, kind, 1.0)
        for name in ("add", "subtract"):
            yield swapped(index, op, name, Kind.WRONG_OPERATOR, 1.4)
        if op.name == "divide":
            yield of_function(index, "divide", lambda o: (o.args[1], o.args[0]), {},
                              Kind.INVERTED_FACTOR, 1.2, operand_text(op, 0))  # fmt: skip
    if op.name in ("multiply", "divide") and all(isinstance(a, Ref) for a in op.args):
        yield swapped(index, op, "matmul", Kind.ELEMENTWISE, 1.2)
        yield swapped(index, op, "outer", Kind.ELEMENTWISE, 1.3)
    if op.name == "outer":
        yield swapped(index, op, "multiply", Kind.ELEMENTWISE, 1.2)


def _powers(scene: Scene, index: int, op: Op) -> Iterator[Repair]:
    if op.name == "power" and not isinstance(op.args[1], Ref):
        yield only(index, op, 0, Kind.WRONG_EXPONENT, 1.05)
        for value in (2, 3, 0.5, -0.5, -1, -1.5, -2, 1.5, -3, -2.5, 4):
            if value != op.args[1]:
                shown = number(value)
                yield _exponent(index, op, shown.value)
        if isinstance(op.args[1], (int, float)):
            negated = -op.args[1]
            yield _exponent(index, op, negated)
    if op.name in ("square", "sqrt"):
        yield without(index, op, Kind.WRONG_EXPONENT, 1.05)
        yield _exponent(index, Op("power", (op.args[0], 2), {}, None), -0.5)


def _misplaced(scene: Scene, index: int, op: Op) -> Iterator[Repair]:
    """Yield 1 - y**2 for (1 - y)**2, and the reverse."""
    tape = scene.first.tape
    made = [tape.ops[a.index] if isinstance(a, Ref) else None for a in op.args]
    if op.name == "power" and made[0] is not None and made[0].name in ("add", "subtract"):
        a, b = made[0].args
        term = apply(made[0].name, _term(a), apply("power", _term(b), _term(op.args[1])))
        yield _instead(index, term)
    if op.name in ("add", "subtract") and made[1] is not None and made[1].name == "power":
        base, exponent = made[1].args
        term = apply("power", apply(op.name, _term(op.args[0]), _term(base)), _term(exponent))
        yield _instead(index, term)


def _outside(scene: Scene, index: int, op: Op) -> Iterator[Repair]:
    """Yield a / sqrt(v + eps) for a / sqrt(v) + eps: a constant that stands outside a function."""
    tape, own = scene.first.tape, op.args[0] if op.name in ("add", "subtract") else None
    if not isinstance(own, Ref) or isinstance(op.args[1], Ref):
        return
    for inner in sorted(_same_statement(tape, own.index)):
        made = tape.ops[inner]
        if _takes(made.name) and isinstance(made.args[0], Ref):
            yield _moved_inside(index, op, own.index, inner)


def _takes(name: str) -> bool:
    """Whether it is a function in which a constant may stand: a root, a power, a logarithm."""
    record = elementwise(name)
    return name == "power" or (record is not None and record.arity == 1 and record.common)


def _same_statement(tape: Tape, index: int) -> set[int]:
    """Return what an entry is made of in its own statement, itself included."""
    site, found, pending = tape.ops[index].site, {index}, [index]
    while pending and site is not None and index > tape.start:
        for k in tape.uses[pending.pop()]:
            here = tape.ops[k].site
            if k > tape.start and here is not None and here.line == site.line and k not in found:
                found.add(k)
                pending.append(k)
    return found


def _moved_inside(index: int, op: Op, whole: int, inner: int) -> Repair:
    def changes(tape: Tape) -> dict[int, Any]:
        made = tape.ops[inner]
        moved = evaluate(op.name, (tape.value(made.args[0].index), op.args[1]), {})
        value = evaluate(made.name, (moved, *made.args[1:]), made.kwargs)
        return {index: value if inner == whole else rerun(tape, {inner: value}, [whole])[0]}

    def words(naming: Naming) -> Words:
        made, old = naming.tape.ops[inner], naming.operand(op, 0)
        argument, constant = naming.operand(made, 0), naming.operand(op, 1)
        inside = infix(op.name, [(level_of(argument), argument), (level_of(constant), constant)])
        shown, text = whole_text(inner)(naming), (inside or (9, ""))[1]
        new = old.replace(shown, shown.replace(argument, text, 1), 1)
        return Words(whole_text(index)(naming), new, constant)

    return Repair(Kind.WRONG_CONSTANT, 1.1, index, (), changes, words)


def _term(operand: Any) -> Term:
    return entry(operand.index) if isinstance(operand, Ref) else number(operand)


def _instead(index: int, term: Term) -> Repair:
    def words(naming: Naming) -> Words:
        old = whole_text(index)(naming)
        return Words(old, written(term, naming.text), old)

    return Repair(Kind.WRONG_EXPONENT, 1.1, index, (), lambda tape: {index: term.at(tape)}, words)


def _squares(scene: Scene, index: int, op: Op) -> Iterator[Repair]:
    """Yield a square for a double and a double for a square."""
    factors = [a for a in op.args if not isinstance(a, Ref)]
    if op.name == "multiply" and 2 in factors and _is_float(scene, op):
        k = 0 if isinstance(op.args[0], Ref) else 1
        yield of_function(index, "power", lambda o: (o.args[k], 2), {}, Kind.WRONG_EXPONENT, 1.1,
                          operand_text(op, k))  # fmt: skip
    if op.name == "power" and not isinstance(op.args[1], Ref) and op.args[1] == 2:
        yield of_function(index, "multiply", lambda o: (2, o.args[0]), {}, Kind.WRONG_FUNCTION, 1.3,
                          whole_text(index))  # fmt: skip


def _exponent(index: int, op: Op, value: float) -> Repair:
    value = int(value) if float(value).is_integer() else value
    turned = isinstance(value, int) and value < 0 < op.args[1]  # rather * r**2 for / r**2
    return of_function(
        index, "power", lambda o: (o.args[0], value), {}, Kind.WRONG_EXPONENT, 1.0 + 0.15 * turned,
        lambda naming: naming.operand(naming.tape.ops[index], 0),
    )  # fmt: skip


def _families(scene: Scene, index: int, op: Op) -> Iterator[Repair]:
    record, relatives = find(op.name), list(relatives_of(op.name))
    for other in relatives:
        cost = 1.5 if other.seldom or (record is not None and record.seldom) else 1.2
        yield of_function(index, other.name, lambda o: o.args, op.kwargs,
                          Kind.WRONG_FUNCTION, cost, whole_text(index))  # fmt: skip
    if op.name == "negative":
        cost = 0.9 + 0.4 * _is_sigmoid(scene.first.tape, index)
        yield of_function(index, "positive", lambda o: o.args, {}, Kind.WRONG_SIGN, cost,
                          operand_text(op, 0), operand_text(op, 0))  # fmt: skip
    elif len(op.args) == 1 and relatives:
        yield without(index, op, Kind.WRONG_FUNCTION, 1.4)


def _is_sigmoid(tape: Tape, index: int) -> bool:
    """Whether -x is that of 1 / (1 + exp(-x)), which people hardly get wrong."""
    for name in ("exp", "add", "divide"):
        index = next((k for k in range(index + 1, len(tape.ops)) if index in tape.uses[k]), -1)
        if index < 0 or tape.ops[index].name != name:
            return False
    return True


def _is_float(scene: Scene, op: Op) -> bool:
    tape = scene.first.tape
    return all(tape.value(a.index).dtype.kind == "f" for a in op.args if isinstance(a, Ref))

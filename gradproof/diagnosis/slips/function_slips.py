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
from gradproof.diagnosis.slips.constants import is_literal
from gradproof.diagnosis.slips.slip_family import EntryFamily
from gradproof.diagnosis.source.rewrites import only, operand_text, swapped, whole_text, without
from gradproof.diagnosis.tape.author_words import Naming
from gradproof.diagnosis.tape.points import Scene
from gradproof.diagnosis.tape.tape import Op, Ref, Tape, evaluate, rerun
from gradproof.diagnosis.weights import weight
from gradproof.ops import elementwise, find, relatives_of
from gradproof.slip_kinds import Kind


class OtherOperators(EntryFamily):
    """+ for -, * for /, an operand too many, * for @.

    Looks at sums, products and quotients. In their place: the other operator, the operands swapped,
    or one operand alone. Says which operator or operand is wrong.
    """

    order = 10

    def repairs(self, scene: Scene, index: int, op: Op) -> Iterator[Repair]:
        if op.name in ("add", "subtract"):
            other = "subtract" if op.name == "add" else "add"
            yield swapped(
                index, op, other, Kind.WRONG_SIGN, weight("other operators: minus for plus")
            )
            yield of_function(index, "subtract", lambda o: (o.args[1], o.args[0]), {},
                              Kind.WRONG_SIGN, weight("other operators: operands of minus swapped"),
                              operand_text(op, 0))  # fmt: skip
            yield only(index, op, 0, Kind.DOUBLED_PATH, weight("other operators: doubled path"))
            if op.name == "subtract" and not isinstance(op.args[0], Ref) and op.args[0] == 1:
                marks = np.isin(scene.first.tape.value(op.args[1].index), (0, 1)).all()
                yield only(index, op, 1, Kind.WRONG_MASK if marks else Kind.WRONG_FUNCTION,
                           weight("other operators: without 1 minus"))  # fmt: skip
            if op.name == "add":
                yield only(index, op, 1, Kind.DOUBLED_PATH, weight("other operators: doubled path"))
            yield swapped(index, op, "multiply", Kind.WRONG_OPERATOR,
                          weight("other operators: times for plus"))  # fmt: skip
            yield swapped(index, op, "divide", Kind.WRONG_OPERATOR,
                          weight("other operators: divided by for plus"))  # fmt: skip
        if op.name in ("multiply", "divide"):
            other = "divide" if op.name == "multiply" else "multiply"
            yield swapped(index, op, other, Kind.INVERTED_FACTOR,
                          weight("other operators: divided by for times"))  # fmt: skip
            for keep in (0, 1) if op.name == "multiply" else (0,):
                if isinstance(op.args[keep], Ref) or isinstance(op.args[1 - keep], Ref):
                    dropped = op.args[1 - keep]
                    plain = not isinstance(dropped, Ref) and is_literal(scene, index, 1 - keep)
                    kind = Kind.WRONG_FACTOR if plain else Kind.EXTRA_FACTOR
                    yield only(index, op, keep, kind, weight("other operators: a factor too many"))
            for name in ("add", "subtract"):
                yield swapped(
                    index, op, name, Kind.WRONG_OPERATOR, weight("other operators: plus for times")
                )
            if op.name == "divide":
                yield of_function(
                    index, "divide", lambda o: (o.args[1], o.args[0]), {}, Kind.INVERTED_FACTOR,
                    weight("other operators: operands of a quotient swapped"),
                    operand_text(op, 0))  # fmt: skip
        if op.name in ("multiply", "divide") and all(isinstance(a, Ref) for a in op.args):
            yield swapped(
                index, op, "matmul", Kind.ELEMENTWISE, weight("other operators: matrix product")
            )
            yield swapped(
                index, op, "outer", Kind.ELEMENTWISE, weight("other operators: outer product")
            )
        if op.name == "outer":
            yield swapped(
                index, op, "multiply", Kind.ELEMENTWISE, weight("other operators: matrix product")
            )


class Exponents(EntryFamily):
    """Another exponent.

    Looks at powers, squares and roots. In their place: the base with the exponents that people
    write. Says the base whose exponent is wrong.
    """

    order = 20

    def repairs(self, scene: Scene, index: int, op: Op) -> Iterator[Repair]:
        if op.name == "power" and not isinstance(op.args[1], Ref):
            yield only(index, op, 0, Kind.WRONG_EXPONENT, weight("exponents: none"))
            for value in (2, 3, 0.5, -0.5, -1, -1.5, -2, 1.5, -3, -2.5, 4):
                if value != op.args[1]:
                    shown = number(value)
                    yield _exponent(index, op, shown.value)
            if isinstance(op.args[1], (int, float)):
                negated = -op.args[1]
                yield _exponent(index, op, negated)
        if op.name in ("square", "sqrt"):
            yield without(index, op, Kind.WRONG_EXPONENT, weight("exponents: none"))
            yield _exponent(index, Op("power", (op.args[0], 2), {}, None), -0.5)


class MisplacedExponents(EntryFamily):
    """1 - y**2 for (1 - y)**2, and the reverse.

    Looks at powers of sums and sums of powers. In their place: the exponent inside or outside. Says
    where the exponent belongs.
    """

    order = 110

    def repairs(self, scene: Scene, index: int, op: Op) -> Iterator[Repair]:
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


class ConstantsOutside(EntryFamily):
    """a / sqrt(v) + eps for a / sqrt(v + eps): a constant outside a function.

    Looks at sums with a number. In their place: the number inside the function beside it. Says
    where the number belongs.
    """

    order = 150

    def repairs(self, scene: Scene, index: int, op: Op) -> Iterator[Repair]:
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

    return Repair(
        Kind.WRONG_CONSTANT, weight("constants outside: inside"), index, (), changes, words
    )


def _term(operand: Any) -> Term:
    return entry(operand.index) if isinstance(operand, Ref) else number(operand)


def _instead(index: int, term: Term) -> Repair:
    def words(naming: Naming) -> Words:
        old = whole_text(index)(naming)
        return Words(old, written(term, naming.text), old)

    return Repair(Kind.WRONG_EXPONENT, weight("misplaced exponents: moved"), index, (),
                  lambda tape: {index: term.at(tape)}, words)  # fmt: skip


class Squares(EntryFamily):
    """A square for a double, and a double for a square.

    Looks at factors of 2 and exponents of 2. In their place: the other of them. Says which one is
    meant.
    """

    order = 120

    def repairs(self, scene: Scene, index: int, op: Op) -> Iterator[Repair]:
        factors = [a for a in op.args if not isinstance(a, Ref)]
        if op.name == "multiply" and 2 in factors and _is_float(scene, op):
            k = 0 if isinstance(op.args[0], Ref) else 1
            yield of_function(index, "power", lambda o: (o.args[k], 2), {}, Kind.WRONG_EXPONENT,
                              weight("squares: a square for a double"),
                              operand_text(op, k))  # fmt: skip
        if op.name == "power" and not isinstance(op.args[1], Ref) and op.args[1] == 2:
            yield of_function(index, "multiply", lambda o: (2, o.args[0]), {}, Kind.WRONG_FUNCTION,
                              weight("squares: a double for a square"),
                              whole_text(index))  # fmt: skip


def _exponent(index: int, op: Op, value: float) -> Repair:
    value = int(value) if float(value).is_integer() else value
    turned = isinstance(value, int) and value < 0 < op.args[1]  # rather * r**2 for / r**2
    return of_function(
        index, "power", lambda o: (o.args[0], value), {}, Kind.WRONG_EXPONENT,
        weight("exponents: another") + weight("exponents: more, for another sign") * turned,
        lambda naming: naming.operand(naming.tape.ops[index], 0))  # fmt: skip


class RelatedFunctions(EntryFamily):
    """A function taken for one of its relatives: sin for cos, log for log1p.

    Looks at functions that the table of NumPy has relatives of (``gradproof.ops``). In their place:
    each of them, or to the argument alone. Says which function is meant.
    """

    order = 80

    def repairs(self, scene: Scene, index: int, op: Op) -> Iterator[Repair]:
        record, relatives = find(op.name), list(relatives_of(op.name))
        for other in relatives:
            cost = (
                weight("related functions: a seldom one")
                if other.seldom or (record is not None and record.seldom)
                else weight("related functions: a common one")
            )
            yield of_function(
                index,
                other.name,
                lambda o: o.args,
                op.kwargs,
                Kind.WRONG_FUNCTION,
                cost,
                whole_text(index),
            )
        if op.name == "negative":
            cost = weight("related functions: no minus") + weight(
                "related functions: more, in a sigmoid"
            ) * _is_sigmoid(scene.first.tape, index)
            yield of_function(
                index,
                "positive",
                lambda o: o.args,
                {},
                Kind.WRONG_SIGN,
                cost,
                operand_text(op, 0),
                operand_text(op, 0),
            )
        elif len(op.args) == 1 and relatives:
            yield without(
                index, op, Kind.WRONG_FUNCTION, weight("related functions: the argument alone")
            )


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

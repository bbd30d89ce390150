"""Repairs of a number that stands in the code: another one, or a quantity in its place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from gradproof.diagnosis.quantities.quantities import Quantity, pool_of
from gradproof.diagnosis.quantities.terms import Term, apply, infix, level_of, number
from gradproof.diagnosis.search.repair import TWICE, Repair, Words, in_slots
from gradproof.diagnosis.slips.named_numbers import without_factor
from gradproof.diagnosis.slips.slip_family import EntryFamily
from gradproof.diagnosis.source.rewrites import about_term, operand_text, whole_text
from gradproof.diagnosis.tape.author_words import Naming
from gradproof.diagnosis.tape.points import Scene
from gradproof.diagnosis.tape.tape import Op, Ref, Tape
from gradproof.diagnosis.weights import weight
from gradproof.slip_kinds import Kind

_OWN = 0.1  # what costs less has a name in backward
_SETTING = 0.4  # what costs no more is a setting, or twice one


class Constants(EntryFamily):
    """Another number in the place of one that stands in the code.

    Looks at numbers that are operands. In their place: those of forward and its parameters, lengths
    of axes, and quantities with names. Says which number is meant.
    """

    order = 90

    def repairs(self, scene: Scene, index: int, op: Op) -> Iterator[Repair]:
        if op.name not in ("add", "subtract", "multiply", "divide", "where", "setitem", "maximum",
                           "minimum", "full_like", "power"):  # fmt: skip
            return
        for k, operand in enumerate(op.args):
            if isinstance(operand, bool) or not isinstance(operand, (int, float)):
                continue
            if op.name == "power" and k == 1:
                continue
            if op.name == "divide" and k == 1:
                yield from _times(scene, index)
            for value, text, unlikely in scene.numbers.candidates():
                if value == operand or (op.name == "divide" and k == 1 and value == 0):
                    continue
                yield _other_number(scene, index, op, k, number(value, text), unlikely)
            yield from _shorter(scene, index, op, k)
            literal = is_literal(scene, index, k)
            if literal and op.name in ("add", "subtract"):
                for q in pool_of(scene):
                    if q.last < index and q.variable and q.cost < _OWN:
                        yield in_slots(((index, k),), q.term, Kind.WRONG_VARIABLE,
                                       weight("constants: a variable of backward") + q.cost,
                                       operand_text(op, k))  # fmt: skip
            yield from _with_quantities(scene, index, op, k, literal)


def _with_quantities(scene: Scene, index: int, op: Op, k: int, literal: bool) -> Iterator[Repair]:
    """Yield a quantity in the place of a number, its product with one, and their sum."""
    own = scene.naming.operand(op, k)
    value = number(op.args[k], own)
    kind = Kind.WRONG_MASK if literal else Kind.WRONG_VARIABLE
    if literal and (op.name in ("multiply", "divide") or op.args[k] == 1):
        kind = Kind.MISSING_FACTOR
    for q in pool_of(scene):
        if q.last >= index:
            continue
        if q.cost < (0.75 if literal else 0.4):
            lost = kind is Kind.MISSING_FACTOR and value.value == 1  # 1 stands where it was
            yield in_slots(
                ((index, k),),
                q.term,
                kind,
                weight("constants: a quantity")
                + weight("constants: a quantity for no literal") * (not literal)
                + q.cost,
                about_term(q.term) if lost else operand_text(op, k),
            )
        if q.cost < 0.75 and value.value:
            product = apply("multiply", value, q.term)
            yield in_slots(((index, k),), product, Kind.MISSING_FACTOR,
                           weight("constants: times a quantity") + q.cost,
                           about_term(q.term))  # fmt: skip
        named = q.cost < _OWN and q.term.name == "entry"
        if named and literal and op.name == "divide" and k == 1:
            yield _factor_for(index, op, q)
        if q.cost < 0.4 and value.value:
            total = apply("add", value, q.term)
            yield in_slots(((index, k),), total, Kind.MISSING_PATH,
                           weight("constants: plus a quantity") + q.cost,
                           about_term(q.term))  # fmt: skip


def _factor_for(index: int, op: Op, q: Quantity) -> Repair:
    """Return the product with a quantity for a division by a number: dy * mask for dy / 2."""

    def changes(tape: Tape) -> dict[int, Any]:
        return {index: Op("multiply", (tape.ops[index].args[0], Ref(q.term.index)), {}, None)}

    def words(naming: Naming) -> Words:
        first, second = naming.operand(op, 0), naming.text(q.term.index)
        product = infix("multiply", [(level_of(first), first), (level_of(second), second)])
        return Words(whole_text(index)(naming), (product or (9, ""))[1], naming.operand(op, 1))

    marks = np.isin(q.value, (0.0, 1.0)).all()
    kind = Kind.WRONG_MASK if marks else Kind.WRONG_VARIABLE
    return Repair(kind, weight("constants: a factor for the number") + q.cost, index, (), changes,
                  words, uses=frozenset({q.term.index}))  # fmt: skip


def _times(scene: Scene, index: int) -> Iterator[Repair]:
    """Yield products with a setting in the place of a quotient: 2 * reg * W for W / n."""
    settings = scene.numbers.parameters
    for value, text, unlikely in scene.numbers.candidates():
        own = text.lstrip("-").removeprefix("2*").strip("()")
        if own not in settings or unlikely > _SETTING:
            continue

        def words(naming: Naming, text: str = text) -> Words:
            first = naming.operand(naming.tape.ops[index], 0)
            product = infix("multiply", [(level_of(text), text), (level_of(first), first)])
            divisor = naming.operand(naming.tape.ops[index], 1)
            return Words(whole_text(index)(naming), (product or (9, ""))[1], divisor)

        def changes(tape: Tape, value: float = value) -> dict[int, Any]:
            return {index: Op("multiply", (value, tape.ops[index].args[0]), {}, None)}

        yield Repair(Kind.WRONG_CONSTANT,
                     weight("constants: a divisor times another number") + unlikely, index, (),
                     changes, words)  # fmt: skip


def _shorter(scene: Scene, index: int, op: Op, k: int) -> Iterator[Repair]:
    """Yield a product of numbers without one of its factors, and a power without its exponent."""
    node = scene.naming.operand_node(op, k)
    if not isinstance(node, ast.BinOp):
        return
    if isinstance(node.op, ast.Pow):
        value = scene.numbers.known.get(ast.unparse(node.left))
        power = getattr(node.right, "value", None)
        if value is None and type(power) is int and op.args[k] > 0:  # len(y) ** 2
            value = op.args[k] ** (1 / power)
        if value is not None:
            new = number(value, ast.unparse(node.left))
            yield in_slots(((index, k),), new, Kind.WRONG_EXPONENT,
                           weight("constants: an exponent left out"),
                           operand_text(op, k))  # fmt: skip
    factors = _factors(node)
    for each in factors if len(factors) > 1 else ():
        value = scene.numbers.known.get(ast.unparse(each))
        if value:
            rest = " * ".join(ast.unparse(f) for f in factors if f is not each)
            new = number(float(op.args[k]) / value, rest)
            yield in_slots(((index, k),), new, Kind.EXTRA_FACTOR,
                           weight("constants: a factor of it too many"),
                           partial(_constant, ast.unparse(each)))  # fmt: skip


def _constant(text: str, naming: Naming) -> str:
    return text


def _factors(node: ast.AST) -> list[ast.AST]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return _factors(node.left) + _factors(node.right)
    return [node]


def _other_number(scene: Scene, index: int, op: Op, k: int, new: Term, unlikely: float) -> Repair:
    old, literal = float(op.args[k]), is_literal(scene, index, k)
    about = operand_text(op, k)
    factor = op.name in ("multiply", "divide")
    if new.value == -old:
        kind, cost = Kind.WRONG_SIGN, weight("constants: the negative")
    elif factor and literal and _simple(old):
        kind, cost = Kind.WRONG_FACTOR, weight("constants: another factor")
    else:
        kind, cost = Kind.WRONG_CONSTANT, weight("constants: another number")
        node = scene.naming.operand_node(scene.first.tape.ops[index], k)
        if isinstance(node, ast.BinOp) and not any(isinstance(n, ast.Constant) and n.value == 1
                                                   for n in ast.walk(node)):  # fmt: skip
            cost += weight("constants: more, for another form")
    if factor and new.value == 1 and not literal:
        kind = Kind.EXTRA_FACTOR
    rest = without_factor(new.text, scene.naming.operand(op, k))
    if rest:
        kind, about = Kind.MISSING_FACTOR, partial(_constant, rest)
    counts = not literal and old.is_integer() and old > 1
    if new.value != -old and (new.value * old < 0 or (counts and not new.value.is_integer())):
        cost += TWICE
    if factor and literal and new.text.lstrip("-") not in scene.numbers.parameters and any(
            letter.isalpha() for letter in new.text):  # fmt: skip
        cost += weight("constants: more, for a length")  # of an axis in a plain number's place
    if new.value in (0.0, 1.0, -1.0) and factor:
        cost += weight("constants: more, for another form") + weight(
            "constants: more, for 0 or -1"
        ) * (new.value != 1.0)
    return in_slots(((index, k),), new, kind, cost + unlikely, about)


def is_literal(scene: Scene, index: int, k: int) -> bool:
    """Whether an operand is a number written in the code, not a name or an expression."""
    node = scene.naming.operand_node(scene.first.tape.ops[index], k)
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    return node is None or isinstance(node, ast.Constant)


def _simple(value: float) -> bool:
    return float(value * 12).is_integer() and abs(value) <= 12

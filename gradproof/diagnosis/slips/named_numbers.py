"""Repairs of a number with a name, wherever backward uses it: N = x.shape[0] - 1, 1 / m."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gradproof.diagnosis.quantities.terms import Term, number
from gradproof.diagnosis.search.repair import Repair, Slot, Words
from gradproof.diagnosis.slips.slip_family import Looked, WholeFamily
from gradproof.diagnosis.source.source_positions import parsed
from gradproof.diagnosis.tape.author_words import Naming
from gradproof.diagnosis.tape.points import Scene
from gradproof.diagnosis.tape.tape import Op, Tape
from gradproof.diagnosis.weights import weight
from gradproof.slip_kinds import Kind

_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Div: operator.truediv, ast.Pow: operator.pow,
}  # fmt: skip
_Use = tuple[Slot, ast.expr]  # an operand that is a number, and how it is written


class NamedNumbers(WholeFamily):
    """Another value of a number that has a name in backward.

    Looks at names of numbers in backward. In their place: the negative, half, double, and the
    numbers that forward and its parameters suggest, wherever the name is used. Says which value the
    name should have.
    """

    order = 10

    def repairs(self, looked: Looked) -> Iterator[Repair]:
        known, uses = _uses(looked.scene)
        for text, several in uses.items():
            old = float(known[text])

            def put(new: Term, cost: float, kind: Kind, about: str = "", text: str = text,
                    several: list[_Use] = several) -> Repair:  # fmt: skip
                return _repair(several, text, {**known, text: new.value}, new, cost, kind, about)

            if not old.is_integer():  # a count is hardly taken with a wrong sign
                yield put(
                    number(-old, f"-{text}"), weight("named numbers: the negative"), Kind.WRONG_SIGN
                )
                yield put(number(old / 2, f"{text} / 2"), weight("named numbers: half or double"),
                          Kind.WRONG_FACTOR)  # fmt: skip
                yield put(number(old * 2, f"2 * {text}"), weight("named numbers: half or double"),
                          Kind.WRONG_FACTOR)  # fmt: skip
            for value, shown, unlikely in looked.scene.numbers.candidates():
                count = not old.is_integer() or (float(value).is_integer() and value > 1)
                if value not in (old, 1) and value > 0 and unlikely <= 0.5 and count:
                    rest = without_factor(shown, text)
                    kind = Kind.MISSING_FACTOR if rest else Kind.WRONG_CONSTANT
                    yield put(number(value, shown), weight("named numbers: another") + unlikely,
                              kind, rest)  # fmt: skip


def without_factor(text: str, factor: str) -> str:
    """Return a product without one of its factors; "" if it is no such product."""
    node = parsed(text)
    while isinstance(node, ast.UnaryOp):
        node = node.operand
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Mult):
        return ""
    sides = [ast.unparse(node.left), ast.unparse(node.right)]
    return sides[1 - sides.index(factor)] if factor in sides else ""


def _uses(scene: Scene) -> tuple[dict[str, float], dict[str, list[_Use]]]:
    """Return the numbers with names, and where each is used: alone, or in numbers as ``1 / m``."""
    tape, naming = scene.first.tape, scene.naming
    known: dict[str, float] = dict(tape.constants)
    found: list[_Use] = []
    for index in range(tape.start, len(tape.ops)):
        for k, operand in enumerate(tape.ops[index].args):
            node = (
                naming.operand_node(tape.ops[index], k) if type(operand) in (int, float) else None
            )
            if isinstance(node, ast.expr):
                found.append(((index, k), node))
            if isinstance(node, (ast.Name, ast.Attribute)):
                known[ast.unparse(node)] = operand
    uses: dict[str, list[_Use]] = {}
    for (index, k), node in found:
        if _value(node, known) == tape.ops[index].args[k]:
            for name in {n for part in ast.walk(node) if (n := _name(part)) in known}:
                uses.setdefault(name, []).append(((index, k), node))
    return known, uses


def _name(node: ast.AST) -> str:
    return ast.unparse(node) if isinstance(node, (ast.Name, ast.Attribute)) else ""


def _value(node: ast.expr, known: Mapping[str, float]) -> float | None:
    """Return a number that is written in others with names; None where it is no such number."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, (int, float)) else None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _value(node.operand, known)
        return None if value is None else -value
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        a, b = _value(node.left, known), _value(node.right, known)
        return None if a is None or b is None else _OPERATORS[type(node.op)](a, b)
    return known.get(_name(node))


def _repair(uses: list[_Use], text: str, known: Mapping[str, float], new: Term, cost: float,
            kind: Kind, about: str) -> Repair:  # fmt: skip
    slots = tuple(slot for slot, _ in uses)

    def changes(tape: Tape) -> dict[int, Any]:
        out: dict[int, Any] = {}
        for (index, k), node in uses:
            op = out.get(index, tape.ops[index])
            args = tuple(_value(node, known) if j == k else a for j, a in enumerate(op.args))
            out[index] = Op(op.name, args, op.kwargs, op.value)
        return out

    def words(naming: Naming) -> Words:
        return Words(text, new.text, about or text)

    return Repair(kind, cost, slots[0][0], slots, changes, words, everywhere=True)

"""Repairs of several steps at once: a number with a name, an array that was changed in place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from gradproof.diagnosis.kinds import Kind
from gradproof.diagnosis.naming import Naming
from gradproof.diagnosis.places import parsed
from gradproof.diagnosis.points import Scene
from gradproof.diagnosis.repair import Repair, Slot, Words, with_operands
from gradproof.diagnosis.tape import Ref, Tape
from gradproof.diagnosis.terms import Term, number


def shared_repairs(scene: Scene, live: list[int]) -> Iterator[Repair]:
    """Yield the changes of what several steps share."""
    yield from _named_numbers(scene)
    yield from _in_place(scene, set(live))


def _named_numbers(scene: Scene) -> Iterator[Repair]:
    """Yield other values of a number with a name, wherever backward uses it: N = x.shape[0] - 1."""
    tape, naming = scene.first.tape, scene.naming
    uses: dict[str, list[Slot]] = {}
    for index in range(tape.start, len(tape.ops)):
        for k, operand in enumerate(tape.ops[index].args):
            if type(operand) in (int, float):
                node = naming.operand_node(tape.ops[index], k)
                if isinstance(node, (ast.Name, ast.Attribute)):
                    uses.setdefault(ast.unparse(node), []).append((index, k))
    for text, slots in uses.items():
        old = tape.ops[slots[0][0]].args[slots[0][1]]
        if not float(old).is_integer():  # a count is hardly taken with a wrong sign
            yield from _multiples(tuple(slots), text, float(old))
        for value, shown, unlikely in scene.numbers.candidates():
            count = not float(old).is_integer() or (float(value).is_integer() and value > 1)
            if value not in (old, 1) and value > 0 and unlikely <= 0.5 and count:
                rest = without_factor(shown, text)
                kind = Kind.MISSING_FACTOR if rest else Kind.WRONG_CONSTANT
                yield _number(tuple(slots), text, number(value, shown), 1.0 + unlikely, kind, rest)


def without_factor(text: str, factor: str) -> str:
    """Return a product without one of its factors; "" if it is no such product."""
    node = parsed(text)
    while isinstance(node, ast.UnaryOp):
        node = node.operand
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Mult):
        return ""
    sides = [ast.unparse(node.left), ast.unparse(node.right)]
    return sides[1 - sides.index(factor)] if factor in sides else ""


def _multiples(slots: tuple[Slot, ...], text: str, old: float) -> Iterator[Repair]:
    """Yield a wrong sign or factor of a number with a name: scale = -1 / np.sqrt(d)."""
    yield _number(slots, text, number(-old, f"-{text}"), 0.95, Kind.WRONG_SIGN)
    yield _number(slots, text, number(old / 2, f"{text} / 2"), 1.0, Kind.WRONG_FACTOR)
    yield _number(slots, text, number(old * 2, f"2 * {text}"), 1.0, Kind.WRONG_FACTOR)


def _number(
    slots: tuple[Slot, ...],
    text: str,
    new: Term,
    cost: float,
    kind: Kind = Kind.WRONG_CONSTANT,
    about: str = "",
) -> Repair:
    def changes(tape: Tape) -> dict[int, Any]:
        return with_operands(tape, slots, new.value)

    def words(naming: Naming) -> Words:
        return Words(text, new.text, about or text)

    return Repair(kind, cost, slots[0][0], slots, changes, words, everywhere=True)


def _in_place(scene: Scene, live: set[int]) -> Iterator[Repair]:
    """Yield the run in which an array had not been changed in place for those who use it later."""
    tape, naming = scene.first.tape, scene.naming
    for new, old in tape.replaced.items():
        if new < tape.start and old < tape.start and tape.ops[old].name != "input":
            continue
        if not _is_shared(tape, new, old):
            continue
        slots = [(i, k) for i in range(new + 1, len(tape.ops))
                 for k, a in enumerate(tape.ops[i].args) if a == Ref(new)]  # fmt: skip
        if not any(index in live for index, _ in slots):
            continue
        groups: dict[str, list[Slot]] = {"": slots}
        for index, k in slots:
            groups.setdefault(naming.operand(tape.ops[index], k), []).append((index, k))
        for some in groups.values():
            yield _kept(tuple(some), new, old)


def _is_shared(tape: Tape, new: int, old: int) -> bool:
    """Whether an array that was changed is more than the place where one sum is gathered."""
    op = tape.ops[old]
    if op.name in ("input", "upstream") or old < tape.start or len(op.names) > 1:
        return True
    uses = [i for i in range(len(tape.ops)) if old in tape.uses[i]]
    return len(uses) > 1


def _kept(slots: tuple[Slot, ...], new: int, old: int) -> Repair:
    def changes(tape: Tape) -> dict[int, Any]:
        return with_operands(tape, slots, tape.value(old))

    def words(naming: Naming) -> Words:
        name = naming.tape.ops[old].names[0] if naming.tape.ops[old].names else naming.text(old)
        return Words(name, f"{name}.copy()", name)

    return Repair(Kind.IN_PLACE, 0.8, new, (), changes, words)

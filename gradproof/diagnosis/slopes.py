"""Repairs of products: the slope of tanh for that of a sigmoid, two factors that do not belong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gradproof.diagnosis.edits import whole_text
from gradproof.diagnosis.kinds import Kind
from gradproof.diagnosis.naming import Naming
from gradproof.diagnosis.points import Scene
from gradproof.diagnosis.repair import Repair, Words
from gradproof.diagnosis.tape import Op, Ref, Tape
from gradproof.diagnosis.terms import Term, apply, entry, number, written

_ONE, _TWO = number(1), number(2)


def slopes(scene: Scene, index: int, op: Op) -> Iterator[Repair]:
    """Yield 1 - y**2 for y * (1 - y), and the reverse."""
    tape = scene.first.tape
    y = _squared(tape, op)
    if y is not None:
        yield _put(index, apply("multiply", entry(y), apply("subtract", _ONE, entry(y))))
    if op.name != "multiply" or not all(isinstance(a, Ref) for a in op.args):
        return
    for a, b in (op.args, op.args[::-1]):
        y, rest = _complement(tape, b.index), tape.ops[a.index]
        if y is None:
            continue
        square = apply("subtract", _ONE, apply("power", entry(y), _TWO))
        if a == Ref(y):
            yield _put(index, square)
        elif rest.name == "multiply" and Ref(y) in rest.args:
            kept = rest.args[1 - rest.args.index(Ref(y))]
            if isinstance(kept, Ref):
                yield _put(index, apply("multiply", entry(kept.index), square))


def _complement(tape: Tape, index: int) -> int | None:
    """Return y, if an entry is 1 - y."""
    op = tape.ops[index]
    one = op.name == "subtract" and not isinstance(op.args[0], Ref) and op.args[0] == 1
    return op.args[1].index if one and isinstance(op.args[1], Ref) else None


def _squared(tape: Tape, op: Op) -> int | None:
    """Return y, if an entry is 1 - y**2."""
    one = op.name == "subtract" and not isinstance(op.args[0], Ref) and op.args[0] == 1
    inner = tape.ops[op.args[1].index] if one and isinstance(op.args[1], Ref) else None
    if inner is None or inner.name != "power" or not isinstance(inner.args[0], Ref):
        return None
    return inner.args[0].index if inner.args[1] == 2 else None


def _put(index: int, term: Term) -> Repair:
    def changes(tape: Tape) -> dict[int, Any]:
        return {index: term.at(tape)}

    def words(naming: Naming) -> Words:
        old = whole_text(index)(naming)
        return Words(old, written(term, naming.text), old)

    return Repair(Kind.WRONG_FUNCTION, 1.1, index, (), changes, words)


def two_factors(scene: Scene, index: int, op: Op) -> Iterator[Repair]:
    """Yield a product without two of its factors: the p * (1 - p) that cancels in (p - t)."""
    tape = scene.first.tape
    if op.name != "multiply" or not isinstance(op.args[0], Ref):
        return
    inner = tape.ops[op.args[0].index]
    if inner.name == "multiply" and op.args[0].index > tape.start:
        for k in (0, 1):
            if isinstance(inner.args[k], Ref):
                yield _without(index, op, inner, k)


def _without(index: int, op: Op, inner: Op, k: int) -> Repair:
    kept = inner.args[k].index

    def changes(tape: Tape) -> dict[int, Any]:
        return {index: tape.value(kept)}

    def words(naming: Naming) -> Words:
        dropped = f"{naming.operand(inner, 1 - k)} * {naming.operand(op, 1)}"
        return Words(whole_text(index)(naming), naming.operand(inner, k), dropped)

    return Repair(Kind.EXTRA_FACTOR, 1.25, index, (), changes, words)

"""Repairs of products: the slope of tanh for that of a sigmoid, two factors that do not belong."""

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
from gradproof.diagnosis.search.repair import Repair, Words
from gradproof.diagnosis.slips.slip_family import EntryFamily
from gradproof.diagnosis.source.rewrites import whole_text
from gradproof.diagnosis.tape.author_words import Naming
from gradproof.diagnosis.tape.points import Scene
from gradproof.diagnosis.tape.tape import Op, Ref, Tape
from gradproof.diagnosis.weights import weight
from gradproof.slip_kinds import Kind

_ONE, _TWO = number(1), number(2)


class Slopes(EntryFamily):
    """The slope of tanh for that of a sigmoid, and the reverse.

    Looks at products y * (1 - y), and 1 - y**2. In their place: the other of them. Says which slope
    is meant.
    """

    order = 10
    by_form = True

    def repairs(self, scene: Scene, index: int, op: Op) -> Iterator[Repair]:
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


class SoftmaxJacobians(EntryFamily):
    """p * (1 - p) * g for p * (g - sum(g * p)): what a softmax passes on is no slope.

    Looks at products of three factors, and diagonal matrices. In their place: the product with the
    Jacobian of a softmax. Says that the elements depend on each other.
    """

    order = 20
    by_form = True

    def repairs(self, scene: Scene, index: int, op: Op) -> Iterator[Repair]:
        tape = scene.first.tape
        if op.name == "diag" and isinstance(op.args[0], Ref):
            yield from _matrices(tape, index, op.args[0].index)
        factors = _factors(tape, index)
        if op.name != "multiply" or len(factors) != 3:
            return
        for k in factors:
            p = _complement(tape, k)
            rest = [f for f in factors if f not in (k, p)]
            if p in factors and len(rest) == 1 and np.ndim(tape.value(index)):
                own, g = entry(p), entry(rest[0])
                for axis in (-1, *range(np.ndim(tape.value(index)) - 1)):
                    total = apply("sum", apply("multiply", g, own), axis=axis, keepdims=True)
                    term = apply("multiply", own, apply("subtract", g, total))
                    yield _put(index, term, Kind.ELEMENTWISE)


def _matrices(tape: Tape, index: int, diagonal: int) -> Iterator[Repair]:
    """Yield diag(p) - outer(p, p) for diag(p * (1 - p)), its diagonal alone."""
    factors = _factors(tape, diagonal)
    for k in factors:
        p = _complement(tape, k)
        if p in factors and len(factors) == 2:
            term = apply("subtract", apply("diag", entry(p)), apply("outer", entry(p), entry(p)))
            yield _put(index, term, Kind.ELEMENTWISE)


def _factors(tape: Tape, index: int) -> list[int]:
    """Return the entries that an entry is the product of."""
    op = tape.ops[index]
    if op.name != "multiply" or index < tape.start or not all(isinstance(a, Ref) for a in op.args):
        return [index]
    return [k for a in op.args for k in _factors(tape, a.index)]


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


def _put(index: int, term: Term, kind: Kind = Kind.WRONG_FUNCTION) -> Repair:
    def changes(tape: Tape) -> dict[int, Any]:
        return {index: term.at(tape)}

    def words(naming: Naming) -> Words:
        old = whole_text(index)(naming)
        return Words(old, written(term, naming.text), old)

    return Repair(kind, weight("slopes: the other one"), index, (), changes, words)


class TwoFactors(EntryFamily):
    """Two factors too many: the p * (1 - p) that cancels in p - t.

    Looks at products of three factors. In their place: one of the factors alone. Says which two do
    not belong.
    """

    order = 30
    by_form = True

    def repairs(self, scene: Scene, index: int, op: Op) -> Iterator[Repair]:
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
        texts = [naming.operand(inner, 1 - k), naming.operand(op, 1)]
        dropped = infix("multiply", [(level_of(text), text) for text in texts])
        return Words(whole_text(index)(naming), naming.operand(inner, k), (dropped or (9, ""))[1])

    return Repair(Kind.EXTRA_FACTOR, weight("two factors: left out"), index, (), changes, words)

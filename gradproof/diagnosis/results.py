"""Repairs of the gradient as it is returned: a factor, a transpose, another argument's, a sum."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from gradproof.diagnosis.kinds import Kind
from gradproof.diagnosis.naming import Naming
from gradproof.diagnosis.operands import about_term
from gradproof.diagnosis.points import Scene, close
from gradproof.diagnosis.pool import Quantity
from gradproof.diagnosis.repair import Repair, Words, ancestors
from gradproof.diagnosis.tape import Array, Op, Ref, Tape
from gradproof.diagnosis.terms import Term, apply, entry, written


def result_repairs(scene: Scene, name: str, pool: list[Quantity]) -> Iterator[Repair]:
    """Yield the changes of the gradient as a whole that make it true."""
    point = scene.first
    given, true = point.given(name), point.true[name]
    target = point.tape.gradients[name]
    own = entry(target)
    yield from _other_arguments(scene, name)
    yield from _shapes(target, given, true)
    for index, op in enumerate(point.tape.ops):
        if op.name != "returned" and not isinstance(op.value, list) and close(op.value, true):
            cost = 1.0 if scene.naming.named(index) else 1.5
            yield _replaced(target, entry(index), Kind.WRONG_VARIABLE, cost, own)


def unused_results(scene: Scene, name: str) -> Iterator[Repair]:
    """Yield the return of what was computed for it and not used, alone or as a factor.

    Whether that makes the gradient true is not asked here: it may have a slip of its own.
    """
    tape = scene.first.tape
    target = tape.gradients[name]
    used = ancestors(tape, [target])
    shape = np.shape(scene.first.true[name])
    given = tape.ops[target].args[0]
    for index in range(tape.start + 1, len(tape.ops)):
        op = tape.ops[index]
        if index in used or not op.own or isinstance(op.value, list) or op.value.shape != shape:
            continue
        if op.name != "returned" and op.value.dtype.kind == "f":
            yield _instead(target, Op("returned", (Ref(index),), {}, None), index, False)
            yield _instead(target, Op("multiply", (given, Ref(index)), {}, None), index, True)


def _instead(target: int, op: Op, index: int, factor: bool) -> Repair:
    def words(naming: Naming) -> Words:
        old, other = naming.text(target), naming.text(index)
        return Words(old, f"{old} * {other}" if factor else other, other if factor else old)

    kind = Kind.MISSING_FACTOR if factor else Kind.WRONG_VARIABLE
    return Repair(kind, 1.0, target, (), lambda tape: {target: op}, words)


def _shape(true: Array) -> Callable[[Tape], tuple[int, ...]]:
    return lambda tape: true.shape


def _replaced(target: int, term: Term, kind: Kind, cost: float, about: Term) -> Repair:
    def words(naming: Naming) -> Words:
        old = naming.text(target)
        return Words(old, written(term, naming.text), about_term(about)(naming))

    return Repair(kind, cost, target, (), lambda tape: {target: term.at(tape)}, words)


def _other_arguments(scene: Scene, name: str) -> Iterator[Repair]:
    point = scene.first
    given, true = point.given(name), point.true[name]
    for other, index in point.tape.gradients.items():
        taken = close(given, point.true[other])
        if other != name and (taken or close(point.given(other), true)):
            cost = 0.9 if taken else 1.1
            yield _taken(point.tape.gradients[name], index, cost)


def _taken(target: int, index: int, cost: float) -> Repair:
    def words(naming: Naming) -> Words:
        return Words(naming.text(target), naming.text(index), naming.text(target))

    def changes(tape: Tape) -> dict[int, Array]:
        return {target: tape.value(index)}

    return Repair(Kind.OTHER_ARGUMENT, cost, target, (), changes, words)


def _shapes(target: int, given: Array, true: Array) -> Iterator[Repair]:
    """Yield what gives the result the shape of the input: a transpose, a sum, fewer axes."""
    own = entry(target)
    if given.ndim == 2:
        yield _replaced(target, apply("transpose", own), Kind.TRANSPOSED, 1.2, own)
    if given.shape == true.shape:
        return
    if given.size == true.size and close(given.reshape(true.shape), true):
        shape = "(-1,)" if true.ndim == 1 else str(true.shape)
        term = apply("reshape", own, Term("given", text=shape, options=(("value", _shape(true)),)))
        yield _replaced(target, term, Kind.WRONG_SHAPE, 1.3, own)
    for axis in (None, *range(given.ndim), *((0, k) for k in range(1, given.ndim))):
        for keep in (False, True):
            for name, cost in (("sum", 1.2), ("mean", 1.4)):
                options = {"axis": axis} | ({"keepdims": True} if keep else {})
                term = apply(name, own, **options)
                yield _replaced(target, term, Kind.WRONG_REDUCTION, cost, term)

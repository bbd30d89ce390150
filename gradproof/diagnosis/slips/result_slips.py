"""Repairs of the gradient as it is returned: a factor, a transpose, another argument's, a sum."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from gradproof.diagnosis.quantities.terms import Term, apply, entry, written
from gradproof.diagnosis.search.repair import Repair, Words, ancestors, in_slots, with_operands
from gradproof.diagnosis.slips.slip_family import Looked, WholeFamily
from gradproof.diagnosis.source.rewrites import about_term, operand_text
from gradproof.diagnosis.tape.author_words import Naming
from gradproof.diagnosis.tape.points import Scene, close
from gradproof.diagnosis.tape.tape import Array, Op, Ref, Tape
from gradproof.diagnosis.weights import weight
from gradproof.slip_kinds import Kind


class Results(WholeFamily):
    """The gradient as a whole: of another argument, transposed, not reduced, or not returned.

    Looks at what backward returns. In their place: what else it has computed, the other gradients,
    another shape. Says what to return.
    """

    order = 60

    def repairs(self, looked: Looked) -> Iterator[Repair]:
        scene, name = looked.scene, looked.name
        point = scene.first
        given, true = point.given(name), point.true[name]
        target = point.tape.gradients[name]
        own = entry(target)
        yield from _other_arguments(scene, name)
        yield from _shapes(target, given, true)
        for index, op in enumerate(point.tape.ops):
            if op.name != "returned" and not isinstance(op.value, list) and close(op.value, true):
                cost = (
                    weight("results: a variable")
                    if scene.naming.named(index)
                    else weight("results: a value without a name")
                )
                yield _replaced(
                    target, entry(index), _kind_of(point.tape, target, index), cost, own
                )


def _kind_of(tape: Tape, target: int, index: int) -> Kind:
    """Return what it means that an entry belongs in the place of what is returned."""
    made = tape.ops[target].args[0]
    op = tape.ops[made.index] if isinstance(made, Ref) else tape.ops[target]
    reduced = op.name in ("sum", "mean") and Ref(index) in op.args
    return Kind.WRONG_REDUCTION if reduced else Kind.WRONG_VARIABLE


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
    return Repair(kind, weight("results: what was computed and not used"), target, (),
                  lambda tape: {target: op}, words, uses=frozenset({index}))  # fmt: skip


def unused(tape: Tape) -> list[int]:
    """Return what backward computes under a name and no gradient depends on: a strong hint."""
    used = ancestors(tape, tape.gradients.values()) | set(tape.replaced.values())
    used |= ancestors(tape, _deciding(tape))
    later = [k for k in range(tape.start + 1, len(tape.ops)) if k not in used and tape.ops[k].own]
    return [k for k in later if tape.ops[k].name not in ("returned", "constant")
            and not isinstance(tape.value(k), list)]  # fmt: skip


def _deciding(tape: Tape) -> list[int]:
    """Return the entries by which an ``if`` may have decided: truth values, one by one."""
    later = range(tape.start + 1, len(tape.ops))
    values = [(k, tape.value(k)) for k in later if not isinstance(tape.value(k), list)]
    return [k for k, value in values if value.dtype.kind == "b" and not value.ndim]


def unused_variables(scene: Scene, live: list[int]) -> Iterator[Repair]:
    """Yield the use of a variable that nothing uses in the place of another of its shape."""
    tape = scene.first.tape
    for index in unused(tape):
        shape = np.shape(tape.value(index))
        for op, k in ((tape.ops[k], k) for k in live if k > index):
            for j, operand in enumerate(op.args if op.name != "returned" else ()):
                if isinstance(operand, Ref) and np.shape(tape.value(operand.index)) == shape:
                    used = in_slots(((k, j),), entry(index), Kind.WRONG_VARIABLE,
                                    weight("results: a variable that nobody uses"),
                                    operand_text(op, j))  # fmt: skip
                    # By reference, so that a slip in what was not used is looked for as well.
                    changes = partial(with_operands, slots=((k, j),), value=Ref(index))
                    yield replace(used, changes=changes)


def _shape(true: Array) -> Callable[[Tape], tuple[int, ...]]:
    return lambda tape: true.shape


def _replaced(target: int, term: Term, kind: Kind, cost: float, about: Term) -> Repair:
    def words(naming: Naming) -> Words:
        old = naming.text(target)
        return Words(old, written(term, naming.text), about_term(about)(naming))

    return Repair(kind, cost, target, (), lambda tape: {target: term.at(tape)}, words,
                  uses=frozenset(term.entries()))  # fmt: skip


def _other_arguments(scene: Scene, name: str) -> Iterator[Repair]:
    point = scene.first
    given, true = point.given(name), point.true[name]
    for other, index in point.tape.gradients.items():
        taken = close(given, point.true[other])
        if other != name and (taken or close(point.given(other), true)):
            cost = (
                weight("results: of another argument, exchanged")
                if taken
                else weight("results: of another argument")
            )
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
        yield _replaced(
            target, apply("transpose", own), Kind.TRANSPOSED, weight("results: transposed"), own
        )
    if given.shape == true.shape:
        return
    if given.size == true.size and close(given.reshape(true.shape), true):
        shape = "(-1,)" if true.ndim == 1 else str(true.shape)
        term = apply("reshape", own, Term("given", text=shape, options=(("value", _shape(true)),)))
        yield _replaced(target, term, Kind.WRONG_SHAPE, weight("results: another shape"), own)
    for axis in (None, *range(given.ndim), *((0, k) for k in range(1, given.ndim))):
        for keep in (False, True):
            for name, cost in (("sum", 1.2), ("mean", 1.4)):
                options = {"axis": axis} | ({"keepdims": True} if keep else {})
                term = apply(name, own, **options)
                yield _replaced(target, term, Kind.WRONG_REDUCTION, cost, term)

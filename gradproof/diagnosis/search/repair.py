"""A repair: one change to what was written down of backward, after which its gradient is true."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradproof.diagnosis.quantities.terms import Term, combined, level_of, written
from gradproof.diagnosis.tape.author_words import Naming
from gradproof.diagnosis.tape.iterations import Turns, in_each_turn
from gradproof.diagnosis.tape.points import Point, Scene, close
from gradproof.diagnosis.tape.tape import Op, Ref, Tape, evaluate, rerun, resolved
from gradproof.diagnosis.weights import weight
from gradproof.slip_kinds import Kind

# What it costs more to change two things in one place, such as a variable and its sign.
TWICE = weight("any: two things changed in one place")
Slot = tuple[int, int]  # an entry, and the position of one of its operands


@dataclass(frozen=True)
class Words:
    """What stands there, what should, and the term that it is about."""

    old: str
    new: str
    term: str


@dataclass(slots=True)
class Repair:
    """One change of the tape.

    index: the entry that changes; slots: its operands that do, or () for the function itself.
    changes: returns the entries to override at a point; words: the texts. everywhere: it is the
    value of a name, to be changed where that is assigned. uses: the entries that it brings in.
    """

    kind: Kind
    cost: float
    index: int
    slots: tuple[Slot, ...]
    changes: Callable[[Tape], dict[int, Any]]
    words: Callable[[Naming], Words]
    everywhere: bool = False
    uses: frozenset[int] = frozenset()

    def costing(self, more: float) -> Repair:
        """Return the same repair, less or more likely."""
        return replace(self, cost=self.cost + more)

    def result(self, tape: Tape, name: str) -> Any:
        """Return the gradient after the change."""
        with np.errstate(all="ignore"):
            return rerun(tape, self.changes(tape), [tape.gradients[name]])[0]

    def holds(self, scene: Scene, name: str, points: int | None = None) -> bool:
        """Whether the gradient is true after the change, at every point."""
        for point in scene.points[:points]:
            try:
                if not self.holds_at(point, name):
                    return False
            except Exception:  # the changed formula does not fit these shapes
                return False
        return True

    def holds_at(self, point: Point, name: str) -> bool:
        """Whether the gradient is true after the change, at one point."""
        return close(self.result(point.tape, name), point.true[name])


def with_operands(tape: Tape, slots: Sequence[Slot], value: Any) -> dict[int, Any]:
    """Return the overrides that put a value into operands."""
    out: dict[int, Any] = {}
    for index, k in slots:
        op = out.get(index, tape.ops[index])
        args = tuple(value if j == k else a for j, a in enumerate(op.args))
        out[index] = Op(op.name, args, op.kwargs, op.value)
    return out


def in_slots(
    slots: tuple[Slot, ...],
    term: Term,
    kind: Kind,
    cost: float,
    about: Callable[[Naming], str],
    turns: Turns | None = None,
) -> Repair:
    """Return the repair that puts a term into operands.

    All of them hold the same entry; or they are the same operand in each turn of a loop, the last
    turn first, and the term is that of the last turn.
    """
    index, k = slots[0]

    def words(naming: Naming) -> Words:
        old = naming.operand(naming.tape.ops[index], k)
        own = naming.tape.ops[index].args[k]
        mine = own.index if isinstance(own, Ref) else -2
        twice = any(naming.text(e) == old for e in term.entries() - {mine})
        if twice:  # the name stood for something else before
            old = naming.source(naming.tape.ops[mine]) or old

        def named(entry: int) -> str:
            return old if entry == mine else naming.text(entry)

        used = about(naming)
        own_text = mine >= 0 and used == naming.text(mine) and not twice
        return Words(old, written(term, named), old if own_text else used)

    def changes(tape: Tape) -> dict[int, Any]:
        if turns is None:
            return with_operands(tape, slots, term.at(tape))
        return in_each_turn(tape, turns, slots, term)

    return Repair(kind, cost, index, slots, changes, words, uses=frozenset(term.entries()))


def of_function(
    index: int,
    name: str,
    args: Callable[[Op], tuple[Any, ...]],
    kwargs: dict[str, Any],
    kind: Kind,
    cost: float,
    about: Callable[[Naming], str],
    new: Callable[[Naming], str] | None = None,
) -> Repair:
    """Return the repair that puts another function, or other operands, in an entry's place."""

    def changes(tape: Tape) -> dict[int, Any]:
        op = tape.ops[index]
        return {index: Op(name, args(op), kwargs, None)}

    def words(naming: Naming) -> Words:
        op = naming.tape.ops[index]
        old = naming.source(op) or naming.composed(op)
        text = new(naming) if new else composed(naming, Op(name, args(op), kwargs, None), op)
        return Words(old, text, about(naming))

    return Repair(kind, cost, index, (), changes, words)


def composed(naming: Naming, op: Op, original: Op) -> str:
    """Return the text of a changed entry, with the operands as the author wrote them."""
    texts = []
    for operand in op.args:
        same = [j for j, a in enumerate(original.args) if a is operand or a == operand]
        text = naming.operand(original, same[0]) if same else _text(naming, operand)
        texts.append((level_of(text), text))
    return combined(op.name, texts, op.kwargs)[1]


def _text(naming: Naming, operand: Any) -> str:
    return naming.text(operand.index) if isinstance(operand, Ref) else naming.scalar(operand)


def applied(tape: Tape, repair: Repair, end: int | None = None) -> Tape:
    """Return the tape with a change carried out, and all before ``end`` that depends on it."""
    overrides = repair.changes(tape)
    ops, dirty = list(tape.ops), set[int]()
    for index in range(min(overrides), len(ops) if end is None else end):
        given = overrides.get(index)
        if given is None and tape.uses[index].isdisjoint(dirty):
            continue
        dirty.add(index)
        op = tape.ops[index]
        if given is not None and not isinstance(given, Op):
            ops[index] = replace(op, name="constant", args=(), value=np.asarray(given))
            continue
        new = op if given is None else given
        with np.errstate(all="ignore"):
            made = evaluate(new.name, resolved(new.args, lambda k: ops[k].value), new.kwargs)
        value = made if isinstance(made, list) else np.asarray(made)
        ops[index] = replace(op, name=new.name, args=new.args, kwargs=new.kwargs, value=value)
    return replace(tape, ops=ops)


def region(tape: Tape, name: str) -> list[int]:
    """Return the entries of backward, and of its cache, that a gradient depends on."""
    used = ancestors(tape, [tape.gradients[name]])
    forward = ancestors(tape, [tape.y])
    return sorted(k for k in used if k > tape.start or (k < tape.start and k not in forward))


def ancestors(tape: Tape, targets: Iterable[int]) -> set[int]:
    """Return the entries that others depend on, these included."""
    return set(tape.made_of(tuple(targets)))


def forward_steps(tape: Tape) -> list[int]:
    """Return the entries of forward that y depends on, in order."""
    return sorted(k for k in ancestors(tape, [tape.y]) if k < tape.start)


def dependents(tape: Tape, first: Iterable[int]) -> set[int]:
    """Return the entries that depend on others, these included."""
    found = set(first)
    for index in range(min(found), len(tape.ops)):
        if not found.isdisjoint(tape.uses[index]):
            found.add(index)
    return found

"""Loops: which entries of a tape are the same step of the source, carried out turn by turn."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import Any

from gradproof.diagnosis.quantities.terms import Term
from gradproof.diagnosis.tape.tape import Later, Op, Ref, Tape

Slots = tuple[tuple[int, int], ...]


class Turns:
    """The turns of each step of a tape: of a statement in a loop, or in a helper called again."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self._keys: list[Any] = []
        self._members: dict[Any, list[int]] = defaultdict(list)
        run: dict[str, int] = defaultdict(int)
        before: Any = None
        for index, op in enumerate(tape.ops):
            here = (op.site, op.place, index > tape.start)
            if here != before:
                run.clear()
            before = here
            key = index if op.site is None else (*here, op.name, run[op.name])
            run[op.name] += 1
            self._keys.append(key)
            self._members[key].append(index)

    def of(self, index: int) -> list[int]:
        """Return the entries that are the same step as this one, in order; this one among them."""
        return self._members[self._keys[index]]

    def is_last(self, index: int) -> bool:
        """Whether a step is not carried out again."""
        return self.of(index)[-1] == index

    def repeated(self, index: int) -> bool:
        """Whether a step stands in a loop: it is carried out again at the same place."""
        return len(self.of(index)) > 1

    def loops(self) -> bool:
        """Whether backward does anything three times or more."""
        later = range(self.tape.start, len(self.tape.ops))
        return any(len(self.of(k)) > 2 for k in later)

    def latest(self, index: int, before: int) -> int | None:
        """Return the entry that stood for a step when another was carried out.

        In the first turn, what has the same name may have been made before the loop.
        """
        members = self.of(index)
        if len(members) < 2:
            return index if index < before else None
        earlier = [k for k in members if k < before]
        if earlier:
            return earlier[-1]
        names = self.tape.ops[index].names[: self.tape.ops[index].own]
        shape = self.tape.ops[index].value.shape
        for k in range(before - 1, -1, -1):
            op = self.tape.ops[k]
            if set(op.names[: op.own]) & set(names) and op.value.shape == shape:
                return k
        return None

    def moved(self, term: Term, before: int, own: dict[int, int] | None = None) -> Term | None:
        """Return a term as it stands in the turn of an entry; None if it cannot stand there.

        own: which entries stand for others in this turn, where that is known.
        """
        known = own or {}
        return term.in_turn(before, lambda k: known[k] if k in known else self.latest(k, before))


def in_each_turn(tape: Tape, turns: Turns, slots: Slots, term: Term) -> dict[int, Op]:
    """Return the overrides that put a term into operands, in each turn over that turn's entries.

    The term is worked out when it is needed: what it is made of may itself be changed by then.
    """
    out: dict[int, Op] = {}
    every = [tape.ops[index].args[k] for index, k in slots]
    held = [a.index if isinstance(a, Ref) else -1 for a in every]  # -1: a number
    for (index, k), operand in zip(slots, held):
        own = turns.moved(term, index, {held[0]: operand})
        if own is None:
            raise ValueError("a step that is not there in the first turn")
        op = out.get(index, tape.ops[index])
        later = Later(frozenset(own.entries()), partial(own.given, tape))
        args = tuple(later if j == k else a for j, a in enumerate(op.args))
        out[index] = Op(op.name, args, op.kwargs, op.value)
    return out

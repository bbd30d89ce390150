"""The likely changes of any operand after another change was made: second slips, many at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from gradproof.diagnosis.quantities.quantities import Quantity, spreads
from gradproof.diagnosis.quantities.terms import Term, apply, entry, number
from gradproof.diagnosis.search.linear_effects import WEIGHTS
from gradproof.diagnosis.search.operand_changes import Change, slot_entry
from gradproof.diagnosis.search.repair import Repair, Slot, applied
from gradproof.diagnosis.slips.composites import multiples, stacked
from gradproof.diagnosis.slips.operands import Operands
from gradproof.diagnosis.tape.adjoints import adjoints
from gradproof.diagnosis.tape.tape import Array, Tape
from gradproof.slip_kinds import Kind
from gradproof.work import WEIGHED, spend

_FIT = 1e-7
_LIKELY = 0.65  # the cost of a quantity that people mean: a variable, a local derivative
_WITH_ANOTHER = 1.27  # what a change that brings in another quantity costs beside that
MOST_FIRSTS = 150


class Likely:
    """Likely changes of operands, alone or after another change."""

    def __init__(self, operands: Operands) -> None:
        self.operands, self.tape = operands, operands.tape
        self.pool = [q for q in operands.made.pool if q.cost < _LIKELY]
        self._near: dict[tuple[tuple[int, ...], int], list[int]] = {}
        self._alone: dict[int, list[Change]] = {}
        self._made_of = [q.term.entries() for q in self.pool]

    def near(self, shape: tuple[int, ...], index: int) -> list[int]:
        """Return which likely quantities are known before an entry and broadcast to a shape."""
        key = shape, index
        if key not in self._near:
            self._near[key] = [k for k, q in enumerate(self.pool)
                               if q.last < index and spreads(q.value.shape, shape)]  # fmt: skip
        return self._near[key]

    def firsts(self) -> list[Repair]:
        """Return changes of one operand into a variable, or its product with one."""
        out = []
        for slots in self.operands.slots:
            if len(slots) == 1:
                own = entry(slot_entry(self.tape, slots[0]))
                value = np.asarray(self.tape.value(own.index), dtype=float)
                for q in (self.pool[k] for k in self.near(value.shape, slots[0][0])):
                    if q.cost < 0.1 and q.term != own:
                        out += [self.operands.repair_of(slots, c, 1.0, "1", 0.0)
                                for c in _changes(own, value, q)[:2]]  # fmt: skip
        return sorted(out, key=lambda r: r.cost)[:MOST_FIRSTS]

    def after(self, first: Repair, most: float) -> Iterator[Repair]:
        """Yield the changes of one operand that make the gradient true after a first change.

        They are found where backward is linear in the operand, and not confirmed at other points.
        most: what both may cost together.
        """
        operands = self.operands
        tape = applied(self.tape, first)
        given = np.asarray(tape.value(operands.target), dtype=float)
        true = operands.scene.first.true[operands.name]
        if given.shape != true.shape or not np.isfinite(given).all():
            return
        edges: list[dict[Slot, Array]] = []
        for weight in operands.weights:
            edges.append({})
            adjoints(tape, {operands.target: weight}, edges=edges[-1])
        missing = (operands.weights * (true - given)).reshape(WEIGHTS, -1).sum(axis=1)
        now = [q.value if all(tape.ops[k] is self.tape.ops[k] for k in made) else _now(tape, q)
               for q, made in zip(self.pool, self._made_of)]  # fmt: skip
        for slots in operands.slots:
            spend(WEIGHED * len(now))
            if all(slot in edges[0] and _is_same(tape, self.tape, slot) for slot in slots):
                seen = np.stack([np.sum([e[s] for s in slots], axis=0) for e in edges])
                for change, c in self._fitting(tape, slots, seen, missing, now, most - first.cost):
                    read = operands.scene.numbers.read(c)
                    if read is not None:
                        yield operands.repair_of(slots, change, *read)

    def _fitting(
        self, tape: Tape, slots: tuple[Slot, ...], edges: Array, missing: Array,
        now: list[Array | None], most: float,
    ) -> Iterator[tuple[Change, float]]:  # fmt: skip
        """Yield the changes of operands that explain what is missing, each with its coefficient."""
        own = entry(slot_entry(tape, slots[0]))
        value, seen = np.asarray(tape.value(own.index), dtype=float), edges.reshape(WEIGHTS, -1)
        if seen.shape[1] != value.size:
            return
        flat = value.ravel()
        goal = missing + seen @ flat
        few = [c for c in self._of_itself(tape, own, value) if c.cost < most]
        for k, c in multiples(stacked([f.value for f in few], value.shape) @ seen.T, goal, _FIT):
            if abs(c) > _FIT and (few[k].term == own or _is_sign(c)):
                yield few[k], c
        cheap = [k for k in self.near(value.shape, slots[0][0])
                 if self.pool[k].cost + _WITH_ANOTHER < most]  # fmt: skip
        likely = [(self.pool[k], now[k]) for k in cheap]
        known = [(q, held) for q, held in likely
                 if held is not None and own not in (q.term, *q.term.parts)]  # fmt: skip
        values = stacked([held for _, held in known], value.shape)
        shown = values @ seen.T
        images = (values @ (flat[:, np.newaxis] * seen.T), shown, (flat / values) @ seen.T, shown)
        hits = [(k, way, c) for way in range(4) for k, c in multiples(
                images[way], missing if way == 3 else goal, _FIT) if _is_sign(c)]  # fmt: skip
        for k, way, c in sorted(hits):
            q, held = known[k]
            yield _changes(own, value, replace(q, value=held))[way], c

    def _of_itself(self, tape: Tape, own: Term, value: Array) -> list[Change]:
        """Return the changes of an operand that need no other; made once while its value stays."""
        same = tape.value(own.index) is self.tape.value(own.index)
        if same and own.index in self._alone:
            return self._alone[own.index]
        made = [Change(own, value, Kind.WRONG_FACTOR, 1.0, own)]
        made += self.operands.made.of_itself(own, value)
        if same:
            self._alone[own.index] = made
        return made


def _is_sign(c: float) -> bool:
    return abs(abs(c) - 1) < _FIT


def _changes(own: Term, value: Array, q: Quantity) -> list[Change]:
    """Return a variable in the place of another, and the factor or term that was left out."""
    broad = np.broadcast_to(q.value, value.shape)
    with np.errstate(all="ignore"):
        return [
            Change(apply("multiply", own, q.term), value * broad, Kind.MISSING_FACTOR,
                   1.3 + q.cost, q.term),
            Change(q.term, broad, Kind.WRONG_VARIABLE, 1.27 + q.cost, own),
            Change(apply("divide", own, q.term), value / broad, Kind.MISSING_FACTOR,
                   1.45 + q.cost, apply("divide", number(1), q.term)),
            Change(q.term, broad, Kind.MISSING_PATH, 1.5 + q.cost, q.term, True),
        ]  # fmt: skip


def _is_same(tape: Tape, before: Tape, slot: Slot) -> bool:
    """Whether a first change has left the operands of an entry where they were."""
    return tape.ops[slot[0]].args == before.ops[slot[0]].args


def _now(tape: Tape, q: Quantity) -> Array | None:
    """Return the value of a quantity on a changed tape; None where it has another shape there."""
    try:
        value = q.term.at(tape)
    except ValueError:
        return None
    known = not isinstance(value, list) and np.shape(value) == q.value.shape
    return np.asarray(value, dtype=float) if known else None

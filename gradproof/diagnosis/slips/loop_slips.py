"""Repairs of one operand in a loop: the same change at the same place of the source, in each turn.

What is at hand differs from turn to turn: a term over the entries of the last turn is read, in an
earlier one, over those that stood for the same steps then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gradproof.diagnosis.quantities.index_choices import indexed
from gradproof.diagnosis.quantities.quantities import Quantity, fitting, spreads
from gradproof.diagnosis.quantities.terms import apply, entry
from gradproof.diagnosis.search.linear_effects import WEIGHTS
from gradproof.diagnosis.search.operand_changes import Change, Changes
from gradproof.diagnosis.search.repair import Repair, Slot, dependents, in_slots, with_operands
from gradproof.diagnosis.slips.operands import Operands
from gradproof.diagnosis.slips.slip_family import Looked, WholeFamily
from gradproof.diagnosis.source.rewrites import about_term
from gradproof.diagnosis.tape.points import Scene
from gradproof.diagnosis.tape.tape import Array, Ref
from gradproof.diagnosis.weights import weight
from gradproof.slip_kinds import Kind

MOST_TURNS = 64
NAMED = weight("loops: named")
_REDUCED = ("sum", "mean", "max", "min", "argmax", "argmin")
_WITH_NUMBERS = ("add", "subtract", "multiply", "setitem")
_LIKELY = 1.9  # what costs more is not tried one by one


class LoopChanges(Changes):
    """The changes of an operand in every turn; values have the turns along the first axis."""

    def __init__(self, scene: Scene, pool: list[Quantity]) -> None:
        super().__init__(scene, pool)
        self.turns = scene.turns

    def told_by(self, slots: tuple[Slot, ...]) -> Any:
        """Return what the changes of operands depend on: all of their turns."""
        return slots

    def value(self, slots: tuple[Slot, ...]) -> Array:
        """Return the values of the operand."""
        return np.stack([super(LoopChanges, self).value((slot,)) for slot in slots])

    def of(
        self, slots: tuple[Slot, ...], linear: bool, near: Sequence[Quantity] | None = None
    ) -> Iterator[Change]:
        """Yield what may stand in an operand's place, or be added to it."""
        yield from (c for c in super().of(slots, linear, near) if self.suits(slots, c))

    def suits(self, slots: tuple[Slot, ...], change: Change) -> bool:
        """Whether a change may be one of these operands: of what is indexed, another array."""
        indexed = self.tape.ops[slots[0][0]].name == "getitem"
        return not indexed or change.kind is Kind.WRONG_VARIABLE

    def growing(self, slots: tuple[Slot, ...]) -> Iterator[Change]:
        """Yield factors of one number, which make an array of it, and other arrays for one that is
        reduced to a number; other shapes are taken to be right."""
        index, k = slots[0]
        op = self.tape.ops[index]
        own, value = entry(op.args[k].index), self.value(slots)
        reduced = op.name in _REDUCED and op.kwargs.get("axis") is None and value[0].ndim
        if value[0].ndim and not reduced:
            return
        for q in self.pool:
            other = not value[0].ndim or q.value.shape != value[0].shape
            if q.cost < NAMED and q.value.ndim and other and self._everywhere(q, slots):
                if reduced:
                    yield Change(q.term, value, Kind.WRONG_VARIABLE,
                                 weight("loops: another variable") + q.cost, own)  # fmt: skip
                else:
                    term = apply("multiply", own, q.term)
                    yield Change(
                        term, value, Kind.MISSING_FACTOR, weight("loops: a factor") + q.cost, q.term
                    )

    def _everywhere(self, q: Quantity, slots: tuple[Slot, ...]) -> bool:
        """Whether a quantity is known in every turn."""
        return all(self.turns.moved(q.term, index) is not None for index, _ in slots)

    def numbers_of(self, index: int, k: int, slots: tuple[Slot, ...]) -> Iterator[Repair]:
        """Yield quantities in the place of a number that is written in a loop."""
        op = self.tape.ops[index]
        shape = (len(slots), *np.shape(op.value))
        kind = Kind.MISSING_FACTOR if op.args[k] == 1 else Kind.WRONG_VARIABLE
        for q in self._known(slots, shape):
            if q.cost < 0.75:
                yield in_slots(slots, q.term, kind,
                               weight("loops: a quantity for a number") + q.cost,
                               about_term(q.term), self.turns)  # fmt: skip

    def near(self, slots: tuple[Slot, ...], shape: tuple[int, ...]) -> list[Quantity]:
        """Return the quantities known in every turn."""
        return self._known(slots, shape)

    def _known(self, slots: tuple[Slot, ...], shape: tuple[int, ...]) -> list[Quantity]:
        found = []
        for q in fitting(self.pool, shape[1:], len(self.tape.ops)):
            rows = [self._in_turn(q, i) for i, _ in slots]
            here = self.turns.moved(q.term, slots[0][0])
            # A helper may be called with arrays of several shapes.
            if here is None or any(r is None or not spreads(r.shape, shape[1:]) for r in rows):
                continue
            full = [np.broadcast_to(np.asarray(r, dtype=float), shape[1:]) for r in rows]
            last = max(here.entries(), default=0)
            found.append(replace(q, term=here, value=np.stack(full), last=last))
        return [*found, *indexed(self.tape, self.turns, slots, shape)]

    def _in_turn(self, q: Quantity, index: int) -> Array | None:
        own = self.turns.moved(q.term, index)
        try:
            return None if own is None else np.asarray(own.at(self.tape), dtype=float)
        except (ValueError, TypeError):
            return None


class LoopOperands(Operands):
    """The operands of steps that are carried out several times, each with all its turns."""

    maker = LoopChanges
    made: LoopChanges

    def _grouped(self, live: list[int]) -> list[tuple[Slot, ...]]:
        self.turning = turns = self.scene.turns
        self._numbers: list[tuple[Slot, ...]] = []
        inside = set(live)
        found: list[tuple[Slot, ...]] = []
        for index in live:
            members = [m for m in turns.of(index) if m in inside]
            if members[-1] != index or not 1 < len(members) <= MOST_TURNS:
                continue
            for k, operand in enumerate(self.tape.ops[index].args):
                every = tuple((m, k) for m in reversed(members))
                if isinstance(operand, Ref) and self._same_shape(every):
                    found.append(every)
                elif type(operand) in (int, float) and self.tape.ops[index].name in _WITH_NUMBERS:
                    self._numbers.append(every)
        return found

    def _same_shape(self, slots: tuple[Slot, ...]) -> bool:
        operands = [self.tape.ops[i].args[k] for i, k in slots]
        if not all(isinstance(a, Ref) for a in operands):
            return False
        values = [self.tape.value(a.index) for a in operands]
        return all(
            not isinstance(v, list) and v.dtype.kind in "fb" and v.shape == values[0].shape
            for v in values
        )

    def _rows(self, slots: tuple[Slot, ...]) -> Array | None:
        if not self.fits or not any(slot in self.edges[0] for slot in slots):
            return None
        nothing = np.zeros(self.made.value(slots).shape[1:])
        rows = np.stack([np.stack([edges.get(slot, nothing) for slot in slots])
                         for edges in self.edges])  # fmt: skip
        return rows.reshape(WEIGHTS, -1) if self._linear(slots, rows) else None

    def put(self, slots: tuple[Slot, ...], value: Any) -> dict[int, Any]:
        """Return the overrides that put values into the operands, one for each turn."""
        changed: dict[int, Any] = {}
        for slot, own in zip(slots, value):
            changed |= with_operands(self.tape, [slot], own)
        return changed

    def reshaped(self) -> Iterator[Repair]:
        """Yield the changes that the shapes ask for, and quantities for numbers: they are few."""
        for slots in self.slots:
            for change in self.made.growing(slots):
                yield self.repair_of(slots, change, 1.0, "1", 0.0)
        for slots in self._numbers:
            yield from self.made.numbers_of(*slots[0], slots)

    def others(self) -> list[Repair]:
        """Return the changes that must be tried one by one, the likeliest first.

        Where a term has what earlier turns made of the operand, its values cannot be known before
        it is put there; nor can anything where the gradient is not linear in the operand.
        """
        found: list[Repair] = []
        for slots in self.slots:
            linear = self.seen(slots) is not None
            moved = dependents(self.tape, (index for index, _ in slots))
            for change in self.changes(slots, linear):
                alone = linear and moved.isdisjoint(change.term.entries())
                if change.cost < _LIKELY and not alone:
                    for sign in (1.0, -1.0) if change.added else (1.0,):
                        text = "1" if sign > 0 else "-1"
                        found.append(self.repair_of(slots, change, sign, text, 0.0))
        return sorted(found, key=lambda r: r.cost)


class ReshapedInLoops(WholeFamily):
    """What the shapes ask for in a loop, and a quantity for a number.

    Looks at the operands of what is done in a loop. In their place: the quantities that have the
    shape that is needed, in each turn. Says which quantity is meant.
    """

    order = 50

    def repairs(self, looked: Looked) -> Iterator[Repair]:
        return looked.loops.reshaped()

"""Repairs of one operand: a factor, a term, another variable, a power.

Most of backward is linear in each of its operands. There a change helps if its image under the rest
of the computation, seen through a few random weights, is what is missing: one matrix product tries
hundreds of changes at once and finds their coefficient as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np

from gradproof.diagnosis.quantities.quantities import Quantity, spreads
from gradproof.diagnosis.quantities.terms import Term, apply, entry, number
from gradproof.diagnosis.search.linear_effects import WEIGHTS
from gradproof.diagnosis.search.operand_changes import Change, Changes, factor_kind, slot_entry
from gradproof.diagnosis.search.repair import TWICE, Repair, Slot, in_slots, with_operands
from gradproof.diagnosis.search.trial_batch import Bundle
from gradproof.diagnosis.slips.composites import composites, multiples, stacked
from gradproof.diagnosis.source.rewrites import about_term
from gradproof.diagnosis.tape.adjoints import NoRuleError, adjoints
from gradproof.diagnosis.tape.batched import Stack, is_by_element
from gradproof.diagnosis.tape.iterations import Turns
from gradproof.diagnosis.tape.points import Scene
from gradproof.diagnosis.tape.tape import Array, Op, Ref, Tape, rerun
from gradproof.diagnosis.weights import weight
from gradproof.slip_kinds import Kind

_FIT = 1e-7
FOREIGN = weight("operands: foreign")
LOST_SIGN = weight("operands: lost sign")  # -t that was left out as a whole, not t and a sign
# A mask that was counted, or labels, may be an operand of these.
_WHOLE = ("add", "subtract", "multiply", "divide", "matmul", "sum", "mean", "transpose", "returned")


class Operands:
    """The operands of one gradient's computation, and what a change of each does to it."""

    maker = Changes
    turning: Turns | None = None

    def __init__(self, scene: Scene, name: str, live: list[int], pool: list[Quantity]) -> None:
        self.scene, self.name = scene, name
        self.made = self.maker(scene, pool)
        self.tape = scene.first.tape
        self.target = self.tape.gradients[name]
        self.slots = self._grouped(live)
        self._seen: dict[tuple[Slot, ...], Array | None] = {}
        self._changes: dict[Any, list[Change]] = {}
        given, true = scene.first.given(name), scene.first.true[name]
        self.fits = given.shape == true.shape and bool(np.isfinite(given).all())
        rng = np.random.default_rng(11)
        self.weights = rng.normal(size=(WEIGHTS, *given.shape))
        self.edges: list[dict[Slot, Array]] = []
        self.missing = np.zeros(WEIGHTS)
        if self.fits:
            try:
                for weight in self.weights:
                    edges: dict[Slot, Array] = {}
                    found = adjoints(self.tape, {self.target: weight}, edges=edges)
                    del found
                    self.edges.append(edges)
                axes = tuple(range(1, self.weights.ndim))
                self.missing = (self.weights * (true - given)).sum(axis=axes)
            except NoRuleError:
                self.fits = False

    def _grouped(self, live: list[int]) -> list[tuple[Slot, ...]]:
        """Return the operands one by one, and all uses of the same name together."""
        alone: list[tuple[Slot, ...]] = []
        groups: dict[Any, list[Slot]] = {}
        inside = set(live)
        for index in sorted(inside | set(range(self.tape.start + 1, len(self.tape.ops)))):
            op = self.tape.ops[index]
            for k, operand in enumerate(op.args):
                if not isinstance(operand, Ref) or isinstance(self.tape.value(operand.index), list):
                    continue
                kind = self.tape.value(operand.index).dtype.kind
                if kind not in "fb" and not (kind == "i" and op.name in _WHOLE):
                    continue
                if index in inside and not self.scene.turns.repeated(index):
                    alone.append(((index, k),))
                text = self.scene.naming.variable(op, k, operand.index)
                held = self.tape.value(operand.index)
                same = held.shape, held.tobytes()  # made once, or again
                groups.setdefault((same, text), []).append((index, k))
                line = op.site.line if op.site is not None else 0
                groups.setdefault((same, text, line), []).append((index, k))
        several = list(dict.fromkeys(tuple(s) for s in groups.values() if len(s) > 1))
        return alone + [s for s in several if any(index in inside for index, _ in s)]

    def seen(self, slots: tuple[Slot, ...]) -> Array | None:
        """Return what the weights see of a change of these operands; None if it is not linear."""
        if slots not in self._seen:
            self._seen[slots] = self._rows(slots)
        return self._seen[slots]

    def _rows(self, slots: tuple[Slot, ...]) -> Array | None:
        if not self.fits or not any(slot in self.edges[0] for slot in slots):
            return None
        rows = np.stack([np.sum([edges[s] for s in slots if s in edges], axis=0)
                         for edges in self.edges])  # fmt: skip
        return rows.reshape(WEIGHTS, -1) if self._linear(slots, rows) else None

    def put(self, slots: tuple[Slot, ...], value: Any) -> dict[int, Any]:
        """Return the overrides that put a value into operands."""
        return with_operands(self.tape, slots, value)

    def _compared(self, slots: tuple[Slot, ...]) -> bool:
        """Whether an operand is only compared: then much does as well as what was meant."""
        return self.tape.ops[slots[0][0]].name in ("greater", "less", "greater_equal", "less_equal")

    def _linear(self, slots: tuple[Slot, ...], rows: Array) -> bool:
        value = self.made.value(slots)
        step = np.random.default_rng(5).normal(size=value.shape)
        try:
            with np.errstate(all="ignore"):
                after = rerun(self.tape, self.put(slots, value + step), [self.target])[0]
        except Exception:
            return False
        axes = tuple(range(1, self.weights.ndim))
        moved = (self.weights * (after - self.tape.value(self.target))).sum(axis=axes)
        wanted = rows.reshape(WEIGHTS, -1) @ np.ravel(step)
        return bool(np.abs(moved - wanted).max() <= 1e-8 * (1 + np.abs(wanted).max()))

    def repairs(self, slots: tuple[Slot, ...]) -> Iterator[Repair]:
        """Yield the changes of one operand that are seen to explain what is missing."""
        seen = self.seen(slots)
        if seen is None:
            return
        value, own = self.made.value(slots), entry(slot_entry(self.tape, slots[0]))
        near = self.made.near(slots, value.shape)
        few = list(self.made.of(slots, True, ()))
        fitting = list(self.matching(slots, seen, few, self.missing))
        fitting += self._of_quantities(slots, seen, value, near)
        fitting += composites(near, own, value, seen, self.missing, _FIT)
        for change, coefficient in fitting:
            for read in self.scene.numbers.readings(coefficient):
                if abs(coefficient) > 1e-9 and not self._undone(change, coefficient):
                    yield self.repair_of(slots, change, *read)

    def _undone(self, change: Change, by: float) -> bool:
        """Whether a change multiplies by a number what was divided by it: then that is too much."""
        op = self.tape.ops[change.term.index] if change.term.name == "entry" else None
        if op is None or op.name != "divide" or isinstance(op.args[1], Ref):
            return False
        return change.term == change.about and abs(by - op.args[1]) <= 1e-9 * abs(by)

    def growing(self, slots: tuple[Slot, ...]) -> Iterator[Repair | Bundle]:
        """Yield the changes of one operand's shape, to be tried, many of them at once."""
        return self._bundled(slots, [(c, _value(c, self.tape)) for c in self.made.growing(slots)])

    def unseen(self, slots: tuple[Slot, ...]) -> Iterator[Repair | Bundle]:
        """Yield the changes of one operand that are not seen to help and must be tried."""
        if self.seen(slots) is None:
            own, changes = self.made.value(slots), self.changes(slots, False)
            yield from self._bundled(slots, [
                (c, own + c.value if c.added else c.value) for c in changes
                if not c.added or c.cost < 2.0])  # fmt: skip

    def _bundled(
        self, slots: tuple[Slot, ...], tried: Sequence[tuple[Change, Any]]
    ) -> Iterator[Repair | Bundle]:
        sorts: dict[Any, list[tuple[Change, Any]]] = {}
        where = self._shapes(slots)
        for change, value in tried:
            sorts.setdefault(where(np.shape(value)), []).append((change, value))
        for shape, some in sorts.items():
            if isinstance(shape, tuple):
                yield self._bundle(slots, shape, some)
            elif shape is None:
                yield from (self._plain(slots, change) for change, _ in some)

    def _bundle(
        self, slots: tuple[Slot, ...], shape: tuple[int, ...], some: list[tuple[Change, Any]]
    ) -> Bundle:
        values = stacked([value for _, value in some], shape).reshape(len(some), *shape)
        costs = np.array([self._cost(slots, change) for change, _ in some])
        return Bundle(self.put(slots, Stack(values)), costs,
                      lambda k: self._plain(slots, some[k][0]))  # fmt: skip

    def _plain(self, slots: tuple[Slot, ...], change: Change) -> Repair:
        return self.repair_of(slots, change, 1.0, "1", 0.0)

    def _shapes(self, slots: tuple[Slot, ...]) -> Callable[[tuple[int, ...]], Any]:
        """Return in which shape a new operand of another one may be put there: its own, or that of
        the old one; None where it is to be tried alone, False where it does not run."""
        ops = [(self.tape.ops[index], k) for index, k in slots]
        held = self.tape.value(slot_entry(self.tape, slots[0]))
        own, real = held.shape, held.dtype.kind == "f"
        by_element = all(is_by_element(op.name) for op, _ in ops)

        @cache
        def where(shape: tuple[int, ...]) -> tuple[int, ...] | bool | None:
            if not by_element or not real:
                return shape if real else None
            try:
                kept = all(_spread(self.tape, op, k, shape) == op.value.shape for op, k in ops)
            except ValueError:
                return False
            return own if kept and spreads(shape, own) else shape

        return where

    def changes(self, slots: tuple[Slot, ...], linear: bool) -> list[Change]:
        """Return what may stand in an operand's place, or be added to it."""
        key = (self.made.told_by(slots), linear)
        if key not in self._changes:
            self._changes[key] = list(self.made.of(slots, linear))
        return self._changes[key]

    def matching(
        self, slots: tuple[Slot, ...], seen: Array, changes: list[Change], missing: Array
    ) -> Iterator[tuple[Change, float]]:
        """Yield the changes that explain what is missing, each with its coefficient."""
        value = self.made.value(slots)
        for added in (False, True):
            some = [c for c in changes if c.added is added]
            goal = missing if added else missing + seen @ value.ravel()
            images = stacked([c.value for c in some], value.shape) @ seen.T
            for k, c in multiples(images, goal, _FIT):
                yield some[k], c

    def _of_quantities(
        self, slots: tuple[Slot, ...], seen: Array, value: Array, near: Sequence[Quantity]
    ) -> Iterator[tuple[Change, float]]:
        """Yield quantities in an operand's place, as its factor or divisor, or added to it, that
        explain what is missing; their values are looked through as one array."""
        values, flat = stacked([q.value for q in near], value.shape), value.ravel()
        shown, goal = values @ seen.T, self.missing + seen @ flat
        images = (shown, values @ (flat[:, np.newaxis] * seen.T), (flat / values) @ seen.T, shown)
        goals = (goal, goal, goal, self.missing)
        hits = [(way == 3, k, way, c) for way in range(4)
                for k, c in multiples(images[way], goals[way], _FIT)]  # fmt: skip
        for _, k, way, c in sorted(hits):
            changes = list(self.made.with_quantity(slots, value, near[k]))
            # The last four are the ways; one before them stands in its place for another reason.
            for change in changes[:-3] if way == 0 else changes[way - 4 :][:1]:
                if self.made.suits(slots, change):
                    yield change, c

    def repair_of(
        self, slots: tuple[Slot, ...], change: Change, c: float, text: str, unlikely: float
    ) -> Repair:
        """Return the repair that a change with its coefficient comes to."""
        own = entry(self.tape.ops[slots[0][0]].args[slots[0][1]].index)
        shown = number(abs(c), text.lstrip("-"))
        term, kind, cost = change.term, change.kind, change.cost + unlikely
        about: Term = change.about
        one = text.lstrip("-") == "1"
        if not one and term.name == "number":
            term = shown
        elif not one:
            term = _scaled(term, shown, text.lstrip("-"))
            cost += weight("operands: more, for a sum with a sign") if change.added else TWICE
        if (
            change.added
            and change.term.name == "number"
            and text.lstrip("-") in self.scene.numbers.expressions
        ):
            kind, cost = Kind.MISSING_PATH, weight("operands: a term left out") + unlikely
        if change.added:
            if term.name == "negative":
                term, c = term.parts[0], -c
            name = "add" if c > 0 else "subtract"
            whole = apply(name, own, term)
            about = term if c > 0 else apply("negative", term)
        else:
            whole = term if c > 0 else apply("negative", term)
            lost = kind is Kind.MISSING_FACTOR and about.name == "entry"
            cost += (
                (LOST_SIGN if lost else TWICE) if c < 0 else weight("operands: more, for a plus")
            )
            about = apply("negative", about) if lost and c < 0 else about
        if change.term == own:
            kind = Kind.WRONG_SIGN if one else factor_kind(text)
            cost = (
                weight("operands: itself by a number")
                if one
                else weight("operands: another by a number")
                + unlikely
                + TWICE * (c < 0 and kind is Kind.MISSING_FACTOR)
            )
            about = own if one else number(c, text)
        cost += self._misplaced(slots, change)
        return in_slots(slots, whole, kind, cost, about_term(about), self.turning)

    def _cost(self, slots: tuple[Slot, ...], change: Change) -> float:
        """Return the cost of a change as it stands."""
        own = change.term == entry(slot_entry(self.tape, slots[0]))
        return (1.05 if own else change.cost) + self._misplaced(slots, change)

    def _misplaced(self, slots: tuple[Slot, ...], change: Change) -> float:
        """Return how much less likely a change is in these operands than elsewhere.

        A variable of backward's own is mended where it is made; one from the cache, where used.
        """
        cached = slot_entry(self.tape, slots[0]) < self.tape.start
        alone, other = len(slots) == 1, change.kind is not Kind.WRONG_VARIABLE
        foreign = FOREIGN if cached and not alone and other else 0.0  # nobody negates or scales
        # what forward made wherever it is used
        return 0.02 * (alone is not cached) + 0.5 * (self._compared(slots) and other) + foreign


def _value(change: Change, tape: Tape) -> Any:
    """Return what stands in an operand's place after a change; NaN where it cannot."""
    try:
        return change.term.at(tape)
    except Exception:  # shapes that do not fit
        return np.nan


def _spread(tape: Tape, op: Op, k: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of an entry of which one operand has another shape."""
    own = [np.shape(tape.value(a.index) if isinstance(a, Ref) else a) for a in op.args]
    return np.broadcast_shapes(*own[:k], shape, *own[k + 1 :])


def _scaled(term: Term, shown: Term, text: str) -> Term:
    if text.startswith("1/") and text.count("/") == 1:
        return apply("divide", term, number(round(1 / shown.value, 12), text[2:]))
    return apply("multiply", shown, term)

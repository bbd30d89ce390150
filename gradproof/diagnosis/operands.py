"""Repairs of one operand: a factor, a term, another variable, a power.

Most of backward is linear in each of its operands. There a change helps if its image under the rest
of the computation, seen through a few random weights, is what is missing: one matrix product tries
hundreds of changes at once and finds their coefficient as well.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.diagnosis.kinds import Kind
from gradproof.diagnosis.naming import Naming
from gradproof.diagnosis.points import Scene
from gradproof.diagnosis.pool import Quantity, fitting, growing
from gradproof.diagnosis.repair import Repair, Slot, ancestors, in_slots, with_operands
from gradproof.diagnosis.rules import NoRuleError, adjoints
from gradproof.diagnosis.tape import Array, Ref, Tape, rerun
from gradproof.diagnosis.terms import Term, apply, entry, number

WEIGHTS = 3
_FIT = 1e-7
_POWERS = (2.0, 3.0, 0.5, -1.0, -0.5, -1.5, -2.0, 1.5)
_UNARY = ("exp", "log", "tanh", "sin", "cos", "sqrt", "abs", "sign")


@dataclass(frozen=True)
class Change:
    """A term to put in an operand's place: c * term, or operand + c * term, c to be found."""

    term: Term
    value: Array
    kind: Kind
    cost: float
    about: Term
    added: bool = False


class Operands:
    """The operands of one gradient's computation, and what a change of each does to it."""

    def __init__(
        self, scene: Scene, name: str, live: list[int], pool: list[Quantity], quick: bool = False
    ) -> None:
        self.scene, self.name, self.pool, self.quick = scene, name, pool, quick
        self.tape = scene.first.tape
        self.target = self.tape.gradients[name]
        self.slots = self._grouped(live)
        self._seen: dict[tuple[Slot, ...], Array | None] = {}
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
        groups: dict[tuple[int, str], list[Slot]] = {}
        inside = set(live)
        for index in sorted(inside | set(range(self.tape.start + 1, len(self.tape.ops)))):
            op = self.tape.ops[index]
            for k, operand in enumerate(op.args):
                if not isinstance(operand, Ref) or isinstance(self.tape.value(operand.index), list):
                    continue
                if self.tape.value(operand.index).dtype.kind not in "fb":
                    continue
                if index in inside:
                    alone.append(((index, k),))
                text = self.scene.naming.variable(op, k, operand.index)
                groups.setdefault((operand.index, text), []).append((index, k))
        several = [tuple(s) for s in groups.values() if len(s) > 1]
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

    def value(self, slots: tuple[Slot, ...]) -> Array:
        """Return the value of the operand."""
        index, k = slots[0]
        return np.asarray(self.tape.value(self.tape.ops[index].args[k].index), dtype=float)

    def _compared(self, slots: tuple[Slot, ...]) -> bool:
        """Whether an operand is only compared: then much does as well as what was meant."""
        return self.tape.ops[slots[0][0]].name in ("greater", "less", "greater_equal", "less_equal")

    def _linear(self, slots: tuple[Slot, ...], rows: Array) -> bool:
        value = self.value(slots)
        step = np.random.default_rng(5).normal(size=value.shape)
        try:
            with np.errstate(all="ignore"):
                after = rerun(self.tape, with_operands(self.tape, slots, value + step),
                              [self.target])[0]  # fmt: skip
        except Exception:
            return False
        axes = tuple(range(1, self.weights.ndim))
        moved = (self.weights * (after - self.tape.value(self.target))).sum(axis=axes)
        wanted = rows.reshape(WEIGHTS, -1) @ np.ravel(step)
        return bool(np.abs(moved - wanted).max() <= 1e-8 * (1 + np.abs(wanted).max()))

    def repairs(self, slots: tuple[Slot, ...]) -> Iterator[Repair]:
        """Yield the changes of one operand that may make the gradient true."""
        seen = self.seen(slots)
        for change in () if self.quick else self.growing(slots):
            yield self.repair_of(slots, change, 1.0, "1", 0.0)
        changes = list(self.changes(slots, seen is not None))
        if seen is None:
            for change in changes:
                if not change.added or change.cost < 2.0:
                    yield self.repair_of(slots, change, 1.0, "1", 0.0)
            return
        for change, coefficient in self.matching(slots, seen, changes, self.missing):
            read = self.scene.numbers.read(coefficient)
            if read is not None and abs(coefficient) > 1e-9:
                yield self.repair_of(slots, change, coefficient, *read)

    def matching(
        self, slots: tuple[Slot, ...], seen: Array, changes: list[Change], missing: Array
    ) -> Iterator[tuple[Change, float]]:
        """Yield the changes that explain what is missing, each with its coefficient."""
        value = self.value(slots)
        for added in (False, True):
            some = [c for c in changes if c.added is added]
            if not some:
                continue
            goal = missing if added else missing + seen @ value.ravel()
            images = (
                np.stack([np.broadcast_to(c.value, value.shape).ravel() for c in some]) @ seen.T
            )
            with np.errstate(all="ignore"):
                best = (images @ goal) / (images * images).sum(axis=1)
                rest = np.abs(goal - best[:, None] * images).max(axis=1)
            for k in np.flatnonzero(rest <= _FIT * np.abs(goal).max()):
                yield some[k], float(best[k])

    def changes(self, slots: tuple[Slot, ...], linear: bool) -> Iterator[Change]:
        """Yield what may stand in an operand's place, or be added to it."""
        index, k = slots[0]
        op = self.tape.ops[index]
        own = entry(op.args[k].index)
        value = self.value(slots)
        near = fitting(self.pool, value.shape, index)
        yield Change(own, value, Kind.WRONG_FACTOR, 1.0, own)
        with np.errstate(all="ignore"):
            yield from self._of_itself(own, value)
            for q in near:
                if own in (q.term, *q.term.parts):
                    continue
                yield from _with(own, value, q, op.name)
        yield Change(number(1), np.ones(value.shape), Kind.WRONG_VARIABLE, 1.8, number(1))
        yield Change(number(1), np.ones(value.shape), Kind.WRONG_CONSTANT, 1.6, number(1), True)
        if not linear:
            for c, text, unlikely in self.scene.numbers.candidates()[:60]:
                if text in self.scene.numbers.parameters or text in self.scene.numbers.lengths:
                    yield Change(number(c, text), np.full(value.shape, c), Kind.WRONG_VARIABLE,
                                 1.35 + unlikely, own)  # fmt: skip
                term = apply("multiply", number(c, text), own)
                yield Change(term, c * value, _factor_kind(text), 1.2 + unlikely, number(c, text))
                if (
                    text in self.scene.numbers.parameters
                    or text[1:] in self.scene.numbers.parameters
                ):
                    term = apply("add", own, number(c, text))
                    yield Change(term, value + c, Kind.WRONG_CONSTANT, 1.2, number(c, text))
            return
        if self.quick:
            return
        yield from self._products(value.shape, index)
        simple = [q for q in near if q.cost < 0.9][:40]
        for a, left in enumerate(simple):
            for right in simple[a:]:
                both = left.value * right.value
                term = apply("multiply", left.term, right.term)
                cost = 2.0 + left.cost + right.cost
                yield Change(term, both, Kind.MISSING_PATH, cost, term, True)
                if left is not right:
                    yield from _quotients(left, right, cost + 0.05)
                whole = apply("multiply", own, term)
                yield Change(whole, value * both, Kind.MISSING_FACTOR, cost, term)

    def growing(self, slots: tuple[Slot, ...]) -> Iterator[Change]:
        """Yield changes of an operand's shape: they are tried one by one."""
        index, k = slots[0]
        own = entry(self.tape.ops[index].args[k].index)
        value = self.value(slots)
        for q in growing(self.pool, value.shape, index):
            yield Change(q.term, q.value, Kind.WRONG_VARIABLE, 1.3 + q.cost, own)
            try:
                product = value * q.value
            except ValueError:
                continue
            term = apply("multiply", own, q.term)
            yield Change(term, product, Kind.MISSING_FACTOR, 1.35 + q.cost, q.term)
        for mask, other in self._masks(index):
            for parts in ((mask, own, other), (mask, other, own)):
                yield Change(apply("where", *parts), value, Kind.WRONG_MASK, 1.6, mask)

    def _masks(self, index: int) -> Iterator[tuple[Term, Term]]:
        """Yield masks known before an entry, each with what may stand where it does not hold."""
        named = [q for q in self.pool if q.last < index and q.cost < 0.75][:12]
        used = ancestors(self.tape, [self.tape.y, *range(self.tape.dy, len(self.tape.ops))])
        masks = [k for k in sorted(used) if k < index
                 and not isinstance(self.tape.value(k), list)
                 and self.tape.value(k).dtype.kind == "b"]  # fmt: skip
        for mask in masks[:4]:
            yield entry(mask), number(0)
            for q in named:
                yield entry(mask), q.term

    def _products(self, shape: tuple[int, ...], index: int) -> Iterator[Change]:
        """Yield products of matrices at hand that may be a term of a sum."""
        if len(shape) != 2:
            return
        near = [q for q in self.pool if q.last < index and q.value.ndim == 2 and q.cost < 0.3]
        both = [(q.term, q.value) for q in near]
        both += [(apply("transpose", t), v.T) for t, v in both]
        for (one, a), (two, b) in itertools.product(both, both):
            if a.shape[1] == b.shape[0] and (a.shape[0], b.shape[1]) == shape and one != two:
                term = apply("matmul", one, two)
                yield Change(term, a @ b, Kind.MISSING_PATH, 1.7, term, True)

    def _of_itself(self, own: Term, value: Array) -> Iterator[Change]:
        for power in _POWERS if (np.abs(value) != np.round(np.abs(value))).any() else ():
            term = apply("power", own, number(power))
            yield Change(term, np.power(value, power), Kind.WRONG_EXPONENT, 1.3, own)
        for name in _UNARY:
            term = apply(name, own)
            yield Change(term, getattr(np, name)(value), Kind.WRONG_FUNCTION, 1.6, own)
        term = apply("subtract", number(1), own)
        yield Change(term, 1 - value, Kind.WRONG_FUNCTION, 1.5, own)
        if value.ndim == 2 and value.shape[0] == value.shape[1]:
            term = apply("transpose", own)
            yield Change(term, value.T, Kind.TRANSPOSED, 1.1, own)
        for axis in (None, *range(value.ndim)):
            for name in ("sum", "mean"):
                term = apply(name, own, axis=axis, keepdims=True)
                yield Change(term, term_value(name, value, axis), Kind.WRONG_REDUCTION, 1.3, term)

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
            cost += 0.3
        if (
            change.added
            and change.term.name == "number"
            and text.lstrip("-") in (self.scene.numbers.parameters)
        ):
            kind, cost = Kind.MISSING_PATH, 1.2
        if change.added:
            name = "add" if c > 0 else "subtract"
            whole = apply(name, own, term)
            about = term if c > 0 else apply("negative", term)
        else:
            whole = term if c > 0 else apply("negative", term)
            cost += 0.1 if c < 0 else 0.0
        if change.term == own:
            kind = Kind.WRONG_SIGN if one else _factor_kind(text)
            cost = 1.05 if one else 1.15 + unlikely
            about = own if one else number(c, text)
        # A variable of backward's own is mended where it is made; one from the cache, where used.
        cached = slot_entry(self.tape, slots[0]) < self.tape.start
        cost += 0.02 * ((len(slots) == 1) is not cached) + 0.5 * (
            self._compared(slots) and change.kind is not Kind.WRONG_VARIABLE
        )
        return in_slots(slots, whole, kind, cost, _about(about))


def _quotients(left: Quantity, right: Quantity, cost: float) -> Iterator[Change]:
    with np.errstate(all="ignore"):
        for a, b in ((left, right), (right, left)):
            value = a.value / b.value
            if np.isfinite(value).all():
                term = apply("divide", a.term, b.term)
                yield Change(term, value, Kind.MISSING_PATH, cost, term, True)


def term_value(name: str, value: Array, axis: Any) -> Array:
    """Return a sum or mean with its axes kept."""
    return np.asarray(getattr(np, name)(value, axis=axis, keepdims=True))


def _about(term: Term) -> Callable[[Naming], str]:
    from gradproof.diagnosis.terms import written

    return lambda naming: written(term, naming.text)


def _factor_kind(text: str) -> Kind:
    """Return the kind of a constant factor: a length of an axis is a quantity, 2 is a number."""
    return Kind.MISSING_FACTOR if any(c.isalpha() for c in text) else Kind.WRONG_FACTOR


def _scaled(term: Term, shown: Term, text: str) -> Term:
    if text.startswith("1/") and text.count("/") == 1:
        return apply("divide", term, number(1 / shown.value, text[2:]))
    return apply("multiply", shown, term)


def _with(own: Term, value: Array, q: Quantity, name: str) -> Iterator[Change]:
    composite = 0.6 if q.cost > 0.3 and not q.variable else 0.0
    kind = Kind.WRONG_FUNCTION if composite else Kind.WRONG_VARIABLE
    yield Change(q.term, q.value, kind, 1.27 + q.cost + composite, own)
    term = apply("multiply", own, q.term)
    yield Change(term, value * q.value, Kind.MISSING_FACTOR, 1.3 + q.cost, q.term)
    term = apply("divide", own, q.term)
    about = apply("divide", number(1), q.term)
    yield Change(term, value / q.value, Kind.MISSING_FACTOR, 1.45 + q.cost, about)
    only_marks = 0.4 if np.isin(q.value, (0.0, 1.0)).all() else 0.0  # a mask is no term of a sum
    added = 1.5 + q.cost + only_marks - 0.2 * (name in ("add", "subtract"))
    yield Change(q.term, q.value, Kind.MISSING_PATH, added, q.term, True)


def slot_entry(tape: Tape, slot: Slot) -> int:
    """Return the entry that an operand holds."""
    return int(tape.ops[slot[0]].args[slot[1]].index)

"""What may stand in an operand's place, or be added to it: the changes that are tried."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.diagnosis.quantities.products import without
from gradproof.diagnosis.quantities.quantities import Quantity, fitting, growing
from gradproof.diagnosis.quantities.terms import Term, apply, entry, number
from gradproof.diagnosis.search.repair import Slot, ancestors
from gradproof.diagnosis.tape.points import Scene
from gradproof.diagnosis.tape.tape import Array, Ref, Tape
from gradproof.diagnosis.weights import weight
from gradproof.ops import elementwise_records, find
from gradproof.slip_kinds import Kind

_POWERS = (2.0, 3.0, 0.5, -1.0, -0.5, -1.5, -2.0, 1.5)
_ARITHMETIC = ("add", "subtract", "multiply", "divide", "power", "sum", "mean")
FAR = weight("operands: far")
_NAME = re.compile(r"[^\W\d][\w.]*(\['\w+'\])?")  # x, self.x, cache['x']


def is_ordered(name: str) -> bool:
    """Whether the order of elements decides a function: what is monotone in them changes little."""
    record = find(name)
    return record is not None and record.ordered


@dataclass(slots=True)
class Change:
    """A term to put in an operand's place: c * term, or operand + c * term, c to be found."""

    term: Term
    value: Array
    kind: Kind
    cost: float
    about: Term
    added: bool = False


class Changes:
    """The changes of an operand, from the quantities at hand."""

    def __init__(self, scene: Scene, pool: list[Quantity]) -> None:
        self.numbers, self.naming, self.pool = scene.numbers, scene.naming, pool
        self.tape = scene.first.tape
        self._parts: dict[int, set[int]] = {}
        self._insides: dict[int, set[int]] = {}

    def told_by(self, slots: tuple[Slot, ...]) -> Any:
        """Return what the changes of operands depend on: of those that are alike, the first."""
        return slots[0]

    def value(self, slots: tuple[Slot, ...]) -> Array:
        """Return the value of the operand."""
        return np.asarray(self.tape.value(slot_entry(self.tape, slots[0])), dtype=float)

    def of(
        self, slots: tuple[Slot, ...], linear: bool, near: Sequence[Quantity] | None = None
    ) -> Iterator[Change]:
        """Yield what may stand in an operand's place, or be added to it.

        near: the quantities to make it of; those at hand where they are not given.
        """
        index, k = slots[0]
        op = self.tape.ops[index]
        own = entry(op.args[k].index)
        value = self.value(slots)
        near = self.near(slots, value.shape) if near is None else near
        yield Change(own, value, Kind.WRONG_FACTOR, weight("operands: times a number"), own)
        with np.errstate(all="ignore"):
            yield from self.of_itself(own, value, op.name == "divide" and k == 1)
            for q in near:
                yield from self.with_quantity(slots, value, q)
        yield Change(number(1), np.ones(value.shape), Kind.WRONG_VARIABLE,
                     weight("operands: 1 in its place"), number(1))  # fmt: skip
        yield Change(number(1), np.ones(value.shape), Kind.MISSING_PATH, weight("operands: plus 1"),
                     number(1), True)  # fmt: skip
        if not linear:
            for c, text, unlikely in self.numbers.candidates()[:60]:
                if text in self.numbers.parameters or text in self.numbers.lengths:
                    yield Change(number(c, text), np.full(value.shape, c), Kind.WRONG_VARIABLE,
                                 weight("operands: another number") + unlikely, own)  # fmt: skip
                if c == -1:  # of -x it is tried where the sign stands
                    if "negative" not in (op.name, self.tape.ops[own.index].name):
                        cost = (
                            weight("operands: a sign, where order counts")
                            if is_ordered(op.name)
                            else weight("operands: a sign")
                        )
                        yield Change(apply("negative", own), -value, Kind.WRONG_SIGN, cost, own)
                    continue
                term = apply("multiply", number(c, text), own)
                yield Change(term, c * value, factor_kind(text), 1.2 + unlikely, number(c, text))
                if text in self.numbers.parameters or text[1:] in self.numbers.parameters:
                    term = apply("add", own, number(c, text))
                    yield Change(term, value + c, Kind.WRONG_CONSTANT,
                                 weight("operands: plus a number"), number(c, text))  # fmt: skip
        else:
            yield from self._products(value.shape, index)

    def _inside(self, index: int) -> set[int]:
        """Return what an operand is made of in the same statement."""
        if index in self._insides:
            return self._insides[index]
        found = self._insides[index] = set()
        pending, site = [index], self.tape.ops[index].site
        while pending and site is not None and index > self.tape.start:
            for k in self.tape.uses[pending.pop()]:
                here = self.tape.ops[k].site
                if k not in found and here is not None and here.line == site.line:
                    found.add(k)
                    pending.append(k)
        return found

    def suits(self, slots: tuple[Slot, ...], change: Change) -> bool:
        """Whether a change may be one of these operands."""
        return True

    def near(self, slots: tuple[Slot, ...], shape: tuple[int, ...]) -> list[Quantity]:
        """Return the quantities at hand that broadcast to an operand's shape."""
        return fitting(self.pool, shape, slots[0][0])

    def growing(self, slots: tuple[Slot, ...]) -> Iterator[Change]:
        """Yield changes of an operand's shape: they are tried one by one."""
        index, k = slots[0]
        own = entry(self.tape.ops[index].args[k].index)
        value = self.value(slots)
        for q in growing(self.pool, value.shape, index):
            kind, more = self._in_place_of(own, q)
            yield Change(q.term, q.value, kind,
                         weight("operands: a quantity of another shape") + q.cost + more,
                         own)  # fmt: skip
            try:
                product = value * q.value
            except ValueError:
                continue
            term = apply("multiply", own, q.term)
            yield Change(term, product, Kind.MISSING_FACTOR,
                         weight("operands: times a quantity of another shape") + q.cost,
                         q.term)  # fmt: skip
        for mask, other, unlikely in self._masks(index, own):
            for parts in ((mask, own, other), (mask, other, own)):
                yield Change(apply("where", *parts), value, Kind.WRONG_MASK,
                             weight("operands: masked") + unlikely, mask)  # fmt: skip

    def _masks(self, index: int, own: Term) -> Iterator[tuple[Term, Term, float]]:
        """Yield masks known before an entry, each with what may stand where it does not hold."""
        named = [q for q in self.pool if q.last < index and q.cost < 0.75][:12]
        used = ancestors(self.tape, [self.tape.y, *range(self.tape.dy, len(self.tape.ops))])
        masks = [k for k in sorted(used) if k < index
                 and not isinstance(self.tape.value(k), list)
                 and self.tape.value(k).dtype.kind == "b"]  # fmt: skip
        for mask in masks[:4]:
            yield entry(mask), number(0), 0.0
            yield entry(mask), apply("negative", own), 0.1
            for q in named:
                yield entry(mask), q.term, 0.3 + q.cost

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
                yield Change(
                    term, a @ b, Kind.MISSING_PATH, weight("operands: plus a product"), term, True
                )

    def of_itself(self, own: Term, value: Array, below: bool = False) -> Iterator[Change]:
        """Yield functions of an operand: a power, the argument of a function, 1 - s.

        below: whether it is what is divided by; there a square is often left out.
        """
        for power in _POWERS if (np.abs(value) != np.round(np.abs(value))).any() else ():
            term = apply("power", own, number(power))
            cost = (
                weight("operands: squared in a divisor")
                if below and power == 2
                else weight("operands: another power")
            )
            yield Change(term, np.power(value, power), Kind.WRONG_EXPONENT, cost, own)
        for record in elementwise_records():
            if record.common:
                term = apply(record.name, own)
                yield Change(term, record.function(value), Kind.WRONG_FUNCTION,
                             weight("operands: a function of it"), own)  # fmt: skip
        marks = np.isin(value, (0.0, 1.0)).all()
        truth = self.tape.value(own.index).dtype.kind == "b"
        term = apply("logical_not", own) if truth else apply("subtract", number(1), own)
        kind = Kind.WRONG_MASK if marks else Kind.WRONG_FUNCTION
        share = 0 < value.min(initial=1.0) <= value.max(initial=0.0) < 1  # as gates are: z, 1 - z
        yield Change(
            term,
            1 - value,
            kind,
            weight("operands: 1 minus marks")
            if marks
            else weight("operands: 1 minus a share")
            if share
            else weight("operands: 1 minus it"),
            own,
        )
        if value.ndim == 2 and value.shape[0] == value.shape[1]:
            term = apply("transpose", own)
            yield Change(term, value.T, Kind.TRANSPOSED, weight("operands: transposed"), own)
        for axis in (None, *range(value.ndim)):
            for name in ("sum", "mean"):
                term = apply(name, own, axis=axis, keepdims=True)
                yield Change(term, term_value(name, value, axis), Kind.WRONG_REDUCTION,
                             weight("operands: reduced"), term)  # fmt: skip

    def with_quantity(self, slots: tuple[Slot, ...], value: Array, q: Quantity) -> Iterator[Change]:
        """Yield a quantity in the place of an operand, as its factor or divisor, and added."""
        index, k = slots[0]
        op = self.tape.ops[index]
        own = entry(op.args[k].index)
        if own == q.term or (own in q.term.parts and q.term.name in _ARITHMETIC):
            return
        kind, more = self._in_place_of(own, q)
        if q.term.index in self._inside(own.index):  # a function's slope for the function itself
            over = self._rest(q.term, own)  # x for x / n
            more_than = kind is Kind.EXTRA_FACTOR or over is not None
            inner = Kind.EXTRA_FACTOR if more_than else Kind.WRONG_FUNCTION
            yield Change(q.term, q.value, inner, 1.35, over or own)
        ones = 0.2 * bool((value == 1).all())  # np.ones_like(x) is more likely a factor left out
        rest = self._rest(own, q.term) if kind is Kind.WRONG_FUNCTION else None
        if rest is not None:  # x for x * s
            kind = Kind.MISSING_FACTOR
        elif kind is Kind.WRONG_FUNCTION and q.variable and q.term.name != "entry":
            more += FAR  # the truth, written anew
        elif kind is Kind.WRONG_VARIABLE and not self._is_name(own) and _is_root(q.value, value):
            kind = Kind.WRONG_EXPONENT  # var + eps for its root, whatever name that has
        yield Change(q.term, q.value, kind, weight("operands: a quantity") + q.cost + more + ones,
                     rest or own)  # fmt: skip
        term = apply("multiply", own, q.term)
        yield Change(term, value * q.value, Kind.MISSING_FACTOR,
                     weight("operands: times a quantity") + q.cost, q.term)  # fmt: skip
        term = apply("divide", own, q.term)
        about = apply("divide", number(1), q.term)
        yield Change(term, value / q.value, Kind.MISSING_FACTOR,
                     weight("operands: divided by a quantity") + q.cost, about)  # fmt: skip
        mask = 0.4 * _marks(q.value)  # a mask is no term of a sum
        added = 1.5 + q.cost + mask - 0.2 * (op.name in ("add", "subtract"))
        yield Change(q.term, q.value, Kind.MISSING_PATH, added, q.term, True)

    def _rest(self, own: Term, term: Term) -> Term | None:
        """Return the other factors of a product that an operand is one of."""
        if term.name != "entry":
            return without(term, own)
        op = self.tape.ops[term.index]
        ours = [isinstance(a, Ref) and a.index == own.index for a in op.args[:2]]
        if op.name not in ("multiply", "divide") or sum(ours) != 1:
            return None
        at = ours.index(False)
        other = op.args[at]
        rest = entry(other.index) if isinstance(other, Ref) else (
            number(other, self.naming.operand(op, at)))  # fmt: skip
        if op.name == "multiply":
            return rest
        return apply("divide", number(1), rest) if ours[0] else None

    def _in_place_of(self, own: Term, q: Quantity) -> tuple[Kind, float]:
        """Return what it means that a quantity belongs in an operand's place, and how unlikely."""
        if own.index not in self._parts:
            self._parts[own.index] = ancestors(self.tape, [own.index])
        later = q.term.name == "entry" and q.last > self.tape.start
        part = later and q.last in self._parts[own.index]
        kind = Kind.WRONG_VARIABLE if self._is_name(q.term) else Kind.WRONG_FUNCTION
        made = self.tape.ops[own.index]
        truth, uses = made.value.dtype.kind == "b", self.tape.uses[own.index]
        part |= truth and q.term.entries() == uses  # a slope for the mask of another function
        if made.value.dtype.kind == "b" and q.value.dtype.kind == "f" and _marks(q.value):
            kind = Kind.WRONG_MASK
        elif q.term.name == "entry" and not made.own and q.term.index in self.tape.uses[own.index]:
            factor = made.name in ("multiply", "divide")
            kind = Kind.EXTRA_FACTOR if factor else Kind.WRONG_FUNCTION  # it is a function of q
        plain = q.cost <= 0.3 or (q.variable and q.term.name == "entry")
        lent = q.term.name == "entry" and not self.tape.ops[q.term.index].own  # forward's name
        return kind, 0.02 * lent if plain else 0.2 if part else 0.6

    def _is_name(self, term: Term) -> bool:
        """Whether backward has a variable, or an element of one, for a term."""
        text = self.naming.text(term.index) if term.name == "entry" else ""
        return term.name == "turn" or _NAME.fullmatch(text) is not None


def _marks(value: Array) -> bool:
    """Whether an array holds 0 and 1 alone, as masks do."""
    return bool(np.isin(value, (0.0, 1.0)).all())


def _is_root(root: Array, value: Array) -> bool:
    return root.shape == value.shape and np.allclose(root * root, value, rtol=1e-9, atol=0)


def term_value(name: str, value: Array, axis: Any) -> Array:
    """Return a sum or mean with its axes kept."""
    return np.asarray(getattr(np, name)(value, axis=axis, keepdims=True))


def factor_kind(text: str) -> Kind:
    """Return the kind of a constant factor: a length of an axis is a quantity, 2 is a number."""
    return Kind.MISSING_FACTOR if any(c.isalpha() for c in text) else Kind.WRONG_FACTOR


def slot_entry(tape: Tape, slot: Slot) -> int:
    """Return the entry that an operand holds."""
    return int(tape.ops[slot[0]].args[slot[1]].index)

"""Products in the form in which a person writes them: -dc * c * a / na**2.

A term of a path is a chain of local derivatives, 2 * -dc * c / na / (2 * na) * a. Here its factors
are gathered: numbers are multiplied, what stands above and below is cancelled, what is made of
named quantities is written in them, and what is constant along an axis leaves the sum over it.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from gradproof.diagnosis.quantities.terms import Term, apply, entry, number
from gradproof.diagnosis.tape.points import close
from gradproof.diagnosis.tape.tape import Array, Ref, Tape

_OPENED = {"multiply", "divide", "negative", "power", "square", "sqrt", "reciprocal"}
_SPREAD = {"sum", "mean"}
_LINEAR = {"matmul", "outer", "transpose", "expand_dims"}  # in each of their operands
_DEEPEST = 8
LONGER = 2  # by so many parts a normal form may be longer: a * b stands for an entry
LARGEST = 64  # denominator that is written as such
MOST_FACTORS = 6
_DIGITS = 9

Powers = dict[Term, Fraction]
_ONE, _TWO = number(1), number(2)
_MINUS = apply("negative", _ONE)
# What slopes are made of: 1 - s, 1 - t**2, exp(y).
_FORMS: tuple[Callable[[Term], Term], ...] = (
    lambda v: apply("subtract", _ONE, v),
    lambda v: apply("exp", v),
    lambda v: apply("subtract", _ONE, apply("power", v, _TWO)),
)


class Products:
    """Writes products in the quantities that backward has under a name."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.named: dict[tuple[Any, ...], Term] = {}
        self.inverse: dict[tuple[Any, ...], Term] = {}
        self.made: dict[tuple[Any, ...], Term] = {}
        for index, op in enumerate(tape.ops):
            value = _floats(op.value)
            if op.own and op.name != "returned" and value is not None:
                self.named.setdefault(_key(value), entry(index))
                with np.errstate(all="ignore"):
                    self.inverse.setdefault(_key(1 / value), entry(index))
                    for form in _FORMS:
                        made = form(entry(index))
                        self.made.setdefault(_key(np.asarray(made.at(tape))), made)

    def simplified(self, term: Term) -> Term:
        """Return an equal term in normal form; the term itself where that is none shorter."""
        try:
            made = self._normal(term)
            with np.errstate(all="ignore"):
                before, after = np.asarray(term.at(self.tape)), np.asarray(made.at(self.tape))
        except (ValueError, TypeError, IndexError, OverflowError, ZeroDivisionError):
            return term
        same = before.shape == after.shape and close(after, before)
        return made if same and size_of(made) <= size_of(term) + LONGER else term

    def _normal(self, term: Term) -> Term:
        if term.name in ("add", "subtract"):
            return apply(term.name, *map(self._normal, term.parts))
        powers: Powers = {}
        scale = self._gather(term, Fraction(1), powers, 0)
        return self._written(*self._known(scale, {b: n for b, n in powers.items() if n}))

    def _known(self, scale: Fraction, powers: Powers) -> tuple[Fraction, Powers]:
        """Return the factors with as many of them as possible under the name of their product."""
        with np.errstate(all="ignore"):
            values = {b: np.asarray(_to(b, n).at(self.tape), dtype=float)
                      for b, n in powers.items()}  # fmt: skip
            for count in range(len(powers), 1, -1) if len(powers) <= MOST_FACTORS else ():
                for some in itertools.combinations(powers, count):
                    value = functools.reduce(np.multiply, [values[b] for b in some])
                    rest = {b: n for b, n in powers.items() if b not in some}
                    for left in {scale, Fraction(1)}:
                        held = self._named_as(float(left) * value)
                        if held is not None:
                            rest[held] = rest.get(held, Fraction(0)) + 1
                            return scale / left, {b: n for b, n in rest.items() if n}
        return scale, powers

    def _gather(self, term: Term, power: Fraction, powers: Powers, depth: int) -> Fraction:
        """Add the factors of a term, to a power, and return the number that they leave."""
        if term.name == "number" and _is_plain(term) and power.denominator == 1:
            return Fraction(term.value) ** int(power)
        if term.name == "entry":
            held = self._held(term.index)
            if held is not None:
                powers[held[0]] = powers.get(held[0], Fraction(0)) + power * held[1]
                return Fraction(1)
            term = self._opened(term) if depth < _DEEPEST else term
        if power.denominator != 1:  # a root is not taken apart: of a square it would be |x|
            powers[term] = powers.get(term, Fraction(0)) + power
            return Fraction(1)
        factors = list(_factors(term))
        if factors:
            scale = Fraction(-1 if term.name == "negative" else 1) ** int(power)
            for part, n in factors:
                scale *= self._gather(part, power * n, powers, depth + 1)
            return scale
        scale, bases = self._bases(term, depth)
        for base, n in bases:
            powers[base] = powers.get(base, Fraction(0)) + power * n
        return scale ** int(power)

    def _held(self, index: int) -> tuple[Term, int] | None:
        """Return the quantity with a name that has the value of an entry, or its reciprocal."""
        own = self.tape.ops[index]
        value = _floats(own.value)
        if own.own or index == self.tape.dy or value is None:
            return entry(index), 1
        key = _key(value)
        if key in self.named:
            return self.named[key], 1
        if key in self.inverse:
            return self.inverse[key], -1
        return (self.made[key], 1) if key in self.made and own.name != "input" else None

    def _named_as(self, value: Array) -> Term | None:
        """Return a quantity with a name, or what is made of one at once, that has a value."""
        key = _key(value)
        return self.named.get(key, self.made.get(key))

    def _opened(self, term: Term) -> Term:
        """Return an entry without a name as what it is made of."""
        op = self.tape.ops[term.index]
        if op.name not in _OPENED or op.kwargs:
            return term
        parts = [_operand(a) for a in op.args]
        return apply(op.name, *parts) if None not in parts else term  # type: ignore[arg-type]

    def _bases(self, term: Term, depth: int) -> tuple[Fraction, list[tuple[Term, Fraction]]]:
        """Return what is no product; of a sum, with what is constant along its axis outside."""
        one = Fraction(1)
        if term.name in _LINEAR:
            return self._linear(term, depth)
        if term.name not in _SPREAD or len(term.parts) != 1:
            parts = [p if p.name in ("entry", "number") else self._normal(p) for p in term.parts]
            return one, [(replace(term, parts=tuple(parts)), one)]
        powers: Powers = {}
        scale = self._gather(term.parts[0], one, powers, depth + 1)
        outside = {b: n for b, n in powers.items() if n and self._is_constant(b, term)}
        inside = {b: n for b, n in powers.items() if n and b not in outside}
        if not inside:
            return one, [(term, one)]
        left = replace(term, parts=(self._written(one, inside),))
        held = self._named_as(np.asarray(left.at(self.tape), dtype=float))
        return scale, [*outside.items(), (held or left, one)]

    def _linear(self, term: Term, depth: int) -> tuple[Fraction, list[tuple[Term, Fraction]]]:
        """Return a product of matrices, or one turned, with the numbers in it outside."""
        scale, outside, parts = Fraction(1), list[tuple[Term, Fraction]](), []
        for part in term.parts:
            powers: Powers = {}
            scale *= self._gather(self._normal(part), Fraction(1), powers, depth + 1)
            numbers = {b: n for b, n in powers.items() if n and np.shape(b.at(self.tape)) == ()}
            outside += numbers.items()
            wide = {b: n for b, n in powers.items() if n and b not in numbers}
            parts.append(self._written(*self._known(Fraction(1), wide)))
        return scale, [*outside, (replace(term, parts=tuple(parts)), Fraction(1))]

    def _is_constant(self, base: Term, over: Term) -> bool:
        """Whether a factor has the same value all along the axis of a sum, and may leave it."""
        shape, options = np.shape(base.at(self.tape)), dict(over.options)
        axis, whole = options.get("axis"), np.shape(over.parts[0].at(self.tape))
        if shape == ():
            return True
        if not isinstance(axis, int):
            return False
        at = axis - (len(whole) - len(shape))
        if options.get("keepdims"):
            return at < 0 or shape[at] == 1
        return axis == 0 and at < 0

    def _written(self, scale: Fraction, powers: Powers) -> Term:
        order = sorted(powers, key=self._place)
        above = [_to(b, powers[b]) for b in order if powers[b] > 0]
        below = [_to(b, -powers[b]) for b in order if powers[b] < 0]
        if scale.denominator > LARGEST:  # 1.702, and no fraction
            above.insert(0, number(float(abs(scale))))
        elif abs(scale.numerator) != 1 or not above:
            above.insert(0, number(abs(scale.numerator)))
        if 1 != scale.denominator <= LARGEST:
            below.insert(0, number(scale.denominator))
        made = _product(above) if scale > 0 else _product([apply("negative", above[0]), *above[1:]])
        return apply("divide", made, _product(below)) if below else made

    def _place(self, base: Term) -> tuple[int, int]:
        """Return where a factor stands: first what comes from the upstream gradient."""
        if base.name == "entry":
            later = base.index >= self.tape.dy
            return (0 if later else 1), base.index
        late = any(k >= self.tape.dy for k in base.entries())
        return (0 if late else 1 if base.name == "number" else 2), max(base.entries(), default=0)


def size_of(term: Term) -> int:
    """Return of how many parts a term is made."""
    return 1 + sum(map(size_of, term.parts))


def factors_of(term: Term) -> list[Term]:
    """Return what stands above in a product, with the same exponent 1."""
    if term.name == "multiply":
        return [f for part in term.parts for f in factors_of(part)]
    if term.name in ("divide", "negative"):
        return factors_of(term.parts[0])
    return [term]


def without(term: Term, factor: Term) -> Term | None:
    """Return a product without one of its factors; None where it is none of them."""
    if term == factor:
        return _ONE
    if term.name not in ("multiply", "divide", "negative"):
        return None
    first = without(term.parts[0], factor)
    if first == _MINUS and term.name == "multiply":
        return apply("negative", term.parts[1])
    if first is not None:
        if term.name == "multiply" and first == _ONE:
            return term.parts[1]
        return replace(term, parts=(first, *term.parts[1:]))
    second = without(term.parts[1], factor) if term.name == "multiply" else None
    if second is None:
        return None
    return term.parts[0] if second == _ONE else replace(term, parts=(term.parts[0], second))


def _factors(term: Term) -> Iterator[tuple[Term, Fraction]]:
    """Yield the factors of a product with their exponents; none of what is no product."""
    one = Fraction(1)
    if term.name == "multiply":
        yield from ((part, one) for part in term.parts)
    elif term.name == "divide":
        yield from ((term.parts[0], one), (term.parts[1], -one))
    elif term.name in ("negative", "reciprocal"):
        yield term.parts[0], one if term.name == "negative" else -one
    elif term.name in ("square", "sqrt"):
        yield term.parts[0], Fraction(2) if term.name == "square" else Fraction(1, 2)
    elif term.name == "power" and term.parts[1].name == "number":
        exponent = Fraction(term.parts[1].value)
        if _is_plain(term.parts[1]) and exponent.denominator <= 2:
            yield term.parts[0], exponent


def _operand(operand: Any) -> Term | None:
    if isinstance(operand, Ref):
        return entry(operand.index)
    return number(operand) if type(operand) in (int, float) else None


def _is_plain(term: Term) -> bool:
    """Whether a number is written in digits: one with a name stays a factor."""
    try:
        return float(term.text) == term.value
    except ValueError:
        return False


def _to(base: Term, power: Fraction) -> Term:
    if power == 1:
        return base
    if power == Fraction(1, 2):
        return apply("sqrt", base)
    return apply("power", base, number(float(power)))


def _product(factors: list[Term]) -> Term:
    made = factors[0]
    for factor in factors[1:]:
        made = apply("multiply", made, factor)
    return made


def _floats(value: Any) -> Array | None:
    if isinstance(value, list):
        return None
    array = np.asarray(value)
    return np.asarray(array, dtype=float) if array.dtype.kind in "fiu" and array.size else None


def _key(value: Array) -> tuple[Any, ...]:
    return (*value.shape, *np.round(value.ravel(), _DIGITS).tolist())

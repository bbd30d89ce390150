"""Rational functions over the rationals, in generators of which some are roots of others.

What is written in such a field has one normal form, a quotient of polynomials: what is zero is seen
to be zero. A root r of order q is a generator that is reduced by r**q = radicand at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from sympy import QQ
from sympy.polys.fields import field

Element = Any  # of SymPy's field: + - * / ** and numer, denom


class Root(NamedTuple):
    """The generator at ``position`` is a root of this order of an element."""

    position: int
    order: int
    radicand: Element


class FractionField:
    """The field of rational functions in so many generators.

    >>> over = FractionField(2)
    >>> x, r = over.generators
    >>> over.vanishes(r**2 - x - 1, [Root(1, 2, x + 1)])
    True
    """

    def __init__(self, count: int) -> None:
        self.field, *found = field([f"g{k}" for k in range(count)] or ["unused"], QQ)
        self.generators: list[Element] = found

    def number(self, value: Fraction | int) -> Element:
        """Return a rational number as an element."""
        return self.field(QQ(value.numerator, value.denominator))

    def vanishes(self, value: Element, roots: Sequence[Root], most: int | None = None) -> bool:
        """Whether an element is zero once every root is reduced by its radicand.

        roots: later ones may be of earlier ones, never the reverse, so the last is reduced first.
        Raises OverflowError where a radicand is taken to more than the power ``most``.
        """
        if not value:
            return True
        if not roots:
            return False
        # The numerator as a polynomial in the root: every coefficient must vanish.
        *earlier, (position, order, radicand) = roots
        parts: dict[int, Element] = {}
        for monomial, coefficient in value.numer.terms():
            times, left = divmod(monomial[position], order)
            if most is not None and times > most:
                raise OverflowError
            rest = list(monomial)
            rest[position] = 0
            term = self.field(self.field.ring.term_new(tuple(rest), coefficient))
            parts[left] = parts.get(left, self.field(0)) + term * radicand**times
        return all(self.vanishes(part, earlier, most) for part in parts.values())


__all__ = ["Element", "FractionField", "Root"]

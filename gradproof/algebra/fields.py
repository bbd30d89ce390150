"""Decide whether an expression is identically zero, exactly.

The expression is put over the field of rational functions in generators: variables, array
elements, canonical sums, exponentials over a basis of exponents, logarithms, and roots with the
relation they satisfy. The numerator is then a polynomial, which is zero or is not: equality is
never sampled, and nothing is simplified by taste. A Kronecker delta of two free indices is decided
by cases: equal, and not equal.

Soundness: every rewriting used is an identity, so a zero numerator proves the claim. A numerator
that is left over does not show the claim false, since a relation between the generators may have
been missed; a point does, at which the expression has a value that is not zero.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import lru_cache, reduce
from operator import add, mul

import sympy as sp

from gradproof.algebra.fraction_field import Element, FractionField, Root
from gradproof.algebra.random_points import differs_from_zero
from gradproof.algebra.sums import collapse


class Decision(enum.Enum):
    """The answer to "is this identically zero?"."""

    ZERO = "zero"
    NOT_ZERO = "not zero"
    UNKNOWN = "unknown"


@lru_cache(maxsize=4096)  # the same line of a derivation is asked about by several witnesses
def decide_zero(expression: sp.Expr) -> Decision:
    """Decide whether ``expression`` is zero for all values of its symbols, within their signs.

    ``Sum`` objects may have symbolic length; Piecewise must have been resolved by the signs of
    the symbols, and one that is left makes the answer UNKNOWN.
    """
    reduced = collapse(sp.sympify(expression))
    if _is_zero(reduced, ()):
        return Decision.ZERO
    return Decision.NOT_ZERO if differs_from_zero(reduced) else Decision.UNKNOWN


def _is_zero(reduced: sp.Expr, unequal: tuple[sp.Expr, ...]) -> bool:
    """Split on the deltas of free indices; ``unequal`` are those that this case has at zero."""
    reduced = reduced.xreplace(dict.fromkeys(unequal, sp.S.Zero))
    for delta in sorted(reduced.atoms(sp.KroneckerDelta), key=str):
        index, other = _index_and_other(delta)
        if index is None or not delta.free_symbols <= reduced.free_symbols:
            continue
        if not _is_zero(reduced, (*unequal, delta)):
            return False
        same = tuple(known.xreplace({index: other}) for known in unequal)
        if sp.S.One in same:  # these two cannot be equal: it would contradict an earlier case
            return True
        return _is_zero(collapse(reduced.xreplace({index: other})), same)
    return _has_zero_numerator(reduced)


def _index_and_other(delta: sp.KroneckerDelta) -> tuple[sp.Symbol | None, sp.Expr]:
    """The side of ``delta`` that is a plain index and can be replaced by the other side."""
    left, right = delta.args
    for index, other in ((left, right), (right, left)):
        if index.is_Symbol and not other.has(index):
            return index, other
    return None, left


def _has_zero_numerator(reduced: sp.Expr) -> bool:
    if reduced.has(sp.Piecewise, sp.Max, sp.Min, sp.Derivative, sp.Integral):
        return False
    try:
        return _Generators().is_zero(reduced)
    except (NotImplementedError, ZeroDivisionError):
        return False


class _Generators:
    """Symbols that stand for exponentials, roots, sums and functions, with their relations."""

    def __init__(self) -> None:
        self._atoms: dict[sp.Expr, sp.Dummy] = {}
        self._roots: list[tuple[sp.Dummy, int, sp.Expr]] = []
        self._units: dict[sp.Expr, tuple[sp.Dummy, int]] = {}

    def is_zero(self, expression: sp.Expr) -> bool:
        """Whether ``expression`` is zero over the generators and the relations of the roots."""
        self._choose_exponent_basis(expression)
        return self._vanishes(self._replace(expression))

    def _vanishes(self, expression: sp.Expr) -> bool:
        parts = [expression, *(base for _, _, base in self._roots)]
        symbols = sorted(set().union(*(part.free_symbols for part in parts),
                                     (root for root, _, _ in self._roots)), key=str)  # fmt: skip
        over = FractionField(len(symbols))
        known = dict(zip(symbols, over.generators))
        roots = [Root(symbols.index(root), degree, _element(base, known, over))
                 for root, degree, base in self._roots]  # fmt: skip
        return over.vanishes(_element(expression, known, over), roots)

    def _choose_exponent_basis(self, expression: sp.Expr) -> None:
        denominators: dict[sp.Expr, list[int]] = {}
        for exponential in expression.atoms(sp.exp):
            for coefficient, term in _rational_terms(exponential.args[0]):
                denominators.setdefault(term, []).append(int(coefficient.q))
        for term, found in denominators.items():
            self._units[term] = (sp.Dummy("E", positive=True), int(sp.ilcm(1, *found)))

    def _replace(self, expression: sp.Expr) -> sp.Expr:
        if expression.is_Rational or expression.is_Symbol:
            return expression
        if isinstance(expression, sp.exp):
            return self._exponential(expression.args[0])
        if isinstance(expression, sp.Add | sp.Mul):
            return expression.func(*(self._replace(argument) for argument in expression.args))
        if isinstance(expression, sp.Pow):
            return self._power(expression)
        return self._opaque(expression)

    def _exponential(self, exponent: sp.Expr) -> sp.Expr:
        result = sp.S.One
        for coefficient, term in _rational_terms(exponent):
            unit, scale = self._units.setdefault(term, (sp.Dummy("E", positive=True), 1))
            result *= unit ** (coefficient * scale)
        return result

    def _power(self, expression: sp.Pow) -> sp.Expr:
        base, exponent = self._replace(expression.base), expression.exp
        if exponent.is_Integer:
            return base**exponent
        if not exponent.is_Rational:
            return self._opaque(expression)
        root = self._root_of(base, int(exponent.q))
        return root ** int(exponent.p)

    def _root_of(self, base: sp.Expr, degree: int) -> sp.Expr:
        for root, known_degree, known_base in self._roots:
            if known_degree == degree and self._vanishes(known_base - base):
                return root
            scale = sp.cancel(base / known_base) ** sp.Rational(1, degree)
            if known_degree == degree and scale.is_positive and _is_rational(scale):
                return root * scale
        root = sp.Dummy("r", positive=True)
        self._roots.append((root, degree, base))
        return root

    def _opaque(self, expression: sp.Expr) -> sp.Dummy:
        return self._atoms.setdefault(expression, sp.Dummy("a"))


def _is_rational(expression: sp.Expr) -> bool:
    return all(power.exp.is_Integer for power in expression.atoms(sp.Pow))


def _rational_terms(exponent: sp.Expr) -> Iterable[tuple[sp.Rational, sp.Expr]]:
    for term in sp.Add.make_args(sp.expand(exponent)):
        coefficient, rest = term.as_coeff_Mul(rational=True)
        yield coefficient, rest


def _element(
    expression: sp.Expr, known: Mapping[sp.Basic, Element], over: FractionField
) -> Element:
    """``expression`` as an element of the field ``over``; nothing is expanded on the way."""
    if expression in known:
        return known[expression]
    if expression.is_Rational:
        return over.number(Fraction(int(expression.p), int(expression.q)))
    if isinstance(expression, sp.Pow):
        return _element(expression.base, known, over) ** int(expression.exp)
    parts = (_element(argument, known, over) for argument in expression.args)
    if isinstance(expression, sp.Add | sp.Mul):
        return reduce(add if expression.is_Add else mul, parts)
    raise NotImplementedError(f"not a rational expression: {expression}")

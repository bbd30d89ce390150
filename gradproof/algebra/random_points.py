"""Refute "identically zero" by a point: short numbers at which the expression is not zero."""

from __future__ import annotations

import random

import sympy as sp

from gradproof.algebra.sums import collapse

LENGTH = 3  # every axis has this length at a point
POINTS = 8
# evalf raises its working precision, up to MOST_DIGITS, until DIGITS are right. Numbers are of
# the order of 1, so zero comes out near 10**-MOST_DIGITS, far below NONZERO.
DIGITS = 30
MOST_DIGITS = 200
NONZERO = sp.Rational(1, 10**80)


def differs_from_zero(expression: sp.Expr) -> bool:
    """Whether a point was found at which ``expression`` has a value that is not zero.

    False proves nothing. ``expression`` is in power-sum form (:func:`collapse`).
    """
    if expression.has(sp.Derivative, sp.Integral) or _mixes_indices(expression):
        return False
    return any(_is_nonzero(_value_at(expression, seed)) for seed in range(POINTS))


def _value_at(expression: sp.Expr, seed: int) -> sp.Expr:
    draw = random.Random(seed)
    places = _index_symbols(expression)
    lengths = dict.fromkeys(_whole_numbers(expression) - places, sp.Integer(LENGTH))
    indices = {symbol: sp.Integer(draw.randint(1, LENGTH)) for symbol in _ordered(places)}
    concrete = collapse(expression.xreplace({**lengths, **indices}))
    labels = {
        element: sp.Integer(draw.randint(1, LENGTH))
        for element in _ordered(concrete.atoms(sp.Indexed))
        if element.is_integer
    }
    concrete = concrete.xreplace(labels)
    elements = {each: _draw(draw, each) for each in _ordered(concrete.atoms(sp.Indexed))}
    concrete = concrete.xreplace(elements)
    numbers = {each: _draw(draw, each) for each in _ordered(concrete.free_symbols)}
    return concrete.xreplace(numbers)


def _index_symbols(expression: sp.Expr) -> set[sp.Basic]:
    """Free symbols that number an element, in brackets or in a Kronecker delta."""
    places: set[sp.Basic] = set()
    for element in expression.atoms(sp.Indexed):
        places.update(*(index.free_symbols for index in element.indices))
    for delta in expression.atoms(sp.KroneckerDelta):
        places.update(delta.free_symbols)
    return places & _whole_numbers(expression)


def _whole_numbers(expression: sp.Expr) -> set[sp.Basic]:
    """The free integer symbols, without the names of arrays of integers."""
    names = {element.base.label for element in expression.atoms(sp.Indexed)}
    return {
        each
        for each in expression.free_symbols - names
        if isinstance(each, sp.Symbol) and each.is_integer
    }


def _mixes_indices(expression: sp.Expr) -> bool:
    """Whether free indices stand beside numbered elements: their range is not known then."""
    numbered = any(
        index.is_Integer for each in expression.atoms(sp.Indexed) for index in each.indices
    )
    return numbered and bool(_index_symbols(expression))


def _draw(draw: random.Random, quantity: sp.Expr) -> sp.Rational:
    size = sp.Rational(draw.randint(2, 19), 10)
    if quantity.is_negative or quantity.is_nonpositive:
        return -size
    if quantity.is_positive or quantity.is_nonnegative:
        return size
    return size * draw.choice((-1, 1))


def _is_nonzero(value: sp.Expr) -> bool:
    if value.free_symbols or value.has(sp.Sum):  # a sum whose range is no whole number there
        return False
    number = value.evalf(DIGITS, maxn=MOST_DIGITS)
    return bool(number.is_Float and number.is_finite and abs(number) > NONZERO)


def _ordered(quantities: set[sp.Basic]) -> list[sp.Basic]:
    return sorted(quantities, key=str)

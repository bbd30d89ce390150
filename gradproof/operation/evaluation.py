"""Evaluate a derivation's expressions to many digits, with a running error bound.

Every value comes with the error, in units of the working precision's unit roundoff u, that a
floating-point evaluation of the same expression would commit to first order if every input were
known to within u and every operation rounded once. It is the standard running error analysis
(Higham, Accuracy and Stability of Numerical Algorithms, 2002, sections 2.1 and 3.3), carried out in
arithmetic wide enough that its own error does not matter. What is lost near the bottom of the range
is followed beside it, in units of the smallest number: there a product is off by up to one of
them, whatever its size, and later factors make that larger.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import mpmath
import sympy as sp
from sympy.functions.elementary.hyperbolic import HyperbolicFunction

from gradproof.operation.derivation import Mode
from gradproof.ops import Elementwise, digits_of, of_symbolic, precise_slope

# 50 digits are wanted; the guard digits absorb cancellation in expanded sums.
DIGITS = 110


# Unit roundoffs of float64 and float32; an error beyond this is no small one to a function.
_UNITS = (mpmath.mpf(2) ** -53, mpmath.mpf(2) ** -24)
_TOO_FAR_FOR_A_SLOPE = mpmath.mpf(1) / 100


class Tracked(NamedTuple):
    """A value and the error of its floating-point evaluation: in units of u, and of underflow."""

    value: Any
    error: Any
    underflow: Any = 0


class Evaluator:
    """Evaluates expressions of ``mode`` with its inputs bound to numbers.

    bound: maps the mode's symbols (and IndexedBase objects) to numbers (object arrays of them);
    lengths: maps size symbols to integers. Node and gradient symbols are followed to their
    definitions, each evaluated once per index.
    """

    def __init__(
        self,
        mode: Mode,
        bound: Mapping[Any, Any],
        lengths: Mapping[Any, int],
        chains: bool = True,
    ) -> None:
        self._mode = mode
        self._bound = bound
        self._lengths = lengths
        self._memo: dict[Any, Tracked] = {}
        self._definitions: dict[sp.Basic, tuple[sp.Expr, sp.Expr]] = {}
        for node in mode.graph:
            self._define(node.symbol, node.expression)
        for chain in mode.chains if chains else ():
            if chain.gradient is not None and self.applies(chain.branch):
                self._define(chain.gradient, chain.closed_form)

    def __call__(self, expression: sp.Expr, at: Mapping[sp.Symbol, int] | None = None) -> Tracked:
        """Evaluate ``expression`` with free indices ``at`` (counted from 1)."""
        return self._visit(expression, dict(at or {}))

    def applies(self, branch: Any) -> bool:
        """Whether the bound inputs lie on ``branch``; False where it cannot be told."""
        return self._lies_on(list(branch.where.items()))

    def _lies_on(self, places: list[tuple[sp.Basic, sp.Expr]]) -> bool:
        """Whether the first place, then the others, can be solved for a symbol of right sign."""
        if not places:
            return True
        (symbol, form), *rest = places
        if symbol not in self._bound or not isinstance(symbol, sp.Symbol):
            return False
        unknowns = [free for free in form.free_symbols if free not in self._bound]
        value = self._bound[symbol]
        if not unknowns:
            return bool(self._visit(form, {}).value == value) and self._lies_on(rest)
        unknown = unknowns[0]
        coefficient = sp.diff(form, unknown)
        if len(unknowns) > 1 or coefficient.has(unknown):
            return False
        factor = self._visit(coefficient, {}).value
        if factor == 0:
            return False
        solved = (value - self._visit(form.xreplace({unknown: sp.S.Zero}), {}).value) / factor
        return _has_sign(solved, unknown) and self._with(unknown, solved)._lies_on(rest)

    def _with(self, symbol: sp.Symbol, value: Any) -> Evaluator:
        return Evaluator(self._mode, {**self._bound, symbol: value}, self._lengths, chains=False)

    def _define(self, symbol: sp.Expr, definition: sp.Expr) -> None:
        key = symbol.base if isinstance(symbol, sp.Indexed) else symbol
        self._definitions[key] = (symbol, definition)

    def _visit(self, expression: sp.Expr, at: dict[sp.Symbol, int]) -> Tracked:
        key = (id(expression), *(at.get(symbol) for symbol in _free_symbols(expression)))
        if key not in self._memo:
            self._memo[key] = self._compute(expression, at)
        return self._memo[key]

    def _compute(self, expression: sp.Expr, at: dict[sp.Symbol, int]) -> Tracked:
        if expression.is_Number or expression.is_NumberSymbol:
            return _constant(expression)
        if isinstance(expression, sp.Symbol):
            return self._symbol(expression, at)
        if isinstance(expression, sp.Indexed):
            return self._indexed(expression, at)
        if isinstance(expression, sp.Sum):
            return self._sum(expression, at)
        if isinstance(expression, sp.Piecewise):
            return self._piecewise(expression, at)
        arguments = [self._visit(argument, at) for argument in expression.args]
        for kind, rule in _RULES.items():
            if isinstance(expression, kind):
                return rule(*arguments)
        record = of_symbolic(expression)
        if record is not None and record.arity == 1 and record.slopes[0] is not None:
            return _function(record)(*arguments)
        if isinstance(expression, HyperbolicFunction):  # sech and its kin, which NumPy lacks
            return self._visit(expression.rewrite(sp.exp), at)
        raise NotImplementedError(f"no rule to evaluate {expression.func.__name__}: {expression}")

    def _symbol(self, symbol: sp.Symbol, at: dict[sp.Symbol, int]) -> Tracked:
        if symbol in at:
            return Tracked(mpmath.mpf(at[symbol]), mpmath.mpf(0))
        if symbol in self._lengths:
            return Tracked(mpmath.mpf(self._lengths[symbol]), mpmath.mpf(0))
        if symbol in self._bound:
            return _input(self._bound[symbol])
        if symbol in self._definitions:
            return self._visit(self._definitions[symbol][1], {})
        raise LookupError(f"no value for the symbol {symbol}")

    def _indexed(self, element: sp.Indexed, at: dict[sp.Symbol, int]) -> Tracked:
        place = tuple(int(self._visit(index, at).value) for index in element.indices)
        if element.base in self._bound:
            return _input(self._bound[element.base][tuple(index - 1 for index in place)])
        if element.base not in self._definitions:
            raise LookupError(f"no value for the array {element.base}")
        symbol, definition = self._definitions[element.base]
        return self._visit(definition, dict(zip(symbol.indices, place)))

    def _sum(self, total: sp.Sum, at: dict[sp.Symbol, int]) -> Tracked:
        return self._sum_over(total.function, total.limits, at)

    def _sum_over(
        self, body: sp.Expr, limits: tuple[sp.Tuple, ...], at: dict[sp.Symbol, int]
    ) -> Tracked:
        """Sum over the last limit, which is the outermost, of the sum over the others."""
        if not limits:
            return self._visit(body, at)
        *inner, (index, low, high) = limits
        first, last = (int(self._visit(end, at).value) for end in (low, high))
        for delta in _deltas_of(body):
            first, last = self._where_equal(delta, index, at, first, last)
        terms = [
            self._sum_over(body, tuple(inner), {**at, index: place})
            for place in range(first, last + 1)
        ]
        return _add(*terms) if terms else Tracked(mpmath.mpf(0), mpmath.mpf(0))

    def _where_equal(
        self, delta: sp.Expr, index: sp.Symbol, at: dict[sp.Symbol, int], first: int, last: int
    ) -> tuple[int, int]:
        """The part of a range in which a delta of affine indices can be 1: often a single place."""
        unknown = [s for s in _free_symbols(delta) if s not in at and s not in self._lengths]
        if [s for s in unknown if s not in self._bound and s != index]:
            return first, last  # other indices, which are summed over further inside
        left, right = delta.args
        if index not in unknown:
            apart = self._visit(left, at).value - self._visit(right, at).value
            return (first, last) if apart == 0 else (first, first - 1)
        if any(index in element.free_symbols for element in delta.atoms(sp.Indexed, sp.Pow)):
            return first, last
        at_0, at_1 = (
            self._visit(left, place).value - self._visit(right, place).value
            for place in ({**at, index: 0}, {**at, index: 1})
        )
        if at_1 == at_0:
            return first, last
        place = at_0 / (at_0 - at_1)
        if place != int(place) or not first <= place <= last:
            return first, first - 1
        return int(place), int(place)

    def _piecewise(self, expression: sp.Piecewise, at: dict[sp.Symbol, int]) -> Tracked:
        for value, condition in expression.args:
            if self._holds(condition, at):
                return self._visit(value, at)
        raise ValueError(f"no branch of {expression} applies")

    def _holds(self, condition: Any, at: dict[sp.Symbol, int]) -> bool:
        if condition in (sp.true, sp.false):
            return bool(condition)
        if isinstance(condition, sp.And):
            return all(self._holds(part, at) for part in condition.args)
        if isinstance(condition, sp.Or):
            return any(self._holds(part, at) for part in condition.args)
        if isinstance(condition, sp.Not):
            return not self._holds(condition.args[0], at)
        left, right = (self._visit(side, at).value for side in condition.args)
        return bool(_COMPARISONS[type(condition)](left, right))


def _has_sign(value: Any, symbol: sp.Symbol) -> bool:
    if symbol.is_positive or symbol.is_negative:
        return bool(value > 0 if symbol.is_positive else value < 0)
    return True


def bind_selectors(
    mode: Mode,
    bound: dict[Any, Any],
    lengths: Mapping[Any, int],
    shapes: Mapping[Any, tuple[int, ...]],
) -> None:
    """Add to ``bound`` the integers that the mode's selectors choose.

    ``shapes`` gives each selector's array shape, by its IndexedBase.
    """
    import numpy as np

    for selector in mode.selectors:
        evaluate = Evaluator(mode, bound, lengths)
        index, _, high = selector.over
        count = int(evaluate(high).value)
        symbol = selector.symbol
        chosen = np.empty(shapes[symbol.base], dtype=object)
        for place in np.ndindex(chosen.shape):
            at = {name: each + 1 for name, each in zip(symbol.indices, place)}
            scores = [evaluate(selector.score, {**at, index: k}).value for k in range(1, count + 1)]
            chosen[place] = mpmath.mpf(scores.index(max(scores)) + 1)
        bound[symbol.base] = chosen


# Hashing a SymPy expression compares whole trees, so expressions are looked up by identity here.
# The expression is kept beside its symbols, which also keeps its identity from being used again.
_KNOWN: dict[int, tuple[sp.Expr, tuple[sp.Symbol, ...]]] = {}


def _free_symbols(expression: sp.Expr) -> tuple[sp.Symbol, ...]:
    """Free symbols in a fixed order, worked out once for each expression."""
    known = _KNOWN.get(id(expression))
    if known is None:
        known = expression, tuple(sorted(expression.free_symbols, key=str))
        _KNOWN[id(expression)] = known
    return known[1]


# Likewise, by identity: the deltas that are factors of a term.
_DELTAS: dict[int, tuple[sp.Expr, tuple[sp.Expr, ...]]] = {}


def _deltas_of(term: sp.Expr) -> tuple[sp.Expr, ...]:
    known = _DELTAS.get(id(term))
    if known is None:
        factors = sp.Mul.make_args(term)
        found = tuple(each for each in factors if isinstance(each, sp.KroneckerDelta))
        known = _DELTAS[id(term)] = term, found
    return known[1]


def _constant(number: sp.Expr) -> Tracked:
    value = (
        mpmath.mpf(number.p) / number.q if number.is_Rational else mpmath.mpf(sp.N(number, DIGITS))
    )
    exact = number.is_Integer or (
        number.is_Rational
        and sp.Integer(number.q).is_Integer
        and (int(number.q) & (int(number.q) - 1)) == 0
    )
    return Tracked(value, mpmath.mpf(0) if exact else abs(value))


def _input(value: Any) -> Tracked:
    return Tracked(value, abs(value))


def _add(*terms: Tracked) -> Tracked:
    total = mpmath.fsum(term.value for term in terms)
    inherited = mpmath.fsum(term.error for term in terms)
    # A sum of numbers so small that it could underflow is exact.
    underflow = sum(term.underflow for term in terms)
    if len(terms) == 2:
        return Tracked(total, inherited + abs(total), underflow)
    # In whatever order they are added, no partial sum exceeds the sum of magnitudes.
    rounding = (len(terms) - 1) * mpmath.fsum(abs(term.value) for term in terms)
    return Tracked(total, inherited + rounding, underflow)


def _multiply(*factors: Tracked) -> Tracked:
    value, error, underflow = factors[0]
    for factor in factors[1:]:
        product = value * factor.value
        error = abs(value) * factor.error + abs(factor.value) * error
        underflow = abs(value) * factor.underflow + abs(factor.value) * underflow
        value = product
        error += abs(value)
        underflow += value != 0
    return Tracked(value, error, underflow)


def _power(base: Tracked, exponent: Tracked) -> Tracked:
    value = mpmath.power(base.value, exponent.value)
    if base.value == 0:
        if exponent.value == 1:
            return Tracked(value, base.error, base.underflow)
        return Tracked(value, abs(value))
    slope = abs(exponent.value * value / base.value)
    error = slope * base.error + abs(value) * max(1, abs(exponent.value))
    if exponent.error:
        error += abs(value * mpmath.log(abs(base.value))) * exponent.error
    return Tracked(value, error, slope * base.underflow + 1)


def _function(record: Elementwise) -> Callable[[Tracked], Tracked]:
    """A function of one argument, with the slope by which it passes an error on."""

    def rule(argument: Tracked) -> Tracked:
        result = digits_of(record.name, argument.value)
        by = abs(precise_slope(record, 0, (argument.value,), result))
        underflow = by * argument.underflow + (result != 0)
        error = by * argument.error
        if "saturating" in record.family:
            error = max(error, _carried(record, argument, result))
        return Tracked(result, error + abs(result), underflow)

    return rule


def _carried(record: Elementwise, argument: Tracked, result: Any) -> Any:
    """What an error of the argument does to the result where it is too large for a slope.

    The sum in tanh(1e30 - 1e30) may come out as anything: flat as tanh is there, its value is not
    known. In units of u, for the two precisions in which code computes.
    """
    worst = mpmath.mpf(0)
    for unit in _UNITS:
        off = argument.error * unit
        if off <= _TOO_FAR_FOR_A_SLOPE:
            continue
        for place in (argument.value - off, argument.value + off):
            try:
                moved = digits_of(record.name, place)
            except (ValueError, ZeroDivisionError, OverflowError):
                continue
            if mpmath.isfinite(moved) and not isinstance(moved, mpmath.mpc):
                worst = max(worst, abs(moved - result) / unit)
    return worst


def _absolute(argument: Tracked) -> Tracked:
    return Tracked(abs(argument.value), argument.error, argument.underflow)


def _sign(argument: Tracked) -> Tracked:
    return Tracked(mpmath.sign(argument.value), mpmath.mpf(0))


def _delta(left: Tracked, right: Tracked) -> Tracked:
    return Tracked(mpmath.mpf(1 if left.value == right.value else 0), mpmath.mpf(0))


_COMPARISONS: dict[type, Callable[[Any, Any], bool]] = {
    sp.StrictGreaterThan: lambda left, right: left > right,
    sp.GreaterThan: lambda left, right: left >= right,
    sp.StrictLessThan: lambda left, right: left < right,
    sp.LessThan: lambda left, right: left <= right,
    sp.Equality: lambda left, right: left == right,
    sp.Unequality: lambda left, right: left != right,
}

_RULES: dict[type, Callable[..., Tracked]] = {
    sp.Add: _add,
    sp.Mul: _multiply,
    sp.Pow: _power,
    sp.Abs: _absolute,
    sp.sign: _sign,
    sp.floor: lambda argument: Tracked(mpmath.floor(argument.value), mpmath.mpf(0)),
    sp.KroneckerDelta: _delta,
    sp.Max: lambda *terms: max(terms, key=lambda term: term.value),
    sp.Min: lambda *terms: min(terms, key=lambda term: term.value),
}

__all__ = ["DIGITS", "Evaluator", "Tracked", "bind_selectors"]

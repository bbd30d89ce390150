"""Logarithms of positive rational expressions, split into logarithms of irreducible factors.

``log((exp(x) + 1)/exp(x))`` becomes ``log(exp(x) + 1) - x``. Logarithms of different irreducible
polynomials are independent of each other (Ax, On Schanuel's conjectures, 1971), so that equal
expressions come out equal.
"""

from __future__ import annotations

import sympy as sp


def split_logarithm(argument: sp.Expr) -> sp.Expr | None:
    """``log(argument)`` as a sum over the factors of ``argument``.

    None where a factor is not visibly positive (a polynomial with positive coefficients in
    positive quantities): there the logarithm of a product need not be the sum of logarithms.
    """
    stand_ins = _StandIns()
    try:
        over, under = sp.fraction(sp.cancel(sp.together(stand_ins.of(argument))))
    except NotImplementedError:
        return None
    total = sp.S.Zero
    for part, sign in ((over, 1), (under, -1)):
        constant, factors = sp.factor_list(part)
        if not constant.is_positive or not constant.is_Rational:
            return None
        total += sign * _log_of_rational(constant)
        for factor, power in factors:
            if not _visibly_positive(factor):
                return None
            total += sign * power * stand_ins.log_of(factor)
    return total


class _StandIns:
    """Symbols in the place of exponentials, array elements and sums, positive where those are."""

    def __init__(self) -> None:
        self._symbols: dict[sp.Expr, sp.Dummy] = {}

    def of(self, expression: sp.Expr) -> sp.Expr:
        if expression.is_Rational:
            return expression
        if isinstance(expression, sp.exp):
            return self._exponential(expression.args[0])
        if isinstance(expression, sp.Add | sp.Mul):
            return expression.func(*(self.of(argument) for argument in expression.args))
        if isinstance(expression, sp.Pow) and expression.exp.is_Integer:
            return self.of(expression.base) ** expression.exp
        return self._symbol(expression)

    def log_of(self, factor: sp.Expr) -> sp.Expr:
        """log(factor) in the original quantities; log(exp(u)) is u."""
        return sp.log(factor.xreplace({dummy: key for key, dummy in self._symbols.items()}))

    def _exponential(self, exponent: sp.Expr) -> sp.Expr:
        result = sp.S.One
        for term in sp.Add.make_args(sp.expand(exponent)):
            coefficient, rest = term.as_coeff_Mul(rational=True)
            if not coefficient.is_Integer or not rest.is_real:
                raise NotImplementedError(f"exponent {term}")
            result *= self._symbol(sp.exp(rest)) ** coefficient
        return result

    def _symbol(self, quantity: sp.Expr) -> sp.Dummy:
        positive = (
            quantity.function.is_positive if isinstance(quantity, sp.Sum) else quantity.is_positive
        )
        return self._symbols.setdefault(quantity, sp.Dummy("q", positive=positive or None))


def _visibly_positive(factor: sp.Expr) -> bool:
    polynomial = sp.Poly(factor)
    return all(symbol.is_positive for symbol in polynomial.gens) and all(
        coefficient.is_positive for coefficient in polynomial.coeffs()
    )


def _log_of_rational(number: sp.Rational) -> sp.Expr:
    primes = sp.factorrat(number)
    return sp.Add(*(power * sp.log(prime) for prime, power in primes.items()))

"""Power-sum form: sums of symbolic length, reduced to sums of single monomials.

A sum over i of a polynomial in array elements is rewritten with what does not depend on i pulled
out, Kronecker deltas summed away and the rest split into sums of monomials, each with a canonical
index name. Two expressions that are equal by linearity of the sum alone then look the same, so an
identity between sums of any length becomes one between polynomials in the remaining sums.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, permutations, product

import sympy as sp
from sympy.codegen import cfunctions
from sympy.functions.elementary.hyperbolic import HyperbolicFunction

from gradproof.algebra.logs import split_logarithm

# A sum over a range of known length up to this is written out.
WRITTEN_OUT = 8

_SHAPES = {"mul": True, "multinomial": True, "power_exp": True, "power_base": False, "log": False}


def collapse(expression: sp.Expr) -> sp.Expr:
    """Return ``expression`` in power-sum form.

    Index ranges are taken to be 1..n with every free index inside its range, so that
    ``Sum(f(i)*KroneckerDelta(i, j), (i, 1, n))`` is ``f(j)``.
    """
    if not expression.args or isinstance(expression, sp.Indexed):
        return expression
    if isinstance(expression, sp.Sum):
        result = collapse(expression.function)
        for limit in expression.limits:
            result = _sum_over(result, *limit)
        return result
    if isinstance(expression, sp.erfc):
        return collapse(1 - sp.erf(expression.args[0]))
    arguments = [
        collapse(argument) if isinstance(argument, sp.Expr) else argument
        for argument in expression.args
    ]
    return _elementary(expression.func(*arguments))


def _elementary(expression: sp.Expr) -> sp.Expr:
    """Write functions through exp and log where they mean that, and split logarithms."""
    if isinstance(expression, HyperbolicFunction):
        return expression.rewrite(sp.exp)
    if type(expression).__module__ == cfunctions.__name__ or hasattr(expression, "record"):
        expanded = expression.expand(func=True)  # those of C, and of the table of operations
        return expression if expanded == expression else collapse(expanded)
    if isinstance(expression, sp.log):
        split = split_logarithm(expression.args[0])
        return expression if split is None else split
    return expression


def _sum_over(body: sp.Expr, index: sp.Symbol, low: sp.Expr, high: sp.Expr) -> sp.Expr:
    count = high - low + 1
    if low.is_Integer and count.is_Integer and 0 <= count <= WRITTEN_OUT:
        return sp.Add(*(body.xreplace({index: low + at}) for at in range(int(count))))
    total = sp.S.Zero
    for term in sp.Add.make_args(sp.expand(body, **_SHAPES)):
        outside, inside = term.as_independent(index, as_Add=False)
        total += outside * _sum_of_monomial(inside, index, low, high, count)
    return total


def _sum_of_monomial(
    inside: sp.Expr, index: sp.Symbol, low: sp.Expr, high: sp.Expr, count: sp.Expr
) -> sp.Expr:
    if inside == 1:
        return count
    body, limits = _merged(inside, (index, low, high))
    for limit in limits:
        without = _without_delta(body, limit[0])
        if without is not None:
            rest = [each for each in limits if each is not limit]
            return collapse(sp.Sum(without, *rest)) if rest else without
    return _canonical(sp.Sum(body, *limits))


def _merged(inside: sp.Expr, limit: tuple[sp.Expr, ...]) -> tuple[sp.Expr, list[sp.Tuple]]:
    """Write a sum whose terms contain sums of its index as one sum over several indices."""
    limits = [sp.Tuple(*limit)]
    factors, body = list(sp.Mul.make_args(inside)), sp.S.One
    while factors:
        factor = factors.pop()
        power = isinstance(factor, sp.Pow) and factor.exp.is_Integer and factor.exp > 1
        if power and _sums_over(factor.base, limits):
            factors += [factor.base] * int(factor.exp)
        elif _sums_over(factor, limits):
            fresh = {each: sp.Dummy(each.name, integer=True) for each in factor.bound_symbols}
            limits = [each.xreplace(fresh) for each in factor.limits] + limits
            factors += sp.Mul.make_args(factor.function.xreplace(fresh))
        else:
            body *= factor
    return body, limits


def _sums_over(factor: sp.Expr, limits: list[sp.Tuple]) -> bool:
    indices = {each[0] for each in limits}
    return isinstance(factor, sp.Sum) and bool(factor.free_symbols & indices)


def _without_delta(body: sp.Expr, index: sp.Symbol) -> sp.Expr | None:
    """``body`` summed over ``index`` by a Kronecker delta in it, or None if there is none."""
    for factor in sp.Mul.make_args(body):
        if isinstance(factor, sp.KroneckerDelta) and index in factor.args:
            other = factor.args[1] if factor.args[0] == index else factor.args[0]
            if not other.has(index):
                return (body / factor).xreplace({index: other})
    return None


def _canonical(total: sp.Sum) -> sp.Sum:
    """Give the indices canonical names, in the order that makes the sum print first.

    Indices that run over different ranges have their order by those: only others are permuted.
    """
    body, limits = total.function, list(total.limits)
    while isinstance(body, sp.Sum):
        limits = list(body.limits) + limits
        body = body.function
    depth = len(_canonical_names_in(body))
    candidates = []
    for order in _orders(limits):
        names = [sp.Symbol(f"_k{depth + at}", integer=True) for at in range(len(order))]
        renamed = {limit[0]: name for limit, name in zip(order, names)}
        candidate = sp.Sum(
            body.xreplace(renamed), *((name, *limit[1:]) for name, limit in zip(names, order))
        )
        candidates.append(candidate)
    return min(candidates, key=str)


def _orders(limits: list[sp.Tuple]) -> Iterator[list[sp.Tuple]]:
    """The orders that cannot be told apart by the ranges alone."""
    hidden = {limit[0]: sp.Symbol("_") for limit in limits}

    def range_of(limit: sp.Tuple) -> str:
        return str([each.xreplace(hidden) for each in limit[1:]])

    groups = [list(same) for _, same in groupby(sorted(limits, key=range_of), key=range_of)]
    for chosen in product(*(permutations(group) for group in groups)):
        yield [limit for group in chosen for limit in group]


def _canonical_names_in(body: sp.Expr) -> set[str]:
    return {
        symbol.name
        for sum_ in body.atoms(sp.Sum)
        for symbol in sum_.bound_symbols
        if symbol.name.startswith("_k")
    }

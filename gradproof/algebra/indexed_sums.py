"""Substitution and differentiation of expressions whose array elements are ``sympy.Indexed``."""

from __future__ import annotations

import sympy as sp


def with_fresh_bounds(expression: sp.Expr) -> sp.Expr:
    """Rename every summation index to a new dummy, so that no substitution is captured by one."""
    if not expression.has(sp.Sum):
        return expression
    if isinstance(expression, sp.Sum):
        renamed = {
            index: sp.Dummy(index.name, integer=True, positive=True)
            for index in expression.bound_symbols
        }
        body = with_fresh_bounds(expression.function).xreplace(renamed)
        limits = [tuple(part.xreplace(renamed) for part in limit) for limit in expression.limits]
        return sp.Sum(body, *limits)
    return expression.func(*(with_fresh_bounds(argument) for argument in expression.args))


def substitute_indexed(expression: sp.Expr, symbol: sp.Expr, definition: sp.Expr) -> sp.Expr:
    """Replace ``symbol`` by ``definition`` wherever it occurs.

    For an Indexed ``symbol`` such as ``y[i]``, every element ``y[k]`` of the same array is
    replaced, with ``i`` in the definition standing for ``k``.
    """
    if not isinstance(symbol, sp.Indexed):
        return expression.xreplace({symbol: definition})
    found = {atom for atom in expression.atoms(sp.Indexed) if atom.base == symbol.base}
    replacements = {
        atom: with_fresh_bounds(definition).xreplace(dict(zip(symbol.indices, atom.indices)))
        for atom in found
    }
    return expression.xreplace(replacements)


def differentiate(expression: sp.Expr, variable: sp.Expr) -> sp.Expr:
    """SymPy's derivative of ``expression`` by a Symbol or by one array element.

    Derivatives of one element by another come out as Kronecker deltas, which
    :func:`gradproof.algebra.sums.collapse` sums away.
    """
    return sp.diff(with_fresh_bounds(expression), variable)


def evaluate_derivatives(expression: sp.Expr) -> sp.Expr:
    """Carry out every ``Derivative`` that is written in ``expression``, and nothing else."""
    if not expression.has(sp.Derivative):
        return expression
    if isinstance(expression, sp.Derivative):
        result = evaluate_derivatives(expression.expr)
        for variable, count in expression.variable_count:
            for _ in range(int(count)):
                result = differentiate(result, variable)
        return result
    return expression.func(*(evaluate_derivatives(argument) for argument in expression.args))

"""The forward graph of a mode, read as mathematics: resolve its names and differentiate it."""

from __future__ import annotations

from functools import cache, lru_cache

import sympy as sp

from gradproof.algebra.indexed_sums import differentiate, evaluate_derivatives, substitute_indexed
from gradproof.operation.derivation import EVERYWHERE, Branch, Chain, Mode, Node


def names_of(symbol: sp.Expr) -> sp.Basic:
    """What identifies an array or number, whatever its indices: the base of an Indexed."""
    return symbol.base if isinstance(symbol, sp.Indexed) else symbol


@cache
def resolve(mode: Mode, expression: sp.Expr, branch: Branch = EVERYWHERE) -> sp.Expr:
    """Write ``expression`` in inputs and upstream gradients only, as it reads on ``branch``.

    Symbols of gradients are replaced by their chains' closed forms, node symbols by their
    definitions, last first; then written derivatives are carried out and the branch is entered.
    """
    for chain in reversed(mode.chains):
        if chain.gradient is not None and _on_same_branch(chain, branch):
            expression = _substitute_chain(expression, chain)
    expression = evaluate_derivatives(expression)
    for node in reversed(mode.graph):
        expression = substitute_indexed(expression, node.symbol, node.expression)
    return enter(expression, branch)


def enter(expression: sp.Expr, branch: Branch) -> sp.Expr:
    """Restrict ``expression`` to ``branch``: its conditions decide themselves there."""
    return expression.subs(dict(branch.where), simultaneous=True) if branch.where else expression


def derivative(mode: Mode, of: sp.Expr) -> sp.Expr:
    """SymPy's derivative of the loss by ``of`` (or of the output, for a ``local`` mode).

    ``of`` is an input or a node. What depends on it is written out; what it depends on, and what
    stands beside it, is held fixed. The result still uses the names of earlier nodes.
    """
    if mode.loss is None:
        raise ValueError(f"mode {mode.name!r} has no loss, so nothing is differentiated")
    return _derivative(mode.output_nodes[0].symbol if mode.local else mode.loss, mode.graph, of)


@lru_cache(maxsize=512)  # two witnesses ask for it, and the values of every case need it
def _derivative(expression: sp.Expr, graph: tuple[Node, ...], of: sp.Expr) -> sp.Expr:
    for node in reversed(graph):
        if names_of(node.symbol) == names_of(of):
            break
        expression = substitute_indexed(expression, node.symbol, node.expression)
    return differentiate(expression, of)


def gradient_expression(mode: Mode, chain: Chain) -> sp.Expr:
    """dl/d(of) as the chain's closed form gives it, upstream gradient included."""
    return mode.dy * chain.closed_form if mode.local else chain.closed_form


def chains_of(mode: Mode, name: str) -> tuple[Chain, ...]:
    """The chains for the input called ``name``: one per branch."""
    found = tuple(
        chain
        for item in mode.inputs
        if item.name == name
        for chain in mode.chains
        if names_of(chain.of) == item.symbol
    )
    if not found:
        raise LookupError(f"mode {mode.name!r} derives no gradient for input {name!r}")
    return found


def _on_same_branch(chain: Chain, branch: Branch) -> bool:
    return not chain.branch.where or chain.branch.label == branch.label


def _substitute_chain(expression: sp.Expr, chain: Chain) -> sp.Expr:
    gradient = chain.gradient
    assert gradient is not None
    return substitute_indexed(expression, gradient, chain.closed_form)

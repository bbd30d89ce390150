"""Sums and selections: linear combinations of nodes, and cases over the outcomes of a subject."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from gradproof.tracing.nodes import ANY_SIGN, NEG, POS, ZERO, Node, number, table

# A sum inside a sum is merged into it up to this many terms; beyond, it stays one term, so that
# x - mean(x) over a long axis does not copy the mean into every element.
MERGE_TERMS = 12

_ZERO, _ONE = Fraction(0), Fraction(1)


def zero() -> Node:
    """Return 0."""
    return number(_ZERO)


def one() -> Node:
    """Return 1."""
    return number(_ONE)


def is_const(node: Node, value: int | None = None) -> bool:
    """Whether the node is a rational number, and this one if a value is given."""
    return node.kind == "const" and (value is None or node.payload == value)


def flip(signs: int) -> int:
    return (signs & ZERO) | (POS if signs & NEG else 0) | (NEG if signs & POS else 0)


def _sum_signs(parts: Iterable[int]) -> int:
    masks = [signs for signs in parts if signs != ZERO]
    if not masks:
        return ZERO
    for side in (POS, NEG):
        if all(signs & ~(side | ZERO) == 0 for signs in masks):
            return side if any(signs == side for signs in masks) else side | ZERO
    return ANY_SIGN


def over_cases(apply: Callable[[Node], Node], node: Node, *key: Any) -> Node:
    """Return the case with ``apply`` done to each branch of ``node``.

    key: what is applied, by which a part that stands in many branches is found to be done already.
    """
    memo: dict[Any, Any] = table().memo
    running = ("over cases", *key)
    outermost = running not in memo
    done = memo.setdefault(running, {})
    try:
        if node not in done:
            done[node] = _over_branches(apply, node)
        found: Node = done[node]
        return found
    finally:
        if outermost:  # what a part obliges its inputs to be is noted anew the next time
            del memo[running]


def _over_branches(apply: Callable[[Node], Node], node: Node) -> Node:
    made = case(node.payload, node.args[0], [apply(branch) for branch in node.args[1:]])
    chosen: Any = table().memo.get(("choice", node))
    if chosen is not None and made.kind == "case" and made.indexed == node.indexed:
        table().memo.setdefault(("choice", made), chosen.with_each(apply))
    return made


def case(kind: str, subject: Node, branches: Iterable[Node]) -> Node:
    """Return the value that depends on the outcome of ``subject``: its sign or its label."""
    parts = list(branches)
    for i, branch in enumerate(parts):
        while branch.kind == "case" and branch.args[0] is subject and branch.payload == kind:
            branch = branch.args[1 + i]
        parts[i] = branch
    if all(part is parts[0] for part in parts):
        return parts[0]
    signs = 0
    for i, part in enumerate(parts):
        signs |= _sign_in_branch(kind, subject, part, i)
    return table().intern("case", kind, (subject, *parts), signs)


def _sign_in_branch(kind: str, subject: Node, branch: Node, outcome: int) -> int:
    """Signs of a branch: where it is a multiple of the subject, its sign is known there."""
    if kind == "sign" and branch.signs == ANY_SIGN:
        here = (NEG, ZERO, POS)[outcome]
        scale, core = split(branch)
        scale_q, core_q = split(subject)
        if core is core_q:
            return here if scale * scale_q > 0 else flip(here)
    return branch.signs


def split(node: Node) -> tuple[Fraction, Node]:
    """Write a node as rational * rest, where the rest has no leading factor."""
    if node.kind == "const":
        return node.payload, one()
    if node.kind == "add" and len(node.args) == 1:
        return node.payload[0], node.args[0]
    return Fraction(1), node


def terms(node: Node) -> list[tuple[Fraction, Node]]:
    """Write a node as a list of (coefficient, term); the constant term is 1."""
    if node.kind == "const":
        return [(node.payload, one())] if node.payload else []
    if node.kind == "add":
        return list(zip(node.payload, node.args))
    return [(Fraction(1), node)]


def linear(parts: Iterable[tuple[Fraction | int, Node]]) -> Node:
    """Return the sum of coefficient * node."""
    total: dict[Node, Fraction] = {}
    for coefficient, node in parts:
        if node.kind == "undefined":
            return node
        if not coefficient:
            continue
        if node.kind == "add" and len(node.args) <= MERGE_TERMS:
            found = zip(node.payload, node.args)
        elif node.kind == "const":
            found = zip((node.payload,), (one(),))
        else:
            found = zip((_ONE,), (node,))
        by = coefficient.numerator if coefficient.denominator == 1 else 0
        for c, t in found:  # arithmetic of fractions is what takes long here
            term = c if by == 1 else -c if by == -1 else c * coefficient
            total[t] = total[t] + term if t in total else term
    return _from_terms({t: c for t, c in total.items() if c})


def _from_terms(total: dict[Node, Fraction]) -> Node:
    if not total:
        return zero()
    if len(total) == 1:
        ((node, coefficient),) = total.items()
        if node.kind == "const":
            return number(node.payload * coefficient)
        if coefficient == 1:
            return node
        if node.kind == "add":  # a long sum, scaled: scale its terms instead
            args, payload = node.args, tuple(c * coefficient for c in node.payload)
            signs = node.signs if coefficient.numerator > 0 else flip(node.signs)
            return table().intern("add", payload, args, signs)
        if node.kind == "case":
            return over_cases(lambda b: linear([(coefficient, b)]), node, "scaled", coefficient)
    args = tuple(sorted(total, key=lambda node: node.id))
    payload = tuple(total[arg] for arg in args)
    signs = _sum_signs(
        arg.signs if c.numerator > 0 else flip(arg.signs) for arg, c in zip(args, payload)
    )
    return table().intern("add", payload, args, signs)

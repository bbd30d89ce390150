"""Products and quotients of two quantities at hand: a term or a factor that was left out.

There are hundreds of them for each operand. Their values are looked through as one array; terms
are made of those alone that explain what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from gradproof.diagnosis.changes import Change
from gradproof.diagnosis.kinds import Kind
from gradproof.diagnosis.pool import Quantity
from gradproof.diagnosis.tape import Array
from gradproof.diagnosis.terms import Term, apply, number

MOST, LIKELY, NAMED = 40, 0.9, 0.1
_TERM, _FACTOR, _DIFFERENCE = 2.0, 2.7, 1.8  # what they cost beside the two quantities


def composites(
    near: Sequence[Quantity], own: Term, value: Array, seen: Array, missing: Array, fit: float
) -> Iterator[tuple[Change, float]]:
    """Yield the terms a * b and a / b, and the factors a * b and a - b, that explain what is
    missing, each with its coefficient.

    seen: what each of the weights sees of a change of the operand, ``missing`` of the gradient.
    """
    some = [q for q in near if q.cost < LIKELY][:MOST]
    if not some:
        return
    values = np.stack([np.broadcast_to(q.value, value.shape).ravel() for q in some])
    factor_goal = missing + seen @ value.ravel()
    n = len(some)
    first, second = np.triu_indices(n)
    product = values[first] * values[second]
    for k, c in _found(product, seen, missing, fit):
        a, b = some[first[k]], some[second[k]]
        yield _added(apply("multiply", a.term, b.term), a, b, 0.0), c
    for k, c in _found(product * value.ravel(), seen, factor_goal, fit):
        a, b = some[first[k]], some[second[k]]
        yield _factor(own, apply("multiply", a.term, b.term), _FACTOR + a.cost + b.cost), c
    with np.errstate(all="ignore"):
        shares = value.ravel() / product
    for k, c in _found(shares, seen, factor_goal, fit):
        a, b = some[first[k]], some[second[k]]
        yield _divisor(own, apply("multiply", a.term, b.term), _FACTOR + a.cost + b.cost), c
    one, other = (index.ravel() for index in np.indices((n, n)))
    apart = one != other
    one, other = one[apart], other[apart]
    with np.errstate(all="ignore"):
        quotient = values[one] / values[other]
    for k, c in _found(quotient, seen, missing, fit):
        a, b = some[one[k]], some[other[k]]
        yield _added(apply("divide", a.term, b.term), a, b, 0.05), c
    named = [k for k in range(n) if some[k].cost < NAMED]
    both = np.isin(one, named) & np.isin(other, named)
    one, other = one[both], other[both]
    for k, c in _found((values[one] - values[other]) * value.ravel(), seen, factor_goal, fit):
        a, b = some[one[k]], some[other[k]]
        yield _factor(own, apply("subtract", a.term, b.term), _DIFFERENCE + a.cost + b.cost), c


def _found(images: Array, seen: Array, goal: Array, fit: float) -> Iterator[tuple[int, float]]:
    """Yield which rows are seen as a multiple of the goal, and which multiple."""
    if not len(images):
        return
    with np.errstate(all="ignore"):
        shown = images @ seen.T
        best = (shown @ goal) / (shown * shown).sum(axis=1)
        rest = np.abs(goal - best[:, None] * shown).max(axis=1)
    for k in np.flatnonzero(rest <= fit * np.abs(goal).max()):
        yield int(k), float(best[k])


def _added(term: Term, a: Quantity, b: Quantity, more: float) -> Change:
    cost = _TERM + a.cost + b.cost + more
    return Change(term, a.value, Kind.MISSING_PATH, cost, term, True)


def _factor(own: Term, term: Term, cost: float) -> Change:
    whole = apply("multiply", own, term)
    return Change(whole, np.ones(()), Kind.MISSING_FACTOR, cost, term)


def _divisor(own: Term, term: Term, cost: float) -> Change:
    whole, about = apply("divide", own, term), apply("divide", number(1), term)
    return Change(whole, np.ones(()), Kind.MISSING_FACTOR, cost - 0.2, about)

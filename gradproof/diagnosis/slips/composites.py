"""Products and quotients of two quantities at hand: a term or a factor that was left out.

There are hundreds of them for each operand. For a single slip their values are looked through as
one array; terms are made of those alone that explain what is missing. For one slip of two they are
listed.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np

from gradproof.diagnosis.quantities.quantities import Quantity
from gradproof.diagnosis.quantities.terms import Term, apply, number
from gradproof.diagnosis.search.operand_changes import Change
from gradproof.diagnosis.tape.tape import Array
from gradproof.diagnosis.weights import weight
from gradproof.slip_kinds import Kind

MOST, LIKELY, NAMED = 40, 0.9, weight("composites: named")
# What they cost beside the two quantities.
_TERM, _QUOTIENT, _FACTOR, _DIFFERENCE = (
    weight("composites: term"),
    weight("composites: quotient"),
    weight("composites: factor"),
    weight("composites: difference"),
)


def composites(
    near: Sequence[Quantity], own: Term, value: Array, seen: Array, missing: Array, fit: float
) -> Iterator[tuple[Change, float]]:
    """Yield the terms a * b and a / b, and the factors a * b and a - b, that explain what is
    missing, each with its coefficient.

    seen: what each of the weights sees of a change of the operand, ``missing`` of the gradient.
    """
    some = _likely(near)
    if not some:
        return
    values = stacked([q.value for q in some], value.shape)
    factor_goal = missing + seen @ value.ravel()
    n = len(some)
    first, second = np.triu_indices(n)
    product = values[first] * values[second]
    for k, c in _found(product, seen, missing, fit):
        a, b = some[first[k]], some[second[k]]
        yield _added(apply("multiply", a.term, b.term), a.value, a, b), c
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
        yield _added(apply("divide", a.term, b.term), a.value, a, b, _QUOTIENT), c
    named = [k for k in range(n) if some[k].cost < NAMED]
    both = np.isin(one, named) & np.isin(other, named)
    one, other = one[both], other[both]
    for k, c in _found((values[one] - values[other]) * value.ravel(), seen, factor_goal, fit):
        a, b = some[one[k]], some[other[k]]
        yield _factor(own, apply("subtract", a.term, b.term), _DIFFERENCE + a.cost + b.cost), c


def composed(near: Sequence[Quantity], own: Term, value: Array, most: float) -> Iterator[Change]:
    """Yield products, quotients and differences of two quantities: many, and less likely.

    most: what they may cost.
    """
    with np.errstate(all="ignore"):
        some = _likely(near)
        for left, right in itertools.combinations_with_replacement(some, 2):
            if _TERM + left.cost + right.cost <= most:
                both = left.value * right.value
                yield _added(apply("multiply", left.term, right.term), both, left, right)
                for one, other in ((left, right), (right, left)) if left is not right else ():
                    if other.value.all():
                        term = apply("divide", one.term, other.term)
                        yield _added(term, one.value / other.value, left, right, _QUOTIENT)
        for left, right in itertools.permutations([q for q in some if q.cost < NAMED], 2):
            term = apply("subtract", left.term, right.term)
            changed = value * (left.value - right.value)
            yield _factor(own, term, _DIFFERENCE + left.cost + right.cost, changed)


def _likely(near: Sequence[Quantity]) -> list[Quantity]:
    return [q for q in near if q.cost < LIKELY][:MOST]


def _found(images: Array, seen: Array, goal: Array, fit: float) -> Iterator[tuple[int, float]]:
    with np.errstate(all="ignore"):
        shown = images @ seen.T
    return multiples(shown, goal, fit)


def multiples(shown: Array, goal: Array, fit: float) -> Iterator[tuple[int, float]]:
    """Yield the rows of which the goal is a multiple, and which multiple."""
    if not len(shown):
        return
    with np.errstate(all="ignore"):
        best = (shown @ goal) / (shown * shown).sum(axis=1)
        rest = np.abs(goal - best[:, None] * shown).max(axis=1)
    for k in np.flatnonzero(rest <= fit * np.abs(goal).max()):
        yield int(k), float(best[k])


def stacked(values: Sequence[Array], shape: tuple[int, ...]) -> Array:
    """Return arrays spread over a shape, one in each row."""
    out = np.empty((len(values), *shape))
    for k, value in enumerate(values):
        out[k] = value
    return out.reshape(len(values), math.prod(shape))


def _added(term: Term, value: Array, a: Quantity, b: Quantity, more: float = 0.0) -> Change:
    cost = _TERM + a.cost + b.cost + more
    return Change(term, value, Kind.MISSING_PATH, cost, term, True)


def _factor(own: Term, term: Term, cost: float, value: Array | None = None) -> Change:
    whole = apply("multiply", own, term)
    return Change(whole, np.ones(()) if value is None else value, Kind.MISSING_FACTOR, cost, term)


def _divisor(own: Term, term: Term, cost: float) -> Change:
    whole, about = apply("divide", own, term), apply("divide", number(1), term)
    return Change(whole, np.ones(()), Kind.MISSING_FACTOR,
                  cost - weight("composites: less, for a divisor"), about)  # fmt: skip

"""Linear inequalities that contradict each other, decided exactly.

Every relation is read as "slack > 0" or "slack >= 0". Added up with multipliers that are not
negative, relations give a relation; if that is "0 > 0", they cannot all hold. For linear relations
such multipliers exist exactly when no point satisfies them all (Motzkin's transposition theorem).
Source: Schrijver 1986, Theory of Linear and Integer Programming, section 7.8.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp
from sympy.core.relational import Relational

_STRICT = (sp.StrictGreaterThan, sp.StrictLessThan)
_GREATER = (sp.StrictGreaterThan, sp.GreaterThan)
_LESS = (sp.StrictLessThan, sp.LessThan)


def slack(relation: Relational) -> tuple[sp.Expr, bool]:
    """Return (g, strict): the relation says g > 0 where strict, else g >= 0.

    TypeError for what is not one of <, <=, >, >=.
    """
    if isinstance(relation, _GREATER):
        return sp.expand(relation.lhs - relation.rhs), isinstance(relation, _STRICT)
    if isinstance(relation, _LESS):
        return sp.expand(relation.rhs - relation.lhs), isinstance(relation, _STRICT)
    raise TypeError(f"relation: expected one of <, <=, >, >=, got {relation!r}")


def added(
    relations: Sequence[Relational], multipliers: Sequence[sp.Expr] | None = None
) -> tuple[sp.Expr, bool]:
    """Return the slack of the sum of the relations, each times its multiplier (by default 1).

    The sum is strict if a strict relation takes part in it. ValueError for a multiplier below 0,
    which would turn its relation round, and for a different number of multipliers.
    """
    times = [sp.Integer(1)] * len(relations) if multipliers is None else list(multipliers)
    if len(times) != len(relations):
        raise ValueError(f"multipliers: expected {len(relations)}, got {len(times)}")
    if any(not each >= 0 for each in times):
        raise ValueError(f"multipliers: expected none below 0, got {times}")
    slacks = [slack(each) for each in relations]
    total = sp.expand(sum((m * g for m, (g, _) in zip(times, slacks)), sp.Integer(0)))
    return total, any(strict and m > 0 for m, (_, strict) in zip(times, slacks))


def contradict(relations: Sequence[Relational], multipliers: Sequence[sp.Expr]) -> bool:
    """Whether the relations, added with these multipliers, say 0 > 0."""
    total, strict = added(relations, multipliers)
    return strict and total == 0


def contradiction(
    relations: Sequence[Relational], unknowns: Sequence[sp.Expr]
) -> tuple[sp.Expr, ...] | None:
    """Return multipliers under which the relations say 0 > 0; None if these were not found.

    They are looked for among the ways in which the slacks cancel, one basis vector of the kernel
    at a time: for relations with one way to cancel, None means that there is no contradiction.
    """
    slacks = [slack(each)[0] for each in relations]
    rows = sp.Matrix([[g.coeff(each) for each in unknowns] for g in slacks])
    for vector in rows.T.nullspace():
        for sign in (1, -1):
            multipliers = tuple(sign * each for each in vector)
            if all(each >= 0 for each in multipliers) and contradict(relations, multipliers):
                return multipliers
    return None

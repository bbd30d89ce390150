"""Whether conditions can hold together: exact Fourier-Motzkin elimination over the rationals.

Every condition is a sign of an expression that is linear in its terms. Terms that are not
variables count as variables of their own, so an answer "no" is a proof, and "yes" is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from gradproof.tracing.expression import is_const, terms
from gradproof.tracing.nodes import NEG, POS, ZERO, Node
from gradproof.work import CROSSED, spend

MOST_CONSTRAINTS = 400
Row = tuple[dict[Node, Fraction], Fraction, bool]
"""Coefficients c, constant d, strictness: sum(c * term) + d > 0, or >= 0."""


def infeasible(conditions: Sequence[tuple[Node, int]]) -> bool:
    """Whether no real values give each expression its sign (NEG, ZERO or POS)."""
    rows: list[Row] = []
    equalities: list[tuple[dict[Node, Fraction], Fraction]] = []
    seen: set[Node] = set()
    for q, sign in conditions:
        coefficients = {t: c for c, t in terms(q) if not is_const(t)}
        constant = sum((c for c, t in terms(q) if is_const(t)), Fraction(0))
        seen |= set(coefficients)
        if sign == ZERO:
            equalities.append((coefficients, constant))
        else:
            s = 1 if sign == POS else -1
            rows.append(({t: s * c for t, c in coefficients.items()}, s * constant, True))
    for term in seen:
        if term.signs & NEG == 0:
            rows.append(({term: Fraction(1)}, Fraction(0), term.signs == POS))
    return _eliminate(_substitute(equalities, rows))


def _substitute(
    equalities: list[tuple[dict[Node, Fraction], Fraction]], rows: list[Row]
) -> list[Row]:
    """Use each equality to remove one term everywhere else."""
    while equalities:
        coefficients, constant = equalities.pop()
        if not coefficients:
            if constant:
                return [({}, Fraction(-1), True)]
            continue
        term, c = next(iter(coefficients.items()))

        def without(
            row: dict[Node, Fraction], d: Fraction, term: Node = term, c: Fraction = c,
            used: dict[Node, Fraction] = coefficients, constant: Fraction = constant,
        ) -> tuple[dict[Node, Fraction], Fraction]:  # fmt: skip
            factor = row.get(term, Fraction(0)) / c
            out = {t: row.get(t, Fraction(0)) - factor * used.get(t, 0) for t in {*row, *used}}
            return {t: v for t, v in out.items() if v}, d - factor * constant

        equalities = [without(row, d) for row, d in equalities]
        rows = [(*without(row, d), strict) for row, d, strict in rows]
    return rows


def _eliminate(rows: list[Row]) -> bool:
    while True:
        for row, constant, strict in rows:
            if not row and (constant < 0 or (strict and constant == 0)):
                return True
        rows = [entry for entry in rows if entry[0]]
        if not rows or len(rows) > MOST_CONSTRAINTS:
            return False
        count: dict[Node, list[int]] = {}
        for row, _, _ in rows:
            for t, c in row.items():
                count.setdefault(t, [0, 0])[c > 0] += 1
        term = min(count, key=lambda t: (count[t][0] * count[t][1], t.id))
        rows = _without(rows, term)


def _without(rows: list[Row], term: Node) -> list[Row]:
    lower = [entry for entry in rows if entry[0].get(term, 0) > 0]
    upper = [entry for entry in rows if entry[0].get(term, 0) < 0]
    out = [entry for entry in rows if term not in entry[0]]
    spend(CROSSED * len(lower) * len(upper) * (1 + len(rows[0][0])))
    for low, d_low, strict_low in lower:
        for up, d_up, strict_up in upper:
            a, b = -up[term], low[term]
            row = {t: a * low.get(t, 0) + b * up.get(t, 0) for t in {*low, *up}}
            out.append(
                ({t: c for t, c in row.items() if c}, a * d_low + b * d_up, strict_low or strict_up)
            )
    return out

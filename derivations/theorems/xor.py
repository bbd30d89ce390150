"""No line separates XOR: four inequalities that cannot all hold, line by line.

A perceptron y = I(w_1 x_1 + w_2 x_2 - w_0 > 0) that computes a truth table has to satisfy one
inequality for each row. :data:`PROOF` writes those of XOR down and adds them up; :func:`findings`
holds each of its lines against what it follows from. :func:`separability` decides any truth table
of two inputs: a line that separates it, or multipliers that make its inequalities say 0 > 0.
Source: Minsky & Papert 1969, Perceptrons.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import sympy as sp
from sympy.core.relational import Relational

from derivations._threshold_unit import D, score, w, w_0, x
from gradproof.algebra.fields import Decision
from gradproof.algebra.inequalities import added, contradiction, slack
from gradproof.text import Text
from gradproof.verdicts import Status, Verdict
from gradproof.witnesses.symbolic import Finding

Point = tuple[int, int]
Table = Mapping[Point, int]

POINTS: tuple[Point, ...] = ((0, 0), (0, 1), (1, 0), (1, 1))
AND: Table = {(0, 0): 0, (0, 1): 0, (1, 0): 0, (1, 1): 1}
OR: Table = {(0, 0): 0, (0, 1): 1, (1, 0): 1, (1, 1): 1}
XOR: Table = {(0, 0): 0, (0, 1): 1, (1, 0): 1, (1, 1): 0}

UNKNOWNS = (w_1, w_2, _) = sp.symbols("w_1 w_2 w_0", real=True)


@dataclass(frozen=True)
class Line:
    """One relation of the proof: the demand of a ``point``, or the sum of earlier lines.

    ``sums`` are numbers of earlier lines, from 1. A relation of None is the end: 0 > 0.
    """

    relation: Relational | None
    reason: Text
    point: Point | None = None
    sums: tuple[int, ...] = ()


def _written(*terms: sp.Expr) -> sp.Expr:
    """The terms in the order in which a person writes them."""
    return sp.Add(*terms, evaluate=False)


def _demands(point: Point, relation: Relational, wanted: int) -> Line:
    en = "must be above 0" if wanted else "must not be above 0"
    ko = "0보다 커야" if wanted else "0 이하여야"
    return Line(
        relation,
        Text(
            f"The output at {point} must be {wanted}, so the score there {en}.",
            f"{point}에서 출력이 {wanted}이어야 하므로, 그곳의 점수는 {ko} 해요.",
        ),
        point=point,
    )


PROOF = (
    _demands((0, 0), sp.Le(-w_0, 0, evaluate=False), 0),
    _demands((0, 1), sp.Gt(_written(w_2, -w_0), 0, evaluate=False), 1),
    _demands((1, 0), sp.Gt(_written(w_1, -w_0), 0, evaluate=False), 1),
    _demands((1, 1), sp.Le(_written(w_1, w_2, -w_0), 0, evaluate=False), 0),
    Line(
        sp.Gt(_written(w_1, w_2, -2 * w_0), 0, evaluate=False),
        Text("Lines 2 and 3, added.", "2번 줄과 3번 줄을 더해요."),
        sums=(2, 3),
    ),
    Line(
        sp.Le(_written(w_1, w_2, -2 * w_0), 0, evaluate=False),
        Text("Lines 1 and 4, added.", "1번 줄과 4번 줄을 더해요."),
        sums=(1, 4),
    ),
    Line(
        None,
        Text(
            "Lines 5 and 6, added: one number would have to be above 0 and not above 0. "
            "So no weights satisfy the first four lines.",
            "5번 줄과 6번 줄을 더해요. 같은 수가 0보다 크면서 크지 않아야 해요. 따라서 처음 네 "
            "줄을 모두 만족하는 가중치는 없어요.",
        ),
        sums=(5, 6),
    ),
)


def demand(point: Point, wanted: int) -> Relational:
    """The inequality at one row of a truth table, from the definition of the step perceptron."""
    sample = sp.Integer(1)
    at = {x[sample, j + 1]: value for j, value in enumerate(point)}
    z = score(sample).subs(D, 2).doit().subs({**at, w[1]: w_1, w[2]: w_2})
    return sp.Gt(z, 0, evaluate=False) if wanted else sp.Le(z, 0, evaluate=False)


def findings(proof: Sequence[Line] = PROOF, table: Table = XOR) -> tuple[Finding, ...]:
    """Hold every line of a proof against the definition, or against the sum of earlier lines."""
    return tuple(_finding(proof, number, table) for number in range(1, len(proof) + 1))


def _finding(proof: Sequence[Line], number: int, table: Table) -> Finding:
    line = proof[number - 1]
    name = f"line {number}"
    if line.point is not None:
        wanted = demand(line.point, table[line.point])
        return _compared(name, line.relation, *slack(wanted))
    if not line.sums or max(line.sums) >= number:
        return Finding(name, Decision.NOT_ZERO, "it must be the sum of earlier lines")
    parts = [proof[each - 1].relation for each in line.sums]
    if any(part is None for part in parts):
        return Finding(name, Decision.NOT_ZERO, "nothing follows after the end of a proof")
    return _compared(name, line.relation, *added(parts))


def _compared(name: str, relation: Relational | None, g: sp.Expr, strict: bool) -> Finding:
    """Whether ``relation`` (None: 0 > 0) says that g > 0 where strict, else g >= 0."""
    claimed = (sp.Integer(0), True) if relation is None else slack(relation)
    if claimed == (g, strict):
        return Finding(name, Decision.ZERO)
    written = "0 > 0" if relation is None else str(relation)
    return Finding(
        name, Decision.NOT_ZERO, f"{written} differs from {g} {'>' if strict else '>='} 0"
    )


def proved(proof: Sequence[Line] = PROOF, table: Table = XOR) -> Verdict:
    """The verdict on a proof that no line separates ``table``: each line, and that it ends."""
    claim, method = "no line separates XOR", "four inequalities, added up to 0 > 0"
    found = findings(proof, table)
    wrong = next((each for each in found if not each.holds), None)
    if wrong is not None:
        return Verdict(Status.REFUTED, claim, method, reason=f"{wrong.name}: {wrong.detail}")
    if not proof or proof[-1].relation is not None:
        reason = "the proof does not end in 0 > 0"
        return Verdict(Status.UNDECIDED, claim, method, reason=reason)
    figure = Text(f"{len(found)} lines, exact", f"{len(found)}줄, 정확")
    scope = "for all real w_1, w_2, w_0"
    return Verdict(Status.PROVED, claim, method, scope, figure, chance=0.0)


@dataclass(frozen=True)
class Separability:
    """Whether a line separates a truth table: exactly one of the two is there.

    line:        (w_1, w_2, w_0) that satisfy every inequality of the table.
    multipliers: not negative; under them the inequalities, added, say 0 > 0.
    """

    line: tuple[sp.Rational, ...] | None
    multipliers: tuple[sp.Expr, ...] | None


def separability(table: Table) -> Separability:
    """Decide whether a line separates a truth table of two inputs.

    RuntimeError if neither a line nor a contradiction is found; for the sixteen tables of two
    inputs, one of the two always is.
    """
    demands = [demand(point, table[point]) for point in POINTS]
    multipliers = contradiction(demands, UNKNOWNS)
    if multipliers is not None:
        return Separability(None, multipliers)
    # Lines through half-integers are enough for inputs of 0 and 1.
    halves = [sp.Rational(k, 2) for k in (-3, -1, 1, 3)]
    for line in product((-1, 0, 1), (-1, 0, 1), halves):
        if all(bool(each.subs(dict(zip(UNKNOWNS, line)))) for each in demands):
            return Separability(tuple(map(sp.Rational, line)), None)
    raise RuntimeError(f"table {dict(table)}: found neither a line nor a contradiction")


def all_tables() -> tuple[Table, ...]:
    """The sixteen truth tables of two inputs, in binary order of their outputs."""
    return tuple(dict(zip(POINTS, outputs)) for outputs in product((0, 1), repeat=4))

"""The proof that no line separates XOR: every line of it is checked, and wrong ones are refuted."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp

from derivations.theorems import xor
from gradproof.verdicts import Status


def test_the_proof_holds_line_by_line() -> None:
    verdict = xor.proved()
    assert verdict.status is Status.PROVED
    assert all(finding.holds for finding in xor.findings())


def test_the_inequalities_are_those_of_the_perceptron_that_the_operations_derive() -> None:
    w_1, w_2, w_0 = xor.UNKNOWNS
    assert xor.demand((1, 0), 1) == sp.Gt(w_1 - w_0, 0, evaluate=False)
    assert xor.demand((1, 1), 0) == sp.Le(w_1 + w_2 - w_0, 0, evaluate=False)


def planted() -> list[tuple[str, tuple[xor.Line, ...]]]:
    """The proof with one line changed: another sign, another relation, another term, other sums."""
    changed = []
    for at, line in enumerate(xor.PROOF):
        if line.relation is None:
            continue
        left = line.relation.lhs
        weaker = sp.Ge if isinstance(line.relation, sp.StrictGreaterThan) else sp.Lt
        for name, relation in (
            ("negated", line.relation.func(-left, 0, evaluate=False)),
            ("strictness", weaker(left, 0, evaluate=False)),
            ("term", line.relation.func(left + xor.UNKNOWNS[0], 0, evaluate=False)),
        ):
            proof = list(xor.PROOF)
            proof[at] = replace(line, relation=relation)
            changed.append((f"line {at + 1}: {name}", tuple(proof)))
    last = replace(xor.PROOF[-1], sums=(5, 5))
    changed.append(("line 7: other lines added", (*xor.PROOF[:-1], last)))
    later = replace(xor.PROOF[4], sums=(6, 7))
    changed.append(("line 5: from later lines", (*xor.PROOF[:4], later, *xor.PROOF[5:])))
    return changed


@pytest.mark.parametrize("proof", [pytest.param(proof, id=name) for name, proof in planted()])
def test_a_wrong_line_is_refuted_by_its_number(proof: tuple[xor.Line, ...]) -> None:
    verdict = xor.proved(proof)
    assert verdict.status is Status.REFUTED
    wrong = next(n for n, (a, b) in enumerate(zip(proof, xor.PROOF), 1) if a != b)
    assert verdict.reason.startswith(f"line {wrong}: ")


@pytest.mark.parametrize("table", [xor.AND, xor.OR])
def test_the_proof_does_not_pass_for_a_table_that_has_a_line(table: xor.Table) -> None:
    assert xor.proved(table=table).status is Status.REFUTED


def test_a_proof_without_its_end_proves_nothing() -> None:
    verdict = xor.proved(xor.PROOF[:-1])
    assert verdict.status is Status.UNDECIDED
    assert "does not end" in verdict.reason


def test_fourteen_tables_have_a_line_and_two_a_contradiction() -> None:
    without = []
    for table in xor.all_tables():
        found = xor.separability(table)
        assert (found.line is None) != (found.multipliers is None)
        if found.line is None:
            without.append(list(table.values()))
        else:
            w_1, w_2, w_0 = found.line
            assert all((w_1 * a + w_2 * b > w_0) == bool(y) for (a, b), y in table.items())
    assert without == [[0, 1, 1, 0], [1, 0, 0, 1]]

"""Plant an error in every backward, one sign, constant or operator at a time: none may pass."""

from __future__ import annotations

import pytest

from gradproof.operations import Operation
from gradproof.verdicts import Status, Verdict
from gradproof.witnesses.arithmetic import arithmetic
from gradproof.witnesses.floating import floating
from gradproof.witnesses.special import special
from tests.catalogue import EACH_OPERATION
from tests.mutants import Mutant, mutants


@pytest.mark.parametrize("operation", EACH_OPERATION)
def test_every_planted_error_in_backward_is_refuted(operation: Operation) -> None:
    survivors = [str(mutant) for mutant in mutants(operation, "backward") if _survives(mutant)]
    assert not survivors, "\n".join(survivors)


@pytest.mark.parametrize("operation", EACH_OPERATION)
def test_the_verdict_names_the_operation_and_what_differs(operation: Operation) -> None:
    for mutant in mutants(operation, "backward"):
        verdict = _first_refutation(mutant.operation)
        if verdict is not None and verdict.counterexample is not None:
            assert operation.name in str(verdict)
            assert verdict.reason
            return


def _survives(mutant: Mutant) -> bool:
    return _first_refutation(mutant.operation) is None


def _first_refutation(operation: Operation) -> Verdict | None:
    for witness in (floating, arithmetic, special):
        try:
            verdict = witness(operation, 1)
        except Exception as problem:
            return Verdict(Status.REFUTED, operation.name, "run", reason=repr(problem))
        if verdict.status is Status.REFUTED:
            return verdict
    return None

"""Plant errors in every backward, one sign, constant or operator at a time: no witness passes one.

The default run tries a sample of each operation's mutants. ``python -m tests.mutants`` tries all of
impl/ and derivations/ with the cross-check.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gradproof.operations import Operation
from gradproof.verdicts import Status, Verdict
from gradproof.witnesses.arithmetic import arithmetic
from gradproof.witnesses.exactly import exactly
from gradproof.witnesses.floating import floating
from gradproof.witnesses.special import special
from tests.catalogue import EACH_OPERATION
from tests.mutants import Mutant, mutants

MOST = 6


@pytest.mark.parametrize("operation", EACH_OPERATION)
def test_planted_errors_in_backward_are_refuted(operation: Operation) -> None:
    """Each by the exact witness, and without it by the numeric ones: neither leans on the other."""
    for number, mutant in enumerate(_sample(operation)):
        with mutant.planted() as operations:
            wrong = operations[operation.name]
            exact = _run(exactly, wrong)
            refuted = exact.status is Status.REFUTED
            numeric = _first_refutation(wrong) if not refuted or number % 3 == 0 else None
        assert refuted or numeric is not None or exact.status is Status.PROVED, str(mutant)
        if refuted and number % 3 == 0:
            assert numeric is not None, f"{mutant}: refuted by the exact witness alone"
        for verdict in (exact, numeric):
            if verdict is not None and verdict.status is Status.REFUTED:
                assert operation.name in verdict.claim, "the verdict names the operation"
                assert verdict.reason or verdict.counterexample is not None, "and what differs"


def _sample(operation: Operation) -> list[Mutant]:
    every = [
        mutant
        for mutant in mutants(f"impl/{operation.name}.py")
        if mutant.change.function.startswith("backward")
    ]
    assert every, "nothing to change in backward"
    return every[:: -(-len(every) // MOST)]


def _first_refutation(operation: Operation) -> Verdict | None:
    """What the first numeric witness that objects says; None if none does."""
    for witness in (floating, arithmetic, special):
        verdict = _run(witness, operation)
        if verdict.status is Status.REFUTED:
            return verdict
    return None


def _run(witness: Callable[[Operation, int], Verdict], operation: Operation) -> Verdict:
    """Return a witness's verdict; code that does not even run is refuted by that."""
    try:
        return witness(operation, 1)
    except Exception as problem:
        return Verdict(Status.REFUTED, operation.name, "run", reason=repr(problem))

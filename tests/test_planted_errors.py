"""Plant errors in every backward, one sign, constant or operator at a time: none may pass.

The default run tries a sample of each operation's mutants; ``python -m tests.mutants`` tries all.
"""

from __future__ import annotations

import pytest

from gradproof.operations import Operation
from gradproof.verdicts import Status
from gradproof.witnesses.exactly import exactly
from tests.catalogue import EACH_OPERATION
from tests.mutants import first_refutation, mutants, outcome, run

MOST = 6


@pytest.mark.parametrize("operation", EACH_OPERATION)
def test_planted_errors_in_backward_are_refuted(operation: Operation) -> None:
    for mutant in _sample(operation):
        passed, verdict = outcome(mutant)
        assert not passed, str(mutant)
        if verdict.status is Status.REFUTED:
            assert operation.name in verdict.claim, "the verdict names the operation"
            assert verdict.reason or verdict.counterexample is not None, "and what differs"


@pytest.mark.parametrize("operation", EACH_OPERATION)
def test_the_numeric_witnesses_alone_refute_what_the_exact_one_does(operation: Operation) -> None:
    """The two kinds of evidence are independent: neither leans on the other."""
    for mutant in _sample(operation)[::3]:
        if run(exactly, mutant.operation).status is Status.REFUTED:
            assert first_refutation(mutant.operation) is not None, str(mutant)


def _sample(operation: Operation) -> list:  # type: ignore[type-arg]
    every = list(mutants(operation, "backward"))
    return every[:: -(-len(every) // MOST) or 1]

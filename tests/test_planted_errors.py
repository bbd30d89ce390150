"""Plant errors in every backward, one sign, constant or operator at a time: no witness passes one.

A sample of each operation's mutants; ``make test`` tries one of each. ``python -m tests.mutants``
tries all of impl/ and derivations/ with the cross-check.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gradproof.operation.operations import Operation
from gradproof.verdicts import Status, Verdict
from gradproof.witnesses.arithmetic import arithmetic
from gradproof.witnesses.exactly import exactly
from gradproof.witnesses.floating import floating
from gradproof.witnesses.special import special
from tests.catalogue import OPERATIONS
from tests.mutants import Mutant, mutants

MOST = 3


def _samples() -> Iterator[Any]:
    """Some changes of every backward; every third is held against both kinds of witnesses."""
    for name, operation in OPERATIONS.items():
        found = mutants(f"impl/{name}.py")
        every = [each for each in found if each.change.function.startswith("backward")]
        for number, mutant in enumerate(every[:: -(-len(every) // MOST)]):
            yield pytest.param(operation, mutant, number % 3 == 0, id=f"{name}-{mutant}")


SAMPLES = list(_samples())


@pytest.mark.sampled(1, each="operation")
@pytest.mark.parametrize(("operation", "mutant", "by_both"), SAMPLES)
def test_planted_errors_in_backward_are_refuted(
    operation: Operation, mutant: Mutant, by_both: bool
) -> None:
    """Each by the exact witness, and without it by the numeric ones: neither leans on the other."""
    with mutant.planted() as operations:
        wrong = operations[operation.name]
        exact = _run(exactly, wrong)
        refuted = exact.status is Status.REFUTED
        numeric = _first_refutation(wrong) if not refuted or by_both else None
    assert refuted or numeric is not None or exact.status is Status.PROVED, str(mutant)
    if refuted and by_both:
        assert numeric is not None, f"{mutant}: refuted by the exact witness alone"
    for verdict in (exact, numeric):
        if verdict is not None and verdict.status is Status.REFUTED:
            assert operation.name in verdict.claim, "the verdict names the operation"
            assert verdict.reason or verdict.counterexample is not None, "and what differs"


def test_every_operation_has_errors_planted() -> None:
    assert {each.values[0].name for each in SAMPLES} == set(OPERATIONS)


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

"""The witness "code, in floating point", which draws its own arguments from a seed."""

from __future__ import annotations

import pytest

from gradproof.operation.derivation import Kink, Mode
from gradproof.operation.operations import Operation
from gradproof.verdicts import Status
from gradproof.witnesses.floating import floating, kink_verdicts
from tests.catalogue import EACH_KINK, EACH_OPERATION


@pytest.mark.sampled(2)
@pytest.mark.parametrize("operation", EACH_OPERATION)
def test_the_witness_holds(operation: Operation) -> None:
    verdict = floating(operation, seed=1)
    assert verdict.holds, str(verdict)


@pytest.mark.parametrize(("operation", "mode", "backward", "kink"), EACH_KINK)
def test_at_a_kink_and_beside_it_the_witness_holds(
    operation: Operation, mode: Mode, backward: str, kink: Kink
) -> None:
    verdicts = list(kink_verdicts(operation, mode, backward, kink))
    assert len(verdicts) == 3, "on the left, at the kink, on the right"
    for verdict in verdicts:
        assert verdict.status is Status.CHECKED, str(verdict)

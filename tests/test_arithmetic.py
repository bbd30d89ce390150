"""The witness "arithmetic": the code's rounding error against 50 digits, in three precisions."""

from __future__ import annotations

import numpy as np
import pytest

from gradproof.operation.derivation import Mode
from gradproof.operation.exact_outcome import exact_gradients
from gradproof.operation.operations import Operation
from gradproof.operation.sampling import draw_case
from gradproof.witnesses.arithmetic import arithmetic, deviation
from gradproof.witnesses.runs import run_backward, run_forward
from tests.catalogue import EACH_BACKWARD, EACH_OPERATION


@pytest.mark.sampled(1)
@pytest.mark.parametrize("operation", EACH_OPERATION)
def test_the_witness_holds(operation: Operation) -> None:
    verdict = arithmetic(operation, seed=1)
    assert verdict.holds, str(verdict)


@pytest.mark.sampled(8)
@pytest.mark.parametrize(("operation", "mode", "backward"), EACH_BACKWARD)
def test_a_relative_error_of_a_few_hundred_ulps_is_caught(
    operation: Operation, mode: Mode, backward: str
) -> None:
    case = draw_case(mode, np.random.default_rng(3))
    _, cache = run_forward(operation, mode, case)
    truth = exact_gradients(mode, case)
    for name, got in run_backward(operation, mode, backward, case.dy, cache).items():
        # A gradient that is zero everywhere, as that of the step, has no relative error.
        wrong = got * (1 + 1e-12) if got.any() else got + 1e-300
        found = deviation(name, wrong, truth[name], np.float64, case)
        assert found.counterexample is not None, f"d{name} off by 1e-12 passed"

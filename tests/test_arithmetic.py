"""The code's rounding error, against 50 digits, in three precisions."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradproof.derivation import Mode
from gradproof.evaluation import DIGITS
from gradproof.exact import exact_gradients, exact_outputs
from gradproof.operations import Operation
from gradproof.strategies import cases
from gradproof.witnesses.arithmetic import DTYPES, arithmetic, case_deviations, deviation
from gradproof.witnesses.runs import cast, run_backward, run_forward
from tests.catalogue import EACH_BACKWARD, EACH_MODE, EACH_OPERATION

DRAWN = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("operation", EACH_OPERATION)
def test_the_witness_holds(operation: Operation) -> None:
    verdict = arithmetic(operation, seed=1)
    assert verdict.holds, str(verdict)


@pytest.mark.parametrize(("operation", "mode"), EACH_MODE)
@DRAWN
@given(data=st.data())
def test_code_agrees_with_fifty_digits(
    operation: Operation, mode: Mode, data: st.DataObject
) -> None:
    case = data.draw(cases(mode, longest=3))
    dtype = data.draw(st.sampled_from(DTYPES))
    if _at_a_kink(mode, case.inputs):
        return
    for found in case_deviations(operation, mode, cast(case, dtype), dtype):
        assert found.counterexample is None, (
            f"{found.what} in {found.dtype}: {found.counterexample}"
        )


@pytest.mark.parametrize(("operation", "mode", "backward"), EACH_BACKWARD)
def test_a_relative_error_of_a_few_hundred_ulps_is_caught(
    operation: Operation, mode: Mode, backward: str
) -> None:
    from gradproof.sampling import draw_case

    case = draw_case(mode, np.random.default_rng(3))
    _, cache = run_forward(operation, mode, case)
    truth = exact_gradients(mode, case)
    for name, got in run_backward(operation, mode, backward, case.dy, cache).items():
        if not got.any():
            continue
        found = deviation(name, got * (1 + 1e-12), truth[name], np.float64, case)
        assert found.counterexample is not None, f"d{name} off by 1e-12 passed"


@pytest.mark.parametrize(("operation", "mode"), EACH_MODE)
def test_derivation_and_definition_agree_to_fifty_digits(operation: Operation, mode: Mode) -> None:
    """The code's result rounds the exact one; the exact one is what the closed form says."""
    from gradproof.sampling import draw_case

    case = draw_case(mode, np.random.default_rng(5))
    exact = list(exact_outputs(mode, case))
    if mode.backwards:
        exact += exact_gradients(mode, case).values()
    with mpmath.workdps(DIGITS):
        for each in exact:
            for value, error in zip(each.value.ravel(), each.error.ravel()):
                assert mpmath.isfinite(value)
                assert error >= 0


def _at_a_kink(mode: Mode, inputs: dict[str, np.ndarray]) -> bool:
    """Whether an input lies exactly on a kink, where the derivative is a convention."""
    at = [float(kink.at) for kink in mode.kinks if kink.at.is_number]
    flat = np.concatenate([np.ravel(value).astype(float) for value in inputs.values()])
    return bool(mode.selectors) or bool(np.isin(flat, at).any())

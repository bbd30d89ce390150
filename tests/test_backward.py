"""The code: every backward against numeric derivatives of its forward, on drawn arguments."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradproof.derivation import Mode
from gradproof.operations import Operation
from gradproof.strategies import cases
from gradproof.verdicts import Status
from gradproof.witnesses.floating import check_case, floating, kink_verdicts
from gradproof.witnesses.runs import run_backward, run_forward
from tests.catalogue import EACH_BACKWARD, EACH_OPERATION

# Deadlines are off: a slow machine is no reason to fail.
DRAWN = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("operation", EACH_OPERATION)
def test_the_witness_holds(operation: Operation) -> None:
    verdict = floating(operation, seed=1)
    assert verdict.holds, str(verdict)


@pytest.mark.parametrize(("operation", "mode", "backward"), EACH_BACKWARD)
@DRAWN
@given(data=st.data())
def test_backward_equals_numeric_derivatives(
    operation: Operation, mode: Mode, backward: str, data: st.DataObject
) -> None:
    case = data.draw(cases(mode, longest=3))
    verdict = check_case(operation, mode, backward, case, seed=0)
    assert verdict.holds, str(verdict)


@pytest.mark.parametrize(("operation", "mode", "backward"), EACH_BACKWARD)
@DRAWN
@given(data=st.data())
def test_backward_is_linear_in_the_upstream_gradient(
    operation: Operation, mode: Mode, backward: str, data: st.DataObject
) -> None:
    case = data.draw(cases(mode))
    assert case.dy is not None
    other = np.asarray(
        np.random.default_rng(data.draw(st.integers(0, 99))).normal(size=case.dy.shape)
    )
    _, cache = run_forward(operation, mode, case)

    def pulled(dy: Any) -> dict[str, Any]:
        return run_backward(operation, mode, backward, dy, cache)

    first, second, both = pulled(case.dy), pulled(other), pulled(case.dy - 2 * other)
    nothing = pulled(np.zeros_like(case.dy))
    for name, value in both.items():
        size = 1e-30 + np.abs(first[name]).max(initial=0) + 2 * np.abs(second[name]).max(initial=0)
        # The terms that cancel in batch norm are up to 1/sqrt(eps) larger than their sum.
        np.testing.assert_allclose(
            value, first[name] - 2 * second[name], rtol=0, atol=1e-10 * max(size, 1.0)
        )
        assert not nothing[name].any(), f"d{name} of a zero upstream gradient is not zero"


@pytest.mark.parametrize(("operation", "mode", "backward"), EACH_BACKWARD)
def test_at_a_kink_the_code_returns_a_subgradient(
    operation: Operation, mode: Mode, backward: str
) -> None:
    for kink in mode.kinks:
        for verdict in kink_verdicts(operation, mode, backward, kink):
            assert verdict.status is Status.CHECKED, str(verdict)

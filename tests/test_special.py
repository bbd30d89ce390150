"""Zeros, infinities, NaN and magnitudes at the ends of the range, with every warning an error."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradproof.operation.derivation import Mode
from gradproof.operation.operations import Operation
from gradproof.operation.strategies import cases
from gradproof.witnesses.special import check_extreme_case, check_special_value, special
from tests.catalogue import EACH_MODE, EACH_OPERATION


@pytest.mark.parametrize("operation", EACH_OPERATION)
def test_the_witness_holds(operation: Operation) -> None:
    verdict = special(operation, seed=1)
    assert verdict.holds, str(verdict)


@pytest.mark.sampled(1, each="operation")
@pytest.mark.parametrize(("operation", "mode"), EACH_MODE)
@pytest.mark.parametrize("numbers", ["extreme", "balanced"])
@given(data=st.data())
def test_finite_arguments_never_give_nan_or_a_warning(
    operation: Operation, mode: Mode, numbers: str, data: st.DataObject
) -> None:
    case = data.draw(cases(mode, numbers), "at")
    wrong = check_extreme_case(operation, mode, case)
    assert wrong is None, str(wrong)


@pytest.mark.parametrize(("operation", "mode"), EACH_MODE)
def test_a_wrong_special_value_is_caught(operation: Operation, mode: Mode) -> None:
    for stated in mode.special_values:
        wrong = replace(stated, output=_all_wrong(stated.output))
        assert check_special_value(operation, mode, wrong, np.float64) is not None
        for name, value in stated.gradients.items():
            wrong = replace(stated, gradients={**stated.gradients, name: _all_wrong(value)})
            assert check_special_value(operation, mode, wrong, np.float64) is not None


def _all_wrong(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_all_wrong(each) for each in value)
    return np.full(np.shape(value), 12345.0).tolist()


@pytest.mark.parametrize("operation", EACH_OPERATION)
def test_nan_and_warnings_are_caught(operation: Operation) -> None:
    def warns(*arguments: Any, **parameters: Any) -> Any:
        y, cache = operation.implementation.forward(*arguments, **parameters)
        return y + 0 * np.exp(np.float64(1e6)), cache

    def poisons(*arguments: Any, **parameters: Any) -> Any:
        y, cache = operation.implementation.forward(*arguments, **parameters)
        return y * np.nan, cache

    for forward in (warns, poisons):
        module = ModuleType("planted")
        vars(module).update(vars(operation.implementation), forward=forward)
        assert not special(replace(operation, implementation=module)).holds


def test_an_operation_without_special_values_is_undecided() -> None:
    operation = EACH_OPERATION[0].values[0]
    assert isinstance(operation, Operation)
    modes = tuple(replace(mode, special_values=()) for mode in operation.derivation.modes)
    without = replace(operation, derivation=replace(operation.derivation, modes=modes))
    assert not special(without).holds

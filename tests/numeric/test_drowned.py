"""Outputs that change by no more than their own rounding tell nothing about a derivative."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradproof import check_gradient
from gradproof.verdicts import Status

Array = np.ndarray[Any, Any]
X = np.random.default_rng(0).normal(size=8)


def ripples(x: Array) -> Array:
    return np.asarray(1 + 1e-15 * np.sin(1e3 * x))


@pytest.mark.parametrize("mode", ["auto", "full", "sketch", "directional"])
def test_neither_zeros_nor_the_right_gradient_can_be_told(mode: Any) -> None:
    right = check_gradient(ripples, lambda dy, x: dy * 1e-12 * np.cos(1e3 * x), X, mode=mode)
    zeros = check_gradient(ripples, lambda dy, x: np.zeros_like(dy), X, mode=mode)
    assert right.status is zeros.status is Status.UNDECIDED
    assert "cannot be told here: 8 of 8 elements" in zeros.reason


def test_what_has_nothing_to_do_with_rounding_is_refuted() -> None:
    assert check_gradient(ripples, lambda dy, x: dy * x, X).status is Status.REFUTED


def test_a_constant_has_a_gradient_of_zero() -> None:
    verdict = check_gradient(lambda x: np.ones(8), lambda dy, x: np.zeros_like(dy), X)
    assert verdict.status is Status.CHECKED


def test_outputs_next_to_zero_are_not_drowned() -> None:
    verdict = check_gradient(lambda x: 1e-300 * np.sin(x), lambda dy, x: dy * 1e-300 * np.cos(x), X)
    assert verdict.status is Status.CHECKED

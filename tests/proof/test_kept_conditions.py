"""Conditions on arrays by which nothing is differentiated hold with equality as well: labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradproof import prove_gradient
from gradproof.verdicts import Status

X, LABELS = np.array([0.3, -0.7, 1.2]), np.array([1.0, 0.0, 1.0])


def by_label(x: Any, t: Any) -> tuple[Any, tuple[Any, Any]]:
    return np.where(t == 1, x * x, x), (x, t)


def right(dy: Any, cache: tuple[Any, Any]) -> Any:
    x, t = cache
    return dy * np.where(t == 1, 2 * x, 1)


def wrong_at_one(dy: Any, cache: tuple[Any, Any]) -> Any:
    x, t = cache
    return dy * np.where(t == 1, 3 * x, 1)


def wrong_elsewhere(dy: Any, cache: tuple[Any, Any]) -> Any:
    x, t = cache
    return dy * np.where(t == 1, 2 * x, 2)


def test_the_branch_of_equality_is_proved_too() -> None:
    verdict = prove_gradient(by_label, right, X, LABELS, wrt="x")
    assert verdict.status is Status.PROVED
    assert "jumps" not in str(verdict)  # by t alone


@pytest.mark.parametrize("backward", [wrong_at_one, wrong_elsewhere])
def test_a_branch_that_only_equality_takes_is_no_exception(backward: Any) -> None:
    verdict = prove_gradient(by_label, backward, X, LABELS, wrt="x")
    assert verdict.status is Status.REFUTED


def test_which_side_equality_belongs_to_matters() -> None:
    def forward(x: Any, t: Any) -> tuple[Any, tuple[Any, Any]]:
        return np.where(t > 0.5, x * x, x), (x, t)

    def backward(dy: Any, cache: tuple[Any, Any]) -> Any:
        x, t = cache
        return dy * np.where(t >= 0.5, 2 * x, 1)

    verdict = prove_gradient(forward, backward, X, LABELS, wrt="x")
    assert verdict.status is Status.REFUTED
    assert "0.5" in str(verdict)


def test_where_x_itself_makes_the_output_jump_there_is_no_derivative() -> None:
    verdict = prove_gradient(lambda x: (np.where(x > 0, 1 + x, x), x), lambda dy, x: dy + 0 * x, X)
    assert verdict.status is Status.PROVED
    assert "at x = 0 the output jumps and has no derivative" in str(verdict)

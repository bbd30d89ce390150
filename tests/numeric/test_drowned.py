"""Outputs that change by no more than their own rounding tell nothing about a derivative."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradproof import check_gradient, check_jvp
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


def saturated(x: Array) -> tuple[Array, Array]:
    v = np.exp(-x * x)
    return np.log(1 + v * v), x  # 0 where x is 5 or more, and at all points that are looked at


def slope(x: Array) -> Array:
    v = np.exp(-x * x)
    return np.asarray(-4 * x * v * v / (1 + v * v))


def test_an_element_that_changes_nothing_is_not_told_apart_from_zero() -> None:
    x = np.array([0.3, 10.5, -0.7, 11.2, 12.0])
    found = check_gradient(saturated, lambda dy, x: dy * slope(x), x)
    assert found.status is Status.CHECKED
    assert "cannot be told here: 1 of 5 elements of dx, such as dx[1]" in found.scope
    for by, off in ((0.0, 0.0), (2.0, 0.0), (1.0, 1e-12), (1.0, 1e-3)):
        told = check_gradient(
            saturated, lambda dy, x, by=by, off=off: by * dy * slope(x) + off * (x > 9), x
        )
        assert told.status is Status.REFUTED, (by, off)


@pytest.mark.parametrize("mode", ["full", "directional"])
def test_nor_are_all_of_them(mode: Any) -> None:
    def far(x: Array) -> Array:
        return np.logaddexp(0, -((x * x).sum() + 100))

    def forward(x: Array) -> tuple[Array, Array]:
        return np.log(1 + far(x) ** 2), x

    def backward(dy: Array, x: Array) -> Array:
        return np.asarray(-4 * x * dy * far(x) ** 2)

    x = np.array([0.4, -1.5, 0.7])
    honest = check_gradient(forward, backward, x, mode=mode)
    assert honest.status is Status.UNDECIDED
    assert "cannot be told" in honest.reason or "zeros would have passed" in honest.reason
    zeros = check_gradient(forward, lambda dy, x: 0 * x, x, mode=mode)
    assert zeros.status is Status.CHECKED, "y is 0 wherever it was looked at"
    assert zeros.details["floor"] > 1e-17, "but smaller errors than a rounding of 1 were not seen"
    for off in (1e-14, 1e-3, np.nan):
        wrong = check_gradient(forward, lambda dy, x, by=off: by + 0 * x, x, mode=mode)
        assert wrong.status is Status.REFUTED, off


def test_nor_are_tangents() -> None:
    x = np.array([10.5, 11.2, 12.0, -10.9])
    for off in (0.0, 1e-12, 1e-3):
        told = check_jvp(
            lambda x: saturated(x)[0],
            lambda xs, ts, off=off: (slope(xs[0]) + off) * ts[0], x,
        )  # fmt: skip
        assert (told.status is Status.REFUTED) == (off > 0), str(told)


def test_small_gradients_beside_small_ones_are_refuted_as_before() -> None:
    """A gradient of 0 beside others of 1e-200: 1e-203 is wrong there."""
    x = np.array([0.3, -0.7, 0.5, -1.2])
    for at_dead, status in ((0.0, Status.CHECKED), (1e-203, Status.REFUTED)):
        told = check_gradient(
            lambda x: 1e-200 * np.maximum(x, 0),
            lambda dy, x, by=at_dead: dy * np.where(x > 0, 1e-200, by), x, mode="full",
        )  # fmt: skip
        assert told.status is status

"""What values at a ladder of steps say about rounding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradproof.numeric import difference
from gradproof.numeric.rounding.noise import closeby, noise_of, norm
from gradproof.numeric.rounding.scatter import STEPS, UNIT_ROUNDOFF, scatter
from gradproof.numeric.rounding.stairs import digits_inside, stairs

Array = np.ndarray[Any, Any]
Function = Callable[[Array], Array]
X = np.random.default_rng(2).normal(size=200)


def sides(f: Function, x: Array) -> tuple[Array, Array, Array]:
    return np.stack([f(x + s) for s in STEPS]), np.stack([f(x - s) for s in STEPS]), f(x)


def half(x: Array) -> Array:
    return np.asarray(x, np.float16).astype(np.float64)


def test_no_two_steps_share_their_digits() -> None:
    mantissas, _ = np.frexp(STEPS)
    assert len(set(mantissas)) == len(STEPS)
    assert ((STEPS[:-1] / STEPS[1:] > 1.4) & (STEPS[:-1] / STEPS[1:] < 2.9)).all()


@pytest.mark.parametrize("f", [np.exp, np.sin, lambda x: 1 / (2 + x * x)])
def test_a_smooth_function_loses_nothing(f: Function) -> None:
    found = scatter(*sides(f, X))
    assert (found.whole[-20:] <= 64 * np.finfo(float).eps * (1 + np.abs(f(X)))).all()


def test_rounding_that_coarse_steps_show_is_not_forgotten_by_fine_ones() -> None:
    found = scatter(*sides(lambda x: half(np.tanh(x)), X))
    assert np.median(found.whole[-1]) > 1e-5
    smooth = scatter(*sides(np.tanh, X))
    assert smooth.whole[-1].max() < 1e-14


def test_a_corner_is_not_taken_for_rounding() -> None:
    for f in (np.abs, lambda x: np.maximum(x, 0), lambda x: np.sqrt(1e-8 + x * x)):
        found = scatter(*sides(f, np.array([3e-5, -1e-4, 1e-3])))
        assert found.whole[-1].max() < 1e-15


@pytest.mark.parametrize(
    ("values", "unit"),
    [
        (half(X), 2.0**-11),
        (X.astype(np.float32).astype(float), 2.0**-24),
        (X, UNIT_ROUNDOFF),
        (np.arange(200.0), UNIT_ROUNDOFF),
        (np.arange(200) / 4, UNIT_ROUNDOFF),
        (np.zeros(200), UNIT_ROUNDOFF),
        (np.full(200, 0.1), UNIT_ROUNDOFF),
    ],
    ids=["half", "single", "double", "whole numbers", "quarters", "zeros", "one number"],
)
def test_the_precision_of_numbers_shows_in_their_digits(values: Array, unit: float) -> None:
    assert digits_inside(values[:, None]).tolist() == [unit]


@pytest.mark.parametrize(
    ("f", "wanted"),
    [
        (lambda x: np.floor(100 * x) / 100, True),
        (np.floor, True),
        (lambda x: np.round(x, 6), False),
        (half, False),
        (np.tanh, False),
        (np.sign, False),
    ],
    ids=["hundredths", "floor", "six digits", "half precision", "smooth", "one step"],
)
def test_a_staircase_is_meant_if_its_stairs_are_few_and_even(f: Function, wanted: bool) -> None:
    values = f(np.concatenate([50.3 + 100 * STEPS, 50.3 - 100 * STEPS]))
    assert stairs(values[:, None]).tolist() == [wanted]


def test_stairs_of_rounding_have_two_derivatives() -> None:
    found = difference(lambda t: half(np.tanh(0.31 + np.array([t]))), 1.0, np.zeros(1))
    assert abs(found.value[0] - 1 / np.cosh(0.31) ** 2) <= found.bound[0]
    assert not found.twofold[0] or abs(found.other[0]) <= found.other_bound[0]


def test_at_the_edge_of_a_domain_the_derivative_is_one_sided() -> None:
    with np.errstate(invalid="ignore"):
        found = difference(lambda t: np.array([t, 2.0]) ** 2.5, 1.0, np.zeros(2))
        assert found.bound[0] < 1e-9
        assert abs(found.value[0]) <= found.bound[0]
        root = difference(lambda t: np.sqrt(np.array([t])), 1.0, np.zeros(1))
    assert root.bound[0] == np.inf, "the slope of a root is infinite at 0"


def test_rounding_is_measured_of_the_smallest_numbers_too() -> None:
    """Outputs next to 1e-160, as of normal tails far out: their roundings have squares of 0."""
    positions = closeby((np.ones(1),), np.random.default_rng(0)).positions
    table = 1 + 1e-9 * np.random.default_rng(1).normal(size=(len(positions), 10))
    usual, tiny = (noise_of(scale * table, 2.0**-53, positions) for scale in (1.0, 1e-160))
    assert (tiny > 0.9e-160 * usual).all()
    assert norm(np.full(4, 1e-170)) == 2e-170

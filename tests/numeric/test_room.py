"""How much room a check takes, and what it lets go of: neither changes what is compared."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from gradproof import check_gradient
from gradproof.numeric.problem import Problem
from gradproof.numeric.rounding.inner_precision import seems_coarse
from gradproof.numeric.rounding.noise import second_difference
from gradproof.verdicts import Status
from tests.numeric.examples import normal, tanh, tanh_backward

Array = np.ndarray[Any, Any]


def test_a_check_of_many_elements_holds_few_arrays_at_a_time() -> None:
    x = normal(600, 500)
    check_gradient(tanh, tanh_backward, normal(3, 4), mode="directional")  # loads what it needs
    tracemalloc.start()
    try:
        assert check_gradient(tanh, tanh_backward, x, mode="directional").holds
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 12 * x.nbytes, f"{peak / x.nbytes:.1f} arrays"


@pytest.mark.parametrize("shape", [(), (0,), (5,), (300_000,), (3, 70_000), (400, 300), (1, 2**17)])
def test_bends_are_the_same_part_by_part(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    first = rng.normal(size=shape)
    second, third = (first + k * 1e-9 * rng.normal(size=shape) for k in (1, 2))
    found = second_difference((first, second, third), 2.0**-53)
    turned = second_difference([np.array(each.T).T for each in (first, second, third)], 2.0**-53)
    np.testing.assert_array_equal(found, turned)
    bend = np.abs(first + third - second - second)
    assert found.shape == shape
    assert (found >= bend).all()
    if first.size:  # in parts, each has its own share of the typical bend
        ratio = (found - 5 * np.sqrt(1 / 6) * bend) / np.abs(first)
        assert float(np.ptp(ratio)) <= 1e-4 * float(np.abs(ratio).max()) or first.size < 64


def test_a_backward_that_refuses_points_beside_the_given_one_is_still_told() -> None:
    x = normal(80, 60)

    def forward(x: Array) -> tuple[Array, Array]:
        return np.tanh(x), x

    def backward(dy: Array, kept: Array) -> Array:
        if not np.array_equal(kept, x):
            raise ValueError("another x")
        return np.asarray(dy / np.cosh(kept) ** 2)

    verdict = check_gradient(forward, backward, x, mode="directional")
    assert verdict.status is Status.UNDECIDED
    assert "backward refuses points beside the given one: ValueError: another x" in verdict.reason


@pytest.mark.sampled(1)
@pytest.mark.parametrize("cached", [True, False])
@pytest.mark.parametrize("factor", [1.0, 1.01])
def test_what_reaches_the_callers_own_array_changes_nothing(cached: bool, factor: float) -> None:
    x = normal(90, 70)
    given = x.copy()

    def forward(z: Array) -> Any:
        x[...] += 1  # not z, but the array that the check was called with
        return (np.tanh(z), z) if cached else np.tanh(z)

    def backward(dy: Array, z: Array) -> Array:
        return np.asarray(factor * dy / np.cosh(z) ** 2)

    for mode in ("directional", "full"):
        verdict = check_gradient(forward, backward, x, mode=mode)
        clean = check_gradient(tanh, lambda dy, y: factor * dy * (1 - y * y), x, mode=mode)
        assert verdict.status is clean.status, str(verdict)
        assert verdict.status is (Status.CHECKED if factor == 1 else Status.REFUTED)
        np.testing.assert_array_equal(x, given)


@pytest.mark.parametrize(
    ("inside", "coarse"), [(np.float64, False), (np.float32, True), (np.float16, True)]
)
def test_few_digits_are_seen_among_many_outputs_and_many_digits_in_one(
    inside: Any, coarse: bool
) -> None:
    def forward(x: Array) -> Array:
        return np.asarray(np.tanh(x.astype(inside)), np.float64)

    x = normal(40, 30)
    problem = Problem(forward, lambda dy, _: dy, (x,), ("x",), ("x",), shapes=(x.shape,))
    assert seems_coarse(problem) is coarse
    mixed = Problem(
        lambda x: np.where(np.arange(x.size).reshape(x.shape) == 7, np.tanh(x), forward(x)),
        lambda dy, _: dy, (x,), ("x",), ("x",), shapes=(x.shape,),
    )  # fmt: skip
    assert not seems_coarse(mixed)

"""What no step shows may hide in rounding: right code is not accused, zeros are not passed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradproof.numeric import check_gradient, check_jvp
from gradproof.numeric.modes.gradient_total import summed
from gradproof.numeric.steps.ladder import FIRST_STEP, slopes
from gradproof.numeric.structure.pattern import Pattern
from gradproof.verdicts import Status
from tests.numeric.test_few_digits_inside import brain

Array = np.ndarray[Any, Any]


def single(x: Any) -> Array:
    return np.asarray(x, np.float32).astype(float)


def softplus(x: Array) -> Array:
    return np.log(1 + np.exp(x))


def mish_slope(x: Array) -> Array:
    t = np.tanh(np.log1p(np.exp(x)))
    return t + x * (1 - t * t) / (1 + np.exp(-x))


# Saturated at all numbers near by; stairs of one factor that lie on those of another; a loss of
# all digits in sums whose terms are each half known.
INSIDE: dict[str, tuple[Any, Any, Any, Array]] = {
    "softsign": (
        brain, lambda x: x / (1 + abs(x)), lambda x: 1 / (1 + abs(x)) ** 2,
        np.array([294912.0, 61952.0, -72704.0, -26240.0, 21760.0]),
    ),
    "Mish": (
        single, lambda x: x * np.tanh(softplus(np.asarray(x, np.float32))), mish_slope,
        single(np.array([-7.656181812286377, -8.991198539733887, -6.49021053314209])),
    ),
}  # fmt: skip


@pytest.mark.parametrize("mode", ["full", "directional"])
@pytest.mark.parametrize("name", INSIDE)
def test_what_few_digits_hide_is_neither_accused_nor_passed(name: str, mode: Any) -> None:
    narrow, f, slope, x = INSIDE[name]

    def forward(x: Array) -> tuple[Array, Array]:
        return narrow(f(narrow(x))), x

    right = check_gradient(forward, lambda dy, x: narrow(dy * slope(x)), x, mode=mode)
    assert right.status is not Status.REFUTED, str(right)
    for factor in (0.0, -1.0):
        wrong = check_gradient(
            forward, lambda dy, x, by=factor: by * narrow(dy * slope(x)), x, mode=mode
        )
        assert wrong.status is not Status.CHECKED, str(wrong)


def test_stairs_on_stairs_refute_what_is_neither() -> None:
    narrow, f, slope, x = INSIDE["Mish"]
    wrong = check_gradient(
        lambda x: (narrow(f(narrow(x))), x), lambda dy, x: -dy * slope(x), x, mode="full"
    )
    assert wrong.status is Status.REFUTED


def decimals(x: Array) -> Array:
    return np.round(np.sin(x), 6)


def less_one(x: Array) -> Array:
    return np.sqrt(1 + x * x) - 1


@pytest.mark.parametrize(
    ("f", "slope", "size"), [(decimals, np.cos, 1e-7), (less_one, lambda x: x, 1e-8)]
)
def test_tangents_that_change_nothing_tell_nothing(
    f: Callable[[Array], Array], slope: Callable[[Array], Array], size: float
) -> None:
    x = size * np.random.default_rng(0).normal(size=6)
    for factor in (1.0, 0.0, -1.0):
        pushed = check_jvp(f, lambda xs, ts, by=factor: by * slope(xs[0]) * ts[0], x)
        assert pushed.status is Status.UNDECIDED, str(pushed)


def test_an_output_that_no_step_changes_has_a_bar_of_what_it_may_hide() -> None:
    x = np.array([40.5, 41.3, 0.3])

    def forward(x: Array) -> tuple[Array, Array]:
        return np.log(1 / (1 + np.exp(-x))), x

    def backward(off: float) -> Any:
        return lambda dy, x: dy / (1 + np.exp(x)) + off * (x > 40)

    assert check_gradient(forward, backward(0), x, mode="full").holds
    assert check_gradient(forward, backward(1e-15), x, mode="full").holds
    assert check_gradient(forward, backward(1e-12), x, mode="full").status is Status.REFUTED


@pytest.mark.parametrize("at", [9.4e-13, 1.4e-8, 3e-5])
def test_terms_of_odd_order_are_rounded_as_well(at: float) -> None:
    here = np.array([at**3])
    found = slopes(
        lambda t: np.array([(at + t) ** 3]), here, 1e-16 * here,
        lambda value, truncation: np.asarray(truncation <= 1e-12 * np.abs(value)),
    )  # fmt: skip
    assert abs(found.value[0] - 3 * at**2) <= found.bound[0] <= 1e-15 * FIRST_STEP


def test_bounds_of_the_smallest_numbers_are_not_lost_as_squares() -> None:
    terms = np.array([[3e-308, 4e-308], [3e-200, 4e-200]])
    pattern = Pattern((2,), (2, 2), ((0, 0),))
    np.testing.assert_allclose(summed(pattern, terms, True), [5e-308, 5e-200], rtol=1e-12)


def cycled(x: Array) -> Array:
    return np.remainder(x, 1.0)


@pytest.mark.parametrize("mode", ["full", "jvp"])
def test_a_jump_on_one_side_is_no_slope(mode: str) -> None:
    x = np.array([0.0, 3.0, 0.4, -2.0, 1.7])

    def verdict(factor: float) -> Any:
        if mode == "jvp":
            return check_jvp(cycled, lambda xs, ts: factor * ts[0], x)
        return check_gradient(lambda x: (cycled(x), x), lambda dy, x: factor * dy, x, mode="full")

    assert verdict(1.0).status is not Status.REFUTED, str(verdict(1.0))
    assert verdict(2.0).status is Status.REFUTED


def test_any_order_of_equal_inputs_may_be_given() -> None:
    x = np.array([0, 0, 0, 1.5, -2, 0, 0])

    def pushed(by: float, order: int) -> Any:
        def jvp(xs: Any, ts: Any) -> Array:
            key = np.lexsort((order * np.arange(7), xs[0]))
            return np.asarray(by * ts[0][key])

        return check_jvp(np.sort, jvp, x)

    for order in (1, -1):
        assert pushed(1.0, order).status is not Status.REFUTED, str(pushed(1.0, order))
        assert pushed(-1.0, order).status is Status.REFUTED


@pytest.mark.parametrize(
    ("at_zero", "right"), [(0.0, True), (0.5, True), (1.0, True), (5.0, False)]
)
def test_a_tangent_at_a_kink_lies_between_the_sides(at_zero: float, right: bool) -> None:
    x = np.array([0.0, 0.0, 1.5, -2.0, 0.0])
    found = check_jvp(
        lambda x: np.maximum(x, 0),
        lambda xs, ts: ts[0] * np.where(xs[0] == 0, at_zero, xs[0] > 0),
        x,
    )
    assert found.status is (Status.CHECKED if right else Status.REFUTED), str(found)


@pytest.mark.parametrize("factor", [1.0, -1.0])
def test_a_ripple_below_the_scatter_is_found_by_who_knows_of_it(factor: float) -> None:
    """Its slope is 1, and no step but the finest ones sees it."""
    x = 1e3 + np.random.default_rng(0).normal(size=4)

    def forward(x: Array) -> tuple[Array, Array]:
        return 1 + 1e-9 * np.sin(1e9 * x), x

    told = check_gradient(forward, lambda dy, x: factor * dy * np.cos(1e9 * x), x, mode="full")
    assert told.status is not (Status.REFUTED if factor == 1 else Status.CHECKED), str(told)


@pytest.mark.parametrize("factor", [1.0, -0.5, 30.0])
def test_a_gradient_that_only_its_own_scatter_excuses_is_not_passed(factor: float) -> None:
    x = 3e7 + np.random.default_rng(0).normal(size=6)

    def backward(dy: Array, x: Array) -> Array:
        return np.asarray(factor * dy * np.sin(np.pi / 2 * (x % 4e3) ** 2))

    told = check_gradient(lambda x: (0.5 + 0 * x, x), backward, x, mode="full")
    assert told.status is not Status.CHECKED, str(told)


@pytest.mark.parametrize("seed", range(6))
def test_what_does_not_depend_on_x_is_no_staircase(seed: int) -> None:
    """A shift that batch norm takes away again: outputs change by rounding alone."""
    x = np.random.default_rng(seed).normal(size=(6, 3))

    def forward(b: np.ndarray) -> np.ndarray:
        z = np.tanh(x) + b
        return (z - z.mean(0)) / np.sqrt(z.var(0) + 1e-5)

    def backward(dy: np.ndarray, b: np.ndarray) -> np.ndarray:
        z = np.tanh(x) + b
        centred, scale = z - z.mean(0), 1 / np.sqrt(z.var(0) + 1e-5)
        dz = scale / 6 * (6 * dy - dy.sum(0) - centred * scale**2 * (dy * centred).sum(0))
        return dz.sum(0)

    b = np.random.default_rng(seed + 10).normal(size=3)
    assert check_gradient(forward, backward, b, seed=seed).holds
    wrong = check_gradient(forward, lambda dy, b: backward(dy, b) + 1e-6, b, seed=seed)
    assert wrong.status is Status.REFUTED

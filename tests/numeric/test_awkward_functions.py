"""Functions and inputs that steps of a fixed size, or assumptions about arrays, do not suit.

Domains with an edge, fast and narrow functions, staircases; layouts of memory, no axes or elements.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradproof import check_gradient
from gradproof.verdicts import Status
from tests.numeric.examples import holds, normal, refuted, tanh, tanh_backward, zero

Array = np.ndarray[Any, Any]
MODES = ("full", "directional")


EDGES = [[5e-7, 1.0], [1e-5, 0.3], [1e-3, 40.0]]


@pytest.mark.parametrize("x", EDGES)
def test_stencils_stay_inside_the_domain(x: list[float]) -> None:
    """Fixed steps of 1e-6 (PyTorch), 0.5 (SciPy) leave the domain of log: NaN, or refused."""
    assert holds(np.log, lambda x: 1 / x, x)
    assert refuted(np.log, lambda x: (1 + 1e-5) / x, x)
    assert holds(np.sqrt, lambda x: 0.5 / np.sqrt(x), x)
    assert refuted(np.sqrt, lambda x: 0.6 / np.sqrt(x), x)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("x", EDGES)
def test_along_directions_an_edge_may_leave_it_undecided_but_never_wrong(
    x: list[float], seed: int
) -> None:
    options: dict[str, Any] = {"mode": "directional", "seed": seed}
    assert not refuted(np.log, lambda x: 1 / x, x, **options)
    assert not holds(np.log, lambda x: 1.001 / x, x, **options)
    assert not refuted(np.sqrt, lambda x: 0.5 / np.sqrt(x), x, **options)
    assert not holds(np.sqrt, lambda x: 0.6 / np.sqrt(x), x, **options)


def test_cross_entropy_on_probabilities_near_the_edges() -> None:
    p, t = np.array([1e-6, 0.3, 1 - 1e-6]), np.array([0.0, 1.0, 1.0])

    def forward(p: Array, t: Array) -> tuple[Array, Any]:
        return -(t * np.log(p) + (1 - t) * np.log(1 - p)), (p, t)

    def backward(dy: Array, cache: Any, factor: float = 1.0) -> Array:
        p, t = cache
        return np.asarray(factor * dy * (p - t) / (p * (1 - p)))

    options: dict[str, Any] = {"names": ("p", "t"), "wrt": ("p",)}
    assert check_gradient(forward, backward, p, t, **options).holds
    wrong = check_gradient(forward, lambda dy, c: backward(dy, c, 1 + 1e-5), p, t, **options)
    assert wrong.status is Status.REFUTED


@pytest.mark.sampled(3)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("w", [1e4, 2 * np.pi * 2**9, 2 * np.pi * 2**10, 2 * np.pi * 2**14])
def test_fast_functions_do_not_alias_with_the_steps(mode: str, w: float) -> None:
    """numdifftools gives 2.8 +- 0.16 for the slope of sin(1e4 x) at 0.3, which is -9757; SciPy
    takes sin(2 pi 1024 x) + x for x, with an error of 1e-16. Steps here are powers of two."""
    for seed in range(3):
        x = np.array([0.0, 0.25, 0.3])
        options: dict[str, Any] = {"mode": mode, "seed": seed}
        assert holds(lambda x: np.sin(w * x) + x, lambda x: w * np.cos(w * x) + 1, x, **options)
        assert refuted(lambda x: np.sin(w * x) + x, lambda x: 1 + 0 * x, x, **options)


def test_a_feature_narrower_than_the_steps_is_seen() -> None:
    def bump(x: Array) -> Array:
        return np.exp(-(((x - 0.3) / 1e-4) ** 2))

    x = np.array([0.30005, 0.1])
    assert holds(bump, lambda x: -2e8 * (x - 0.3) * bump(x), x)
    assert refuted(bump, zero, x)


@pytest.mark.parametrize("steps", [100, 1000])
@pytest.mark.parametrize("mode", MODES)
def test_a_staircase_has_slope_0(mode: str, steps: int) -> None:
    """Extrapolation from coarse steps sees the slope of the ramp, 1, with an error of 1e-15."""
    x = np.array([30.37, 12.37, 50.2]) / steps
    assert holds(lambda x: np.floor(x * steps) / steps, zero, x, mode=mode)
    assert refuted(lambda x: np.floor(x * steps) / steps, lambda x: 1 + 0 * x, x, mode=mode)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "x",
    [
        np.broadcast_to(np.array([1.0, -2.0]), (3, 2)),
        np.broadcast_to(1.5, (2, 2)),
        normal(6, 8)[::2, ::-3],
        np.asfortranarray(normal(3, 4)),
        normal(2, 3, 4).transpose(2, 0, 1),
        normal(0, 3),
        normal(3, 0),
    ],
    ids=["stride 0", "one number", "strided", "Fortran order", "transposed", "(0, 3)", "(3, 0)"],
)
def test_memory_layouts_and_empty_arrays(mode: str, x: Array) -> None:
    """PyTorch's gradcheck refuses inputs of stride 0, which broadcasting makes."""
    assert check_gradient(tanh, tanh_backward, x, mode=mode).holds
    wrong = check_gradient(tanh, lambda dy, y: dy * (1 - y), x, mode=mode)
    assert wrong.holds == (x.size == 0), "of no elements, none is wrong"


def test_numbers_without_axes() -> None:
    for x in (np.array(0.3), 0.3, np.float64(0.3)):
        assert check_gradient(tanh, tanh_backward, x).holds
        assert not check_gradient(tanh, lambda dy, y: dy * (1 - y), x).holds


def test_rounding_that_differs_between_calls_is_no_error() -> None:
    """Sums in an order that varies, as on several threads: PyTorch calls it "not reentrant"."""
    order = np.random.default_rng(0)

    def summed(values: Array) -> Any:
        return values[order.permutation(values.size)].sum()

    def forward(x: Array) -> tuple[Any, Array]:
        return summed(x) ** 2, x

    def backward(dy: Array, x: Array) -> Array:
        return dy * 2 * summed(x) + np.zeros_like(x)

    x = 1 + normal(300)
    assert check_gradient(forward, backward, x).holds
    assert not check_gradient(forward, lambda dy, x: 1.001 * backward(dy, x), x).holds


def test_a_division_by_the_zero_that_makes_the_product_zero() -> None:
    """cumprod by y / x: right everywhere but at 0, where it is 0/0 and the derivative is not."""
    x = normal(8)

    def forward(x: Array) -> tuple[Array, Any]:
        return np.cumprod(x), (x, np.cumprod(x))

    def backward(dy: Array, cache: Any) -> Array:
        x, y = cache
        return np.cumsum((dy * y)[::-1])[::-1] / x

    assert check_gradient(forward, backward, x).holds
    x[3] = 0
    with np.errstate(invalid="ignore"):
        verdict = check_gradient(forward, backward, x)
    assert verdict.status is Status.REFUTED
    assert "NaN or infinite where the derivative is finite" in verdict.reason


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("seed", [0, 1])
def test_dy_is_not_the_numbers_that_a_user_draws_x_from(mode: str, seed: int) -> None:
    """dy = x is in the span of x_hat: the true dx is all but zero there, and hides its slips."""
    x = np.random.default_rng(seed).normal(size=(128, 32))
    given = []

    def backward(dy: Array, y: Array) -> Array:
        given.append(dy.copy())
        return tanh_backward(dy, y)

    assert check_gradient(tanh, backward, x, seed=seed, mode=mode).holds
    assert abs(np.corrcoef(given[0].ravel(), x.ravel())[0, 1]) < 0.1


@pytest.mark.parametrize("rate", [100.0, 1000.0])
def test_a_second_derivative_of_what_varies_faster_than_coarse_steps(rate: float) -> None:
    x = np.random.default_rng(2).normal(size=5)

    def slope(z: Array) -> Array:
        return np.asarray(rate * np.cos(rate * z))

    def f(z: Array) -> Array:
        return np.asarray(np.sin(rate * z))

    right = check_gradient(f, lambda dy, z: dy * slope(z), x, order=2)
    assert right.status is Status.CHECKED, str(right)
    here = slope(x)
    wrong = check_gradient(f, lambda dy, z: dy * here, x, order=2)
    assert wrong.reason.startswith("order 2: ")

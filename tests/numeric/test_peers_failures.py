"""Where other gradient checkers are known to fail, this one must not.

Each test names the failure: right code that a checker refuses (a false alarm), or wrong code that
it lets pass (a false pass). ``test_peers_demonstrated.py`` shows the checkers themselves at it,
where they are installed.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from gradproof import check_gradient, check_jvp, jacobian
from gradproof.verdicts import Status
from tests.numeric.examples import (
    NAMES,
    batch_norm,
    batch_norm_backward,
    batch_norm_inputs,
    holds,
    normal,
    refuted,
    relu,
    softmax,
    softmax_backward,
    tanh_slope,
    zero,
)

Array = np.ndarray[Any, Any]
MODES = ("full", "directional")


# --- the upstream gradient --------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("factor", [0, -1, 3])
def test_softmax_under_ones_hides_any_factor_so_dy_is_random(mode: str, factor: int) -> None:
    """sum(softmax) is constant: any check of the summed output passes 0, -dx and 3 dx."""

    def backward(dy: Array, p: Array) -> Array:
        return factor * softmax_backward(dy, p)

    x = normal(4, 3)
    assert check_gradient(softmax, backward, x, mode=mode).status is Status.REFUTED
    hidden = check_gradient(softmax, backward, x, mode="full", dy=np.ones((4, 3)))
    assert "draw other inputs, and dy at random, not all ones" in hidden.details["notes"][0]


# --- tolerances -------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("relative", [9e-4, 1e-6, 1e-7])
def test_an_error_below_the_usual_relative_tolerance(mode: str, relative: float) -> None:
    """PyTorch's rtol is 1e-3; JAX and autograd let 1e-6 pass."""
    assert refuted(np.tanh, lambda x: tanh_slope(x) * (1 + relative), normal(10), mode=mode)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("scale", [1e-6, 1e-30])
def test_a_small_function_is_not_below_an_absolute_tolerance(mode: str, scale: float) -> None:
    """Gradients below atol = 1e-5 may be anything: 0 passes (also NVIDIA/warp issue 508)."""
    x = normal(10)
    assert refuted(lambda x: scale * np.tanh(x), zero, x, mode=mode)
    assert holds(lambda x: scale * np.tanh(x), lambda x: scale * tanh_slope(x), x, mode=mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_large_offset_and_large_values_are_no_false_alarm(mode: str) -> None:
    """A step of 1e-6 drowns in the rounding of 1e9 + sin(x): right code is refused."""
    x = np.array([0.3, 1.0, 2.0])
    assert holds(lambda x: 1e9 + np.sin(x), np.cos, x, mode=mode)
    assert refuted(lambda x: 1e9 + np.sin(x), lambda x: 1.1 * np.cos(x), x, mode=mode)
    assert holds(lambda x: x**3, lambda x: 3 * x**2, 1e6 * x, mode=mode)


def course_relative_error(a: Array, b: Array) -> float:
    """The measure that courses teach: above 1e-2, they say, the gradient is probably wrong."""
    return float(np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))))


def test_relative_error_explodes_at_a_vanishing_gradient_the_bound_does_not() -> None:
    x, h = np.pi / 2 - 1e-9 * np.arange(1, 9), 1e-5

    def f(x: Array) -> Array:
        return 1e3 + np.sin(x)

    numeric = (f(x + h) - f(x - h)) / (2 * h)
    assert course_relative_error(numeric, np.cos(x)) > 1e-2, "by that rule, right code is wrong"
    assert holds(f, np.cos, x)
    assert refuted(f, lambda x: np.cos(x) + 1e-8, x)


# --- low precision ----------------------------------------------------------------------------


@pytest.mark.sampled(1)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_low_precision_passes_right_code_and_refutes_zero(mode: str, dtype: Any) -> None:
    """PyTorch refuses right float32 code (issue 5351), JAX right float16 code (issue 7742)."""
    x = normal(20, 20).astype(dtype)
    assert check_gradient(softmax, softmax_backward, x, mode=mode).holds
    wrong = check_gradient(softmax, lambda dy, p: np.zeros_like(p), x, mode=mode)
    assert wrong.status is Status.REFUTED


def test_a_zero_derivative_of_400_elements_is_refuted_in_float32() -> None:
    """JAX's tolerance grows with the number of outputs (issue 3130): 400 let a zero JVP pass."""
    x = normal(400).astype(np.float32)
    assert refuted(np.tanh, zero, x)
    assert refuted(np.tanh, zero, x, mode="directional")
    verdict = check_jvp(np.tanh, lambda inputs, tangents: 0 * tangents[0], x)
    assert verdict.status is Status.REFUTED


# --- kinks ------------------------------------------------------------------------------------


@pytest.mark.sampled(3)
@pytest.mark.parametrize("x", [5e-7, 2e-7, -3e-7, 1e-5, 5e-5, -1e-3, 0.01, 0.2])
def test_a_kink_inside_the_stencil_of_the_usual_steps(x: float) -> None:
    """At |x| < h a central difference of ReLU is between 0 and 1: right code is refused."""
    assert holds(lambda x: np.maximum(x, 0), lambda x: 1.0 * (x > 0), [x, 1.0])
    assert holds(lambda x: np.maximum(x, 0), lambda x: 1.0 * (x > 0), [x, 1.0], mode="directional")
    assert refuted(lambda x: np.maximum(x, 0), lambda x: 1.0 * (x <= 0), [x, 1.0])


def test_a_wrong_value_beside_a_kink_does_not_pass_as_a_subgradient() -> None:
    """With steps of 1e-6 the numeric derivative at 2e-7 is 0.6: a slope of 0.6 passes."""

    def slope(x: Array) -> Array:
        return np.where(np.abs(x) < 1e-6, 0.6, x > 0)

    assert refuted(lambda x: np.maximum(x, 0), slope, [2e-7, 1.0])


@pytest.mark.parametrize("chosen", [0.0, 0.5, 1.0])
def test_at_a_kink_every_subgradient_is_right_not_only_a_half(chosen: float) -> None:
    """The central difference of ReLU at 0 is 0.5 to 15 digits, the convention mostly 0."""
    x = np.array([0.0, 1.0])
    verdict = check_gradient(
        relu, lambda dy, x: dy * np.where(x == 0, chosen, x > 0), x, dy=np.ones(2)
    )
    assert verdict.holds
    assert re.search(rf"dx\[0\] is {chosen:.3g}, of any value in \[-?0, 1\]", verdict.scope)


@pytest.mark.parametrize("chosen", [-0.1, 1.5])
def test_at_a_kink_what_is_no_subgradient_is_wrong(chosen: float) -> None:
    assert refuted(lambda x: np.maximum(x, 0), lambda x: np.where(x == 0, chosen, x > 0), [0, 1.0])


def test_extrapolation_at_a_kink_is_not_believed() -> None:
    """numdifftools gives 0.5 +- 1e-15 for ReLU at 0, scipy.differentiate 0.5 with error 0."""
    found = jacobian(lambda x: np.maximum(x, 0), np.array([0.0]))
    assert found.kink.all()
    assert (found.low[0, 0], found.high[0, 0]) == (0.0, 1.0)


def test_ties_of_a_maximum_are_kinks_not_halves() -> None:
    """Checked by differences, torch.max of equal numbers has gradients of 0.5 (issue 114233)."""
    x = np.array([[2.0], [2.0], [-1.0]])

    def first(dy: Array, x: Array) -> Array:
        return np.asarray((np.arange(3) == np.argmax(x, axis=0))[:, None] * dy)

    assert check_gradient(lambda x: (x.max(axis=0), x), first, x).holds
    assert not check_gradient(lambda x: (x.max(axis=0), x), lambda dy, x: 0 * x + dy, x).holds


# --- projections of large arrays --------------------------------------------------------------


@pytest.mark.sampled(1)
@pytest.mark.parametrize("seed", range(5))
def test_a_missing_x_hat_term_at_128_by_32(seed: int) -> None:
    """PyTorch's fast mode scales its tolerance with the array and passes this every time."""
    inputs = batch_norm_inputs(128, 32, seed)
    wrong = check_gradient(
        batch_norm, lambda dy, c: batch_norm_backward(dy, c, "without x_hat"), *inputs,
        names=NAMES, mode="directional", seed=seed,
    )  # fmt: skip
    assert wrong.status is Status.REFUTED


@pytest.mark.sampled(1)
@pytest.mark.parametrize("mode", MODES)
def test_a_permuted_gradient_of_a_sort(mode: str) -> None:
    """A Jacobian of 0 and few 1: PyTorch's fast mode passes dx = dy at 3000 elements (its issues
    57166 and, with a gradient completely wrong, 59615)."""

    def forward(x: Array) -> tuple[Array, Array]:
        return np.sort(x), np.argsort(x)

    def backward(dy: Array, order: Array) -> Array:
        dx = np.empty_like(dy)
        dx[order] = dy
        return dx

    x = normal(100)
    assert check_gradient(forward, backward, x, mode=mode).holds
    for wrong in (lambda dy, order: dy.copy(), lambda dy, order: dy[order]):
        assert check_gradient(forward, wrong, x, mode=mode).status is Status.REFUTED

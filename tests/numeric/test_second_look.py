"""Where few steps see something wrong: right code is not accused, and wrong code is still found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradproof import check_gradient
from gradproof.numeric.check_outcome import cannot_tell
from gradproof.numeric.compare import Comparison
from gradproof.verdicts import Status

Array = np.ndarray[Any, Any]
Function = Callable[[Array], Array]
NORMAL = np.random.default_rng(3).normal(size=(10, 5))


def sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)))


def gelu_tanh(x: Array) -> Array:
    inner = np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)
    return np.asarray(0.5 * x * (1 + np.tanh(inner)))


def gelu_tanh_slope(x: Array) -> Array:
    inner = np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)
    bend = np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * x**2)
    return np.asarray(0.5 * (1 + np.tanh(inner)) + 0.5 * x * bend / np.cosh(inner) ** 2)


def half(f: Function) -> Function:
    return lambda x: f(x.astype(np.float16)).astype(np.float64)


def single(f: Function) -> Function:
    return lambda x: f(x.astype(np.float32)).astype(np.float64)


def brain(x: Array) -> Array:
    """Rounded to the eight digits of bfloat16."""
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32)
    return np.asarray((bits + 0x8000 & 0xFFFF0000).view(np.float32).astype(np.float64))


def slope_of_tanh(x: Array) -> Array:
    return np.asarray(1 - np.tanh(x) ** 2)


WIDE = np.random.default_rng(4).uniform(-9, 9, 400)
CASES: dict[str, tuple[Function, Function, Array]] = {
    "x * x": (np.square, lambda x: 2 * x, np.random.default_rng(5).normal(size=2000)),
    "x * x of 1e-3": (np.square, lambda x: 2 * x, 1e-3 * NORMAL),
    "x**3 + x**2 of 1e-6": (lambda x: x**3 + x**2, lambda x: 3 * x**2 + 2 * x, 1e-6 * NORMAL),
    "GELU": (gelu_tanh, gelu_tanh_slope, WIDE),
    "softplus": (lambda x: np.log(1 + np.exp(x)), sigmoid, np.linspace(-45, 45, 64)),
    "softplus at -40": (lambda x: np.log(1 + np.exp(x)), sigmoid, np.array([-40.0])),
    "hyperbola minus 1": (
        lambda x: np.sqrt(1 + x * x) - 1, lambda x: x / np.sqrt(1 + x * x), 1e-5 * NORMAL,
    ),
    "1 - cos": (lambda x: 1 - np.cos(x), np.sin, 1e-4 * NORMAL),
    "reciprocal": (lambda x: 1 / x, lambda x: -1 / x**2, 1e-8 * NORMAL),
    "logarithm": (lambda x: np.log(np.abs(x)), lambda x: 1 / x, 1e-8 * NORMAL),
    "cube root": (np.cbrt, lambda x: 1 / (3 * np.cbrt(x) ** 2), 1e-8 * NORMAL),
    "ReLU": (lambda x: np.maximum(x, 0), lambda x: 1.0 * (x > 0), 1e-8 * NORMAL),
    "sine": (np.sin, np.cos, 3e7 * NORMAL),
    "sigmoid": (sigmoid, lambda x: sigmoid(x) * (1 - sigmoid(x)), np.array([-527.3, -640.1])),
    "arccosh beside 1": (np.arccosh, lambda x: 1 / np.sqrt(x * x - 1), 1 + 1e-7 * NORMAL**2),
    "half inside": (half(np.tanh), slope_of_tanh, NORMAL),
    "half inside, one element": (half(np.tanh), slope_of_tanh, np.array([0.31])),
    "single inside": (single(np.tanh), slope_of_tanh, NORMAL),
    "bfloat16 inside": (lambda x: brain(np.tanh(brain(x))), slope_of_tanh, NORMAL),
    "six digits": (lambda x: np.round(np.sin(x), 6), np.cos, NORMAL),
}  # fmt: skip


def pair(f: Function, slope: Function) -> tuple[Any, Any]:
    return lambda x: (f(x), x), lambda dy, x: dy * slope(x)


@pytest.mark.sampled(6)
@pytest.mark.parametrize("mode", ["auto", "full", "sketch", "directional"])
@pytest.mark.parametrize("name", CASES)
def test_right_code_is_not_accused(name: str, mode: Any) -> None:
    f, slope, x = CASES[name]
    verdict = check_gradient(*pair(f, slope), x, mode=mode)
    assert verdict.status is not Status.REFUTED, str(verdict)


@pytest.mark.sampled(6)
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("slip", [lambda g, x: -g, lambda g, x: 2 * g, lambda g, x: 0.5 * g])
def test_wrong_code_is_found_there(name: str, slip: Any) -> None:
    f, slope, x = CASES[name]
    verdict = check_gradient(*pair(f, lambda x: slip(slope(x), x)), x, mode="full")
    if name == "softplus at -40":  # 4e-18 is lost beside the 1 it is added to, but not elsewhere
        assert verdict.reason.startswith("no error shows at the inputs given")
    assert verdict.status is Status.REFUTED, str(verdict)


SMALL = [1e-3, 1e-4, 1e-6, 1e-8]


@pytest.mark.sampled(1)
@pytest.mark.parametrize("scale", SMALL)
@pytest.mark.parametrize("mode", ["auto", "full", "directional"])
def test_a_corner_rounded_off_at_a_small_scale_is_no_plateau(mode: Any, scale: float) -> None:
    """Zeros are no gradient of a standard deviation, or of sqrt(1e-8 + x * x)."""
    x = scale * np.random.default_rng(0).normal(size=(2, 5))
    corner: Function = lambda x: np.sqrt(1e-8 + x * x)  # noqa: E731
    assert check_gradient(*pair(corner, lambda x: x / corner(x)), x, mode=mode).holds
    assert check_gradient(*pair(corner, lambda x: 0 * x), x, mode=mode).status is Status.REFUTED

    def deviation(x: Array) -> tuple[Any, Array]:
        return np.std(x), x

    right = check_gradient(
        deviation, lambda dy, x: dy * (x - x.mean()) / (np.std(x) * x.size), x, mode=mode
    )
    assert right.holds
    wrong = check_gradient(deviation, lambda dy, x: 0 * x, x, mode=mode)
    assert wrong.status is Status.REFUTED


def test_zeros_are_not_the_gradient_of_what_rounds_coarsely() -> None:
    """In half precision inside, zeros are the slope of every stair."""
    f = half(np.tanh)
    assert not check_gradient(*pair(f, lambda x: 0 * x), NORMAL, mode="full").holds
    # Where tanh is flat, its last digit changes once in a hundred of those of x.
    right = check_gradient(*pair(f, slope_of_tanh), NORMAL, mode="full")
    assert right.details["cannot_tell"] <= np.count_nonzero(np.abs(NORMAL) > 2)


def test_what_rounding_hides_is_counted_and_named() -> None:
    one, zero = np.ones(4), np.zeros(4)
    found = Comparison(
        "x", (4,), np.array([1.0, 0.0, 0.0, 3.0]), one, one, one, 0.1 * one, zero > 0, one,
        (0.0, 0.0), other=np.array([1.0, 0.0, 1.0, 1.0]), other_bound=0.1 * one,
    )  # fmt: skip
    assert found.wrong.tolist() == [False, False, True, True]
    assert found.cannot_tell.tolist() == [False, True, False, False]
    assert "1 of 4 elements of dx, such as dx[1] (bound 1e-01)" in cannot_tell(found)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("shape", [(2, 12), (2, 3), (4, 5), (2, 2)])
def test_a_reversal_is_no_pattern_of_its_own(shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(1).normal(size=shape)

    def forward(x: Array) -> tuple[Array, Array]:
        return x[::-1, ::-1] ** 2, x

    assert check_gradient(forward, lambda dy, x: 2 * x * dy[::-1, ::-1], x, mode="full").holds
    wrong = check_gradient(forward, lambda dy, x: 2 * x * dy, x, mode="full")
    assert wrong.status is Status.REFUTED


@pytest.mark.parametrize("shape", [(2, 18, 1), (1, 2, 1), (8, 1)])
def test_axes_of_length_1(shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(1).uniform(0.5, 2, shape)
    assert check_gradient(*pair(np.log, lambda x: 1 / x), x, mode="full").holds
    wrong = check_gradient(*pair(np.log, lambda x: 1 / x**2), x, mode="full")
    assert wrong.status is Status.REFUTED


def test_a_forward_that_turns_complex_beside_the_point_is_no_crash() -> None:
    def forward(x: Array) -> tuple[Array, Array]:
        return (np.emath.sqrt(x - 0.999), x)

    verdict = check_gradient(forward, lambda dy, x: dy / (2 * np.sqrt(x - 0.999)), np.ones(3))
    assert verdict.status is not Status.REFUTED


def attention(x: Array, wq: Array, wk: Array, wv: Array) -> tuple[Array, Any]:
    q, k, v = x @ wq, x @ wk, x @ wv
    scores = q @ k.T / np.sqrt(q.shape[1])
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = weights / weights.sum(axis=1, keepdims=True)
    return p @ v, (x, wq, wk, wv, q, k, v, p)


def attention_backward(dy: Array, cache: Any, factor: float = 1.0) -> tuple[Array, ...]:
    x, wq, wk, wv, q, k, v, p = cache
    dv, dp = p.T @ dy, dy @ v.T
    ds = factor * p * (dp - (dp * p).sum(axis=1, keepdims=True)) / np.sqrt(q.shape[1])
    dq, dk = ds @ k, ds.T @ q
    return dq @ wq.T + dk @ wk.T + dv @ wv.T, x.T @ dq, x.T @ dk, x.T @ dv


@pytest.mark.sampled(1)
@pytest.mark.parametrize("sharp", [1, 4])
def test_a_large_block_never_takes_every_element_unasked(sharp: int) -> None:
    rng = np.random.default_rng(0)
    inputs = [rng.normal(size=(17, 64)), *(sharp * rng.normal(size=(3, 64, 64)) / 8)]
    right = check_gradient(attention, attention_backward, *inputs)
    assert right.holds
    wrong = check_gradient(attention, lambda dy, c: attention_backward(dy, c, 1.01), *inputs)
    assert wrong.status is Status.REFUTED
    assert max(right.details["evaluations"], wrong.details["evaluations"]) < 5_000

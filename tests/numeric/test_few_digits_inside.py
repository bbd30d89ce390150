"""A lower precision inside a function of doubles: neither accused, nor passed by its stairs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradproof import check_gradient, check_jvp
from gradproof.verdicts import Status, Verdict

Array = np.ndarray[Any, Any]


def brain(x: Any) -> Array:
    """Rounded to the eight digits of bfloat16."""
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32)
    return np.asarray((bits + 0x8000 & 0xFFFF0000).view(np.float32).astype(float).reshape(x.shape))


def half(x: Any) -> Array:
    return np.asarray(x, np.float16).astype(float)


def mean_square(x: Array) -> Any:
    return ((x - 1) ** 2).mean()


LAYERS: dict[str, tuple[Callable[[Array], Any], Callable[[Array, Array], Array]]] = {
    "x - mean": (
        lambda x: x - x.mean(-1, keepdims=True), lambda dy, x: dy - dy.mean(-1, keepdims=True),
    ),
    "mean square": (mean_square, lambda dy, x: dy * 2 * (x - 1) / x.size),
    "ReLU": (lambda x: np.maximum(x, 0), lambda dy, x: dy * (x > 0)),
    "1 + x": (lambda x: 1 + x, lambda dy, x: dy),
}  # fmt: skip


@pytest.mark.sampled(1)
@pytest.mark.parametrize("mode", ["full", "directional"])
@pytest.mark.parametrize("narrow", [brain, half])
@pytest.mark.parametrize("name", LAYERS)
def test_right_layers_are_not_accused_and_zeros_do_not_pass(
    name: str, narrow: Any, mode: Any
) -> None:
    f, rule = LAYERS[name]
    x = narrow(0.05 * np.random.default_rng(7).normal(size=(5, 4)))

    def forward(x: Array) -> tuple[Any, Array]:
        return narrow(np.asarray(f(narrow(x)))), x

    right = check_gradient(forward, lambda dy, x: narrow(rule(dy, x)), x, mode=mode)
    assert right.status is not Status.REFUTED, str(right)
    zeros = check_gradient(forward, lambda dy, x: 0 * x, x, mode=mode)
    assert zeros.status is not Status.CHECKED, str(zeros)


@pytest.mark.parametrize("at", [-2.484375, -2.1, -1.7])
def test_differences_that_lose_the_last_digit_are_no_staircase_by_intention(at: float) -> None:
    x = half(np.array([at]))
    right = check_gradient(lambda x: (half(1 + half(x)), x), lambda dy, x: dy, x, mode="full")
    assert right.status is not Status.REFUTED, str(right)
    zeros = check_gradient(lambda x: (half(1 + half(x)), x), lambda dy, x: 0 * x, x, mode="full")
    assert zeros.status is not Status.CHECKED, str(zeros)


@pytest.mark.parametrize("mode", ["full", "directional"])
def test_whole_numbers_are_stairs(mode: Any) -> None:
    x = np.array([30.3, -17.2, 8.7, 61.4])
    assert floored(x, 0, mode).holds
    for factor in (1, 2):
        assert floored(x, factor, mode).status is Status.REFUTED


def floored(x: Array, factor: float, mode: Any) -> Verdict:
    return check_gradient(lambda x: (np.floor(x), x), lambda dy, x: factor * dy, x, mode=mode)


@pytest.mark.parametrize("mode", ["full", "directional", "auto"])
def test_where_stairs_may_be_meant_or_rounding_neither_derivative_passes(mode: Any) -> None:
    """Whole numbers of 2e7 have 25 binary digits: those of single precision are 2 apart."""
    x = 2e7 + np.array([0.3, 17.2, -8.7])
    for factor in (0.0, 1.0):
        told = floored(x, factor, mode)
        assert told.status is Status.UNDECIDED, str(told)
        assert "cannot be told here: 3 of 3" in told.reason or "mode='full'" in told.reason
    assert floored(x, 2.0, mode).status is not Status.CHECKED


# What people compute in half precision inside: beside the edge of a domain, near zero, where digits
# cancel, where periods are not resolved, and what is scaled afterwards.
INSIDE: dict[str, tuple[Any, Any, Any]] = {
    "|x|**0.3": (
        lambda x: np.abs(x) ** x.dtype.type(0.3), lambda x: 0.3 * np.sign(x) * np.abs(x) ** -0.7,
        lambda rng: rng.choice([-1, 1], 12) * 10 ** rng.uniform(-3, -1, 12),
    ),
    "cos(10 log x)": (
        lambda x: np.cos(10 * np.log(x)), lambda x: -10 * np.sin(10 * np.log(x)) / x,
        lambda rng: 10 ** rng.uniform(-3, -1, 12),
    ),
    "x**2 sin(1/x)": (
        lambda x: x * x * np.sin(1 / x), lambda x: 2 * x * np.sin(1 / x) - np.cos(1 / x),
        lambda rng: 10 ** rng.uniform(-2, 0, 12),
    ),
    "cos of 1e5": (np.cos, lambda x: -np.sin(x), lambda rng: 1e4 * rng.normal(size=14)),
    "x - sin x": (
        lambda x: x - np.sin(x), lambda x: 1 - np.cos(x), lambda rng: 0.3 * rng.normal(size=12),
    ),
    "1 / (x - 1)": (
        lambda x: 1 / (x - 1), lambda x: -1 / (x - 1) ** 2, lambda rng: rng.uniform(0.5, 0.99, 12),
    ),
    "fraction": (
        lambda x: x - np.floor(x), lambda x: np.ones(x.shape), lambda rng: 5 * rng.normal(size=3),
    ),
}  # fmt: skip


@pytest.mark.sampled(2, each="narrow")
@pytest.mark.parametrize("mode", ["full", "directional"])
@pytest.mark.parametrize("narrow", [brain, half])
@pytest.mark.parametrize("name", INSIDE)
def test_what_half_precision_loses_is_neither_accused_nor_passed(
    name: str, narrow: Any, mode: Any
) -> None:
    f, slope, draw = INSIDE[name]
    x = narrow(draw(np.random.default_rng(11)))

    def forward(x: Array) -> tuple[Any, Array]:
        return narrow(f(np.asarray(narrow(x), np.float16 if narrow is half else np.float32))), x

    right = check_gradient(forward, lambda dy, x: narrow(dy * slope(x)), x, mode=mode)
    assert right.status is not Status.REFUTED, str(right)
    zeros = check_gradient(forward, lambda dy, x: 0 * x, x, mode=mode)
    assert zeros.status is not Status.CHECKED or "cannot be told" in zeros.scope, str(zeros)


@pytest.mark.parametrize(("narrow", "by"), [(brain, 1 / 3), (half, 0.7)])
def test_what_is_scaled_after_rounding_is_not_taken_for_stairs_that_are_meant(
    narrow: Any, by: float
) -> None:
    x = 5 + np.random.default_rng(3).normal(size=3)
    for factor in (by, -by):
        verdict = check_gradient(
            lambda x: (by * narrow(x), x), lambda dy, x, factor=factor: factor * dy, x, mode="full"
        )  # fmt: skip
        assert (verdict.status is Status.REFUTED) == (factor < 0)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("scale", [1.0, 1e-3])
def test_decimals_are_few_digits(scale: float, sign: int) -> None:
    x = scale * np.random.default_rng(0).normal(size=12)
    f: Any = lambda x: np.round(np.sin(x), 6)  # noqa: E731
    rule: Any = lambda dy, x: sign * dy * np.cos(x)  # noqa: E731
    pulled = check_gradient(lambda x: (f(x), x), rule, x, mode="full")
    pushed = check_jvp(f, lambda xs, ts: rule(ts[0], xs[0]), x)
    assert [pulled.holds, pushed.holds] == [sign == 1] * 2, f"{pulled} {pushed}"


def test_tangents_of_small_inputs_are_not_zero() -> None:
    x = 1e-6 * np.array([1.2, -0.3])
    assert check_jvp(np.sin, lambda xs, ts: np.cos(xs[0]) * ts[0], x).holds
    wrong = check_jvp(np.sin, lambda xs, ts: -np.cos(xs[0]) * ts[0], x)
    assert wrong.status is Status.REFUTED


@pytest.mark.parametrize("factor", [1.0, 1.5])
@pytest.mark.parametrize("mode", ["full", "directional"])
@pytest.mark.parametrize("at", [-48531254.19803393, 7.3e7])
def test_periods_that_coarse_steps_do_not_resolve_are_no_noise(
    at: float, mode: Any, factor: float
) -> None:
    verdict = check_gradient(
        lambda x: (1 / np.tan(x), x), lambda dy, x: -factor * dy / np.sin(x) ** 2, np.array([at]),
        mode=mode,
    )  # fmt: skip
    assert verdict.status is (Status.CHECKED if factor == 1 else Status.REFUTED)


def variance(x: Array) -> tuple[Any, Array]:
    return x.var(), x


def softmax(x: Array) -> tuple[Array, Array]:
    e = np.exp(x - x.max(-1, keepdims=True))
    y = e / e.sum(-1, keepdims=True)
    return y, y


@pytest.mark.parametrize("seed", range(4))
def test_half_precision_gets_a_second_look(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(3, 4)).astype(np.float16)
    above = (1 + 0.1 * np.abs(x)).astype(np.float16)
    wide = np.round(30 * rng.normal(size=(11, 4))).astype(np.float16)
    cases: list[tuple[Any, Any, Array]] = [
        (variance, lambda dy, x: (dy * 2 * (x - x.mean()) / x.size).astype(x.dtype), x),
        (lambda x: (np.arccosh(x), x), lambda dy, x: dy / np.sqrt(x * x - x.dtype.type(1)), above),
        (softmax, lambda dy, y: y * (dy - (dy * y).sum(-1, keepdims=True)), wide),
    ]  # fmt: skip
    for forward, backward, inputs in cases:
        right = check_gradient(forward, backward, inputs, seed=seed)
        assert right.status is not Status.REFUTED, str(right)

    def doubled_in_half(dy: Array, x: Array) -> Array:
        return np.asarray((2 if x.dtype == np.float64 else 4) * dy * x, x.dtype)

    wrong = check_gradient(lambda x: (x**2, x), doubled_in_half, x, seed=seed)
    assert wrong.status is Status.REFUTED


def test_tangents_of_elements_far_below_the_others_are_moved_by_steps_of_their_own() -> None:
    y, x = np.array([3e-14, 2e5, -1e6]), np.array([-4e-14, 1e6, 3e5])

    def push(sign: int) -> Any:
        def jvp(xs: Any, ts: Any) -> Array:
            (y, x), (s, t) = xs, ts
            return np.asarray((x * s - sign * y * t) / (x * x + y * y))

        return jvp

    assert check_jvp(np.arctan2, push(1), y, x).status is not Status.REFUTED
    assert check_jvp(np.arctan2, push(-1), y, x).status is Status.REFUTED


def test_waves_shorter_than_the_stairs_of_a_lower_precision_are_not_told() -> None:
    x = brain(100 * np.random.default_rng(5).normal(size=(6, 6)))

    def waves(x: Array) -> tuple[Array, Array]:
        return brain(np.sin(100 * brain(x))), x

    for seed in range(3):
        right = check_gradient(
            waves, lambda dy, x: brain(dy * 100 * np.cos(100 * x)), x, seed=seed, mode="full"
        )
        assert right.status is Status.UNDECIDED, str(right)


def test_squares_below_the_smallest_half_lose_their_digits() -> None:
    rng = np.random.default_rng(1)
    y, x = (rng.uniform(2e-4, 8e-4, size=24).astype(np.float16) for _ in range(2))

    def angle(sign: int) -> Any:
        def rule(dy: Array, y: Array, x: Array) -> tuple[Array, Array]:
            square = x * x + y * y
            return dy * x / square, -sign * dy * y / square

        return rule

    right = check_gradient(np.arctan2, angle(1), y, x)
    assert right.status is not Status.REFUTED, str(right)
    assert check_gradient(np.arctan2, angle(-1), y, x).status is Status.REFUTED

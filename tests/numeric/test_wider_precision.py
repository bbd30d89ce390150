"""Terms that cancel in forward or backward: how much is lost is measured in wider precision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradproof import check_gradient, check_jvp
from gradproof.verdicts import Status

Array = np.ndarray[Any, Any]
Function = Callable[[Array], Array]
# Formulas as textbooks have them: at small x most digits are lost.
CANCELLING: dict[str, tuple[Function, Function]] = {
    "sin(x) / x": (lambda x: np.sin(x) / x, lambda x: (x * np.cos(x) - np.sin(x)) / x**2),
    "(exp(x) - 1) / x": (
        lambda x: (np.exp(x) - 1) / x, lambda x: (x * np.exp(x) - np.exp(x) + 1) / x**2,
    ),
    "log(1 + x) / x": (lambda x: np.log(1 + x) / x, lambda x: (x / (1 + x) - np.log(1 + x)) / x**2),
    "(1 - cos(x)) / x**2": (
        lambda x: (1 - np.cos(x)) / x**2, lambda x: (x * np.sin(x) - 2 * (1 - np.cos(x))) / x**3,
    ),
}  # fmt: skip
wider_than_double = np.finfo(np.longdouble).eps < np.finfo(float).eps
pytestmark = pytest.mark.skipif(not wider_than_double, reason="longdouble is double here")


def tiny(scale: float) -> Array:
    return scale * np.random.default_rng(1).normal(size=12)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("scale", [1e-4, 1e-6, 1e-8])
@pytest.mark.parametrize("name", CANCELLING)
def test_digits_that_cancel_are_no_error(name: str, scale: float) -> None:
    f, slope = CANCELLING[name]
    for mode in ("full", "directional"):
        verdict = check_gradient(
            lambda x: (f(x), x), lambda dy, x: dy * slope(x), tiny(scale),
            mode=mode,  # type: ignore[arg-type]
        )  # fmt: skip
        assert verdict.status is not Status.REFUTED, str(verdict)
    tangent = check_jvp(f, lambda xs, ts: slope(xs[0]) * ts[0], tiny(scale))
    assert tangent.status is not Status.REFUTED, str(tangent)


@pytest.mark.parametrize("name", CANCELLING)
def test_a_sign_is_an_error_there_too(name: str) -> None:
    f, slope = CANCELLING[name]
    for mode in ("full", "directional"):
        verdict = check_gradient(
            lambda x: (f(x), x), lambda dy, x: -dy * slope(x), tiny(1e-3),
            mode=mode,  # type: ignore[arg-type]
        )  # fmt: skip
        assert verdict.status is Status.REFUTED, str(verdict)


@pytest.mark.parametrize("off", [1e-3, 1e-5, 1e-7])
def test_a_mask_that_flips_is_no_rounding(off: float) -> None:
    """One element is wrong by less than a thousandth of the largest, and only on one side of x."""
    x = np.array([0.5, -0.3, 0.8, 1000.0])

    def backward(dy: Array, x: Array) -> Array:
        return dy * (2 * x + np.where(x == 0.5, off, 0.0))

    verdict = check_gradient(lambda x: (x**2, x), backward, x, mode="full")
    assert verdict.status is Status.REFUTED, str(verdict)


def test_a_pair_of_outputs_is_not_taken_for_y_and_its_cache() -> None:
    x = np.random.default_rng(0).normal(size=(4, 5))
    push: Any = lambda xs, ts: np.array(np.gradient(ts[0]))  # noqa: E731
    with pytest.raises(ValueError, match="tuple, which is taken for"):
        check_jvp(lambda x: tuple(np.gradient(x)), push, x)
    assert check_jvp(lambda x: list(np.gradient(x)), push, x).holds
    wrong = check_jvp(lambda x: list(np.gradient(x)), lambda xs, ts: -push(xs, ts), x)
    assert wrong.status is Status.REFUTED
    short = check_jvp(lambda x: (x**2, x), lambda xs, ts: (2 * xs[0] * ts[0])[:3], x)
    assert short.status is Status.REFUTED

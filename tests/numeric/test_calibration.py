"""Calibration in small: right code is never refuted, and bounds hold the true error and bind.

The campaign over all operations is ``python -m benchmarks.numeric_calibration``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks.calibration_trials import run
from gradproof import check_gradient, jacobian
from tests.numeric.examples import (
    NAMES,
    batch_norm,
    batch_norm_backward,
    softmax,
    softmax_backward,
)

Array = np.ndarray[Any, Any]


@pytest.mark.sampled(8)
@pytest.mark.parametrize("seed", range(25))
def test_right_code_is_not_refuted_at_any_scale(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, d = int(rng.integers(3, 20)), int(rng.integers(1, 6))
    x = 10.0 ** rng.integers(-3, 3) * (rng.normal(size=(n, d)) + rng.integers(0, 100))
    inputs = (x, rng.normal(size=d), rng.normal(size=d))
    for mode in ("full", "directional"):
        verdict = check_gradient(
            batch_norm, batch_norm_backward, *inputs, names=NAMES, mode=mode, seed=seed
        )
        assert verdict.holds, f"{mode}: {verdict}"
    assert check_gradient(softmax, softmax_backward, x, seed=seed).holds


@pytest.mark.parametrize(
    ("name", "f", "derivative"),
    [
        ("exp", np.exp, np.exp),
        ("tanh", np.tanh, lambda x: 1 / np.cosh(x) ** 2),
        ("sin(30 x)", lambda x: np.sin(30 * x), lambda x: 30 * np.cos(30 * x)),
        ("1/x", lambda x: 1 / x, lambda x: -1 / x**2),
    ],
)
def test_the_bound_holds_the_true_error_and_binds(name: str, f: Any, derivative: Any) -> None:
    x = np.random.default_rng(1).uniform(0.1, 2.0, size=500)
    found = jacobian(f, x)
    at = np.arange(500)
    error = np.abs(found.value[at, at] - derivative(x.astype(np.longdouble))).astype(float)
    bound = found.bound[at, at]
    assert (error <= bound).all()
    assert float(np.median(bound / np.maximum(error, 1e-17))) < 3000


@pytest.mark.parametrize("relative", [1e-10, 1e-8, 1e-5])
def test_errors_far_below_the_usual_tolerances_are_caught(relative: float) -> None:
    """Checkers with a relative tolerance of 1e-3 let all of these pass."""
    x = np.random.default_rng(2).normal(size=(16, 4))

    def backward(dy: Array, p: Array) -> Array:
        return softmax_backward(dy, p) * (1 + relative)

    assert not check_gradient(softmax, backward, x).holds


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    ("seed", "number"),
    [(2, 3866), (600000, 880), (700000, 2067)],
)
def test_cases_of_the_campaign_that_once_were_refuted(seed: int, number: int) -> None:
    outcome = run(seed, number)
    assert not outcome.false_alarm, outcome.text

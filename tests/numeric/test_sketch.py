"""Random sums over classes: they pass what is right, and every element of it has a floor."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradproof import Status, check_gradient
from gradproof.numeric.modes.sketch import CHANCE, DIRECTIONS
from tests.numeric.examples import (
    NAMES,
    Counted,
    batch_norm,
    batch_norm_backward,
    batch_norm_inputs,
    elementwise,
    normal,
    softmax,
    softmax_backward,
)

Array = np.ndarray[Any, Any]


def _checked(backward: Any, inputs: Any, mode: Any = "sketch", seed: int = 0) -> Any:
    return check_gradient(batch_norm, backward, *inputs, names=NAMES, mode=mode, seed=seed)


@pytest.mark.parametrize("size", [(4, 3), (32, 32), (300, 20), (20, 300)])
def test_right_code_passes_in_few_evaluations(size: tuple[int, int]) -> None:
    forward = Counted(batch_norm)
    verdict = check_gradient(
        forward, batch_norm_backward, *batch_norm_inputs(*size), names=NAMES, mode="sketch"
    )
    assert verdict.status is Status.CHECKED
    assert verdict.details["mode"] == "sketch"
    assert verdict.details["relative_floor"] < 1e-6
    assert forward.calls <= 40


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    "slip", ["without x_hat", "without mean", "without gamma", "N/(N-1)", "one element"]
)
@pytest.mark.parametrize("size", [(4, 3), (32, 32), (128, 8)])
def test_slips_are_refuted_element_by_element(slip: str, size: tuple[int, int]) -> None:
    verdict = _checked(lambda *args: batch_norm_backward(*args, slip), batch_norm_inputs(*size))
    assert verdict.status is Status.REFUTED
    assert verdict.details["mode"] == "full"
    assert verdict.counterexample is not None


@pytest.mark.sampled(1)
@pytest.mark.parametrize("times", [3, pytest.param(25, marks=pytest.mark.campaign)])
@pytest.mark.parametrize("name", NAMES)
def test_an_error_as_large_as_the_floor_is_seen_in_any_element(name: str, times: int) -> None:
    """One error alone is seen from far less on; the floor is for errors that may conspire."""
    inputs = batch_norm_inputs(8, 4)
    floor = _checked(batch_norm_backward, inputs).details["floor"]
    for seed in range(times):

        def off(dy: Array, cache: Any, seed: int = seed) -> tuple[Array, ...]:
            gradients = batch_norm_backward(dy, cache)
            wrong = gradients[NAMES.index(name)]
            wrong.flat[seed % wrong.size] += floor
            return gradients

        assert _checked(off, inputs, seed=seed).details["mode"] == "full"


def test_auto_compares_elements_where_those_are_as_cheap() -> None:
    wave = elementwise(np.sin, np.cos)
    assert check_gradient(*wave, normal(40, 30)).details["mode"] == "full"
    assert check_gradient(*wave, normal(40, 30), mode="sketch").details["mode"] == "sketch"
    assert check_gradient(softmax, softmax_backward, normal(3, 4)).details["mode"] == "full"
    assert check_gradient(softmax, softmax_backward, normal(40, 30)).details["mode"] == "sketch"


@pytest.mark.sampled(1)
@pytest.mark.parametrize("square", [True, False])
def test_a_dense_layer_has_other_classes_for_every_input(square: bool) -> None:
    """The rows of x, the columns of W: where all are of one length, shapes do not tell."""
    n, d, k = (8, 8, 8) if square else (9, 7, 5)
    inputs = normal(n, d), normal(d, k, seed=1), normal(k, seed=2)

    def forward(x: Array, w: Array, b: Array) -> tuple[Array, Any]:
        y = np.tanh(x @ w / 3 + b)
        return y, (x, w, y)

    def backward(dy: Array, cache: Any, slip: float = 0.0) -> tuple[Array, ...]:
        x, w, y = cache
        da = dy * (1 - y * y)
        dw = x.T @ da / 3
        dw[2, 1] += slip
        return da @ w.T / 3, dw, da.sum(axis=0)

    names = ("x", "w", "b")
    assert check_gradient(forward, backward, *inputs, names=names, mode="sketch").holds
    wrong = check_gradient(
        forward, lambda *args: backward(*args, 1e-6), *inputs, names=names, mode="sketch"
    )
    assert wrong.status is Status.REFUTED
    assert "dw[2, 1]" in wrong.reason


def test_kinks_and_inputs_that_hide_errors_are_looked_at_one_by_one() -> None:
    x = normal(20, 6)
    x[3, 2] = 0.0
    kinked = check_gradient(*elementwise(np.abs, np.sign), x, mode="sketch")
    assert kinked.details["kinks"] == 1
    assert kinked.details["mode"] == "full"
    pair = _checked(batch_norm_backward, batch_norm_inputs(2, 30))
    assert any("use N >= 3" in note for note in pair.details["notes"])


def test_the_certificate_says_what_a_pass_is_worth() -> None:
    verdict = _checked(batch_norm_backward, batch_norm_inputs(32, 8))
    floor = verdict.details["floor"]
    assert verdict.scope == (
        f"every element was compared in {DIRECTIONS} random sums over its class; an error of more "
        f"than {floor:.1g} in any one element would have been seen, but for a chance of "
        f"{CHANCE:.0e}"
    )

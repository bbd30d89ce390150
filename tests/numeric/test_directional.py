"""Directional mode: a handful of evaluations, slips caught at every size, power stated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradproof import check_gradient
from gradproof.verdicts import Status
from tests.numeric.examples import (
    NAMES,
    Counted,
    batch_norm,
    batch_norm_backward,
    batch_norm_inputs,
    relu,
    relu_backward,
)

Array = np.ndarray[Any, Any]
SLIPS = ["without x_hat", "without gamma", "N/(N-1)", "one element"]


@pytest.mark.parametrize("size", [(4, 3), (32, 8), (128, 32), (512, 64)])
def test_right_code_passes_in_a_handful_of_evaluations(size: tuple[int, int]) -> None:
    counted = Counted(batch_norm)
    for seed in range(5):
        verdict = check_gradient(
            counted, batch_norm_backward, *batch_norm_inputs(*size, seed),
            names=NAMES, mode="directional", seed=seed,
        )  # fmt: skip
        assert verdict.holds, str(verdict)
        assert verdict.details["mode"] == "directional"
    assert counted.calls <= 5 * 25


@pytest.mark.sampled(3)
@pytest.mark.parametrize("slip", SLIPS)
@pytest.mark.parametrize("size", [(4, 3), (128, 32)])
def test_slips_are_caught_and_drilled_down_to(size: tuple[int, int], slip: str) -> None:
    verdict = check_gradient(
        batch_norm, lambda dy, cache: batch_norm_backward(dy, cache, slip),
        *batch_norm_inputs(*size), names=NAMES, mode="directional",
    )  # fmt: skip
    assert verdict.status is Status.REFUTED
    assert "dx is wrong" in verdict.reason
    assert verdict.counterexample is not None
    at = verdict.counterexample.at
    assert at == "dx[1, 1]" if slip == "one element" else at.startswith("dx[")


def test_auto_picks_and_says_which() -> None:
    small = check_gradient(batch_norm, batch_norm_backward, *batch_norm_inputs(8, 3), names=NAMES)
    middle = check_gradient(
        batch_norm, batch_norm_backward, *batch_norm_inputs(500, 40), names=NAMES
    )
    large = check_gradient(
        batch_norm, batch_norm_backward, *batch_norm_inputs(5500, 40), names=NAMES
    )
    assert small.details["mode"] == "full"
    assert middle.details["mode"] == "sketch"
    assert "random sums over every class" in middle.method
    assert large.details["mode"] == "directional"
    assert "random directions" in large.method


def test_the_certificate_states_what_would_have_been_seen() -> None:
    inputs = batch_norm_inputs(32, 8)
    verdict = check_gradient(
        batch_norm, batch_norm_backward, *inputs, names=NAMES, mode="directional"
    )
    floor = verdict.details["floor"]
    assert 0 < floor < 1e-6
    assert (
        "one wrong element would have been seen from an error of" in verdict.details["certificate"]
    )
    assert "is missed with probability" in verdict.scope

    def off(dy: Array, cache: Any) -> tuple[Array, Array, Array]:
        dx, dgamma, dbeta = batch_norm_backward(dy, cache)
        dx[7, 3] += 3 * floor
        return dx, dgamma, dbeta

    assert not check_gradient(batch_norm, off, *inputs, names=NAMES, mode="directional").holds


def test_kinks_inside_the_stencil_are_left_out_not_believed() -> None:
    x = np.random.default_rng(0).normal(size=20_000)
    verdict = check_gradient(relu, relu_backward, x, mode="directional")
    assert verdict.holds, str(verdict)
    wrong = check_gradient(relu, lambda dy, x: dy * (x > 0.01), x, mode="directional")
    assert not wrong.holds


def test_identities_of_the_forward_are_found_and_used() -> None:
    inputs = batch_norm_inputs(16, 4, seed=1)
    verdict = check_gradient(
        batch_norm, batch_norm_backward, *inputs, names=NAMES, mode="directional"
    )
    shift = "a shift of x along axis 0 changes nothing, so dx sums to 0 along it"
    assert verdict.details["identities"] == (shift,)


def test_a_zero_direction_is_never_drawn() -> None:
    from gradproof.numeric.steps.directions import draw

    v = draw(np.ones(10_000), np.random.default_rng(0))
    assert np.abs(v).min() >= 0.5
    assert (v > 0).any()
    assert (v < 0).any()


def test_an_unknown_mode_is_an_error() -> None:
    with pytest.raises(
        ValueError, match="mode: expected one of auto, full, sketch, directional, got 'fast'"
    ):
        check_gradient(relu, relu_backward, np.ones(3), mode="fast")  # type: ignore[arg-type]


def test_state_until_the_next_forward_is_named_in_directional_mode_too() -> None:
    class Layer:
        def forward(self, x: Array) -> Array:
            self.y = np.tanh(x)
            return self.y

        def backward(self, dy: Array, cache: Any) -> Array:
            return np.asarray(dy * (1 - self.y) * (1 + self.y))

    layer = Layer()
    x = np.random.default_rng(0).normal(size=50)
    verdict = check_gradient(layer.forward, layer.backward, x, mode="directional")
    assert verdict.holds
    assert "one forward at a time" in verdict.details["notes"][0]

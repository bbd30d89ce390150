"""Numeric derivatives: the value lies within the bound, and kinks and noise are seen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from gradproof.numeric import complex_step, difference

NOISE = np.array([1e-15])

SMOOTH: dict[str, tuple[Callable[[float], float], float]] = {
    "exp": (lambda t: float(np.exp(t)), 1.0),
    "a steep sigmoid": (lambda t: float(1 / (1 + np.exp(-1000 * t))), 250.0),
    "saturated": (lambda t: float(np.tanh(20 + t)), 0.0),
    "a narrow bell beside the point": (
        lambda t: float(np.exp(-(((t - 1e-3) * 1e3) ** 2))),
        2000.0 * float(np.exp(-1.0)),
    ),
    "cubic": (lambda t: t**3 + 2 * t, 2.0),
    "oscillation": (lambda t: float(np.sin(500 * t)), 500.0),
    "constant": (lambda t: 3.0, 0.0),
}


def line(function: Callable[[float], float]) -> Callable[[float], np.ndarray]:
    return lambda t: np.array([function(t)])


@pytest.mark.parametrize("name", SMOOTH)
def test_the_derivative_lies_within_the_bound_and_the_bound_is_small(name: str) -> None:
    function, wanted = SMOOTH[name]
    found = difference(line(function), 1.0, NOISE)
    assert abs(found.value[0] - wanted) <= found.bound[0]
    assert found.bound[0] <= 1e-6 * max(1.0, abs(wanted))
    assert not found.kink[0]


def test_a_kink_at_the_point_is_seen_with_both_sides() -> None:
    found = difference(line(lambda t: max(t, 0.0)), 1.0, NOISE)
    assert found.kink[0]
    assert abs(found.left[0]) <= 1e-9
    assert abs(found.right[0] - 1) <= 1e-9


@pytest.mark.parametrize("distance", [1e-2, 1e-4, 1e-6])
def test_a_kink_inside_the_first_stencils_does_no_harm(distance: float) -> None:
    found = difference(line(lambda t: max(t + distance, 0.0)), 1.0, NOISE)
    assert not found.kink[0]
    assert abs(found.value[0] - 1) <= found.bound[0] <= 1e-6


def test_noise_widens_the_bound_instead_of_being_believed() -> None:
    rng = np.random.default_rng(0)

    def noisy(t: float) -> np.ndarray:
        return np.array([np.exp(t) + 1e-8 * rng.uniform(-1, 1)])

    found = difference(noisy, 1.0, np.array([1e-8]))
    assert abs(found.value[0] - 1) <= found.bound[0]
    assert found.bound[0] >= 1e-9


def test_infinite_values_beside_the_point_do_not_spoil_the_estimate() -> None:
    found = difference(line(lambda t: np.log(1e-3 + t) if t > -1e-3 else np.nan), 1.0, NOISE)
    assert abs(found.value[0] - 1000) <= found.bound[0] <= 1e-2


def test_complex_step_is_exact_to_rounding_and_wrong_without_analyticity() -> None:
    assert complex_step(lambda t: np.array([np.exp(1 + t)]))[0] == pytest.approx(np.e, rel=1e-15)
    # |z| is not analytic: its complex step is 0, which is why it is never believed alone.
    assert complex_step(lambda t: np.array([np.abs(1 + t) + 0j]))[0] == 0

"""The perceptron: three outputs, two rules, and the bound on mistakes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from impl import mean_squared_error, perceptron_linear
from impl.network import Perceptron, data, delta_rule, gate, learn, novikoff

SEPARABLE = ("and", "or")


def targets(t: Any, output: str) -> Any:
    """Labels 0 and 1 as the output has them."""
    return 2 * t - 1 if output == "sign" else t


def cloud(seed: int) -> tuple[Any, Any]:
    return data.cloud(60, np.random.default_rng(seed))


def test_the_three_outputs() -> None:
    x, w = np.array([[1.0, 2.0], [0.0, 0.0], [-1.0, 1.5]]), np.array([2.0, 1.0])
    assert Perceptron(w, 1.0, "step").predict(x).tolist() == [1, 0, 0]
    assert Perceptron(w, 1.0, "sign").predict(x).tolist() == [1, -1, -1]
    assert Perceptron(w, 1.0, "linear").predict(x).tolist() == [5, 1, 0.5]


@pytest.mark.parametrize("output", ["step", "sign"])
@pytest.mark.parametrize("name", SEPARABLE)
def test_gates_are_learned_within_the_bound(name: str, output: str) -> None:
    x, t = gate(name)
    t = targets(t, output)
    learned = learn(x, t, output=output)
    assert learned.converged
    assert learned.cycle is None
    assert np.array_equal(learned.perceptron.predict(x), t)
    assert sum(learned.mistakes) <= novikoff(x, t, output=output).most


@pytest.mark.parametrize("seed", range(5))
def test_clouds_are_learned_within_the_bound(seed: int) -> None:
    x, t = cloud(seed)
    learned, bound = learn(x, t), novikoff(x, t)
    assert learned.converged
    assert np.array_equal(learned.perceptron.predict(x), t)
    assert bound.margin > 0
    assert 0 < sum(learned.mistakes) <= bound.most


def test_the_bound_rests_on_a_separating_direction_and_the_longest_example() -> None:
    x, t = cloud(0)
    bound = novikoff(x, t)
    z = np.where(t > 0, 1, -1)[:, None] * np.column_stack([x, -np.ones(len(x))])
    assert np.linalg.norm(bound.direction) == pytest.approx(1)
    assert (z @ bound.direction).min() == pytest.approx(bound.margin)
    assert np.linalg.norm(z, axis=1).max() == pytest.approx(bound.radius)


@pytest.mark.parametrize(("name", "direction"), [("and", (2, 2, 3)), ("or", (2, 2, 1))])
def test_the_widest_margins_of_the_gates(name: str, direction: tuple[int, int, int]) -> None:
    """By hand: three corners at distance 1 / |direction| hold the plane where it is."""
    bound = novikoff(*gate(name))
    length = np.linalg.norm(direction)
    assert bound.margin == pytest.approx(1 / length, rel=1e-8)
    assert bound.most == pytest.approx(3 * length**2, rel=1e-8)
    np.testing.assert_allclose(bound.direction, direction / length, rtol=1e-6)


def test_a_bound_without_the_square_would_be_broken() -> None:
    """So the test above can fail."""
    bound = novikoff(*gate("and"))
    assert bound.radius / bound.margin < sum(learn(*gate("and")).mistakes) <= bound.most


@pytest.mark.parametrize("output", ["step", "sign"])
def test_xor_is_never_learned_but_cycles(output: str) -> None:
    x, t = gate("xor")
    t = targets(t, output)
    learned = learn(x, t, output=output)
    assert not learned.converged
    assert learned.cycle is not None
    assert novikoff(x, t, output=output).most == np.inf
    # From the start of the cycle on, the same weights come again, and so do the same mistakes.
    start, length = learned.cycle
    again = learn(x, t, output=output, epochs=start + length)
    before = learn(x, t, output=output, epochs=start) if start else None
    first = before.perceptron if before else Perceptron(np.zeros(2), 0.0, output)
    assert np.array_equal(again.perceptron.w, first.w)
    assert again.perceptron.w_0 == first.w_0


def test_no_cycle_is_reported_where_there_is_none_yet() -> None:
    x, t = gate("xor")
    learned = learn(x, t, epochs=1)
    assert learned.cycle is None
    assert not learned.converged


def test_the_path_has_every_change() -> None:
    x, t = gate("or")
    learned = learn(x, t)
    assert len(learned.path) == 1 + sum(learned.mistakes)
    assert np.array_equal(learned.path[-1][:2], learned.perceptron.w)
    assert all(np.any(a != b) for a, b in zip(learned.path, learned.path[1:], strict=False))


# --- the delta rule ---------------------------------------------------------------------------


def test_the_delta_rule_steps_down_the_squared_error() -> None:
    """One step is -lr/2 times the gradient of (y - t)^2, taken from the two operations."""
    x, t = np.array([[0.5, -1.5]]), np.array([2.0])
    unit, _ = delta_rule(x, t, lr=0.25, epochs=1)
    y, kept = perceptron_linear.forward(x, np.zeros(2), 0.0)
    _, loss = mean_squared_error.forward(y, t)
    gradient = perceptron_linear.backward(mean_squared_error.backward(1.0, loss), kept)
    np.testing.assert_allclose(unit.w, -0.25 / 2 * gradient.w, rtol=1e-15)
    np.testing.assert_allclose(unit.w_0, -0.25 / 2 * gradient.w_0, rtol=1e-15)


def test_the_delta_rule_finds_an_exact_line() -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (20, 2))
    unit, errors = delta_rule(x, x @ [1.5, -2.0] + 0.75, lr=0.3, epochs=60)
    np.testing.assert_allclose([*unit.w, unit.w_0], [1.5, -2.0, 0.75], rtol=1e-9)
    assert errors[-1] < 1e-18 < errors[0]


def test_the_delta_rule_comes_close_to_least_squares_on_and() -> None:
    x, t = gate("and")
    unit, errors = delta_rule(x, t, lr=0.02, epochs=500)
    best = np.linalg.lstsq(np.column_stack([x, np.ones(4)]), t, rcond=None)[0]
    np.testing.assert_allclose([*unit.w, unit.w_0], best, atol=0.02)
    assert np.array_equal(unit.predict(x) > 0.5, t == 1)
    assert errors[-1] == pytest.approx(1 / 16, rel=5e-3)  # the least possible


def test_the_delta_rule_cannot_learn_xor() -> None:
    x, t = gate("xor")
    unit, errors = delta_rule(x, t, lr=0.02, epochs=500)
    np.testing.assert_allclose(unit.predict(x), 0.5, atol=0.03)
    assert errors[-1] == pytest.approx(1 / 4, rel=1e-2)


def test_too_large_a_rate_diverges() -> None:
    x, t = gate("or")
    _, errors = delta_rule(x, t, lr=1.5, epochs=20)
    assert errors[-1] > 1e3 * errors[0]


# --- what is refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Perceptron(np.zeros(2), 0.0, "softstep"), "there are: step, sign, linear"),
        (lambda: learn([[1.0, 2.0]], [2]), "expected 0 or 1 for the output 'step', got 2"),
        (lambda: learn([[1.0, 2.0]], [0], output="sign"), "expected -1 or 1"),
        (lambda: learn([1.0, 2.0], [0, 1]), r"expected shapes \(N, D\) and \(N,\)"),
        (lambda: learn([[1.0, 2.0]], [0, 1]), r"got \(1, 2\), \(2,\)"),
        (lambda: learn([[1.0, 2.0]], [1], output="linear"), "delta_rule"),
    ],
)
def test_what_does_not_fit_is_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()

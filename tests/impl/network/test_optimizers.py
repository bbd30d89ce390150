"""Update rules against their formulas, written another way: sums and closed forms, 50 digits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

from impl.network import SGD, Adam, Momentum

LR = 0.25
STEPS = 40
# Each step rounds a handful of times, relative to numbers no larger than those compared.
ROUNDING = 10 * STEPS * np.finfo(float).eps


def gradients(seed: int = 0) -> list[list[float]]:
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(STEPS, 4)) * [1, 10, 1e-3, 1e-9]).tolist()


def run(optimizer: Any, steps: list[list[float]]) -> np.ndarray:
    theta = np.array([0.5, -1.0, 2.0, 0.0])
    for g in steps:
        optimizer.update(theta, np.array(g))
    return theta - [0.5, -1.0, 2.0, 0.0]


def sgd_moves(g: list[Any]) -> list[Any]:
    """-lr g_t."""
    return [-LR * each for each in g]


def momentum_moves(g: list[Any]) -> list[Any]:
    """v_t = sum_i momentum^(t-i) g_i."""
    mu = mpmath.mpf(0.9)
    return [-LR * mpmath.fsum(mu ** (t - i) * g[i] for i in range(t + 1)) for t in range(len(g))]


def adam_moves(g: list[Any]) -> list[Any]:
    """m_hat_t and v_hat_t as weighted means of all gradients so far."""
    beta1, beta2, eps = map(mpmath.mpf, (0.9, 0.999, 1e-8))
    moves = []
    for t in range(1, len(g) + 1):
        w1 = [beta1 ** (t - i) for i in range(1, t + 1)]
        w2 = [beta2 ** (t - i) for i in range(1, t + 1)]
        m_hat = mpmath.fsum(w * x for w, x in zip(w1, g)) / mpmath.fsum(w1)
        v_hat = mpmath.fsum(w * x * x for w, x in zip(w2, g)) / mpmath.fsum(w2)
        moves.append(-LR * m_hat / (mpmath.sqrt(v_hat) + eps))
    return moves


RULES: dict[str, tuple[Callable[[], Any], Callable[[list[Any]], list[Any]]]] = {
    "SGD": (lambda: SGD(LR), sgd_moves),
    "momentum": (lambda: Momentum(LR, 0.9), momentum_moves),
    "Adam": (lambda: Adam(LR), adam_moves),
}


def largest_error(optimizer: Any, rule: Callable[[list[Any]], list[Any]]) -> float:
    """Of the four moves, relative to the sum of the sizes of the steps they are made of."""
    steps, worst = gradients(), 0.0
    moved = run(optimizer, steps)
    with mpmath.workdps(50):
        for k in range(4):
            moves = rule([mpmath.mpf(g[k]) for g in steps])
            scale = mpmath.fsum(map(abs, moves)) + 2  # theta itself is up to 2
            worst = max(worst, float(abs(moved[k] - mpmath.fsum(moves)) / scale))
    return worst


@pytest.mark.parametrize("name", RULES)
def test_a_sequence_of_gradients(name: str) -> None:
    make, rule = RULES[name]
    assert largest_error(make(), rule) < ROUNDING


class DampedMomentum(Momentum):
    def update(self, theta: Any, g: Any) -> None:
        super().update(theta, (1 - self.momentum) * g)


class LateMomentum(Momentum):
    """Moves by the velocity of the step before."""

    def update(self, theta: Any, g: Any) -> None:
        self.v = np.zeros_like(theta) if self.v is None else self.v
        theta -= self.lr * self.v
        self.v = self.momentum * self.v + g


class PlainAdam(Adam):
    """As the paper writes it, with one thing at a time left out or moved."""

    slip = ""

    def update(self, theta: Any, g: Any) -> None:
        if self.m is None:
            self.m, self.v = np.zeros_like(theta), np.zeros_like(theta)
        self.t += self.slip != "t stays 1" or self.t == 0
        self.m = self.beta1 * self.m + (1 - self.beta1) * g
        self.v = self.beta2 * self.v + (1 - self.beta2) * (abs(g) if self.slip == "|g|" else g**2)
        m_hat = self.m / (1 - self.beta1**self.t) if self.slip != "no m_hat" else self.m
        v_hat = self.v / (1 - self.beta2**self.t) if self.slip != "no v_hat" else self.v
        if self.slip == "eps inside":
            theta -= self.lr * m_hat / np.sqrt(v_hat + self.eps)
        else:
            theta -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


def slipped(slip: str) -> Adam:
    adam = PlainAdam(LR)
    adam.slip = slip
    return adam


@pytest.mark.sampled(5)
@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("SGD", SGD(LR * (1 + 1e-9))),
        ("SGD", SGD(-LR)),
        ("momentum", DampedMomentum(LR)),
        ("momentum", LateMomentum(LR)),
        ("momentum", Momentum(LR, 0.9 + 1e-9)),
        *[
            ("Adam", slipped(each))
            for each in ("t stays 1", "|g|", "no m_hat", "no v_hat", "eps inside")
        ],
        ("Adam", Adam(LR, beta2=0.99)),
        ("Adam", Adam(LR, eps=1.01e-8)),
    ],
)
def test_a_wrong_rule_is_noticed(name: str, wrong: Any) -> None:
    assert largest_error(wrong, RULES[name][1]) > ROUNDING


def test_the_plain_adam_without_a_slip_is_right() -> None:
    assert largest_error(slipped(""), adam_moves) < ROUNDING


def test_sgd_on_a_parabola_shrinks_by_one_factor_each_step() -> None:
    """Of lambda/2 theta^2: theta_n = (1 - lr lambda)^n theta_0."""
    theta, optimizer = np.array([3.0]), SGD(0.125)
    for _ in range(20):
        optimizer.update(theta, 2.0 * theta)
    assert theta[0] == pytest.approx(3.0 * 0.75**20, rel=1e-14)


def test_momentum_on_a_parabola_follows_its_characteristic_equation() -> None:
    """theta_n = A a^n + B b^n, with a, b the roots of z^2 - (1 + mu - lr lambda) z + mu."""
    lr, mu, curvature = 0.125, 0.5, 0.25
    theta, optimizer = np.array([3.0]), Momentum(lr, mu)
    for _ in range(20):
        optimizer.update(theta, curvature * theta)
    a, b = np.roots([1, -(1 + mu - lr * curvature), mu])
    first = 3.0 - lr * curvature * 3.0
    A = (first - b * 3.0) / (a - b)
    assert theta[0] == pytest.approx((A * a**20 + (3.0 - A) * b**20).real, rel=1e-12)


def test_adam_under_a_constant_gradient_moves_by_lr_each_step() -> None:
    """m_hat = g and v_hat = g^2, so each step is lr g / (|g| + eps)."""
    theta, optimizer = np.zeros(3), Adam(0.01)
    g = np.array([5.0, -0.25, 1e-8])
    for _ in range(30):
        optimizer.update(theta, g)
    np.testing.assert_allclose(theta, -30 * 0.01 * g / (abs(g) + 1e-8), rtol=1e-12)


@pytest.mark.parametrize("name", RULES)
def test_float32_stays_float32_and_g_is_not_changed(name: str) -> None:
    optimizer, theta = RULES[name][0](), np.ones(3, np.float32)
    g = np.full(3, 0.5, np.float32)
    for _ in range(2):
        optimizer.update(theta, g)
    assert theta.dtype == np.float32
    assert (g == 0.5).all()

"""Functions as people write them, each with a right backward and a wrong one: first those of
signals, physics and statistics; the others, of images, sequences, complex numbers, structures,
objects with state and mixed precision, are in ``more_kinds_of_code``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Case = tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any], tuple[Any, ...]]
CASES: dict[str, Callable[[np.random.Generator], Case]] = {}


def case(make: Callable[[np.random.Generator], Case]) -> Callable[[np.random.Generator], Case]:
    CASES[make.__name__] = make
    return make


@case
def fir_filter(rng: Any) -> Case:
    """y[n] = sum_k h[k] x[n - k]; wrong: the gradient of h is turned round."""

    def forward(x: Any, h: Any) -> Any:
        return np.convolve(x, h, mode="full")

    def backward(dy: Any, x: Any, h: Any) -> Any:
        return np.correlate(dy, h, mode="valid"), np.correlate(dy, x, mode="valid")

    def wrong(dy: Any, x: Any, h: Any) -> Any:
        return np.correlate(dy, h, mode="valid"), np.correlate(dy, x, mode="valid")[::-1]

    return forward, backward, wrong, (rng.normal(size=31), rng.normal(size=5))


@case
def one_pole_filter(rng: Any) -> Case:
    """y[n] = a y[n - 1] + x[n]; wrong: the last sample of the path is left out."""

    def forward(x: Any, a: Any) -> Any:
        y = np.zeros_like(x)
        state = 0.0
        for n in range(len(x)):
            state = a * state + x[n]
            y[n] = state
        return y, (y, a)

    def _back(dy: Any, cache: Any, first: int) -> Any:
        y, a = cache
        dx, da, carry = np.zeros_like(y), 0.0, 0.0
        for n in range(len(y) - 1, -1, -1):
            carry = dy[n] + a * carry
            dx[n] = carry
            if n >= first:
                da += carry * y[n - 1]
        return dx, da

    return (
        forward, lambda dy, cache: _back(dy, cache, 1), lambda dy, cache: _back(dy, cache, 2),
        (rng.normal(size=20), 0.7),
    )  # fmt: skip


@case
def power_spectrum(rng: Any) -> Case:
    """|FFT(x)|^2; wrong: the adjoint of the FFT is taken for its inverse."""

    def forward(x: Any) -> Any:
        return np.abs(np.fft.fft(x)) ** 2

    def backward(dy: Any, x: Any) -> Any:
        return 2 * len(x) * np.fft.ifft(dy * np.fft.fft(x)).real

    def wrong(dy: Any, x: Any) -> Any:
        return 2 * np.fft.ifft(dy * np.fft.fft(x)).real

    return forward, backward, wrong, (rng.normal(size=16),)


@case
def dct_by_matrix(rng: Any) -> Case:
    """A cosine transform along the last axis; wrong: the matrix is not transposed."""
    n = np.arange(8)
    basis = np.cos(np.pi / 8 * (n[None] + 0.5) * n[:, None])

    def forward(x: Any) -> Any:
        return x @ basis.T

    return (
        forward, lambda dy, x: dy @ basis, lambda dy, x: dy @ basis.T, (rng.normal(size=(3, 8)),),
    )  # fmt: skip


@case
def pendulum_energy(rng: Any) -> Case:
    """m l^2 w^2 / 2 + m g l (1 - cos t); wrong: the mass of the second term is left out."""

    def forward(theta: Any, omega: Any, m: Any, length: Any) -> Any:
        return 0.5 * m * length**2 * omega**2 + m * 9.81 * length * (1 - np.cos(theta))

    def _back(dy: Any, theta: Any, omega: Any, m: Any, length: Any, second: Any) -> Any:
        up = 9.81 * (1 - np.cos(theta))
        return (
            dy * m * 9.81 * length * np.sin(theta), dy * m * length**2 * omega,
            np.sum(dy * (0.5 * length**2 * omega**2 + length * up)),
            np.sum(dy * (m * length * omega**2 + second * up)),
        )  # fmt: skip

    return (
        forward, lambda dy, t, w, m, ln: _back(dy, t, w, m, ln, m),
        lambda dy, t, w, m, ln: _back(dy, t, w, m, ln, 1.0),
        (rng.normal(size=6), rng.normal(size=6), 1.3, 0.8),
    )  # fmt: skip


@case
def verlet_step(rng: Any) -> Case:
    """One step of velocity Verlet in the potential x^4 / 4; wrong: the new force has no slope."""
    h = 0.1

    def forward(x: Any, v: Any) -> Any:
        new = x + h * v - 0.5 * h * h * x**3
        return (new, v - 0.5 * h * (x**3 + new**3)), (x, v, new)

    def _back(dy: Any, cache: Any, slope: float) -> Any:
        dnew, dv = dy
        x, _, new = cache
        through = dnew - slope * 0.5 * h * 3 * new**2 * dv
        dx = through * (1 - 1.5 * h * h * x**2) - 0.5 * h * 3 * x**2 * dv
        return dx, dv + h * through

    return (
        forward, lambda dy, c: _back(dy, c, 1.0), lambda dy, c: _back(dy, c, 0.0),
        (rng.normal(size=(4, 2)), rng.normal(size=(4, 2))),
    )  # fmt: skip


@case
def lennard_jones(rng: Any) -> Case:
    """Sum of r^-12 - r^-6 over pairs; wrong: each pair pulls at one of its two particles only."""

    def forward(p: Any) -> Any:
        d = p[:, None] - p[None]
        r2 = (d**2).sum(-1) + np.eye(len(p))
        pairs = np.triu(np.ones((len(p), len(p))), 1)
        return (pairs * (r2**-6 - r2**-3)).sum()

    def _forces(dy: Any, p: Any) -> Any:
        d = p[:, None] - p[None]
        r2 = (d**2).sum(-1) + np.eye(len(p))
        pairs = np.triu(np.ones((len(p), len(p))), 1)
        return (dy * pairs * (-6 * r2**-7 + 3 * r2**-4))[..., None] * 2 * d

    def backward(dy: Any, p: Any) -> Any:
        force = _forces(dy, p)
        return force.sum(1) - force.sum(0)

    grid = np.stack(np.meshgrid(np.arange(2.0), np.arange(2.0)), -1).reshape(4, 2) * 1.2
    return (
        forward,
        backward,
        lambda dy, p: _forces(dy, p).sum(1),
        (grid + 0.1 * rng.normal(size=(4, 2)),),
    )


@case
def student_t_loglik(rng: Any) -> Case:
    """Of residuals with scale s and 4 degrees of freedom; wrong: s is not squared."""
    nu = 4.0

    def forward(x: Any, mu: Any, s: Any) -> Any:
        z = (x - mu) / s
        return np.sum(-0.5 * (nu + 1) * np.log1p(z * z / nu) - np.log(s))

    def _back(dy: Any, x: Any, mu: Any, s: Any, power: int) -> Any:
        z = (x - mu) / s
        pull = (nu + 1) * z / (nu + z * z)
        return -dy * pull / s**power, dy * np.sum(pull / s), dy * (np.sum(pull * z) - x.size) / s

    return (
        forward, lambda dy, x, mu, s: _back(dy, x, mu, s, 1),
        lambda dy, x, mu, s: _back(dy, x, mu, s, 2), (rng.normal(size=12), 0.3, 1.7),
    )  # fmt: skip


@case
def weighted_covariance(rng: Any) -> Case:
    """sum_i w_i (x_i - m)(x_i - m)^T / sum w; wrong: the weights are not divided by their sum."""

    def forward(x: Any, w: Any) -> Any:
        p = w / w.sum()
        d = x - p @ x
        return (d * p[:, None]).T @ d, (x, w, p, d)

    def _back(dy: Any, cache: Any, normal: bool) -> Any:
        _, w, p, d = cache
        both = dy + dy.T
        dx = p[:, None] * (d @ both)
        dp = np.einsum("ij,jk,ik->i", d, dy, d)
        return dx, (dp - (p @ dp if normal else 0.0)) / w.sum()

    return (
        forward, lambda dy, c: _back(dy, c, True), lambda dy, c: _back(dy, c, False),
        (rng.normal(size=(9, 3)), rng.uniform(0.5, 2, 9)),
    )  # fmt: skip


@case
def poisson_deviance(rng: Any) -> Case:
    """Of counts, with exp(eta) for the mean; wrong: the mean is left out of the slope."""
    counts = rng.poisson(3, 10)

    def forward(eta: Any, y: Any) -> Any:
        mu = np.exp(eta)
        ratio = np.where(y > 0, y * np.log(np.where(y > 0, y, 1) / mu), 0.0)
        return 2 * np.sum(ratio - (y - mu))

    return (
        forward, lambda dy, eta, y: 2 * dy * (np.exp(eta) - y),
        lambda dy, eta, y: 2 * dy * (1 - y), (rng.normal(size=10), counts),
    )  # fmt: skip

"""Twenty functions as people write them, each with a right backward and a wrong one.

Signals, physics, statistics, images, sequences, complex numbers, structures, objects with state,
code that works in place, and mixed precision.
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


@case
def bilinear_resize(rng: Any) -> Case:
    """An image of 5 x 6 at 9 points between its pixels; wrong: two corners are exchanged."""
    rows, cols = rng.uniform(0, 3.9, 9), rng.uniform(0, 4.9, 9)
    i, j = rows.astype(int), cols.astype(int)
    a, b = rows - i, cols - j

    def forward(image: Any) -> Any:
        return (
            (1 - a) * (1 - b) * image[i, j] + (1 - a) * b * image[i, j + 1]
            + a * (1 - b) * image[i + 1, j] + a * b * image[i + 1, j + 1]
        )  # fmt: skip

    def _back(dy: Any, image: Any, first: Any, second: Any) -> Any:
        d = np.zeros_like(image)
        np.add.at(d, (i, j), dy * (1 - a) * (1 - b))
        np.add.at(d, (i, j + 1), dy * first)
        np.add.at(d, (i + 1, j), dy * second)
        np.add.at(d, (i + 1, j + 1), dy * a * b)
        return d

    one, two = (1 - a) * b, a * (1 - b)
    return (
        forward, lambda dy, x: _back(dy, x, one, two), lambda dy, x: _back(dy, x, two, one),
        (rng.normal(size=(5, 6)),),
    )  # fmt: skip


@case
def total_variation(rng: Any) -> Case:
    """sum sqrt(dx^2 + dy^2 + eps) of an image; wrong: what comes from the left is lost."""

    def forward(u: Any) -> Any:
        gx, gy = np.diff(u, axis=1)[:-1], np.diff(u, axis=0)[:, :-1]
        size = np.sqrt(gx**2 + gy**2 + 1e-3)
        return size.sum(), (u, gx / size, gy / size)

    def _back(dy: Any, cache: Any, left: float) -> Any:
        u, px, py = cache
        d = np.zeros_like(u)
        d[:-1, 1:] += left * px
        d[:-1, :-1] -= px + py
        d[1:, :-1] += py
        return dy * d

    return (
        forward, lambda dy, c: _back(dy, c, 1.0), lambda dy, c: _back(dy, c, 0.0),
        (rng.normal(size=(6, 5)),),
    )  # fmt: skip


@case
def separable_blur(rng: Any) -> Case:
    """Three taps along rows and columns with reflected borders; wrong: the borders are zeros."""
    k = np.array([0.25, 0.5, 0.25])

    def _along(x: Any, axis: int, mode: str) -> Any:
        pad = [(0, 0), (0, 0)]
        pad[axis] = (1, 1)
        p = np.pad(x, pad, mode=mode)
        n = x.shape[axis]
        return sum(k[s] * np.take(p, range(s, s + n), axis=axis) for s in range(3))

    def forward(x: Any) -> Any:
        return _along(_along(x, 0, "symmetric"), 1, "symmetric")

    def wrong(dy: Any, x: Any) -> Any:
        return _along(_along(dy, 1, "constant"), 0, "constant")

    return forward, lambda dy, x: forward(dy), wrong, (rng.normal(size=(5, 7)),)


@case
def edit_alignment(rng: Any) -> Case:
    """Soft minimum alignment of two sequences; wrong: the diagonal step has no gradient."""

    def _tables(d: Any) -> Any:
        n, m = d.shape
        r = np.full((n + 1, m + 1), np.inf)
        r[0, 0] = 0
        w = np.zeros((n, m, 3))
        for i in range(n):
            for j in range(m):
                before = np.array([r[i, j], r[i, j + 1], r[i + 1, j]])
                low = before.min()
                e = np.exp(low - before)
                r[i + 1, j + 1] = d[i, j] + low - np.log(e.sum())
                w[i, j] = e / e.sum()
        return r, w

    def forward(d: Any) -> Any:
        return _tables(d)[0][-1, -1]

    def _back(dy: Any, d: Any, diagonal: float) -> Any:
        _, w = _tables(d)
        n, m = d.shape
        e = np.zeros((n + 1, m + 1))
        e[n, m] = 1.0
        for i in range(n - 1, -1, -1):
            for j in range(m - 1, -1, -1):
                here = e[i + 1, j + 1]
                e[i, j] += diagonal * here * w[i, j, 0]
                e[i, j + 1] += here * w[i, j, 1]
                e[i + 1, j] += here * w[i, j, 2]
        return dy * e[1:, 1:]

    return (
        forward, lambda dy, d: _back(dy, d, 1.0), lambda dy, d: _back(dy, d, 0.0),
        (rng.uniform(0, 2, (4, 5)),),
    )  # fmt: skip


@case
def hidden_markov_loglik(rng: Any) -> Case:
    """By the forward algorithm, of log emissions; wrong: posteriors of the last step alone."""
    log_t = np.log(np.array([[0.8, 0.2], [0.3, 0.7]]))

    def _lse(x: Any, axis: Any = None) -> Any:
        top = x.max(axis=axis, keepdims=True)
        return np.squeeze(top + np.log(np.exp(x - top).sum(axis=axis, keepdims=True)), axis)

    def _alpha(b: Any) -> Any:
        rows = [b[0] - np.log(2)]
        for t in range(1, len(b)):
            rows.append(b[t] + _lse(rows[-1][:, None] + log_t, 0))
        return np.stack(rows)

    def forward(b: Any) -> Any:
        return _lse(_alpha(b)[-1], 0)

    def backward(dy: Any, b: Any) -> Any:
        a, beta = _alpha(b), np.zeros_like(b)
        for t in range(len(b) - 2, -1, -1):
            beta[t] = _lse(log_t + b[t + 1] + beta[t + 1], 1)
        return dy * np.exp(a + beta - _lse(a[-1], 0))

    def wrong(dy: Any, b: Any) -> Any:
        a = _alpha(b)
        return dy * np.exp(a - _lse(a, 1)[:, None])

    return forward, backward, wrong, (rng.normal(size=(6, 2)),)


@case
def beamformer(rng: Any) -> Case:
    """|w^H s|^2 of complex weights; wrong: w is not conjugated, so that its angle is mirrored."""
    s = rng.normal(size=5) + 1j * rng.normal(size=5)

    def forward(w: Any) -> Any:
        return np.abs(np.vdot(w, s)) ** 2

    def backward(dy: Any, w: Any) -> Any:
        return 2 * dy * s * np.conj(np.vdot(w, s))

    def wrong(dy: Any, w: Any) -> Any:
        return 2 * dy * s * np.vdot(w, s)

    return forward, backward, wrong, (rng.normal(size=5) + 1j * rng.normal(size=5),)


@case
def phase_unwrapped_loss(rng: Any) -> Case:
    """Real and imaginary part of exp(i phi) z; wrong: the sign of the imaginary part."""

    def forward(phi: Any, a: Any) -> Any:
        z = a * np.exp(1j * phi)
        return np.stack([z.real, z.imag])

    def backward(dy: Any, phi: Any, a: Any) -> Any:
        c, s = np.cos(phi), np.sin(phi)
        return a * (dy[1] * c - dy[0] * s), dy[0] * c + dy[1] * s

    def wrong(dy: Any, phi: Any, a: Any) -> Any:
        c, s = np.cos(phi), np.sin(phi)
        return a * (dy[1] * c - dy[0] * s), dy[0] * c - dy[1] * s

    return forward, backward, wrong, (rng.normal(size=7), rng.normal(size=7))


@case
def gated_unit_of_a_dict(rng: Any) -> Case:
    """h = tanh(Ux) * sigmoid(Vx), weights in a dictionary; wrong: V gets the gate's value twice."""

    def forward(p: Any, x: Any) -> Any:
        t, g = np.tanh(x @ p["U"]), 1 / (1 + np.exp(-x @ p["V"]))
        return t * g, (p, x, t, g)

    def _back(dy: Any, cache: Any, slope: Any) -> Any:
        p, x, t, g = cache
        du, dv = dy * g * (1 - t * t), dy * t * slope(g)
        return {"U": x.T @ du, "V": x.T @ dv}, du @ p["U"].T + dv @ p["V"].T

    return (
        forward, lambda dy, c: _back(dy, c, lambda g: g * (1 - g)),
        lambda dy, c: _back(dy, c, lambda g: g * g),
        ({"U": rng.normal(size=(3, 4)), "V": rng.normal(size=(3, 4))}, rng.normal(size=(5, 3))),
    )  # fmt: skip


@case
def running_scaler_object(rng: Any) -> Case:
    """An object that keeps what it saw; wrong: it keeps the output instead of the input."""

    class Scaler:
        kept: Any = None

        def forward(self, x: Any) -> Any:
            self.kept = x
            self.norm = np.sqrt((x * x).sum(axis=1, keepdims=True) + 1.0)
            return x / self.norm

        def backward(self, dy: Any) -> Any:
            unit = self.kept / self.norm
            return (dy - unit * (dy * unit).sum(axis=1, keepdims=True)) / self.norm

    class Wrong(Scaler):
        def forward(self, x: Any) -> Any:
            y = super().forward(x)
            self.kept = y
            return y

    # One object each: forward of the right one computes the same as that of the wrong one.
    right, other = Scaler(), Wrong()

    def forward(x: Any) -> Any:
        other.forward(x)
        return right.forward(x), None

    return (
        forward, lambda dy, _: right.backward(dy), lambda dy, _: other.backward(dy),
        (rng.normal(size=(4, 6)),),
    )  # fmt: skip


@case
def mixed_precision_norm(rng: Any) -> Case:
    """float32 data, statistics in float64; wrong: the gradient of the mean is left out."""

    def forward(x: Any) -> Any:
        wide = x.astype(np.float64)
        d = wide - wide.mean(axis=1, keepdims=True)
        inv = 1 / np.sqrt((d * d).mean(axis=1, keepdims=True) + 1e-5)
        return (d * inv).astype(x.dtype), (d * inv, inv, x.dtype)

    def _back(dy: Any, cache: Any, mean: float) -> Any:
        xhat, inv, dtype = cache
        dy = dy.astype(np.float64)
        dy -= mean * dy.mean(axis=1, keepdims=True) + xhat * (dy * xhat).mean(axis=1, keepdims=True)
        return (dy * inv).astype(dtype)

    return (
        forward, lambda dy, c: _back(dy, c, 1.0), lambda dy, c: _back(dy, c, 0.0),
        (rng.normal(size=(4, 8)).astype(np.float32),),
    )  # fmt: skip

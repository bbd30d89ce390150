"""More functions as people write them: images, sequences, complex numbers, structures, objects
with state, mixed precision. Importing them adds them to ``CASES``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.numeric.kinds_of_code import CASES, Case, case


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


__all__ = ["CASES"]

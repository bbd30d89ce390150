# ruff: noqa: N805, RUF012 - a case is a class without instances
"""How people write NumPy's and SciPy's functions into gradients: each right, and with one slip.

A case is a class: ``inputs`` are the arguments of ``forward``, whose gradient ``right`` is and
``slip`` is not. ``slip`` has one mistake of the kind that people make with that function.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view
from scipy import special
from scipy.special import digamma, erf, expit, gammaln, log_softmax, logsumexp, softmax, xlogy

_RNG = np.random.default_rng(15)


def _some(*shape: int, low: float = -2.0, high: float = 2.0) -> Any:
    return np.round(_RNG.uniform(low, high, size=shape), 2)


class Bearing:
    inputs = {"y": _some(3), "x": _some(3)}

    def forward(y, x):
        return np.arctan2(y, x)

    def right(dz, y, x):
        r2 = x**2 + y**2
        return dz * x / r2, -dz * y / r2

    def slip(dz, y, x):
        r2 = x**2 + y**2
        return dz * x / r2, dz * y / r2


class RangeAndBearing:
    inputs = {"p": _some(2), "q": _some(2)}

    def forward(p, q):
        dx, dy = q[0] - p[0], q[1] - p[1]
        return np.stack([np.hypot(dx, dy), np.arctan2(dy, dx)])

    def right(dz, p, q):
        dx, dy = q[0] - p[0], q[1] - p[1]
        r = np.hypot(dx, dy)
        dq = np.array([dz[0] * dx / r - dz[1] * dy / r**2, dz[0] * dy / r + dz[1] * dx / r**2])
        return -dq, dq

    def slip(dz, p, q):
        dx, dy = q[0] - p[0], q[1] - p[1]
        r = np.hypot(dx, dy)
        dq = np.array([dz[0] * dx / r - dz[1] * dy / r, dz[0] * dy / r + dz[1] * dx / r])
        return -dq, dq


class Bits:
    inputs = {"a": _some(4), "b": _some(4)}

    def forward(a, b):
        return np.logaddexp2(a, b)

    def right(dy, a, b):
        s = 1 / (1 + 2.0 ** (b - a))
        return dy * s, dy * (1 - s)

    def slip(dy, a, b):
        s = 1 / (1 + np.exp(b - a))
        return dy * s, dy * (1 - s)


class SortedScores:
    inputs = {"x": np.array([0.5, -1.2, 2.0])}

    def forward(x):
        return np.sort(x) * np.array([1.0, 2.0, 3.0])

    def right(dy, x):
        order = np.argsort(x)
        dx = np.zeros_like(x)
        dx[order] = dy * np.array([1.0, 2.0, 3.0])
        return dx

    def slip(dy, x):
        order = np.argsort(x)
        return (dy * np.array([1.0, 2.0, 3.0]))[order]


class OrderStatistics:
    inputs = {"x": np.array([0.5, -1.2, 2.0, 0.9, -0.3, 1.4, 0.1, -2.1]), "w": _some(8)}

    def forward(x, w):
        return np.sum(w * np.exp(np.sort(x)))

    def right(dy, x, w):
        s = np.sort(x)
        dx = np.empty_like(x)
        dx[np.argsort(x)] = dy * w * np.exp(s)
        return dx, dy * np.exp(s)

    def slip(dy, x, w):
        s = np.sort(x)
        return dy * w * np.exp(x), dy * np.exp(s)


class FromTheLargest:
    inputs = {"x": np.array([0.5, -1.2, 2.0, 0.9, -0.3])}

    def forward(x):
        return x[np.argsort(-x)] / np.arange(1, 6)

    def right(dy, x):
        order = np.argsort(-x)
        return (dy / np.arange(1, 6))[np.argsort(order)]

    def slip(dy, x):
        order = np.argsort(x)
        return (dy / np.arange(1, 6))[np.argsort(order)]


class Median:
    inputs = {"x": np.array([0.5, -1.2, 2.0])}

    def forward(x):
        return np.sort(x)[1]

    def right(dy, x):
        dx = np.zeros_like(x)
        dx[np.argsort(x)[1]] = dy
        return dx

    def slip(dy, x):
        dx = np.zeros_like(x)
        dx[np.argsort(x)[0]] = dy
        return dx


class TopTwo:
    inputs = {"x": np.array([0.5, -1.2, 2.0, 0.9])}

    def forward(x):
        return np.partition(x, 2)[2:].sum()

    def right(dy, x):
        threshold = np.sort(x)[2]
        return dy * (x >= threshold)

    def slip(dy, x):
        threshold = np.sort(x)[2]
        return dy * (x > threshold)


class Torque:
    inputs = {"r": _some(3), "f": _some(3)}

    def forward(r, f):
        return np.cross(r, f)

    def right(dt, r, f):
        return np.cross(f, dt), np.cross(dt, r)

    def slip(dt, r, f):
        return np.cross(dt, f), np.cross(dt, r)


class Interpolated:
    inputs = {"a": np.array(0.5), "b": np.array(2.5)}

    def forward(a, b):
        return np.linspace(a, b, 5)

    def right(dy, a, b):
        t = np.linspace(0, 1, 5)
        return np.sum(dy * (1 - t)), np.sum(dy * t)

    def slip(dy, a, b):
        t = np.linspace(0, 1, 5)
        return np.sum(dy * t), np.sum(dy * t)


class OnGrid:
    inputs = {"w": _some(2)}

    def forward(w):
        t = np.linspace(-1, 1, 4)
        return w[0] * t + w[1] * t**2

    def right(dy, w):
        t = np.linspace(-1, 1, 4)
        return np.array([np.sum(dy * t), np.sum(dy * t**2)])

    def slip(dy, w):
        t = np.linspace(-1, 1, 4)
        return np.array([np.sum(dy * t), np.sum(dy * 2 * t)])


class Kronecker:
    inputs = {"A": _some(2, 2), "B": _some(2, 3)}

    def forward(A, B):
        return np.kron(A, B)

    def right(dK, A, B):
        blocks = dK.reshape(A.shape[0], B.shape[0], A.shape[1], B.shape[1])
        return np.einsum("ikjl,kl->ij", blocks, B), np.einsum("ikjl,ij->kl", blocks, A)

    def slip(dK, A, B):
        blocks = dK.reshape(A.shape[0], B.shape[0], A.shape[1], B.shape[1])
        return np.einsum("ikjl,kl->ij", blocks, B), np.einsum("ikjl,ij->kl", blocks, B[:, :2])


class Upsampled:
    inputs = {"x": _some(3)}

    def forward(x):
        return np.kron(x, np.ones(2))

    def right(dy, x):
        return dy.reshape(-1, 2).sum(axis=1)

    def slip(dy, x):
        return dy.reshape(-1, 2).mean(axis=1)


class Contraction:
    inputs = {"x": _some(2, 2, 3), "w": _some(2, 3, 2)}

    def forward(x, w):
        return np.tensordot(x, w, axes=([1, 2], [0, 1]))

    def right(dy, x, w):
        return np.tensordot(dy, w, axes=(1, 2)), np.tensordot(x, dy, axes=(0, 0))

    def slip(dy, x, w):
        return np.tensordot(dy, w, axes=(1, 2)), np.tensordot(x, x.sum() * dy, axes=(0, 0))


class OuterByTensordot:
    inputs = {"u": _some(2), "v": _some(3)}

    def forward(u, v):
        return np.tensordot(u, v, axes=0)

    def right(dM, u, v):
        return np.tensordot(dM, v, axes=1), np.tensordot(u, dM, axes=1)

    def slip(dM, u, v):
        return np.tensordot(dM, v, axes=1), np.tensordot(u, dM, axes=1) * 2


class NegativeAxes:
    inputs = {"x": _some(2, 3), "w": _some(2, 3)}

    def forward(x, w):
        return np.tensordot(x, w, axes=([-1], [-1]))

    def right(dy, x, w):
        return np.tensordot(dy, w, axes=([-1], [0])), np.tensordot(dy, x, axes=([0], [0]))

    def slip(dy, x, w):
        return np.tensordot(dy, w, axes=([-1], [0])), np.tensordot(dy, x, axes=([1], [0]))


class AttentionScores:
    inputs = {"q": _some(2, 2, 2), "k": _some(2, 3, 2)}

    def forward(q, k):
        return np.einsum("bqd,bkd->bqk", q, k) / np.sqrt(2.0)

    def right(ds, q, k):
        ds = ds / np.sqrt(2.0)
        return np.einsum("bqk,bkd->bqd", ds, k), np.einsum("bqk,bqd->bkd", ds, q)

    def slip(ds, q, k):
        return np.einsum("bqk,bkd->bqd", ds, k), np.einsum("bqk,bqd->bkd", ds, q)


class SublistEinsum:
    inputs = {"A": _some(2, 3), "B": _some(3, 2)}

    def forward(A, B):
        return np.einsum(A, [0, 1], B, [1, 2], [0, 2])

    def right(dC, A, B):
        return np.einsum(dC, [0, 2], B, [1, 2]), np.einsum(A, [0, 1], dC, [0, 2], [1, 2])

    def slip(dC, A, B):
        return np.einsum(dC, [0, 2], B, [1, 2]), np.einsum(A, [0, 1], 2 * dC, [0, 2], [1, 2])


class TraceEinsum:
    inputs = {"A": _some(3, 3)}

    def forward(A):
        return np.einsum("ii", A) + np.einsum("ii->i", A)

    def right(dy, A):
        return np.eye(3) * (dy + dy.sum())

    def slip(dy, A):
        return np.eye(3) * dy + dy.sum()


class BilinearForm:
    inputs = {"x": _some(2, 3), "W": _some(3, 3)}

    def forward(x, W):
        return np.einsum("...i,ij,...j->...", x, W, x)

    def right(dy, x, W):
        return dy[:, None] * (x @ (W + W.T)), np.einsum("n,ni,nj->ij", dy, x, x)

    def slip(dy, x, W):
        return dy[:, None] * 2 * (x @ W), np.einsum("n,ni,nj->ij", dy, x, x)


class Inverse:
    inputs = {"A": np.array([[2.0, 0.5], [-0.3, 1.5]])}

    def forward(A):
        return np.linalg.inv(A)

    def right(dY, A):
        Y = np.linalg.inv(A)
        return -Y.T @ dY @ Y.T

    def slip(dY, A):
        Y = np.linalg.inv(A)
        return -Y @ dY @ Y


class Solve:
    inputs = {"A": np.array([[2.0, 0.5], [-0.3, 1.5]]), "b": np.array([1.0, -0.4])}

    def forward(A, b):
        return np.linalg.solve(A, b)

    def right(dx, A, b):
        x = np.linalg.solve(A, b)
        db = np.linalg.solve(A.T, dx)
        return -np.outer(db, x), db

    def slip(dx, A, b):
        x = np.linalg.solve(A, b)
        db = np.linalg.solve(A, dx)
        return -np.outer(db, x), db


class SolveMany:
    inputs = {"A": np.array([[2.0, 0.5], [-0.3, 1.5]]), "B": _some(2, 3)}

    def forward(A, B):
        X = np.linalg.solve(A, B)
        return X, (A, X)

    def right(dX, cache):
        A, X = cache
        dB = np.linalg.solve(A.T, dX)
        return -dB @ X.T, dB

    def slip(dX, cache):
        A, X = cache
        dB = np.linalg.solve(A.T, dX)
        return dB @ X.T, dB


class Determinant:
    inputs = {"A": np.array([[2.0, 0.5, 0.1], [-0.3, 1.5, 0.4], [0.2, -0.1, 1.2]])}

    def forward(A):
        return np.linalg.det(A)

    def right(dy, A):
        return dy * np.linalg.det(A) * np.linalg.inv(A).T

    def slip(dy, A):
        return dy * np.linalg.det(A) * np.linalg.inv(A)


class LogDeterminant:
    inputs = {"A": np.array([[2.0, 0.5], [0.5, 1.5]])}

    def forward(A):
        _, logdet = np.linalg.slogdet(A)
        return logdet

    def right(dy, A):
        return dy * np.linalg.inv(A).T

    def slip(dy, A):
        return dy * np.linalg.det(A) * np.linalg.inv(A).T


class GeluOfErf:
    inputs = {"x": _some(4)}

    def forward(x):
        return 0.5 * x * (1 + erf(x / np.sqrt(2)))

    def right(dy, x):
        pdf = np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi)
        return dy * (0.5 * (1 + erf(x / np.sqrt(2))) + x * pdf)

    def slip(dy, x):
        pdf = np.exp(-0.5 * x**2) / np.sqrt(np.pi)
        return dy * (0.5 * (1 + erf(x / np.sqrt(2))) + x * pdf)


class NormalCdf:
    inputs = {"x": _some(4)}

    def forward(x):
        return special.ndtr(x)

    def right(dy, x):
        return dy * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)

    def slip(dy, x):
        return dy * np.exp(-(x**2)) / np.sqrt(2 * np.pi)


class LogisticLoss:
    inputs = {"w": _some(3), "X": _some(4, 3)}

    def forward(w, X):
        return -np.log(expit(X @ w)).sum()

    def right(dy, w, X):
        g = dy * (expit(X @ w) - 1)
        return X.T @ g, np.outer(g, w)

    def slip(dy, w, X):
        g = dy * expit(X @ w) * (1 - expit(X @ w))
        return X.T @ g, np.outer(g, w)


class LogExpit:
    inputs = {"z": _some(4)}

    def forward(z):
        return special.log_expit(z)

    def right(dy, z):
        return dy * expit(-z)

    def slip(dy, z):
        return dy * expit(z)


class Logit:
    inputs = {"p": _some(3, low=0.1, high=0.9)}

    def forward(p):
        return special.logit(p)

    def right(dy, p):
        return dy / (p * (1 - p))

    def slip(dy, p):
        return dy * p * (1 - p)


class LogSumExp:
    inputs = {"x": _some(2, 3)}

    def forward(x):
        return logsumexp(x, axis=1)

    def right(dy, x):
        return dy[:, None] * softmax(x, axis=1)

    def slip(dy, x):
        return dy[:, None] * softmax(x, axis=0)


class LogSumExpKept:
    inputs = {"x": _some(2, 3)}

    def forward(x):
        return x - logsumexp(x, axis=-1, keepdims=True)

    def right(dy, x):
        return dy - softmax(x, axis=-1) * dy.sum(axis=-1, keepdims=True)

    def slip(dy, x):
        return dy - softmax(x, axis=-1) * dy


class Softmax:
    inputs = {"x": _some(2, 3)}

    def forward(x):
        p = softmax(x, axis=1)
        return p, p

    def right(dp, p):
        return p * (dp - (dp * p).sum(axis=1, keepdims=True))

    def slip(dp, p):
        return p * (1 - p) * dp


class LogSoftmax:
    inputs = {"x": _some(2, 3)}

    def forward(x):
        return log_softmax(x, axis=-1)

    def right(dy, x):
        return dy - np.exp(log_softmax(x, axis=-1)) * np.sum(dy, axis=-1, keepdims=True)

    def slip(dy, x):
        return dy - log_softmax(x, axis=-1) * np.sum(dy, axis=-1, keepdims=True)


class Entropy:
    inputs = {"p": _some(4, low=0.1, high=0.9)}

    def forward(p):
        return -xlogy(p, p).sum()

    def right(dy, p):
        return -dy * (np.log(p) + 1)

    def slip(dy, p):
        return -dy * np.log(p)


class CrossEntropy:
    inputs = {"t": _some(4, low=0.1, high=0.9), "p": _some(4, low=0.1, high=0.9)}

    def forward(t, p):
        return -np.sum(xlogy(t, p) + special.xlog1py(1 - t, -p))

    def right(dy, t, p):
        return -dy * (np.log(p) - np.log1p(-p)), -dy * (t / p - (1 - t) / (1 - p))

    def slip(dy, t, p):
        return -dy * (np.log(p) - np.log1p(-p)), -dy * (t / p + (1 - t) / (1 - p))


class RelativeEntropy:
    inputs = {"p": _some(3, low=0.1, high=0.9), "q": _some(3, low=0.1, high=0.9)}

    def forward(p, q):
        return special.rel_entr(p, q).sum()

    def right(dy, p, q):
        return dy * (np.log(p / q) + 1), -dy * p / q

    def slip(dy, p, q):
        return dy * np.log(p / q), -dy * p / q


class PoissonLoss:
    inputs = {"k": _some(3, low=0.5, high=4), "mu": _some(3, low=0.5, high=3)}

    def forward(k, mu):
        return np.sum(mu - k * np.log(mu) + gammaln(k + 1))

    def right(dy, k, mu):
        return dy * (digamma(k + 1) - np.log(mu)), dy * (1 - k / mu)

    def slip(dy, k, mu):
        return dy * (digamma(k) - np.log(mu)), dy * (1 - k / mu)


class BetaLoss:
    inputs = {"a": _some(2, low=0.5, high=4), "b": _some(2, low=0.5, high=4)}

    def forward(a, b):
        return special.betaln(a, b)

    def right(dy, a, b):
        both = special.psi(a + b)
        return dy * (special.psi(a) - both), dy * (special.psi(b) - both)

    def slip(dy, a, b):
        return dy * special.psi(a), dy * special.psi(b)


class Trigamma:
    inputs = {"x": _some(3, low=0.5, high=4)}

    def forward(x):
        return digamma(x)

    def right(dy, x):
        return dy * special.polygamma(1, x)

    def slip(dy, x):
        return dy * special.polygamma(2, x)


class GammaItself:
    inputs = {"x": _some(3, low=0.5, high=4)}

    def forward(x):
        return special.gamma(x)

    def right(dy, x):
        return dy * special.gamma(x) * digamma(x)

    def slip(dy, x):
        return dy * digamma(x)


class StridedWindows:
    inputs = {"x": _some(5), "w": _some(3)}

    def forward(x, w):
        s = x.strides[0]
        windows = as_strided(x, shape=(3, 3), strides=(s, s))
        return windows @ w

    def right(dy, x, w):
        s = x.strides[0]
        windows = as_strided(x, shape=(3, 3), strides=(s, s))
        dx = np.zeros_like(x)
        for k in range(3):
            dx[k : k + 3] += dy[k] * w
        return dx, windows.T @ dy

    def slip(dy, x, w):
        s = x.strides[0]
        windows = as_strided(x, shape=(3, 3), strides=(s, s))
        dx = np.zeros_like(x)
        for k in range(3):
            dx[k : k + 3] = dy[k] * w
        return dx, windows.T @ dy


class Im2colStrides:
    inputs = {"x": _some(3, 3), "w": _some(2, 2)}

    def forward(x, w):
        h = x.shape[0] - 1
        view = np.lib.stride_tricks.as_strided(x, (h, h, 2, 2), x.strides * 2)
        return np.einsum("ijkl,kl->ij", view, w)

    def right(dy, x, w):
        view = np.lib.stride_tricks.as_strided(x, (2, 2, 2, 2), x.strides * 2)
        dx = np.zeros_like(x)
        for i in range(2):
            for j in range(2):
                dx[i : i + 2, j : j + 2] += dy[i, j] * w
        return dx, np.einsum("ijkl,ij->kl", view, dy)

    def slip(dy, x, w):
        view = np.lib.stride_tricks.as_strided(x, (2, 2, 2, 2), x.strides * 2)
        dx = np.zeros_like(x)
        for i in range(2):
            for j in range(2):
                dx[i : i + 2, j : j + 2] += dy[i, j] * w[::-1, ::-1]
        return dx, np.einsum("ijkl,ij->kl", view, dy)


class SlidingWindows:
    inputs = {"x": _some(6), "w": _some(3)}

    def forward(x, w):
        return sliding_window_view(x, 3) @ w

    def right(dy, x, w):
        return np.convolve(dy, w, mode="full"), sliding_window_view(x, 3).T @ dy

    def slip(dy, x, w):
        return np.convolve(dy, w[::-1], mode="full"), sliding_window_view(x, 3).T @ dy


class SlidingImage:
    inputs = {"x": _some(3, 4), "w": _some(2, 2)}

    def forward(x, w):
        return np.einsum("ijkl,kl->ij", sliding_window_view(x, w.shape), w)

    def right(dy, x, w):
        dw = np.tensordot(dy, sliding_window_view(x, w.shape), axes=([0, 1], [0, 1]))
        padded = np.pad(dy, 1)
        dx = np.einsum("ijkl,kl->ij", sliding_window_view(padded, w.shape), w[::-1, ::-1])
        return dx, dw

    def slip(dy, x, w):
        dw = np.tensordot(dy, sliding_window_view(x, w.shape), axes=([0, 1], [0, 1]))
        padded = np.pad(dy, 1)
        dx = np.einsum("ijkl,kl->ij", sliding_window_view(padded, w.shape), w)
        return dx, dw


class PowerOfTwoArrays:
    inputs = {"a": _some(3, low=0.5, high=2), "b": _some(3)}
    positive = ("a",)

    def forward(a, b):
        return a**b

    def right(dy, a, b):
        return dy * b * a ** (b - 1), dy * a**b * np.log(a)

    def slip(dy, a, b):
        return dy * b * a ** (b - 1), dy * a**b * np.log(b**2)


class PowerWithoutSign:
    inputs = {"a": _some(3, low=0.5, high=2), "b": _some(3)}

    def forward(a, b):
        return np.power(a, b)

    def right(dy, a, b):
        y = np.power(a, b)
        return dy * b * y / a, dy * y * np.log(a)

    def slip(dy, a, b):
        y = np.power(a, b)
        return dy * b * y, dy * y * np.log(a)


class FixedBase:
    inputs = {"x": _some(3)}

    def forward(x):
        return 10.0**x + np.exp2(x)

    def right(dy, x):
        return dy * (10.0**x * np.log(10.0) + np.exp2(x) * np.log(2.0))

    def slip(dy, x):
        return dy * (10.0**x * np.log(10.0) + np.exp2(x))


class MaxOfTwelve:
    inputs = {"x": np.round(np.linspace(-1, 2, 12) * np.array([1, -1] * 6), 2)}

    def forward(x):
        return np.max(x)

    def right(dy, x):
        dx = np.zeros_like(x)
        dx[np.argmax(x)] = dy
        return dx

    def slip(dy, x):
        dx = np.zeros_like(x)
        dx[np.argmin(x)] = dy
        return dx


class StableSoftmaxOfTwelve:
    inputs = {"x": _some(12)}

    def forward(x):
        e = np.exp(x - np.max(x))
        p = e / e.sum()
        return p, p

    def right(dp, p):
        return p * (dp - np.dot(dp, p))

    def slip(dp, p):
        return p * (dp - np.sum(dp))


class MaxPoolOfRows:
    inputs = {"x": _some(2, 8)}

    def forward(x):
        return x.max(axis=1)

    def right(dy, x):
        return dy[:, None] * (x == x.max(axis=1, keepdims=True))

    def slip(dy, x):
        return dy[:, None] * (x > x.min(axis=1, keepdims=True))


class LogMeanExp:
    inputs = {"x": _some(10)}

    def forward(x):
        c = x.max()
        return c + np.log(np.mean(np.exp(x - c)))

    def right(dy, x):
        e = np.exp(x - x.max())
        return dy * e / e.sum()

    def slip(dy, x):
        e = np.exp(x - x.max())
        return dy * e / e.mean()


CASES = {name: case for name, case in list(vars().items())
         if isinstance(case, type) and hasattr(case, "slip")}  # fmt: skip

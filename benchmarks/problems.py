"""The functions under check: written once, for NumPy, PyTorch and JAX arrays alike.

``xp`` is the library's namespace. Each backward takes a slip to plant; its forward is always right.
All of them recompute what they need from the inputs, as every checker can give them those.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

EPS = 1e-5
SLOPE = 0.1  # of leaky ReLU
PIECES = 3  # of maxout
Arrays = tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Slip:
    """What is wrong with dx: nothing, a relative error ``size`` in one term, or one of SLIPS."""

    kind: str = ""
    size: float = 0.0
    at: tuple[int, int] = (0, 0)


RIGHT = Slip()
SLIPS = ("no x_hat term", "no gamma", "N/(N-1)", "one element off by 1e-3")


NO_ROW = "no row sum in the softmax"  # of attention


def term_off(size: float) -> Slip:
    """A relative error of ``size`` in one term of dx."""
    return Slip("term", size)


@dataclass(frozen=True)
class Problem:
    """A forward, a backward with a slip, and how to draw their inputs."""

    name: str
    forward_of: Callable[..., Any]
    backward_of: Callable[..., tuple[Any, ...]]
    draw: Callable[[int, int, int], Arrays]
    names: tuple[str, ...] = ("x",)
    elementwise: bool = False
    slip: Slip = RIGHT
    # The forward at many x at once, which lie along further axes at the end; None: one by one.
    many_of: Callable[..., Any] | None = None

    def forward(self, xp: Any, *arrays: Any) -> Any:
        """y."""
        return self.forward_of(xp, *arrays)

    def backward(self, xp: Any, dy: Any, *arrays: Any) -> tuple[Any, ...]:
        """The gradient of every input, with the slip in dx."""
        off = 1 + self.slip.size if self.slip.kind == "term" else 1.0
        dx, *others = self.backward_of(xp, self.slip, off, dy, *arrays)
        if self.slip.kind == SLIPS[3]:
            factor = np.ones(tuple(dx.shape))
            factor[self.slip.at] += 1e-3
            dx = dx * xp.asarray(factor)
        return (dx, *others)

    def slipped(self, slip: Slip) -> Problem:
        """The same with another slip."""
        return replace(self, slip=slip)


def _draw_x(n: int, d: int, seed: int) -> Arrays:
    return (np.random.default_rng(seed).normal(size=(n, d)),)


def _draw_batch_norm(n: int, d: int, seed: int) -> Arrays:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), rng.normal(1.0, 0.5, d), rng.normal(size=d)


def _draw_maxout(n: int, d: int, seed: int) -> Arrays:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), rng.normal(size=(PIECES, d, d)), rng.normal(size=(PIECES, d))


def _batch_norm(xp: Any, x: Any, gamma: Any, beta: Any) -> Any:
    mu = x.mean(0)
    var = ((x - mu) ** 2).mean(0)
    return gamma * (x - mu) / (var + EPS) ** 0.5 + beta


def _batch_norm_backward(
    xp: Any, slip: Slip, off: float, dy: Any, x: Any, gamma: Any, beta: Any
) -> tuple[Any, ...]:
    m = x.shape[0]
    x_minus_mu = x - x.mean(0)
    std = ((x_minus_mu**2).mean(0) + EPS) ** 0.5
    x_hat = x_minus_mu / std
    dgamma, dbeta = (dy * x_hat).sum(0), dy.sum(0)
    last = 0 if slip.kind == "no x_hat term" else x_hat * (dgamma / m * off)
    dx = (dy - dbeta / m - last) * ((1 if slip.kind == "no gamma" else gamma) / std)
    return (dx * (m / (m - 1)) if slip.kind == "N/(N-1)" else dx), dgamma, dbeta


def _many_batch_norms(xp: Any, x: Any, gamma: Any, beta: Any) -> Any:
    wide = (-1, *(1,) * (x.ndim - 2))
    return _batch_norm(xp, x, gamma.reshape(wide), beta.reshape(wide))


def _draw_attention(tokens: int, width: int, seed: int, gain: float = 1.0) -> Arrays:
    rng = np.random.default_rng(seed)
    weights = (gain * rng.normal(size=(width, width)) / np.sqrt(width) for _ in range(3))
    return rng.normal(size=(tokens, width)), *weights


def _draw_sharp_attention(tokens: int, width: int, seed: int) -> Arrays:
    return _draw_attention(tokens, width, seed, gain=4.0)


def _attention(xp: Any, x: Any, wq: Any, wk: Any, wv: Any) -> Any:
    scores = (x @ wq) @ (x @ wk).T / x.shape[1] ** 0.5
    return _softmax(xp, scores) @ (x @ wv)


def _attention_backward(
    xp: Any, slip: Slip, off: float, dy: Any, x: Any, wq: Any, wk: Any, wv: Any
) -> tuple[Any, ...]:
    q, k, v = x @ wq, x @ wk, x @ wv
    a = _softmax(xp, q @ k.T / x.shape[1] ** 0.5)
    da = dy @ v.T
    row = (da * a).sum(-1)[..., None]
    ds = a * (da - (0 if slip.kind == NO_ROW else row * off)) / x.shape[1] ** 0.5
    dq, dk, dv = ds @ k, ds.T @ q, a.T @ dy
    return dq @ wq.T + dk @ wk.T + dv @ wv.T, x.T @ dq, x.T @ dk, x.T @ dv


def _sigmoid(xp: Any, x: Any) -> Any:
    return 1 / (1 + xp.exp(-x))


def _sigmoid_backward(xp: Any, slip: Slip, off: float, dy: Any, x: Any) -> tuple[Any, ...]:
    y = _sigmoid(xp, x)
    return (dy * (y - y * y * off),)


def _tanh(xp: Any, x: Any) -> Any:
    return xp.tanh(x)


def _tanh_backward(xp: Any, slip: Slip, off: float, dy: Any, x: Any) -> tuple[Any, ...]:
    y = xp.tanh(x)
    return (dy * (1 - y * y * off),)


def _relu(xp: Any, x: Any) -> Any:
    return xp.where(x > 0, x, 0 * x)


def _relu_backward(xp: Any, slip: Slip, off: float, dy: Any, x: Any) -> tuple[Any, ...]:
    return (xp.where(x > 0, dy * off, 0 * dy),)


def _leaky_relu(xp: Any, x: Any) -> Any:
    return xp.where(x > 0, x, SLOPE * x)


def _leaky_relu_backward(xp: Any, slip: Slip, off: float, dy: Any, x: Any) -> tuple[Any, ...]:
    return (xp.where(x > 0, dy, SLOPE * off * dy),)


def _elu(xp: Any, x: Any) -> Any:
    return xp.where(x > 0, x, xp.exp(x) - 1)


def _elu_backward(xp: Any, slip: Slip, off: float, dy: Any, x: Any) -> tuple[Any, ...]:
    return (xp.where(x > 0, dy, off * dy * xp.exp(x)),)


def _pieces(xp: Any, x: Any, w: Any, b: Any) -> Any:
    return xp.stack([x @ w[k] + b[k] for k in range(PIECES)])


def _maxout(xp: Any, x: Any, w: Any, b: Any) -> Any:
    return xp.amax(_pieces(xp, x, w, b), 0)


def _maxout_backward(
    xp: Any, slip: Slip, off: float, dy: Any, x: Any, w: Any, b: Any
) -> tuple[Any, ...]:
    pieces = _pieces(xp, x, w, b)
    dz = (pieces == xp.amax(pieces, 0)) * dy
    dx = dz[0] @ w[0].T * off + sum(dz[k] @ w[k].T for k in range(1, PIECES))
    return dx, xp.stack([x.T @ dz[k] for k in range(PIECES)]), dz.sum(1)


def _softmax(xp: Any, x: Any) -> Any:
    e = xp.exp(x - xp.amax(x, -1)[..., None])
    return e / e.sum(-1)[..., None]


def _softmax_backward(xp: Any, slip: Slip, off: float, dy: Any, x: Any) -> tuple[Any, ...]:
    y = _softmax(xp, x)
    return (y * dy - y * ((dy * y).sum(-1)[..., None] * off),)


BATCH_NORM = Problem(
    "batch norm", _batch_norm, _batch_norm_backward, _draw_batch_norm, ("x", "gamma", "beta"),
    many_of=_many_batch_norms,
)  # fmt: skip
ATTENTION = Problem(
    "attention", _attention, _attention_backward, _draw_attention, ("x", "W_q", "W_k", "W_v")
)
# Weights as a trained network has them: the largest score takes nearly all of a row.
SHARP_ATTENTION = replace(ATTENTION, name="sharp attention", draw=_draw_sharp_attention)
SIGMOID = Problem("sigmoid", _sigmoid, _sigmoid_backward, _draw_x, elementwise=True)
TANH = Problem("tanh", _tanh, _tanh_backward, _draw_x, elementwise=True)
RELU = Problem("ReLU", _relu, _relu_backward, _draw_x, elementwise=True)
LEAKY_RELU = Problem("leaky ReLU", _leaky_relu, _leaky_relu_backward, _draw_x, elementwise=True)
ELU = Problem("ELU", _elu, _elu_backward, _draw_x, elementwise=True)
MAXOUT = Problem("maxout", _maxout, _maxout_backward, _draw_maxout, ("x", "W", "b"))
SOFTMAX = Problem("softmax", _softmax, _softmax_backward, _draw_x)
ACTIVATIONS = (SIGMOID, TANH, RELU, LEAKY_RELU, ELU, MAXOUT, SOFTMAX)

__all__ = [
    "ACTIVATIONS", "ATTENTION", "BATCH_NORM", "ELU", "LEAKY_RELU", "MAXOUT", "NO_ROW", "RELU",
    "RIGHT", "SHARP_ATTENTION", "SIGMOID", "SLIPS", "SOFTMAX", "TANH", "Arrays", "Problem", "Slip",
    "term_off",
]  # fmt: skip

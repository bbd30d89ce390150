"""Layers that people write, each with its backward and one that is wrong in a way they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]
Draw = Callable[[np.random.Generator], tuple[Array, ...]]


class Layer(NamedTuple):
    """forward, backward, a wrong backward, and how to draw the inputs."""

    forward: Callable[..., Any]
    backward: Callable[..., Any]
    wrong: Callable[..., Any]
    draw: Draw


def layer_norm(x: Array, gamma: Array, beta: Array) -> tuple[Array, Any]:
    std = np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)
    x_hat = (x - x.mean(axis=-1, keepdims=True)) / std
    return gamma * x_hat + beta, (x_hat, std, gamma)


def layer_norm_backward(dy: Array, cache: Any, whole: bool = True) -> tuple[Array, ...]:
    x_hat, std, gamma = cache
    d = dy * gamma
    last = x_hat * (d * x_hat).mean(axis=-1, keepdims=True) if whole else 0
    dx = (d - d.mean(axis=-1, keepdims=True) - last) / std
    return dx, (dy * x_hat).sum(axis=0), dy.sum(axis=0)


def rms_norm(x: Array) -> tuple[Array, Any]:
    size = np.sqrt((x**2).mean(axis=-1, keepdims=True) + 1e-6)
    return x / size, (x, size)


def rms_norm_backward(dy: Array, cache: Any, whole: bool = True) -> Array:
    x, size = cache
    return np.asarray(dy / size - whole * x * (dy * x).mean(axis=-1, keepdims=True) / size**3)


def softmax_rows(scores: Array) -> Array:
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


def attention(q: Array, k: Array, v: Array) -> tuple[Array, Any]:
    p = softmax_rows(q @ k.T / np.sqrt(q.shape[1]))
    return p @ v, (q, k, v, p)


def attention_backward(dy: Array, cache: Any, scaled: bool = True) -> tuple[Array, ...]:
    q, k, v, p = cache
    dp = dy @ v.T
    scores = p * (dp - (dp * p).sum(axis=1, keepdims=True)) / np.sqrt(q.shape[1] if scaled else 1)
    return scores @ k, scores.T @ q, p.T @ dy


def convolution(x: Array, w: Array) -> tuple[Array, Any]:
    windows = np.lib.stride_tricks.sliding_window_view(x, len(w))
    return windows @ w, (windows, w)


def convolution_backward(dy: Array, cache: Any, flipped: bool = True) -> tuple[Array, Array]:
    windows, w = cache
    dx = np.convolve(dy, w) if flipped else np.convolve(dy, w[::-1])
    return dx, windows.T @ dy


def max_pool(x: Array) -> tuple[Array, Array]:
    return x.reshape(-1, 2).max(axis=1), x


def max_pool_backward(dy: Array, x: Array, factor: float = 1.0) -> Array:
    winner = np.argmax(x.reshape(-1, 2), axis=1)[:, None] == np.arange(2)
    return np.asarray((factor * winner * dy[:, None]).reshape(x.shape))


def hinge(s: Array, t: Array) -> tuple[Any, Any]:
    rows = np.arange(len(t))
    margins = np.maximum(0, s - s[rows, t][:, None] + 1)
    margins[rows, t] = 0
    return margins.sum() / len(t), (margins, t)


def hinge_backward(dy: Array, cache: Any, counted: bool = True) -> Array:
    margins, t = cache
    ds = (margins > 0).astype(margins.dtype)
    ds[np.arange(len(t)), t] = -ds.sum(axis=1) if counted else -1
    return np.asarray(dy * ds / len(t))


def embedding(w: Array, t: Array) -> tuple[Array, Any]:
    return w[t], (w, t)


def embedding_backward(dy: Array, cache: Any, added: bool = True) -> Array:
    w, t = cache
    dw = np.zeros_like(w)
    if added:
        np.add.at(dw, t, dy)
    else:
        dw[t] = dy  # the last of repeated indices wins
    return dw


def gelu(x: Array) -> tuple[Array, Array]:
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))), x


def gelu_backward(dy: Array, x: Array, power: float = 3.0) -> Array:
    root = np.sqrt(2 / np.pi)
    t = np.tanh(root * (x + 0.044715 * x**3))
    inner = root * (1 + power * 0.044715 * x**2)
    return np.asarray(dy * 0.5 * (1 + t + x * (1 - t * t) * inner))


def log_sum_exp(x: Array) -> tuple[Array, Array]:
    most = x.max(axis=1)
    return most + np.log(np.exp(x - most[:, None]).sum(axis=1)), x


def log_sum_exp_backward(dy: Array, x: Array) -> Array:
    return dy[:, None] * softmax_rows(x)


def huber(x: Array) -> tuple[Array, Array]:
    return np.where(np.abs(x) < 1, 0.5 * x * x, np.abs(x) - 0.5), x


LAYERS: dict[str, Layer] = {
    "layer norm": Layer(
        layer_norm, layer_norm_backward, lambda dy, c: layer_norm_backward(dy, c, whole=False),
        lambda rng: (rng.normal(size=(6, 5)), rng.normal(size=5), rng.normal(size=5)),
    ),
    "RMS norm": Layer(
        rms_norm, rms_norm_backward, lambda dy, c: rms_norm_backward(dy, c, whole=False),
        lambda rng: (rng.normal(size=(6, 5)),),
    ),
    "attention": Layer(
        attention, attention_backward, lambda dy, c: attention_backward(dy, c, scaled=False),
        lambda rng: (rng.normal(size=(4, 3)), rng.normal(size=(5, 3)), rng.normal(size=(5, 2))),
    ),
    "convolution": Layer(
        convolution, convolution_backward, lambda dy, c: convolution_backward(dy, c, flipped=False),
        lambda rng: (rng.normal(size=20), rng.normal(size=3)),
    ),
    "max pool": Layer(
        max_pool, max_pool_backward, lambda dy, x: max_pool_backward(dy, x, 1.0001),
        lambda rng: (rng.normal(size=40),),
    ),
    "max pool of ReLU, with ties": Layer(
        max_pool, max_pool_backward, lambda dy, x: max_pool_backward(dy, x, 2.0),
        lambda rng: (np.maximum(rng.normal(size=40), 0),),
    ),
    "hinge loss": Layer(
        hinge, hinge_backward, lambda dy, c: hinge_backward(dy, c, counted=False),
        lambda rng: (rng.normal(size=(6, 4)), rng.integers(0, 4, 6)),
    ),
    "embedding": Layer(
        embedding, embedding_backward, lambda dy, c: embedding_backward(dy, c, added=False),
        lambda rng: (rng.normal(size=(5, 3)), rng.integers(0, 5, 12)),
    ),
    "GELU": Layer(
        gelu, gelu_backward, lambda dy, x: gelu_backward(dy, x, 2.0),
        lambda rng: (rng.normal(size=(4, 7)),),
    ),
    "log-sum-exp": Layer(
        log_sum_exp, log_sum_exp_backward, lambda dy, x: log_sum_exp_backward(dy, x) * 1.0001,
        lambda rng: (5 * rng.normal(size=(4, 7)),),
    ),
    "Huber loss": Layer(
        huber, lambda dy, x: dy * np.clip(x, -1, 1), lambda dy, x: dy * x,
        lambda rng: (2 * rng.normal(size=30),),
    ),
    "L1 norm": Layer(
        lambda x: (np.abs(x).sum(), x), lambda dy, x: dy * np.sign(x),
        lambda dy, x: dy * np.sign(x) / x.size, lambda rng: (rng.normal(size=30),),
    ),
    "inverse": Layer(
        lambda a: (np.linalg.inv(a),) * 2, lambda dy, y: -y.T @ dy @ y.T,
        lambda dy, y: -y @ dy @ y, lambda rng: (rng.normal(size=(4, 4)),),
    ),
    "determinant": Layer(
        lambda a: (np.linalg.det(a), a), lambda dy, a: dy * np.linalg.det(a) * np.linalg.inv(a).T,
        lambda dy, a: dy * np.linalg.det(a) * np.linalg.inv(a),
        lambda rng: (rng.normal(size=(4, 4)),),
    ),
}  # fmt: skip

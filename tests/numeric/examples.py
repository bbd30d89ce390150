"""Small functions with right and wrong backwards, shared by the tests of the numeric check."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradproof import check_gradient
from gradproof.verdicts import Status

Array = np.ndarray[Any, Any]
Function = Callable[[Array], Array]


class Counted:
    """A function that counts its calls."""

    def __init__(self, function: Any) -> None:
        self.function, self.calls = function, 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        return self.function(*args, **kwargs)


def batch_norm(x: Array, gamma: Array, beta: Array) -> tuple[Array, Any]:
    x_minus_mu = x - x.mean(axis=0)
    std = np.sqrt((x_minus_mu**2).mean(axis=0) + 1e-5)
    x_hat = x_minus_mu / std
    return gamma * x_hat + beta, (x_hat, gamma, std)


def batch_norm_backward(dy: Array, cache: Any, slip: str = "") -> tuple[Array, Array, Array]:
    x_hat, gamma, std = cache
    m = len(x_hat)
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    x_hat_term = 0 if slip == "without x_hat" else x_hat * dgamma
    mean_term = 0 if slip == "without mean" else dbeta
    dx = (1 if slip == "without gamma" else gamma) / std / m * (m * dy - mean_term - x_hat_term)
    if slip == "N/(N-1)":
        dx = dx * m / (m - 1)
    if slip == "one element":
        dx[1, 1] *= 1 + 1e-3
    return dx, dgamma, dbeta


def batch_norm_inputs(n: int, d: int, seed: int = 0) -> tuple[Array, Array, Array]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), rng.normal(size=d), rng.normal(size=d)


NAMES = ("x", "gamma", "beta")


def relu(x: Array) -> tuple[Array, Array]:
    return np.maximum(x, 0), x


def relu_backward(dy: Array, x: Array) -> Array:
    return np.asarray(dy * (x > 0))


def tanh(x: Array) -> tuple[Array, Array]:
    y = np.tanh(x)
    return y, y


def tanh_backward(dy: Array, y: Array) -> Array:
    return np.asarray(dy * (1 - y) * (1 + y))


def softmax(x: Array) -> tuple[Array, Array]:
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    return p, p


def softmax_backward(dy: Array, p: Array) -> Array:
    return np.asarray(p * (dy - (dy * p).sum(axis=-1, keepdims=True)))


def elementwise(f: Function, slope: Function) -> tuple[Any, Any]:
    """Forward and backward of an elementwise function."""
    return lambda x: (f(x), x), lambda dy, x: dy * slope(x)


def holds(f: Function, slope: Function, x: Any, **options: Any) -> bool:
    """Whether the slope of an elementwise function passes the check at x."""
    return check_gradient(*elementwise(f, slope), np.asarray(x), **options).holds


def refuted(f: Function, slope: Function, x: Any, **options: Any) -> bool:
    """Whether it is refuted there, which is more than not to pass."""
    verdict = check_gradient(*elementwise(f, slope), np.asarray(x), **options)
    return verdict.status is Status.REFUTED


def normal(*shape: int, seed: int = 0) -> Array:
    """Standard normal numbers."""
    return np.random.default_rng(seed).normal(size=shape)


def zero(x: Array) -> Array:
    return np.zeros_like(x)


def tanh_slope(x: Array) -> Array:
    return np.asarray(1 / np.cosh(x) ** 2)

"""Activations, layers and losses in the forms that textbooks and courses print."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import erf

from benchmarks.strangers.draws import Draw
from benchmarks.strangers.kinds import Array, Drawn, Kind
from benchmarks.strangers.special import exact_erf

LARGE = 200_000


def one(draw: Draw) -> Drawn:
    """x of any shape."""
    return (draw.real(draw.shape()),), {}


def rows(draw: Draw) -> Drawn:
    """x of shape (N, D)."""
    return (draw.real(draw.shape(2)),), {}


def elementwise(
    name: str,
    f: Callable[[Any], Any],
    df: Callable[[Any], Any],
    kinks: tuple[float, ...] = (0.0,),
    draw: Callable[[Draw], Drawn] = one,
    exact: Callable[..., Any] | None = None,
) -> Kind:
    """y = f(x), dx = dy f'(x)."""
    return Kind(
        name, draw, f, lambda dy, x: (dy * df(x),), exact, kinks=kinks, most=LARGE, narrow=True,
        jvp=lambda inputs, tangents: tangents[0] * df(inputs[0]),
    )  # fmt: skip


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _of_output(f: Callable[[Any], Any], slope: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: slope(f(x))


def _elu(x: Any) -> Any:
    return np.where(x > 0, x, np.exp(np.where(x > 0, 0 * x, x)) - 1)


_ROOT = float(np.sqrt(2 / np.pi))


def _gelu(erf_of: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: 0.5 * x * (1 + erf_of(x / 2**0.5))


def _gelu_slope(x: Any) -> Any:
    return 0.5 * (1 + erf(x / 2**0.5)) + x * np.exp(-x * x / 2) / (2 * np.pi) ** 0.5


def _tanh_of(x: Any) -> Any:
    return np.tanh(_ROOT * (x + 0.044715 * x**3))


def _gelu_tanh_slope(x: Any) -> Any:
    t = _tanh_of(x)
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * _ROOT * (1 + 3 * 0.044715 * x * x)


def _softplus(x: Any) -> Any:
    return np.log(1 + np.exp(x))


def _mish_slope(x: Any) -> Any:
    t = np.tanh(_softplus(x))
    return t + x * (1 - t * t) * _sigmoid(x)


ACTIVATIONS = (
    elementwise("sigmoid", _sigmoid, _of_output(_sigmoid, lambda y: y * (1 - y))),
    elementwise("tanh", np.tanh, _of_output(np.tanh, lambda y: 1 - y * y)),
    elementwise("ReLU", lambda x: np.maximum(x, 0), lambda x: x > 0),
    elementwise(
        "leaky ReLU", lambda x: np.where(x > 0, x, 0.1 * x), lambda x: np.where(x > 0, 1, 0.1)
    ),
    elementwise("ELU", _elu, lambda x: np.where(x > 0, 1, np.exp(np.minimum(x, 0)))),
    elementwise(
        "SELU", lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * _elu(x)),
        lambda x: 1.0507009873554805
        * np.where(x > 0, 1, 1.6732632423543772 * np.exp(np.minimum(x, 0))),
    ),
    elementwise("softplus", _softplus, _sigmoid),
    elementwise("GELU (erf)", _gelu(erf), _gelu_slope, exact=_gelu(exact_erf)),
    elementwise("GELU (tanh)", lambda x: 0.5 * x * (1 + _tanh_of(x)), _gelu_tanh_slope),
    elementwise(
        "SiLU", lambda x: x * _sigmoid(x),
        lambda x: _sigmoid(x) + x * _sigmoid(x) * (1 - _sigmoid(x)),
    ),
    elementwise("Mish", lambda x: x * np.tanh(_softplus(x)), _mish_slope),
    elementwise("softsign", lambda x: x / (1 + np.abs(x)), lambda x: 1 / (1 + np.abs(x)) ** 2),
    elementwise(
        "hard sigmoid", lambda x: np.minimum(np.maximum(0.2 * x + 0.5, 0), 1),
        lambda x: np.where((x > -2.5) & (x < 2.5), 0.2, 0.0), (-2.5, 2.5),
    ),
    elementwise("ReLU6", lambda x: np.minimum(np.maximum(x, 0), 6),
                lambda x: ((x > 0) & (x < 6)) * 1.0, (0.0, 6.0)),
    elementwise("log sigmoid", lambda x: -np.log(1 + np.exp(-x)), lambda x: 1 - _sigmoid(x)),
    elementwise("x * x", lambda x: x * x, lambda x: 2 * x),
    elementwise("x ** 3", lambda x: x**3, lambda x: 3 * x**2),
    elementwise("sqrt(1 + x*x) - 1", lambda x: np.sqrt(1 + x * x) - 1,
                lambda x: x / np.sqrt(1 + x * x)),
    elementwise("pseudo-Huber", lambda x: 2.25 * (np.sqrt(1 + (x / 1.5) ** 2) - 1),
                lambda x: x / np.sqrt(1 + (x / 1.5) ** 2)),
    elementwise("Huber", lambda x: np.where(np.abs(x) <= 1, 0.5 * x * x, np.abs(x) - 0.5),
                lambda x: np.where(np.abs(x) <= 1, x, np.sign(x)), (-1.0, 1.0)),
)  # fmt: skip


def _softmax(x: Any) -> Any:
    e = np.exp(x - x.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def _softmax_backward(dy: Array, x: Array) -> tuple[Array, ...]:
    p = _softmax(x)
    return (p * (dy - (dy * p).sum(1, keepdims=True)),)


def _log_softmax(x: Any) -> Any:
    z = x - x.max(1, keepdims=True)
    return z - np.log(np.exp(z).sum(1, keepdims=True))


def _normalised(x: Any, axis: int) -> Any:
    centred = x - x.mean(axis, keepdims=True)
    return centred / np.sqrt((centred * centred).mean(axis, keepdims=True) + 1e-5)


def _norm_backward(axis: int) -> Callable[..., tuple[Array, ...]]:
    def backward(dy: Array, x: Array, gamma: Array, beta: Array) -> tuple[Array, ...]:
        s = 1 / np.sqrt(x.var(axis, keepdims=True) + 1e-5)
        h = (x - x.mean(axis, keepdims=True)) * s
        d = dy * gamma
        dx = s * (d - d.mean(axis, keepdims=True) - h * (d * h).mean(axis, keepdims=True))
        return dx, (dy * h).sum(0), dy.sum(0)

    return backward


def _norm_inputs(draw: Draw) -> Drawn:
    shape = draw.shape(2)
    return (draw.real(shape), 1 + 0.5 * draw.rng.normal(size=shape[1]),
            draw.rng.normal(size=shape[1])), {}  # fmt: skip


def _rms(x: Any) -> Any:
    return 1 / np.sqrt((x * x).mean(1, keepdims=True) + 1e-6)


def _rms_backward(dy: Array, x: Array) -> tuple[Array, ...]:
    r = _rms(x)
    return (r * dy - x * r**3 * (dy * x).mean(1, keepdims=True),)


def _length(x: Any) -> Any:
    return np.sqrt((x * x).sum(1, keepdims=True))


def _unit_backward(dy: Array, x: Array) -> tuple[Array, ...]:
    n = _length(x)
    return (dy / n - x * (dy * x).sum(1, keepdims=True) / n**3,)


def _with_labels(draw: Draw) -> Drawn:
    n, c = shape = draw.shape(2)
    return (draw.real(shape),), {"t": draw.rng.integers(c, size=n)}


def _cross_entropy(x: Any, t: Array) -> Any:
    return -np.log(_softmax(x)[np.arange(len(t)), t]).mean()


def _cross_entropy_backward(dy: Any, x: Array, t: Array) -> tuple[Array, ...]:
    return (dy * (_softmax(x) - np.eye(x.shape[1])[t]) / len(t),)


def _probabilities(draw: Draw) -> Drawn:
    shape = draw.shape()
    return (draw.within(shape, 0, 1),), {"t": draw.rng.integers(2, size=shape).astype(float)}


def _affine(draw: Draw) -> Drawn:
    n, d = draw.shape(2)
    m = int(draw.rng.integers(1, 6))
    return (draw.real((n, d)), draw.rng.normal(size=(d, m)), draw.rng.normal(size=m)), {}


def _maxout(x: Any, w: Any, b: Any) -> Any:
    z = x @ w + b
    return z.reshape(len(x), -1, 2).max(2)


def _maxout_backward(dy: Array, x: Array, w: Array, b: Array) -> tuple[Array, ...]:
    z = (x @ w + b).reshape(len(x), -1, 2)
    first = (z[:, :, 0] >= z[:, :, 1])[:, :, None]
    dz = (np.concatenate([first, ~first], 2) * dy[:, :, None]).reshape(len(x), -1)
    return dz @ w.T, x.T @ dz, dz.sum(0)


def _maxout_inputs(draw: Draw) -> Drawn:
    n, d = draw.shape(2)
    m = 2 * int(draw.rng.integers(1, 4))
    return (draw.real((n, d)), draw.rng.normal(size=(d, m)), draw.rng.normal(size=m)), {}


def _pair(draw: Draw) -> Drawn:
    shape = draw.shape()
    return (draw.real(shape), draw.real(shape)), {}


LAYERS = (
    Kind("softmax", rows, _softmax, _softmax_backward, narrow=True),
    Kind("log-softmax", rows, _log_softmax,
         lambda dy, x: (dy - _softmax(x) * dy.sum(1, keepdims=True),), narrow=True),
    Kind("batch norm", _norm_inputs, lambda x, g, b: g * _normalised(x, 0) + b,
         _norm_backward(0), narrow=True),
    Kind("layer norm", _norm_inputs, lambda x, g, b: g * _normalised(x, 1) + b,
         _norm_backward(1), narrow=True),
    Kind("RMS norm", rows, lambda x: x * _rms(x), _rms_backward, narrow=True),
    Kind("L2 normalisation", rows, lambda x: x / _length(x), _unit_backward),
    Kind("L2 norm", rows, lambda x: _length(x), lambda dy, x: (dy * x / _length(x),)),
    Kind("cross-entropy", _with_labels, _cross_entropy, _cross_entropy_backward),
    Kind("BCE of probabilities", _probabilities,
         lambda p, t: -(t * np.log(p) + (1 - t) * np.log(1 - p)).mean(),
         lambda dy, p, t: (dy * (p - t) / (p * (1 - p)) / p.size,), most=LARGE),
    Kind("mean squared error", _pair, lambda x, t: ((x - t) ** 2).mean(),
         lambda dy, x, t: (2 * dy * (x - t) / x.size, -2 * dy * (x - t) / x.size), most=LARGE),
    Kind("mean absolute error", _pair, lambda x, t: np.abs(x - t).mean(),
         lambda dy, x, t: (dy * np.sign(x - t) / x.size, -dy * np.sign(x - t) / x.size),
         most=LARGE),
    Kind("sum of squares", one, lambda x: (x * x).sum(), lambda dy, x: (2 * dy * x,), most=LARGE),
    Kind("affine", _affine, lambda x, w, b: x @ w + b,
         lambda dy, x, w, b: (dy @ w.T, x.T @ dy, dy.sum(0)), narrow=True),
    Kind("maxout", _maxout_inputs, _maxout, _maxout_backward),
    Kind("Gram matrix", rows, lambda x: x @ x.T, lambda dy, x: ((dy + dy.T) @ x,)),
    Kind("unbiased variance", rows, lambda x: np.var(x, axis=0, ddof=1, keepdims=True),
         lambda dy, x: (2 * dy * (x - x.mean(0)) / (x.shape[0] - 1),)),
)  # fmt: skip
KINDS = (*ACTIVATIONS, *LAYERS)

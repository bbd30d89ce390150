"""Layer norm over each row: y = gamma * (x - mu) / sqrt(var + eps) + beta."""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray

from impl._contract import POSITIVE, gradient, operation

Array = NDArray[Any]


class LayerNormCache(NamedTuple):
    """What backward needs; ``s`` (N, 1) is sqrt(var + eps) of each row."""

    x_hat: Array
    gamma: Array
    s: Array


class Gradients(NamedTuple):
    """One gradient for each input, in its shape."""

    x: Array
    gamma: Array
    beta: Array


@operation(x="N D", gamma="D", beta="D", eps=POSITIVE, nonempty="D")
def forward(
    x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5
) -> tuple[Array, LayerNormCache]:
    """Compute x_hat = (x - mu) / s, s = sqrt(var + eps), and y = gamma * x_hat + beta.

    mu and var are those of the row. x (N, D), gamma (D,), beta (D,), D >= 1; y (N, D).
    float16/32/64, promoted together.
    Raises TypeError for what is not real, ValueError for shapes that do not fit, eps <= 0.
    Source: Ba, Kiros & Hinton 2016, eq. 4.
    """
    x_minus_mu = x - x.mean(axis=1, keepdims=True)
    x_minus_mu = x_minus_mu - x_minus_mu.mean(axis=1, keepdims=True)  # what rounding left of it
    s = ((x_minus_mu**2).mean(axis=1, keepdims=True) + eps) ** 0.5
    x_hat = x_minus_mu / s
    return gamma * x_hat + beta, LayerNormCache(x_hat, gamma, s)


@gradient(forward)
def backward(dy: Array, cache: LayerNormCache) -> Gradients:
    """Compute dx = (g - mean(g) - x_hat * mean(g * x_hat)) / s, with g = dy * gamma.

    dgamma = sum_n dy * x_hat;  dbeta = sum_n dy.  dy (N, D); gradients in the shapes of x, gamma,
    beta. Raises ValueError if dy has another shape than y, TypeError if dy is not real or cache
    comes from elsewhere.
    """
    x_hat, gamma, s = cache
    g = dy * gamma
    along = (g * x_hat).mean(axis=1, keepdims=True)
    dx = (g - g.mean(axis=1, keepdims=True) - x_hat * along) / s
    return Gradients(dx, (dy * x_hat).sum(axis=0), dy.sum(axis=0))

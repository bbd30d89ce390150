"""SiLU, also called swish, elementwise: y = x / (1 + e^(-beta x))."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from impl._contract import FINITE, gradient, operation

Array = NDArray[Any]


def textbook_forward(x: Array, *, beta: float = 1.0) -> tuple[Array, tuple[Any, ...]]:
    """Compute y = x s, with s = 1 / (1 + e^(-beta x)), as a book has it."""
    s = 1 / (1 + np.exp(-beta * x))
    return x * s, (x, s, beta)


def textbook_backward(dy: Array, cache: tuple[Any, ...]) -> Array:
    """Compute dx = dy * (s + beta x s (1 - s))."""
    x, s, beta = cache
    return dy * (s + beta * x * s * (1 - s))


class SiluCache(NamedTuple):
    """What backward needs."""

    x: Array
    beta: float


@operation(x="*shape", beta=FINITE)
def forward(x: Array, *, beta: float = 1.0) -> tuple[Array, SiluCache]:
    """Compute y = x s(beta x), with s the sigmoid.

    x: any shape, float16/32/64 (integers promote); y: same shape and dtype.
    Raises TypeError if x or beta is not real, ValueError if beta is infinite or NaN.
    Source: Ramachandran, Zoph & Le 2017.
    """
    v = beta * x
    e = np.exp(np.where(v > 0, -v, v))  # at most 1
    return x * np.where(v > 0, 1, e) / (1 + e), SiluCache(x, beta)


@gradient(forward)
def backward(dy: Array, cache: SiluCache) -> Array:
    """Compute dx = dy * (s(v) + v s(v) s(-v)), with v = beta x.

    dy: shape of y; dx: shape and dtype of x. Raises ValueError if dy has another shape than y,
    TypeError if dy is not real or cache comes from elsewhere.
    """
    v = cache.beta * cache.x
    e = np.exp(np.where(v > 0, -v, v))
    return dy * (np.where(v > 0, 1, e) / (1 + e) + v * e / (1 + e) ** 2)

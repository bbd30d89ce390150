"""GELU, elementwise: y = x Phi(x), with Phi the distribution function of a normal number."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from impl._contract import gradient, operation

Array = NDArray[Any]

erf = np.vectorize(math.erf, otypes=[np.float64])
erfc = np.vectorize(math.erfc, otypes=[np.float64])


def textbook_forward(x: Array) -> tuple[Array, Array]:
    """Compute y = x (1 + erf(x / sqrt(2))) / 2, as a book has it."""
    return x * (1 + erf(x / np.sqrt(2))) / 2, x


def textbook_backward(dy: Array, x: Array) -> Array:
    """Compute dx = dy * (Phi(x) + x phi(x)), with phi the bell curve."""
    return dy * ((1 + erf(x / np.sqrt(2))) / 2 + x * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi))


class GeluCache(NamedTuple):
    """What backward needs."""

    x: Array


@operation(x="*shape")
def forward(x: Array) -> tuple[Array, GeluCache]:
    """Compute y = x Phi(x).

    x: any shape, float16/32/64 (integers promote); y: same shape and dtype.
    Raises TypeError if x is not real. Source: Hendrycks & Gimpel 2016.
    """
    # erfc keeps the digits that 1 + erf loses where x is far below 0.
    return x * erfc(-x / np.sqrt(2)) / 2, GeluCache(x)


@gradient(forward)
def backward(dy: Array, cache: GeluCache) -> Array:
    """Compute dx = dy * (Phi(x) + x phi(x)).

    dy: shape of y; dx: shape and dtype of x. Raises ValueError if dy has another shape than y,
    TypeError if dy is not real or cache comes from elsewhere.
    """
    x = cache.x
    return dy * (erfc(-x / np.sqrt(2)) / 2 + x * np.exp(-x * x / 2) / np.sqrt(2 * np.pi))

"""Softplus, elementwise: y = log(1 + e^x)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from impl._contract import gradient, operation

Array = NDArray[Any]


def textbook_forward(x: Array) -> tuple[Array, Array]:
    """Compute y = log(1 + e^x), as a book has it."""
    return np.log(1 + np.exp(x)), x


def textbook_backward(dy: Array, x: Array) -> Array:
    """Compute dx = dy / (1 + e^-x)."""
    return dy / (1 + np.exp(-x))


class SoftplusCache(NamedTuple):
    """What backward needs."""

    x: Array


@operation(x="*shape")
def forward(x: Array) -> tuple[Array, SoftplusCache]:
    """Compute y = log(1 + e^x)."""
    return np.where(x > 0, x, 0) + np.log1p(np.exp(np.where(x > 0, -x, x))), SoftplusCache(x)


@gradient(forward)
def backward(dy: Array, cache: SoftplusCache) -> Array:
    """Compute dx = dy * sigmoid(x)."""
    e = np.exp(np.where(cache.x > 0, -cache.x, cache.x))
    return dy * np.where(cache.x > 0, 1, e) / (1 + e)

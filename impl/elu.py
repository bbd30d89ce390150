"""The exponential linear unit, elementwise: y = x for x > 0, alpha * (e^x - 1) otherwise."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from impl._contract import FINITE, gradient, operation

Array = NDArray[Any]


def textbook_forward(x: Array, *, alpha: float = 1.0) -> tuple[Array, tuple[Any, ...]]:
    """Compute y = x, or alpha * (e^x - 1) where x <= 0, as a book has it."""
    y = np.where(x > 0, x, alpha * (np.exp(x) - 1))
    return y, (x, y, alpha)


def textbook_backward(dy: Array, cache: tuple[Any, ...]) -> Array:
    """Compute dx = dy, or dy * (y + alpha) where x <= 0."""
    x, y, alpha = cache
    return dy * np.where(x > 0, 1, y + alpha)


class EluCache(NamedTuple):
    """What backward needs."""

    x: Array
    alpha: float


@operation(x="*shape", alpha=FINITE)
def forward(x: Array, *, alpha: float = 1.0) -> tuple[Array, EluCache]:
    """Compute y = x where x > 0, and alpha * (e^x - 1) where x <= 0.

    x: any shape, float16/32/64 (integers promote); y: same shape and dtype; y(-inf) = -alpha.
    Raises TypeError if x or alpha is not real, ValueError if alpha is infinite or NaN.
    Source: Clevert, Unterthiner & Hochreiter 2016, eq. 15.
    """
    # expm1 keeps the digits of e^x - 1 for small x.
    return np.where(x > 0, x, alpha * np.expm1(x)), EluCache(x, alpha)


@gradient(forward)
def backward(dy: Array, cache: EluCache) -> Array:
    """Compute dx = dy where x > 0, and dy * alpha * e^x where x <= 0 (at 0: from the left).

    dy: shape of y; dx: shape and dtype of x. Raises ValueError if dy has another shape than y,
    TypeError if dy is not real or cache comes from elsewhere.
    """
    x, alpha = cache
    # alpha * e^x equals y + alpha, but that sum cancels for x far below 0. Half of e^x goes to
    # each factor, so that neither a huge dy nor a huge alpha overflows before it has decayed.
    h = np.exp(x / 2)
    return np.where(x > 0, dy, (dy * h) * (alpha * h))

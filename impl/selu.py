"""SELU, elementwise: y = scale x for x > 0, scale alpha (e^x - 1) otherwise."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from impl._contract import FINITE, gradient, operation

Array = NDArray[Any]

ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805


def textbook_forward(
    x: Array, *, alpha: float = ALPHA, scale: float = SCALE
) -> tuple[Array, tuple[Any, ...]]:
    """Compute y = scale * x, or scale * alpha * (e^x - 1), as a book has it."""
    return scale * np.where(x > 0, x, alpha * (np.exp(x) - 1)), (x, alpha, scale)


def textbook_backward(dy: Array, cache: tuple[Any, ...]) -> Array:
    """Compute dx = dy * scale, or dy * scale * alpha * e^x."""
    x, alpha, scale = cache
    return dy * scale * np.where(x > 0, 1, alpha * np.exp(x))


class SeluCache(NamedTuple):
    """What backward needs."""

    x: Array
    alpha: float
    scale: float


@operation(x="*shape", alpha=FINITE, scale=FINITE)
def forward(x: Array, *, alpha: float = ALPHA, scale: float = SCALE) -> tuple[Array, SeluCache]:
    """Compute y = scale * x where x > 0, and scale * alpha * (e^x - 1) where x <= 0.

    x: any shape, float16/32/64 (integers promote); y: same shape and dtype.
    Raises TypeError for what is not real, ValueError for an infinite alpha or scale.
    Source: Klambauer et al. 2017, eq. 2.
    """
    # expm1 keeps the digits of e^x - 1 for small x, and never sees a large one. scale * alpha alone
    # may overflow, and infinity times expm1(0) is not a number.
    low = np.expm1(np.where(x > 0, 0, x))
    return np.where(x > 0, scale * x, scale * (alpha * low)), SeluCache(x, alpha, scale)


@gradient(forward)
def backward(dy: Array, cache: SeluCache) -> Array:
    """Compute dx = dy * scale where x > 0, and dy * scale * alpha * e^x where x <= 0.

    dy: shape of y; dx: shape and dtype of x. Raises ValueError if dy has another shape than y,
    TypeError if dy is not real or cache comes from elsewhere.
    """
    x, alpha, scale = cache
    e = np.exp(np.where(x > 0, 0, x))
    return dy * (scale * np.where(x > 0, 1, np.where(x <= 0, alpha * e, x)))

"""The logistic sigmoid, elementwise: y = 1 / (1 + e^-x)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from impl._contract import gradient, operation

Array = NDArray[Any]


def textbook_forward(x: Array) -> tuple[Array, Array]:
    """Compute y = 1 / (1 + e^-x), as a book has it."""
    y = 1 / (1 + np.exp(-x))
    return y, y


def textbook_backward(dy: Array, y: Array) -> Array:
    """Compute dx = dy * y * (1 - y)."""
    return dy * y * (1 - y)


class SigmoidCache(NamedTuple):
    """What backward needs."""

    x: Array


@operation(x="*shape")
def forward(x: Array) -> tuple[Array, SigmoidCache]:
    """Compute y = s(x) = 1 / (1 + e^-x).

    x: any shape, float16/32/64 (integers promote); y: same shape and dtype. s(-inf) is 0,
    s(inf) is 1. Raises TypeError if x is not real.
    Source: Goodfellow et al. 2016, Deep Learning, eq. 3.30.
    """
    # e^-|x| never overflows. The branch, not np.abs, keeps the formula analytic for complex steps.
    e = np.exp(np.where(x > 0, -x, x))
    y = np.where(x > 0, 1, e) / (1 + e)
    return y, SigmoidCache(x)


@gradient(forward)
def backward(dy: Array, cache: SigmoidCache) -> Array:
    """Compute dx = dy * s(x) * s(-x), which is dy * y * (1 - y).

    dy: shape of y; dx: shape and dtype of x. Raises ValueError if dy has another shape than y,
    TypeError if dy is not real or cache comes from elsewhere.
    """
    x = cache.x
    # 1 - y would cancel where y is near 1 (at x = 40 nothing is left), so the product is taken as
    # the square of root = sqrt(s(x) * s(-x)), which is the same for x and -x.
    h = np.exp(np.where(x > 0, -x, x) / 2)
    root = h / (1 + h * h)
    return dy * root * root

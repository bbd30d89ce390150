"""The leaky rectified linear unit, elementwise: y = x for x > 0, slope * x otherwise."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from impl._contract import FINITE, gradient, operation

Array = NDArray[Any]


class LeakyReluCache(NamedTuple):
    """What backward needs."""

    x: Array
    slope: float


@operation(x="*shape", slope=FINITE)
def forward(x: Array, *, slope: float = 0.1) -> tuple[Array, LeakyReluCache]:
    """Compute y = x where x > 0, and slope * x where x <= 0.

    x: any shape, float16/32/64 (integers promote); y: same shape and dtype; NaN stays NaN.
    Raises TypeError if x or slope is not real, ValueError if slope is infinite or NaN.
    Source: Maas et al. 2013, Rectifier Nonlinearities Improve Neural Network Acoustic Models.
    """
    y = np.where(x > 0, x, slope * x)
    if slope == 0 and not np.isfinite(y).all():
        y = np.where(x == -np.inf, 0, y)  # the limit, where 0 * inf would be NaN
    return y, LeakyReluCache(x, slope)


@gradient(forward)
def backward(dy: Array, cache: LeakyReluCache) -> Array:
    """Compute dx = dy where x > 0, and slope * dy where x <= 0 (at the kink: from the left).

    dy: shape of y; dx: shape and dtype of x. Raises ValueError if dy has another shape than y,
    TypeError if dy is not real or cache comes from elsewhere.
    """
    x, slope = cache
    # Neither above 0 nor below: then x is NaN, and so is its gradient.
    return np.where(x > 0, dy, np.where(x <= 0, slope * dy, x))

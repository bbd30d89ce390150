"""The rectified linear unit, elementwise: y = max(x, 0)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from impl._contract import gradient, operation

Array = NDArray[Any]


class ReluCache(NamedTuple):
    """What backward needs."""

    x: Array


@operation(x="*shape")
def forward(x: Array) -> tuple[Array, ReluCache]:
    """Compute y = max(x, 0).

    x: any shape, float16/32/64 (integers promote); y: same shape and dtype; NaN stays NaN.
    Raises TypeError if x is not real. Source: Nair & Hinton 2010, Rectified Linear Units Improve
    Restricted Boltzmann Machines.
    """
    return np.maximum(x, 0), ReluCache(x)


@gradient(forward)
def backward(dy: Array, cache: ReluCache) -> Array:
    """Compute dx = dy where x > 0, and 0 where x <= 0 (at the kink: the left derivative).

    dy: shape of y; dx: shape and dtype of x. Raises ValueError if dy has another shape than y,
    TypeError if dy is not real or cache comes from elsewhere.
    """
    x = cache.x
    # Neither above 0 nor below: then x is NaN, and so is its gradient.
    return np.where(x > 0, dy, np.where(x <= 0, 0, x))

"""The hinge loss of each element: y = max(0, 1 - t x), for targets t of -1 and 1."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from impl._contract import gradient, operation

Array = NDArray[Any]


class HingeCache(NamedTuple):
    """What backward needs."""

    x: Array
    t: Array


@operation(x="*shape", t="*shape")
def forward(x: Array, t: Array) -> tuple[Array, HingeCache]:
    """Compute y = 1 - t x where that is positive, else 0.

    x, t: any shape, the same for both, float16/32/64, promoted together; t is -1 or 1; y: that
    shape. Raises TypeError for what is not real, ValueError for two shapes.
    Source: Cortes & Vapnik 1995.
    """
    z = t * x
    return np.where(z < 1, 1 - z, np.where(z >= 1, 0, z)), HingeCache(x, t)  # NaN stays NaN


@gradient(forward)
def backward(dy: Array, cache: HingeCache) -> Array:
    """Compute dx = -t * dy where t x < 1, else 0.

    dy: shape of y; dx: shape and dtype of x. Raises ValueError if dy has another shape than y,
    TypeError if dy is not real or cache comes from elsewhere.
    """
    x, t = cache
    return np.where(t * x < 1, -t * dy, 0)

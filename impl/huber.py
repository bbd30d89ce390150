"""The Huber loss of each element: r^2/2 where |r| <= delta, delta (|r| - delta/2) beyond."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from impl._contract import POSITIVE, gradient, operation

Array = NDArray[Any]


class HuberCache(NamedTuple):
    """What backward needs."""

    r: Array
    delta: float


@operation(x="*shape", t="*shape", delta=POSITIVE)
def forward(x: Array, t: Array, *, delta: float = 1.0) -> tuple[Array, HuberCache]:
    """Compute, with r = x - t, y = r^2/2 where |r| <= delta, else delta (|r| - delta/2).

    x, t: any shape, the same for both, float16/32/64, promoted together; y: that shape.
    Raises TypeError for what is not real, ValueError for two shapes or delta <= 0.
    Source: Huber 1964.
    """
    r = x - t
    c = np.where(r > delta, delta, np.where(r < -delta, -delta, r))
    return c * (r - c / 2), HuberCache(r, delta)


@gradient(forward)
def backward(dy: Array, cache: HuberCache) -> Array:
    """Compute dx = dy * r, with r cut off at -delta and delta.

    dy: shape of y; dx: shape and dtype of x. Raises ValueError if dy has another shape than y,
    TypeError if dy is not real or cache comes from elsewhere.
    """
    r, delta = cache
    return dy * np.where(r > delta, delta, np.where(r < -delta, -delta, r))

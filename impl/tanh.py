"""The hyperbolic tangent, elementwise: y = tanh(x)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from impl._contract import gradient, operation

Array = NDArray[Any]


def textbook_forward(x: Array) -> tuple[Array, Array]:
    """Compute y = tanh(x), as a book has it."""
    y = np.tanh(x)
    return y, y


def textbook_backward(dy: Array, y: Array) -> Array:
    """Compute dx = dy * (1 - y^2)."""
    return dy * (1 - y**2)


class TanhCache(NamedTuple):
    """What backward needs."""

    x: Array


@operation(x="*shape")
def forward(x: Array) -> tuple[Array, TanhCache]:
    """Compute y = tanh(x) = (e^x - e^-x) / (e^x + e^-x).

    x: any shape, float16/32/64 (integers promote); y: same shape and dtype. tanh(+-inf) = +-1.
    Raises TypeError if x is not real. Source: LeCun et al. 1998, Efficient BackProp, section 4.4.
    """
    return np.tanh(x), TanhCache(x)


@gradient(forward)
def backward(dy: Array, cache: TanhCache) -> Array:
    """Compute dx = dy * sech(x)^2, which is dy * (1 - y^2).

    dy: shape of y; dx: shape and dtype of x. Raises ValueError if dy has another shape than y,
    TypeError if dy is not real or cache comes from elsewhere.
    """
    x = cache.x
    # 1 - y^2 would cancel where y is near 1 (at x = 20 nothing is left); sech has no difference.
    e = np.exp(np.where(x > 0, -x, x))
    sech = 2 * e / (1 + e * e)
    return dy * sech * sech

"""PReLU: y = x for x > 0, alpha * x otherwise, with one alpha for each channel."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from impl._contract import gradient, operation

Array = NDArray[Any]


class PReluCache(NamedTuple):
    """What backward needs."""

    x: Array
    alpha: Array


class Gradients(NamedTuple):
    """One gradient for each input, in its shape."""

    x: Array
    alpha: Array


@operation(x="N C", alpha="C")
def forward(x: Array, alpha: Array) -> tuple[Array, PReluCache]:
    """Compute y = x where x > 0, and alpha * x where x <= 0.

    x (N, C), alpha (C,); y (N, C). float16/32/64, promoted together.
    Raises TypeError for what is not real, ValueError for shapes that do not fit.
    Source: He et al. 2015, Delving Deep into Rectifiers, eq. 1.
    """
    return np.where(x > 0, x, alpha * x), PReluCache(x, alpha)


@gradient(forward)
def backward(dy: Array, cache: PReluCache) -> Gradients:
    """Compute dx = dy, or alpha * dy where x <= 0, and dalpha = sum_n dy * x over x <= 0.

    dy (N, C); gradients in the shapes of x and alpha. Raises ValueError if dy has another shape
    than y, TypeError if dy is not real or cache comes from elsewhere.
    """
    x, alpha = cache
    return Gradients(np.where(x > 0, dy, alpha * dy), np.where(x > 0, 0, dy * x).sum(axis=0))

"""Average pooling: the mean over windows of size x size pixels, side by side."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from impl._contract import COUNT, gradient, operation

Array = NDArray[Any]


class AveragePoolingCache(NamedTuple):
    """What backward needs."""

    size: int


@operation(x="N H W", size=COUNT)
def forward(x: Array, *, size: int = 2) -> tuple[Array, AveragePoolingCache]:
    """Compute y[n, i, j] = mean of x[n, i*size:(i+1)*size, j*size:(j+1)*size].

    x (N, H, W), with H and W multiples of size; y (N, H/size, W/size). float16/32/64.
    Raises TypeError if x is not real, ValueError for a shape that size does not divide.
    Source: LeCun et al. 1998.
    """
    N, H, W = x.shape
    windows = x.reshape(N, H // size, size, W // size, size)
    return windows.sum(axis=(2, 4)) / size**2, AveragePoolingCache(size)


@gradient(forward)
def backward(dy: Array, cache: AveragePoolingCache) -> Array:
    """Compute dx: each pixel gets 1/size^2 of the gradient of its window.

    dy: shape of y; dx: shape and dtype of x. Raises ValueError if dy has another shape than y,
    TypeError if dy is not real or cache comes from elsewhere.
    """
    size = cache.size
    return np.repeat(np.repeat(dy / size**2, size, axis=1), size, axis=2)

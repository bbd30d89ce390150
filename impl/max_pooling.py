"""Max pooling: the largest of each window of size x size pixels, windows side by side."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from impl._contract import COUNT, gradient, operation

Array = NDArray[Any]


class MaxPoolingCache(NamedTuple):
    """What backward needs; ``winner`` (N, H/size, W/size) is the pixel that gave each y."""

    winner: Array
    size: int


@operation(x="N H W", size=COUNT)
def forward(x: Array, *, size: int = 2) -> tuple[Array, MaxPoolingCache]:
    """Compute y[n, i, j] = max of x[n, i*size:(i+1)*size, j*size:(j+1)*size].

    x (N, H, W), with H and W multiples of size; y (N, H/size, W/size). float16/32/64.
    Raises TypeError if x is not real, ValueError for a shape that size does not divide.
    Source: Ranzato et al. 2007.
    """
    N, H, W = x.shape
    P, Q = H // size, W // size
    windows = x.reshape(N, P, size, Q, size).transpose(0, 1, 3, 2, 4).reshape(N, P, Q, size**2)
    winner = np.argmax(windows, axis=3)
    return np.max(windows, axis=3), MaxPoolingCache(winner, size)


@gradient(forward)
def backward(dy: Array, cache: MaxPoolingCache) -> Array:
    """Send dy to the pixel that won its window (the first of equals).

    dy: shape of y; dx: shape and dtype of x. Raises ValueError if dy has another shape than y,
    TypeError if dy is not real or cache comes from elsewhere.
    """
    winner, size = cache
    N, P, Q = winner.shape
    is_winner = winner[..., np.newaxis] == np.arange(size**2)
    windows = np.where(is_winner, dy[..., np.newaxis], 0)
    return (
        windows.reshape(N, P, Q, size, size).transpose(0, 1, 3, 2, 4).reshape(N, P * size, Q * size)
    )

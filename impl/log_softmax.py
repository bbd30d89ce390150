"""Log-softmax over each row: y_j = x_j - log(sum_k e^x_k)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from impl._contract import gradient, operation

Array = NDArray[Any]


def textbook_forward(x: Array) -> tuple[Array, Array]:
    """Compute y = log of softmax, as a book has it."""
    y = np.log(np.exp(x) / np.exp(x).sum(axis=1, keepdims=True))
    return y, y


def textbook_backward(dy: Array, y: Array) -> Array:
    """Compute dx = dy - softmax * sum_k dy_k, row by row."""
    return dy - np.exp(y) * dy.sum(axis=1, keepdims=True)


class LogSoftmaxCache(NamedTuple):
    """What backward needs."""

    y: Array


@operation(x="N C", nonempty="C")
def forward(x: Array) -> tuple[Array, LogSoftmaxCache]:
    """Compute y[n, j] = x[n, j] - log(sum_k e^x[n, k]).

    x (N, C), C >= 1, float16/32/64 (integers promote); y: same shape and dtype. A score of -inf
    has the logarithm -inf.
    Raises TypeError if x is not real, ValueError if it is not of shape (N, C).
    Source: Goodfellow et al. 2016, Deep Learning, section 6.2.2.3.
    """
    # Shifted by the maximum no e^x overflows; the maximum's own term is the 1 of log1p.
    top = np.max(x, axis=1, keepdims=True)
    is_top = np.arange(x.shape[1]) == np.argmax(x, axis=1)[:, np.newaxis]
    others = np.where(is_top, 0, np.exp(x - top)).sum(axis=1, keepdims=True)
    y = (x - top) - np.log1p(others)
    return y, LogSoftmaxCache(y)


@gradient(forward)
def backward(dy: Array, cache: LogSoftmaxCache) -> Array:
    """Compute dx = dy - e^y * sum_k dy_k, row by row.

    dy: shape of y; dx: shape and dtype of x. Raises ValueError if dy has another shape than y,
    TypeError if dy is not real or cache comes from elsewhere.
    """
    return dy - np.exp(cache.y) * dy.sum(axis=1, keepdims=True)

"""Softmax over each row: y_j = e^x_j / sum_k e^x_k."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from impl._contract import gradient, operation

Array = NDArray[Any]


def textbook_forward(x: Array) -> tuple[Array, Array]:
    """Compute y = e^x / sum of e^x over the row, as a book has it."""
    y = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
    return y, y


def textbook_backward(dy: Array, y: Array) -> Array:
    """Compute dx = y * (dy - sum of dy * y over the row)."""
    return y * (dy - (dy * y).sum(axis=1, keepdims=True))


class SoftmaxCache(NamedTuple):
    """What backward needs."""

    y: Array


@operation(x="N C", nonempty="C")
def forward(x: Array) -> tuple[Array, SoftmaxCache]:
    """Compute y[n, j] = e^x[n, j] / sum_k e^x[n, k].

    x (N, C), C >= 1, float16/32/64 (integers promote); y: same shape and dtype. A logit of -inf
    has probability 0; a row that holds +inf, or nothing but -inf, has no softmax and gives NaN.
    Raises TypeError if x is not real, ValueError if it is not of shape (N, C).
    Source: Bridle 1990, Probabilistic Interpretation of Feedforward Classification Network Outputs.
    """
    # Softmax does not change if a row is shifted; shifted by its maximum, no e^x overflows.
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    y = e / e.sum(axis=1, keepdims=True)
    return y, SoftmaxCache(y)


@gradient(forward)
def backward(dy: Array, cache: SoftmaxCache) -> Array:
    """Compute dx = y * (dy - sum_k dy_k * y_k), row by row: dy times the Jacobian diag(y) - y y^T.

    dy: shape of y; dx: shape and dtype of x. Raises ValueError if dy has another shape than y,
    TypeError if dy is not real or cache comes from elsewhere.
    """
    y = cache.y
    return y * _centred(_centred(dy, y), y)


def _centred(dy: Any, y: Array) -> Any:
    """Take off the mean of dy under the probabilities y.

    Done twice, since rounding leaves a little of the mean where one probability is almost 1, and
    there the gradient is as small as what is left.
    """
    return dy - (dy * y).sum(axis=1, keepdims=True)

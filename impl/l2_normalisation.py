"""L2 normalisation of each row: y = x / sqrt(sum(x^2) + eps)."""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray

from impl._contract import POSITIVE, gradient, operation

Array = NDArray[Any]


class L2NormalisationCache(NamedTuple):
    """What backward needs; ``r`` (N, 1) is the length of each row."""

    y: Array
    r: Array


@operation(x="N D", eps=POSITIVE)
def forward(x: Array, *, eps: float = 1e-12) -> tuple[Array, L2NormalisationCache]:
    """Compute y = x / r, with r = sqrt(sum(x^2) + eps), the sum over the row.

    x (N, D), float16/32/64 (integers promote); y: same shape and dtype.
    Raises TypeError if x is not real, ValueError if it is not of shape (N, D), or eps <= 0.
    """
    r = ((x**2).sum(axis=1, keepdims=True) + eps) ** 0.5
    y = x / r
    return y, L2NormalisationCache(y, r)


@gradient(forward)
def backward(dy: Array, cache: L2NormalisationCache) -> Array:
    """Compute dx = (dy - y * sum(dy * y)) / r, row by row.

    dy: shape of y; dx: shape and dtype of x. Raises ValueError if dy has another shape than y,
    TypeError if dy is not real or cache comes from elsewhere.
    """
    y, r = cache
    return (dy - y * (dy * y).sum(axis=1, keepdims=True)) / r

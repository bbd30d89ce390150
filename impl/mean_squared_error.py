"""The mean squared error: y = mean((x - t)^2)."""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray

from impl._contract import gradient, operation

Array = NDArray[Any]


class MeanSquaredErrorCache(NamedTuple):
    """What backward needs."""

    x: Array
    t: Array


@operation(x="*shape", t="*shape", nonempty="*shape")
def forward(x: Array, t: Array) -> tuple[Array, MeanSquaredErrorCache]:
    """Compute y = mean over all n elements of (x - t)^2.

    x, t: any shape, the same for both, float16/32/64, promoted together; y: one number.
    Raises TypeError for what is not real, ValueError for two shapes or an empty batch.
    Source: Goodfellow et al. 2016, Deep Learning, eq. 5.4.
    """
    y = ((x - t) ** 2).sum() / x.size
    return y, MeanSquaredErrorCache(x, t)


@gradient(forward)
def backward(dy: Array, cache: MeanSquaredErrorCache) -> Array:
    """Compute dx = dy * 2 (x - t) / n.

    dy: one number; dx: shape and dtype of x. Raises ValueError if dy is not a single number,
    TypeError if dy is not real or cache comes from elsewhere.
    """
    x, t = cache
    return 2 * (x - t) * dy / x.size

"""The dense (fully connected) layer: y = x @ W + b."""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray

from impl._contract import gradient, operation

Array = NDArray[Any]


class DenseCache(NamedTuple):
    """What backward needs."""

    x: Array
    W: Array


class Gradients(NamedTuple):
    """One gradient for each input, in its shape."""

    x: Array
    W: Array
    b: Array


@operation(x="N D", W="D M", b="M")
def forward(x: Array, W: Array, b: Array) -> tuple[Array, DenseCache]:
    """Compute y = x @ W + b.

    x (N, D), W (D, M), b (M,); y (N, M). float16/32/64, promoted together.
    Raises TypeError for what is not real, ValueError for shapes that do not fit.
    Source: Rumelhart, Hinton & Williams 1986, Learning Representations by Back-propagating Errors.
    """
    y = x @ W + b
    return y, DenseCache(x, W)


@gradient(forward)
def backward(dy: Array, cache: DenseCache) -> Gradients:
    """Compute dx = dy @ W.T, dW = x.T @ dy, db = sum_n dy[n].

    dy (N, M); gradients in the shapes of x, W, b. Raises ValueError if dy has another shape than
    y, TypeError if dy is not real or cache comes from elsewhere.
    """
    x, W = cache
    dx = dy @ W.T
    dW = x.T @ dy
    db = dy.sum(axis=0)
    return Gradients(dx, dW, db)

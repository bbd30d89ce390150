"""The perceptron with the identity as activation: y = w_0 + x @ w."""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray

from impl._contract import gradient, operation

Array = NDArray[Any]


class PerceptronLinearCache(NamedTuple):
    """What backward needs."""

    x: Array
    w: Array


class Gradients(NamedTuple):
    """One gradient for each input, in its shape."""

    x: Array
    w: Array
    w_0: Array


@operation(x="N D", w="D", w_0="")
def forward(x: Array, w: Array, w_0: Array) -> tuple[Array, PerceptronLinearCache]:
    """Compute y = w_0 + x @ w.

    x (N, D), w (D,), w_0 a number (the bias); y (N,). float16/32/64, promoted together.
    Raises TypeError for what is not real, ValueError for shapes that do not fit.
    Source: Widrow & Hoff 1960, Adaptive Switching Circuits.
    """
    y = w_0 + x @ w
    return y, PerceptronLinearCache(x, w)


@gradient(forward)
def backward(dy: Array, cache: PerceptronLinearCache) -> Gradients:
    """Compute dx[n] = dy[n] * w, dw = sum_n dy[n] * x[n], dw_0 = sum_n dy[n].

    dy (N,); gradients in the shapes of x, w, w_0. Raises ValueError if dy has another shape than
    y, TypeError if dy is not real or cache comes from elsewhere.
    """
    x, w = cache
    dx = dy[:, None] * w
    dw = x.T @ dy
    dw_0 = dy.sum()
    return Gradients(dx, dw, dw_0)

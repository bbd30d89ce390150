"""The perceptron with the sign function, y = sign(x @ w - w_0)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from impl._contract import gradient, operation

Array = NDArray[Any]


class PerceptronSignCache(NamedTuple):
    """What backward needs."""

    x: Array
    w: Array
    w_0: Array


class Gradients(NamedTuple):
    """One gradient for each input, in its shape."""

    x: Array
    w: Array
    w_0: Array


@operation(x="N D", w="D", w_0="")
def forward(x: Array, w: Array, w_0: Array) -> tuple[Array, PerceptronSignCache]:
    """Compute y = sign(x @ w - w_0): 1, -1, or 0 at 0.

    x (N, D), w (D,), w_0 a number (the threshold); y (N,). float16/32/64, promoted together.
    Raises TypeError for what is not real, ValueError for shapes that do not fit.
    Source: Rosenblatt 1958, The Perceptron.
    """
    z = x @ w - w_0
    # Not np.sign, which is not analytic for complex numbers. z - z is 0, or NaN where z is.
    y = np.where(z > 0, 1, np.where(z < 0, -1, z - z))
    return y, PerceptronSignCache(x, w, w_0)


@gradient(forward)
def backward(dy: Array, cache: PerceptronSignCache) -> Gradients:
    """Return zeros: y is constant on either side of its jump, and so carries no gradient.

    At the jump itself there is no derivative; 0 is the convention. That is why a perceptron of
    this kind is trained by Rosenblatt's rule and not by gradient descent.
    dy (N,); gradients in the shapes of x, w, w_0. Raises ValueError if dy has another shape than
    y, TypeError if dy is not real or cache comes from elsewhere.
    """
    x, w, w_0 = cache
    return Gradients(np.zeros_like(x), np.zeros_like(w), np.zeros_like(w_0))

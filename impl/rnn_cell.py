"""One step of a recurrent network: y = tanh(x @ W + h @ U + b)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from impl._contract import gradient, operation

Array = NDArray[Any]


class RnnCellCache(NamedTuple):
    """What backward needs."""

    x: Array
    h: Array
    W: Array
    U: Array
    a: Array


class Gradients(NamedTuple):
    """One gradient for each input, in its shape."""

    x: Array
    h: Array
    W: Array
    U: Array
    b: Array


@operation(x="N D", h="N H", W="D H", U="H H", b="H")
def forward(x: Array, h: Array, W: Array, U: Array, b: Array) -> tuple[Array, RnnCellCache]:
    """Compute y = tanh(a), with a = x @ W + h @ U + b.

    x (N, D), h (N, H) the state of the step before, W (D, H), U (H, H), b (H,); y (N, H) the new
    state. float16/32/64, promoted together.
    Raises TypeError for what is not real, ValueError for shapes that do not fit.
    Source: Elman 1990, Finding Structure in Time.
    """
    a = x @ W + h @ U + b
    return np.tanh(a), RnnCellCache(x, h, W, U, a)


@gradient(forward)
def backward(dy: Array, cache: RnnCellCache) -> Gradients:
    """Compute da = dy * sech(a)^2, and from it dx, dh, dW, dU, db as for a dense layer.

    dy (N, H); gradients in the shapes of x, h, W, U, b. Raises ValueError if dy has another shape
    than y, TypeError if dy is not real or cache comes from elsewhere.
    """
    x, h, W, U, a = cache
    # 1 - y^2 would cancel where y is near 1; sech has no difference.
    e = np.exp(np.where(a > 0, -a, a))
    sech = 2 * e / (1 + e * e)
    da = dy * sech * sech
    return Gradients(da @ W.T, da @ U.T, x.T @ da, h.T @ da, da.sum(axis=0))

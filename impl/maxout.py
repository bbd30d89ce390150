"""Maxout: the largest of K affine functions, y = max_k (x @ W[k] + b[k])."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from impl._contract import gradient, operation

Array = NDArray[Any]


class MaxoutCache(NamedTuple):
    """What backward needs; ``winner`` (N, M) is the piece that gave each y."""

    x: Array
    W: Array
    winner: Array


class Gradients(NamedTuple):
    """One gradient for each input, in its shape."""

    x: Array
    W: Array
    b: Array


@operation(x="N D", W="K D M", b="K M", nonempty="K")
def forward(x: Array, W: Array, b: Array) -> tuple[Array, MaxoutCache]:
    """Compute y[n, j] = max over k of z[k, n, j], where z[k] = x @ W[k] + b[k].

    x (N, D), W (K, D, M), b (K, M), K >= 1; y (N, M). float16/32/64, promoted together.
    Raises TypeError for what is not real, ValueError for shapes that do not fit.
    Source: Goodfellow et al. 2013, Maxout Networks.
    """
    z = x @ W + b[:, np.newaxis, :]
    winner = np.argmax(z, axis=0)
    y = np.max(z, axis=0)
    return y, MaxoutCache(x, W, winner)


@gradient(forward)
def backward(dy: Array, cache: MaxoutCache) -> Gradients:
    """Send dy to the piece that won (the first of equals), and through it as a dense layer.

    dz[k] = dy where piece k won, else 0;  dx = sum_k dz[k] @ W[k].T;  dW[k] = x.T @ dz[k];
    db[k] = sum_n dz[k].  dy (N, M); gradients in the shapes of x, W, b. Raises ValueError if dy
    has another shape than y, TypeError if dy is not real or cache comes from elsewhere.
    """
    x, W, winner = cache
    pieces = np.arange(W.shape[0])[:, np.newaxis, np.newaxis]
    dz = np.where(winner == pieces, dy, 0)

    dx = (dz @ W.transpose(0, 2, 1)).sum(axis=0)
    dW = x.T @ dz
    db = dz.sum(axis=1)
    return Gradients(dx, dW, db)

"""Convolution of images: y[n, f] = sum over c of x[n, c] seen through W[f, c], plus b[f]."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from impl._contract import COUNT, COUNT_OR_0, gradient, operation

Array = NDArray[Any]


class Conv2dCache(NamedTuple):
    """What backward needs; ``padded`` is x with zeros around it."""

    padded: Array
    W: Array
    stride: int
    padding: int


class Gradients(NamedTuple):
    """One gradient for each input, in its shape."""

    x: Array
    W: Array
    b: Array


@operation(x="N C H L", W="F C U V", b="F", stride=COUNT, padding=COUNT_OR_0)
def forward(
    x: Array, W: Array, b: Array, *, stride: int = 1, padding: int = 0
) -> tuple[Array, Conv2dCache]:
    """Compute y[n, f, i, j] = b[f] + sum over c, u, v of x[n, c, i*stride+u, ...] * W[f, c, u, v].

    x (N, C, H, L), padded with ``padding`` zeros on each side; W (F, C, U, V), b (F,);
    y (N, F, (H + 2 padding - U) // stride + 1, ...). float16/32/64, promoted together.
    Raises TypeError for what is not real, ValueError for shapes that do not fit.
    Source: LeCun et al. 1989.
    """
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    rows = (padded.shape[2] - W.shape[2]) // stride + 1
    columns = (padded.shape[3] - W.shape[3]) // stride + 1
    y: Any = 0
    for u, v in np.ndindex(W.shape[2:]):
        window = _window(u, v, rows, columns, stride)
        y = y + np.einsum("ncij,fc->nfij", padded[window], W[:, :, u, v])
    return y + b[:, np.newaxis, np.newaxis], Conv2dCache(padded, W, stride, padding)


@gradient(forward)
def backward(dy: Array, cache: Conv2dCache) -> Gradients:
    """Send dy back to every pixel and every weight that met in it.

    dy: shape of y; gradients in the shapes of x, W, b. Raises ValueError if dy has another shape
    than y, TypeError if dy is not real or cache comes from elsewhere.
    """
    padded, W, stride, padding = cache
    dx, dW = np.zeros_like(padded), np.zeros_like(W)
    for u, v in np.ndindex(W.shape[2:]):
        window = _window(u, v, dy.shape[2], dy.shape[3], stride)
        dx[window] += np.einsum("nfij,fc->ncij", dy, W[:, :, u, v])
        dW[:, :, u, v] = np.einsum("nfij,ncij->fc", dy, padded[window])
    H, width = (length - padding for length in padded.shape[2:])
    return Gradients(dx[:, :, padding:H, padding:width], dW, dy.sum(axis=(0, 2, 3)))


def _window(u: int, v: int, rows: int, columns: int, stride: int) -> tuple[slice, ...]:
    """Where the filter's element (u, v) lies, at all places at once."""
    everything = slice(None)
    return (
        everything,
        everything,
        slice(u, u + stride * rows, stride),
        slice(v, v + stride * columns, stride),
    )

"""The Kullback-Leibler divergence of each row: y = sum_k p_k log(p_k / q_k)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from impl._contract import gradient, operation

Array = NDArray[Any]


class KlDivergenceCache(NamedTuple):
    """What backward needs."""

    p: Array
    q: Array


class Gradients(NamedTuple):
    """One gradient for each input, in its shape."""

    p: Array
    q: Array


@operation(p="N C", q="N C")
def forward(p: Array, q: Array) -> tuple[Array, KlDivergenceCache]:
    """Compute y[n] = sum_k p[n, k] (log p[n, k] - log q[n, k]).

    p, q (N, C), positive, float16/32/64, promoted together; y (N,).
    Raises TypeError for what is not real, ValueError for two shapes. Source: Kullback & Leibler
    1951.
    """
    return (p * (np.log(p) - np.log(q))).sum(axis=1), KlDivergenceCache(p, q)


@gradient(forward)
def backward(dy: Array, cache: KlDivergenceCache) -> Gradients:
    """Compute dp = dy (log p - log q + 1) and dq = -dy p / q.

    dy (N,); gradients in the shapes of p and q. Raises ValueError if dy has another shape than y,
    TypeError if dy is not real or cache comes from elsewhere.
    """
    p, q = cache
    dy = dy[:, np.newaxis]
    return Gradients(dy * (np.log(p) - np.log(q) + 1), -dy * p / q)

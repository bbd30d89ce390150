"""An embedding: y[n] = E[t[n]], a row of a table for each word."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from impl._contract import gradient, labels, operation

Array = NDArray[Any]


class EmbeddingCache(NamedTuple):
    """What backward needs; ``is_word`` (N, V) says where which word stands."""

    is_word: Array


@operation(t=labels("N", classes="V"), E="V D")
def forward(t: Array, E: Array) -> tuple[Array, EmbeddingCache]:
    """Compute y[n] = E[t[n]].

    t (N,) integers from 0 to V - 1; E (V, D), float16/32/64; y (N, D), in the dtype of E.
    Raises TypeError if E is not real or t not integer, ValueError for shapes that do not fit, or
    a word out of range. Source: Bengio et al. 2003.
    """
    is_word = np.arange(E.shape[0]) == t[:, np.newaxis]
    return E[t], EmbeddingCache(is_word)


@gradient(forward)
def backward(dy: Array, cache: EmbeddingCache) -> Array:
    """Compute dE[v] = sum of dy[n] over the places n where the word is v.

    dy (N, D); dE: shape and dtype of E. Raises ValueError if dy has another shape than y, TypeError
    if dy is not real or cache comes from elsewhere.
    """
    return np.where(cache.is_word, 1, 0).T @ dy

"""Softmax and cross-entropy with integer labels, in one: y = mean_n (-log p[n, t_n])."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from impl._contract import gradient, labels, operation

Array = NDArray[Any]


def textbook_forward(x: Array, t: Array) -> tuple[Array, tuple[Array, Array]]:
    """Compute y = mean of -log p[n, t_n], with p the softmax, as a book has it."""
    p = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
    N = x.shape[0]
    return -np.log(p[np.arange(N), t]).sum() / N, (p, t)


def textbook_backward(dy: Array, cache: tuple[Array, Array]) -> Array:
    """Compute dx = dy * (p - onehot(t)) / N."""
    p, t = cache
    return dy * (p - (np.arange(p.shape[1]) == t[:, np.newaxis])) / p.shape[0]


class SoftmaxCrossEntropyCache(NamedTuple):
    """What backward needs: e^(x - max) and where the label of each row is."""

    e: Array
    is_label: Array


@operation(x="N C", t=labels("N", classes="C"), nonempty="N C")
def forward(x: Array, t: Array) -> tuple[Array, SoftmaxCrossEntropyCache]:
    """Compute y = mean over n of log(sum_k e^x[n, k]) - x[n, t_n].

    x (N, C) logits, float16/32/64 (integers promote); t (N,) integer labels from 0, the first
    class, to C - 1; y: one number, the mean over N >= 1, in the dtype of x. A logit of -inf has
    probability 0.
    Raises TypeError if x is not real or t not integer, ValueError for shapes that do not fit,
    an empty batch, or a label out of range. Source: Bishop 2006, section 4.3.4.
    """
    N, C = x.shape
    top = np.max(x, axis=1)
    x_t = x[np.arange(N), t]
    e = np.exp(x - top[:, np.newaxis])
    is_label = np.arange(C) == t[:, np.newaxis]
    others = np.where(is_label, 0, e).sum(axis=1)
    # log(sum e) with the label's own term e^(x_t - top) - 1 + 1: where the label is the top one,
    # log1p(others) keeps the digits of a loss near 0.
    log_sum = np.log1p(others + np.expm1(x_t - top))
    y = (top - x_t + log_sum).sum() / N
    return y, SoftmaxCrossEntropyCache(e, is_label)


@gradient(forward)
def backward(dy: Array, cache: SoftmaxCrossEntropyCache) -> Array:
    """Compute dx = dy * (p - onehot(t)) / N, with p = softmax(x).

    dy: one number; dx: shape and dtype of x. Raises ValueError if dy is not a single number,
    TypeError if dy is not real or cache comes from elsewhere.
    """
    e, is_label = cache
    # At the label, p - 1 would cancel where p is near 1; it is minus the sum of the other p.
    others = np.where(is_label, 0, e)
    total = e.sum(axis=1, keepdims=True)
    p_minus_t = np.where(is_label, -others.sum(axis=1, keepdims=True), e) / total
    return p_minus_t * dy / e.shape[0]

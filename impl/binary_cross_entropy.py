"""Sigmoid and binary cross-entropy, in one: y = mean(-t log s(x) - (1 - t) log s(-x))."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from impl._contract import between_0_and_1, gradient, operation

Array = NDArray[Any]


def textbook_forward(x: Array, t: Array) -> tuple[Array, tuple[Array, Array]]:
    """Compute y = mean of -t log p - (1 - t) log(1 - p), with p the sigmoid, as a book has it."""
    p = 1 / (1 + np.exp(-x))
    return (-t * np.log(p) - (1 - t) * np.log(1 - p)).sum() / x.size, (p, t)


def textbook_backward(dy: Array, cache: tuple[Array, Array]) -> Array:
    """Compute dx = dy * (p - t) / m."""
    p, t = cache
    return dy * (p - t) / p.size


class BinaryCrossEntropyCache(NamedTuple):
    """What backward needs."""

    x: Array
    t: Array


@operation(x="*shape", t=between_0_and_1("*shape"), nonempty="*shape")
def forward(x: Array, t: Array) -> tuple[Array, BinaryCrossEntropyCache]:
    """Compute the mean over all n elements of -t log s(x) - (1 - t) log s(-x), s the sigmoid.

    x: logits of any shape, float16/32/64; t: targets from 0 to 1 in the shape of x; y: one number.
    Raises TypeError for what is not real, ValueError for two shapes, an empty batch, or a target
    outside [0, 1]. Source: Bishop 2006, eq. 4.90.
    """
    # -log s(x) = max(-x, 0) + log(1 + e^-|x|). Both parts of the loss have the same logarithm, and
    # of the two maxima one is 0: what is left has no difference that could cancel.
    size = np.where(x > 0, x, -x)
    against = np.where(x > 0, 1 - t, t)
    linear = size * against
    if not np.isfinite(linear).all():
        linear = np.where(against == 0, 0, linear)  # x = inf with t = 1: the limit, not inf * 0
    losses = linear + np.log1p(np.exp(-size))
    y = losses.sum() / x.size
    return y, BinaryCrossEntropyCache(x, t)


@gradient(forward)
def backward(dy: Array, cache: BinaryCrossEntropyCache) -> Array:
    """Compute dx = dy * (s(x) - t) / n, as dy * ((1 - t) s(x) - t s(-x)) / n.

    dy: one number; dx: shape and dtype of x. Raises ValueError if dy is not a single number,
    TypeError if dy is not real or cache comes from elsewhere.
    """
    x, t = cache
    # The second form keeps its digits where s(x) is near a target of 0 or 1.
    e = np.exp(np.where(x > 0, -x, x))
    s_of_x = np.where(x > 0, 1, e) / (1 + e)
    s_of_minus_x = np.where(x > 0, e, 1) / (1 + e)
    return ((1 - t) * s_of_x - t * s_of_minus_x) * dy / x.size

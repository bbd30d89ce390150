"""Inverted dropout with a given mask, elementwise: y = x mask / (1 - p)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from impl._contract import Number, gradient, mask_of, operation

Array = NDArray[Any]

BELOW_1 = Number("a number from 0 to less than 1", lambda value: 0 <= value < 1)


class DropoutCache(NamedTuple):
    """What backward needs."""

    mask: Array
    p: float


@operation(x="*shape", mask=mask_of("*shape"), p=BELOW_1)
def forward(x: Array, mask: Array, *, p: float = 0.5) -> tuple[Array, DropoutCache]:
    """Compute y = x / (1 - p) where mask is 1, and 0 where it is 0.

    x: any shape, float16/32/64; mask: integers 0 and 1, or bool, in the shape of x; y: that shape.
    Raises TypeError for what is not real, ValueError for two shapes, another mask, or p outside
    [0, 1). Source: Srivastava et al. 2014.
    """
    return np.where(mask == 1, x / (1 - p), 0), DropoutCache(mask, p)


@gradient(forward)
def backward(dy: Array, cache: DropoutCache) -> Array:
    """Compute dx = dy / (1 - p) where mask is 1, and 0 where it is 0.

    dy: shape of y; dx: shape and dtype of x. Raises ValueError if dy has another shape than y,
    TypeError if dy is not real or cache comes from elsewhere.
    """
    mask, p = cache
    return np.where(mask == 1, dy / (1 - p), 0)

"""L2 regularisation: y = lam/2 times the sum of squares of all weights."""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray

from impl._contract import Number, gradient, operation

Array = NDArray[Any]

NOT_NEGATIVE = Number("a finite number >= 0", lambda value: 0 <= value < float("inf"))


class L2Cache(NamedTuple):
    """What backward needs."""

    w: Array
    lam: float


@operation(w="*shape", lam=NOT_NEGATIVE)
def forward(w: Array, *, lam: float = 0.01) -> tuple[Array, L2Cache]:
    """Compute y = lam/2 * sum of w^2.

    w: any shape, float16/32/64 (integers promote); y: one number.
    Raises TypeError for what is not real, ValueError for a negative lam.
    Source: Krogh & Hertz 1992.
    """
    return (w * w).sum() * lam / 2, L2Cache(w, lam)


@gradient(forward)
def backward(dy: Array, cache: L2Cache) -> Array:
    """Compute dw = dy * lam * w.

    dy: one number; dw: shape and dtype of w. Raises ValueError if dy is not a single number,
    TypeError if dy is not real or cache comes from elsewhere.
    """
    return dy * cache.lam * cache.w

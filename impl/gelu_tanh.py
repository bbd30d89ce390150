"""GELU in its tanh form, elementwise: y = x (1 + tanh(u)) / 2, u = sqrt(2/pi) (x + 0.044715 "
"x^3)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from impl._contract import gradient, operation

Array = NDArray[Any]


def textbook_forward(x: Array) -> tuple[Array, Array]:
    """Compute y = x (1 + tanh(u)) / 2, as a book has it."""
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))), x


def textbook_backward(dy: Array, x: Array) -> Array:
    """Compute dx = dy * ((1 + t) / 2 + x (1 - t^2) u' / 2), with t = tanh(u)."""
    t = np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))
    slope_of_u = np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * x**2)
    return dy * (0.5 * (1 + t) + 0.5 * x * (1 - t**2) * slope_of_u)


class GeluTanhCache(NamedTuple):
    """What backward needs."""

    x: Array


@operation(x="*shape")
def forward(x: Array) -> tuple[Array, GeluTanhCache]:
    """Compute y = x s(2u), with s the sigmoid: (1 + tanh(u)) / 2 is s(2u).

    x: any shape, float16/32/64 (integers promote); y: same shape and dtype.
    Raises TypeError if x is not real. Source: Hendrycks & Gimpel 2016.
    """
    v = 2 * (np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))
    e = np.exp(np.where(v > 0, -v, v))
    return x * np.where(v > 0, 1, e) / (1 + e), GeluTanhCache(x)


@gradient(forward)
def backward(dy: Array, cache: GeluTanhCache) -> Array:
    """Compute dx = dy * (s + x s (1 - s) v'), with s = s(v) and v = 2u.

    dy: shape of y; dx: shape and dtype of x. Raises ValueError if dy has another shape than y,
    TypeError if dy is not real or cache comes from elsewhere.
    """
    x = cache.x
    v = 2 * (np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))
    slope_of_v = 2 * (np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * x**2))
    e = np.exp(np.where(v > 0, -v, v))
    s = np.where(v > 0, 1, e) / (1 + e)
    return dy * (s + x * slope_of_v * e / (1 + e) ** 2)

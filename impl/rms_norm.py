"""RMS norm over each row: y = gamma * x / sqrt(mean(x^2) + eps)."""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray

from impl._contract import POSITIVE, gradient, operation

Array = NDArray[Any]


class RmsNormCache(NamedTuple):
    """What backward needs; ``s`` (N, 1) is the root mean square of each row."""

    x: Array
    gamma: Array
    s: Array


class Gradients(NamedTuple):
    """One gradient for each input, in its shape."""

    x: Array
    gamma: Array


@operation(x="N D", gamma="D", eps=POSITIVE, nonempty="D")
def forward(x: Array, gamma: Array, *, eps: float = 1e-5) -> tuple[Array, RmsNormCache]:
    """Compute y = gamma * x / s, with s = sqrt(mean(x^2) + eps), the mean over the row.

    x (N, D), gamma (D,), D >= 1; y (N, D). float16/32/64, promoted together.
    Raises TypeError for what is not real, ValueError for shapes that do not fit, eps <= 0.
    Source: Zhang & Sennrich 2019, eq. 4.
    """
    s = ((x**2).mean(axis=1, keepdims=True) + eps) ** 0.5
    # The large factor first: of a subnormal gamma * x, 1 / s would magnify what rounding took.
    return gamma / s * x, RmsNormCache(x, gamma, s)


@gradient(forward)
def backward(dy: Array, cache: RmsNormCache) -> Gradients:
    """Compute dx = g/s - x/s^3 * mean(g * x), with g = dy * gamma, and dgamma = sum_n dy * x/s.

    dy (N, D); gradients in the shapes of x and gamma. Raises ValueError if dy has another shape
    than y, TypeError if dy is not real or cache comes from elsewhere.
    """
    x, gamma, s = cache
    g = dy * gamma
    dx = g / s - x / s**3 * (g * x).mean(axis=1, keepdims=True)
    return Gradients(dx, (dy / s * x).sum(axis=0))

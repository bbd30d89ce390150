"""Inputs as people have them: every scale, zeros, integers, numbers beside kinks and edges."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
SCALES = tuple(10.0**k for k in range(-8, 9))
PROFILES = (
    "normal", "normal", "normal", "uniform", "integers", "zeros", "beside kinks", "beside edges",
)  # fmt: skip


@dataclass
class Draw:
    """Draws the inputs of one case: about ``count`` elements, by ``profile`` and ``scale``."""

    rng: np.random.Generator
    profile: str
    scale: float
    count: int
    kinks: tuple[float, ...] = (0.0,)
    given: dict[str, Any] = field(default_factory=dict)

    def shape(self, ndim: int | None = None, most: int | None = None) -> tuple[int, ...]:
        """About ``count`` elements (at most ``most``) in ndim axes, which may have length 1."""
        count = min(self.count, most or self.count)
        if ndim is None:
            ndim = int(self.rng.integers(0 if count == 1 else 1, 4))
        lengths: list[int] = []
        left = float(count)
        for at in range(ndim):
            share = left if at == ndim - 1 else left ** self.rng.uniform(0.2, 0.8)
            lengths.append(max(1, round(share)))
            left = max(1.0, left / lengths[-1])
        self.rng.shuffle(lengths)
        return tuple(lengths)

    def axis(self, shape: tuple[int, ...]) -> int:
        return int(self.rng.integers(len(shape)))

    def axis_or_none(self, shape: tuple[int, ...]) -> int | None:
        return None if not shape or self.rng.random() < 0.4 else self.axis(shape)

    def real(self, shape: tuple[int, ...], scale: float | None = None) -> Array:
        """Any numbers."""
        rng, s = self.rng, self.scale if scale is None else scale
        x = s * rng.normal(size=shape)
        if self.profile == "uniform":
            return np.asarray(rng.uniform(-9, 9, size=shape))
        if self.profile == "integers":
            return np.round(rng.normal(size=shape) * min(max(s, 2.0), 50.0))
        if self.profile == "zeros":
            return np.asarray(np.where(rng.random(shape) < 0.3, 0.0, x))
        if self.profile == "beside kinks":
            near = rng.choice(self.kinks, size=shape) + rng.choice((-1, 1), size=shape) * (
                10.0 ** rng.uniform(-14, -2, size=shape)
            )
            return np.asarray(np.where(rng.random(shape) < 0.5, near, x))
        return np.asarray(x)

    def nonzero(self, shape: tuple[int, ...]) -> Array:
        """Any numbers but 0."""
        x = self.real(shape)
        return np.where(x == 0, 1.5, x)

    def positive(self, shape: tuple[int, ...]) -> Array:
        """Numbers above 0."""
        return np.abs(self.nonzero(shape))

    def within(self, shape: tuple[int, ...], low: float, high: float) -> Array:
        """Numbers strictly between low and high: near an end where the profile says so."""
        rng, size = self.rng, high - low
        u = rng.uniform(0.02, 0.98, size=shape)
        if self.profile == "beside edges":
            edge = 10.0 ** rng.uniform(-14, -1, size=shape)
            u = np.where(rng.random(shape) < 0.5, edge, 1 - edge)
        elif low < 0 < high and self.profile in ("normal", "zeros"):
            x = self.real(shape)
            return np.where((x > low) & (x < high), x, low + size * u)
        return np.asarray(low + size * u)

    def above(self, shape: tuple[int, ...], low: float) -> Array:
        """Numbers above ``low``."""
        if self.profile == "beside edges":
            return np.asarray(low + 10.0 ** self.rng.uniform(-14, 0, size=shape))
        return low + self.positive(shape)

    def moderate(self, shape: tuple[int, ...], low: float = 0.5, high: float = 4.0) -> Array:
        """Ordinary positive numbers, whatever the profile."""
        return np.asarray(self.rng.uniform(low, high, size=shape))

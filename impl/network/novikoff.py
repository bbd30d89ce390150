"""How many mistakes the perceptron learning rule can make: Novikoff's theorem."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from impl.network.perceptron import examples

Array = NDArray[Any]


class Bound(NamedTuple):
    """Novikoff's theorem: from w = 0 there are at most (radius / margin)^2 mistakes.

    direction: the unit vector (w, w_0) whose smallest distance to the examples is ``margin``;
    radius: of the longest example. most: the bound, infinite where no direction was found.
    """

    most: float
    radius: float
    margin: float
    direction: Array


def novikoff(x: ArrayLike, t: ArrayLike, *, output: str = "step", steps: int = 2000) -> Bound:
    """Return Novikoff's bound, with a direction whose margin is nearly the widest.

    Each example is z = s * (x, -1) with s = 1 for the upper class and -1 for the lower; a
    direction u separates where u @ z > 0 for all of them. The point of their convex hull nearest
    to the origin has the direction of the widest margin; it is reached by moving weight from the
    farthest example to the nearest (Mitchell, Dem'yanov & Malozemov 1974). Wherever the iteration
    stops, the margin of its direction is exact, and so the bound holds.
    """
    x, t = examples(x, t, output)
    s = np.where(t > 0, 1.0, -1.0)
    z = s[:, np.newaxis] * np.column_stack([x, -np.ones(len(x))])
    share = np.full(len(z), 1 / len(z))  # of each example in the point of the hull reached so far
    nearest, best, margin = share @ z, share @ z, -np.inf
    for _ in range(steps):
        length, reached = np.linalg.norm(nearest), z @ nearest
        if length < 1e-12:
            break
        if reached.min() / length > margin:
            best, margin = nearest / length, float(reached.min() / length)
        low = reached.argmin()
        high = np.where(share > 0, reached, -np.inf).argmax()
        apart = z[high] - z[low]
        if reached[high] - reached[low] < 1e-9 * length**2:
            break
        moved = min(share[high], apart @ nearest / (apart @ apart))
        share[high] -= moved
        share[low] += moved
        nearest = nearest - moved * apart
    radius = float(np.linalg.norm(z, axis=1).max())
    most = (radius / margin) ** 2 if margin > 0 else float("inf")
    return Bound(most, radius, margin, best)

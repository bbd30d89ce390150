"""Derivatives along a line at points beside the given one, where that one may be a corner.

Where several inputs are equal, as under ``np.sort``, the derivatives on the two sides of one line
are not all that a rule may give: a point beside the given one has any order of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from gradproof.numeric.problem import Array, stream
from gradproof.numeric.steps.line_slopes import Slopes

# So many points, so far away, relative to the inputs or 1.
_POINTS, _AWAY = 8, 2.0**-20
# Derivatives that differ by more than this part of their size are those of a corner.
_CORNER = 1e-3

At = Callable[[Sequence[Array]], Slopes]


def choices(inputs: Sequence[Array], slopes_at: At) -> tuple[Array, Array]:
    """The ends of what may be given at a corner; the same number twice where there is none.

    slopes_at: the derivatives at other inputs. From a few points not all orders are known, so the
    ends are half as far out again as the derivatives differ.
    """
    rng, values, bounds = stream(5), [], []
    for _ in range(_POINTS):
        moved = [
            x + _AWAY * np.maximum(np.abs(x), 1.0) * rng.uniform(-1, 1, x.shape)
            if x.dtype.kind == "f"
            else x
            for x in inputs
        ]
        found = slopes_at(moved)
        values.append(np.where(np.isfinite(found.bound), found.value, np.nan))
        bounds.append(found.bound)
    every = np.stack(values)
    with np.errstate(invalid="ignore"):
        least, most = np.fmin.reduce(every, axis=0), np.fmax.reduce(every, axis=0)
        width = most - least
        rounding = 2 * np.fmin.reduce(np.stack(bounds), axis=0)
        corner = width > np.fmax(rounding, _CORNER * np.fmax(np.abs(least), np.abs(most)))
    middle = np.nan_to_num(least)
    return np.where(corner, least - width / 2, middle), np.where(corner, most + width / 2, middle)


__all__ = ["choices"]

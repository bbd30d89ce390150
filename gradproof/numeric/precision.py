"""The precision in which a function computes, whatever the dtype of what it returns."""

from __future__ import annotations

import numpy as np

from gradproof.numeric.problem import Problem, stream
from gradproof.numeric.scatter import digits_inside

# Numbers by which it is told, points at which they are looked for, and numbers taken of each.
_ENOUGH, _POINTS, _SAMPLE = 64, 80, 4096


def precision_inside(problem: Problem) -> float:
    """The unit roundoff of the outputs, lower than their dtype's where all have fewer digits.

    They are looked at away from the point, where inputs have all their digits; where they are few,
    at several points.
    """
    rng, seen = stream(0), np.empty(0)
    for turn in range(_POINTS):
        moved = list(problem.inputs)
        for name in problem.wrt:
            at = problem.at(name)
            x = moved[at]
            by = -x * rng.uniform(0.0, 0.5, x.shape)
            if turn % 2:  # a narrow range may be a single stair
                by = np.maximum(np.abs(x), 1.0) * rng.uniform(-1.0, 1.0, x.shape)
            moved[at] = (x + by).astype(x.dtype, copy=False)
        seen = np.unique(np.concatenate([seen, problem.displaced(moved)[:_SAMPLE]]))
        if seen.size >= _ENOUGH:
            break
    return max(problem.unit, float(digits_inside(seen[:, None])[0]))


__all__ = ["precision_inside"]

"""Linear algebra for arrays of recorded numbers, by elimination."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def solve(a: Array, b: Array) -> Array:
    """x with a x = b, by Gauss and Jordan with the largest pivot."""
    n = len(a)
    rows = np.concatenate([a, b.reshape(n, -1)], axis=1).astype(object)
    for k in range(n):
        best = max(range(k, n), key=lambda i: abs(rows[i, k].value))
        rows[[k, best]] = rows[[best, k]]
        rows[k] = rows[k] / rows[k, k]
        for i in range(n):
            if i != k:
                rows[i] = rows[i] - rows[k] * rows[i, k]
    return rows[:, n:].reshape(b.shape)


def det(a: Array) -> Any:
    """The determinant, by elimination."""
    rows, found = np.array(a, dtype=object), 1
    for k in range(len(rows)):
        best = max(range(k, len(rows)), key=lambda i: abs(rows[i, k].value))
        if best != k:
            rows[[k, best]] = rows[[best, k]]
            found = -1 * found
        found = rows[k, k] * found
        for i in range(k + 1, len(rows)):
            rows[i] = rows[i] - rows[k] * (rows[i, k] / rows[k, k])
    return found


def inv(a: Array) -> Array:
    """The inverse."""
    return solve(a, np.eye(len(a)))


def cholesky(a: Array) -> Array:
    """The lower factor, of the symmetric part as the rule takes it: only a's lower half is read."""
    n = len(a)
    factor = np.zeros((n, n), dtype=object)
    for j in range(n):
        left = a[j, j] - sum((factor[j, k] * factor[j, k] for k in range(j)), 0)
        factor[j, j] = left.sqrt()
        for i in range(j + 1, n):
            left = a[i, j] - sum((factor[i, k] * factor[j, k] for k in range(j)), 0)
            factor[i, j] = left / factor[j, j]
    return factor


def logsumexp(x: Array, axis: int | None = None) -> Any:
    """log(sum(exp(x)))."""
    return np.log(np.exp(x).sum(axis=axis))


def gradient(x: Array) -> list[Array]:
    """np.gradient with unit spacing: central inside, one-sided at the ends."""
    found = []
    for axis in range(x.ndim):
        v = np.moveaxis(x, axis, 0)
        inside = (v[2:] - v[:-2]) / 2
        change = np.concatenate([v[1:2] - v[:1], inside, v[-1:] - v[-2:-1]])
        found.append(np.moveaxis(change, 0, axis))
    return found


EXACT = {
    "gradient": gradient, "solve": solve, "det": det, "inv": inv, "pinv": inv,
    "cholesky": cholesky, "logsumexp": logsumexp,
}  # fmt: skip

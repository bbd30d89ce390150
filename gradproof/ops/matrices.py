"""Inverses, determinants and systems of equations.

Exactly, they are quotients of minors (Cramer's rule): short for the sizes that people prove.
"""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

import numpy as np

from gradproof.ops.function_record import ArrayOperation, Kind, NoMeaningError

Array = np.ndarray[Any, Any]
LARGEST = 6  # a determinant has that many factorial terms, shared in its minors
_SIZES = "of a matrix of more than {n} rows"


def _minor(m: Any, rows: tuple[int, ...], columns: tuple[int, ...], known: dict[Any, Any]) -> Any:
    """Return the determinant of some rows and columns, by the first of these rows."""
    if (rows, columns) not in known:
        terms = []
        for k, column in enumerate(columns):
            rest = columns[:k] + columns[k + 1 :]
            below = _minor(m, rows[1:], rest, known) if rest else 1
            terms.append((-1) ** k * m[..., rows[0], column] * below)
        known[rows, columns] = sum(terms[1:], terms[0])
    return known[rows, columns]


def _size(m: Any) -> int:
    rows, columns = np.shape(m)[-2:]
    if rows != columns:
        raise np.linalg.LinAlgError("Last 2 dimensions of the array must be square")
    if rows > LARGEST:
        raise NoMeaningError(_SIZES.format(n=LARGEST))
    return int(rows)


def determinant(m: Any) -> Any:
    """Return the determinants of (..., n, n) matrices, written out."""
    n = tuple(range(_size(m)))
    return _minor(m, n, n, {})


def _adjugate(m: Any) -> Any:
    """Return the matrix of minors whose product with ``m`` is the determinant."""
    n, known = _size(m), dict[Any, Any]()
    if n == 1:
        return 0 * m + 1
    out = []
    for i, j in itertools.product(range(n), repeat=2):
        rows = tuple(k for k in range(n) if k != j)
        columns = tuple(k for k in range(n) if k != i)
        out.append((-1) ** (i + j) * _minor(m, rows, columns, known))
    return np.reshape(np.stack(out, axis=-1), np.shape(m))


def inverse(m: Any) -> Any:
    """Return the inverse matrices: minors over the determinant."""
    return _adjugate(m) / determinant(m)[..., None, None]


def solution(m: Any, b: Any) -> Any:
    """Return x with m @ x = b; b is a vector where it has one axis, else a matrix."""
    above = _adjugate(m)
    if np.ndim(b) == 1:
        return above @ b / determinant(m)[..., None]
    return above @ b / determinant(m)[..., None, None]


class SignAndLog(NamedTuple):
    """What np.linalg.slogdet returns."""

    sign: Any
    logabsdet: Any


def sign_and_log(m: Any) -> SignAndLog:
    """Return the sign of the determinant and the logarithm of its absolute value."""
    value = determinant(m)
    return SignAndLog(np.sign(value), np.log(np.abs(value)))


def _cholesky(m: Any) -> Any:
    """Return the lower triangle L with L @ L.T = m; only the lower half of m is read."""
    n, rows = _size(m), list[list[Any]]()
    for i in range(n):
        rows.append([])
        for j in range(i + 1):
            rest = m[..., i, j] - sum(rows[i][k] * rows[j][k] for k in range(j))
            rows[i].append(np.sqrt(rest) if i == j else rest / rows[j][j])
    zero = 0 * m[..., 0, 0]
    full = [[row[j] if j < len(row) else zero for j in range(n)] for row in rows]
    return np.stack([np.stack(row, axis=-1) for row in full], axis=-2)


def _power(m: Any, n: int) -> Any:
    if n < 0:
        return _power(inverse(m), -n)
    out = np.eye(np.shape(m)[-1]) + 0 * m
    for _ in range(int(n)):
        out = out @ m
    return out


# --- adjoints -------------------------------------------------------------------------------------


def _turned(m: Any) -> Array:
    return np.swapaxes(np.asarray(m, dtype=float), -1, -2)


def _d_inverse(step: Any, v: tuple[Any, ...], a: Array, k: int) -> Any:
    turned = _turned(step.value)
    return -turned @ a @ turned


def _d_determinant(step: Any, v: tuple[Any, ...], a: Array, k: int) -> Any:
    return (np.asarray(a) * step.value)[..., None, None] * _turned(np.linalg.inv(v[0]))


def _d_solution(step: Any, v: tuple[Any, ...], a: Array, k: int) -> Any:
    if np.ndim(v[0]) != 2:
        raise ValueError("a stack of systems")
    by_b = np.linalg.solve(_turned(v[0]), np.asarray(a))
    x = np.asarray(step.value)
    return by_b if k == 1 else -np.outer(by_b, x) if x.ndim == 1 else -by_b @ x.T


def _d_sign_and_log(step: Any, v: tuple[Any, ...], a: Any, k: int) -> Any:
    return np.asarray(a[1])[..., None, None] * _turned(np.linalg.inv(v[0]))


def _exact_sign_and_log(mp: Any, step: Any, v: tuple[Any, ...]) -> list[Any]:
    value = np.asarray(determinant(v[0]), dtype=object)
    rules = mp.sign, lambda x: mp.log(abs(x))
    return [np.asarray(np.frompyfunc(rule, 1, 1)(value), dtype=object) for rule in rules]


def _record(name: str, meaning: Any, adjoint: Any = None, digits: Any = None) -> ArrayOperation:
    return ArrayOperation(name=f"linalg.{name}", kind=Kind.LINEAR_ALGEBRA, meaning=meaning,
                          adjoint=adjoint, digits=digits)  # fmt: skip


RECORDS = [
    _record("inv", inverse, _d_inverse), _record("det", determinant, _d_determinant),
    _record("solve", solution, _d_solution), _record(
        "slogdet", sign_and_log, _d_sign_and_log, _exact_sign_and_log),
    _record("cholesky", _cholesky), _record("matrix_power", _power),
]  # fmt: skip
__all__ = ["RECORDS"]

"""Reductions, running totals, order, and products that sum along axes.

An adjoint is given the step (its operands, options and value), the values of the operands, the
adjoint of the result, and which operand is asked about.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradproof.ops.function_record import ArrayOperation, Kind, NoMeaningError

Array = np.ndarray[Any, Any]
_NO_EXACT = {"proof": "of traced values it has no exact meaning"}


class UnknownSlopeError(Exception):
    """A function whose derivative is not known, with these options; place: where it is called."""

    place: Any = None


def fitted(adjoint: Any, like: Any) -> Array:
    """Sum an adjoint over the axes along which the operand was broadcast."""
    out, shape = np.asarray(adjoint, dtype=float), np.shape(like)
    while out.ndim > len(shape):
        out = out.sum(axis=0)
    for axis, length in enumerate(shape):
        if length == 1 and out.shape[axis] != 1:
            out = out.sum(axis=axis, keepdims=True)
    return out


def nothing(step: Any, v: tuple[Any, ...], a: Array, k: int) -> Any:
    """The adjoint of an operand on which nothing depends smoothly."""
    return None


# --- reductions -----------------------------------------------------------------------------------


def _axes(step: Any, x: Any) -> tuple[int, ...]:
    axis = step.kwargs.get("axis")
    if axis is None:
        return tuple(range(np.ndim(x)))
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    return tuple(int(k) % max(np.ndim(x), 1) for k in axes)


def _opened(step: Any, x: Any, a: Any) -> Array:
    """Give the result of a reduction its axes back, to broadcast against the operand."""
    if step.kwargs.get("keepdims"):
        return np.asarray(a)
    return np.expand_dims(np.asarray(a), _axes(step, x))


def _count(step: Any, x: Any) -> int:
    return math.prod(np.shape(x)[k] for k in _axes(step, x))


def _sum(step: Any, v: tuple[Any, ...], a: Array, k: int) -> Any:
    return np.broadcast_to(_opened(step, v[0], a), np.shape(v[0]))


def _mean(step: Any, v: tuple[Any, ...], a: Array, k: int) -> Any:
    return _sum(step, v, a, k) / _count(step, v[0])


def _var(step: Any, v: tuple[Any, ...], a: Array, k: int) -> Any:
    x = np.asarray(v[0], dtype=float)
    centred = x - x.mean(axis=_axes(step, x), keepdims=True)
    return _opened(step, x, a) * 2 * centred / (_count(step, x) - step.kwargs.get("ddof", 0))


def _std(step: Any, v: tuple[Any, ...], a: Array, k: int) -> Any:
    return _var(step, v, a / (2 * step.value), k)


def _extreme(step: Any, v: tuple[Any, ...], a: Array, k: int) -> Any:
    hit = np.asarray(v[0]) == _opened(step, v[0], step.value)
    axes = _axes(step, v[0])
    first = np.cumsum(hit, axis=axes[0]) == 1 if len(axes) == 1 else hit
    return _opened(step, v[0], a) * (hit & first)


def _prod(step: Any, v: tuple[Any, ...], a: Array, k: int) -> Any:
    return _opened(step, v[0], a * step.value) / v[0]


def _exact_moments(mp: Any, step: Any, v: tuple[Any, ...]) -> Any:
    """The moments of an array of numbers with many digits."""
    x, axis, keep = np.asarray(v[0]), step.kwargs.get("axis"), bool(step.kwargs.get("keepdims"))
    total = np.asarray(np.sum(x, axis=axis, keepdims=True))
    count = x.size // max(total.size, 1)
    mean = total / mp.mpf(count)
    if step.name != "mean":
        squares = np.sum((x - mean) ** 2, axis=axis, keepdims=True)
        mean = np.asarray(squares) / mp.mpf(count - step.kwargs.get("ddof", 0))
        mean = np.frompyfunc(mp.sqrt, 1, 1)(mean) if step.name == "std" else mean
    return mean if keep else np.squeeze(mean, axis=axis) if axis is not None else mean.reshape(())


def _spread(x: Any, axis: Any = None, ddof: float = 0, keepdims: bool = False,
            correction: float = 0) -> Any:  # fmt: skip
    """The variance: the mean square of the distance to the mean."""
    away = np.square(x - np.mean(x, axis=axis, keepdims=True))
    mean = np.mean(away, axis=axis, keepdims=keepdims)
    less = ddof or correction
    return mean / (1 - less * np.size(mean) / np.size(x)) if less else mean


def _deviation(x: Any, **options: Any) -> Any:
    return np.sqrt(np.var(x, **options))


def _reduction(name: str, adjoint: Any, **more: Any) -> ArrayOperation:
    return ArrayOperation(name=name, kind=Kind.REDUCTION, adjoint=adjoint, method=True, **more)


REDUCTIONS = [
    _reduction("sum", _sum, also=("nansum",)),
    _reduction("mean", _mean, also=("nanmean",), moments=True, digits=_exact_moments),
    _reduction("var", _var, also=("nanvar",), moments=True, digits=_exact_moments,
               family=("spreads",), meaning=_spread),
    _reduction("std", _std, also=("nanstd",), moments=True, digits=_exact_moments,
               family=("spreads",), meaning=_deviation),
    _reduction("max", _extreme, also=("amax", "nanmax"), family=("extremes",), ordered=True),
    _reduction("min", _extreme, also=("amin", "nanmin"), family=("extremes",), ordered=True),
    _reduction("prod", _prod),
    _reduction("any", nothing), _reduction("all", nothing),
]  # fmt: skip


# --- summaries in ways of their own ---------------------------------------------------------------


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Euclidean, Frobenius, and the norms of vectors of order 1 and infinity."""
    vector = isinstance(axis, (int, np.integer)) or (axis is None and np.ndim(x) == 1)
    if ord is None or (ord == "fro" and not vector) or (ord == 2 and vector):
        return np.sqrt(np.sum(np.square(x), axis=axis, keepdims=keepdims))
    if vector and ord == 1:
        return np.sum(np.abs(x), axis=axis, keepdims=keepdims)
    if vector and ord == np.inf:
        return np.max(np.abs(x), axis=axis, keepdims=keepdims)
    raise NoMeaningError(f"with ord={ord!r}")


def _d_norm(step: Any, v: tuple[Any, ...], a: Array, k: int) -> Any:
    """The adjoint of the Euclidean norm is 0 at zeros; of others by what they mean."""
    if k or len(v) > 1 or step.kwargs.get("ord") is not None:
        return NotImplemented
    with np.errstate(all="ignore"):
        slope = _opened(step, v[0], np.asarray(a) / step.value)
    return np.where(np.isfinite(slope), slope * v[0], 0.0)


def _summary(name: str, **more: Any) -> ArrayOperation:
    return ArrayOperation(name=name, kind=Kind.SUMMARY, **more)


def _ptp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return np.max(x, axis=axis, keepdims=keepdims) - np.min(x, axis=axis, keepdims=keepdims)


def _median(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The middle one in order, or the mean of the two in the middle."""
    flat, along = (np.reshape(x, (-1,)), 0) if axis is None else (x, int(axis))
    n = int(np.shape(flat)[along])
    middle = np.take(np.sort(flat, axis=along), [(n - 1) // 2, n // 2], axis=along)
    made = np.mean(middle, axis=along, keepdims=keepdims and axis is not None)
    return np.reshape(made, (1,) * np.ndim(x)) if keepdims and axis is None else made


def _average(a: Any, axis: Any = None, weights: Any = None, keepdims: bool = False) -> Any:
    if weights is None:
        return np.mean(a, axis=axis, keepdims=keepdims)
    if np.shape(weights) != np.shape(a):  # one weight for each place along the axis
        weights = np.reshape(weights, (-1, *(1,) * (np.ndim(a) - 1 - int(axis) % np.ndim(a))))
        weights = weights + 0 * a
    total = np.sum(weights, axis=axis, keepdims=keepdims)
    return np.sum(a * weights, axis=axis, keepdims=keepdims) / total


def _trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1)


SUMMARIES = [
    _summary("linalg.norm", adjoint=_d_norm, meaning=_norm),
    _summary("average", meaning=_average), _summary("trace", meaning=_trace),
    _summary("median", meaning=_median),
    _summary("count_nonzero", adjoint=nothing),
    _summary("ptp", meaning=_ptp),
]  # fmt: skip


# --- running totals, order ------------------------------------------------------------------------


def _cumprod(step: Any, v: tuple[Any, ...], a: Array, k: int) -> Any:
    axis = step.kwargs.get("axis", v[1] if len(v) > 1 else None)
    x = np.asarray(v[0], dtype=float)
    if k or (axis is None and x.ndim > 1):
        raise UnknownSlopeError(step.name)
    later = np.flip(np.cumsum(np.flip(a * step.value, axis or 0), axis=axis or 0), axis or 0)
    return later / x


def _by_position(order: Any) -> Any:
    """Return the adjoint of a function that puts elements into another order along an axis."""

    def adjoint(step: Any, v: tuple[Any, ...], a: Array, k: int) -> Any:
        if k:
            return None
        axis = step.kwargs.get("axis", -1)
        if axis is None:
            raise UnknownSlopeError(step.name)
        out = np.zeros(np.shape(v[0]))
        np.put_along_axis(out, order(step, v, axis), np.asarray(a), axis)
        return out

    return adjoint


def _sorted(step: Any, v: tuple[Any, ...], axis: int) -> Any:
    return np.argsort(v[0], axis=axis, kind="stable")


def _parted(step: Any, v: tuple[Any, ...], axis: int) -> Any:
    return np.argpartition(v[0], v[1] if len(v) > 1 else step.kwargs["kth"], axis=axis)


def _running(name: str, adjoint: Any = None, **more: Any) -> ArrayOperation:
    return ArrayOperation(name=name, kind=Kind.RUNNING, adjoint=adjoint, **more)


def _exact_round(mp: Any, step: Any, v: tuple[Any, ...]) -> Any:
    scale = mp.mpf(10) ** int(v[1] if len(v) > 1 else step.kwargs.get("decimals", 0))
    return np.frompyfunc(lambda x: mp.nint(x * scale) / scale, 1, 1)(v[0])


RUNNING = [
    _running("cumsum"), _running("cumprod", _cumprod), _running("diff"),
    _running("sort", _by_position(_sorted)), _running("partition", _by_position(_parted)),
    *(ArrayOperation(name=name, kind=Kind.POSITION, adjoint=nothing, ordered=True,
                     family=("positions",) if name != "argsort" else ())
      for name in ("argmax", "argmin", "argsort")),
    ArrayOperation(name="argpartition", kind=Kind.POSITION, adjoint=nothing, ordered=True,
                   without={"proof": "NumPy leaves the order open"}),
    _running("round", nothing, also=("around",), without=_NO_EXACT, digits=_exact_round),
]  # fmt: skip


# --- products that sum along axes -----------------------------------------------------------------


def _matmul(step: Any, v: tuple[Any, ...], a: Array, k: int) -> Any:
    x, w = (np.asarray(each, dtype=float) for each in v)
    left = x[np.newaxis, :] if x.ndim == 1 else x
    right = w[:, np.newaxis] if w.ndim == 1 else w
    wide = np.asarray(a)
    wide = wide[..., np.newaxis] if w.ndim == 1 else wide
    wide = wide[..., np.newaxis, :] if x.ndim == 1 else wide
    if k == 0:
        return fitted(wide @ np.swapaxes(right, -1, -2), left).reshape(x.shape)
    return fitted(np.swapaxes(left, -1, -2) @ wide, right).reshape(w.shape)


def _cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1,
           axis: int | None = None) -> Any:  # fmt: skip
    if axis is not None:
        axisa = axisb = axisc = axis
    u, v = np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1)
    (x, y, *z), (p, q, *r) = ([w[..., k] for k in range(np.shape(w)[-1])] for w in (u, v))
    if not z and not r:  # vectors of the plane: a number
        return x * q - y * p
    z, r = z or [0 * x], r or [0 * p]
    rows = np.broadcast_arrays(y * r[0] - z[0] * q, z[0] * p - x * r[0], x * q - y * p)
    return np.moveaxis(np.stack(rows, axis=-1), -1, axisc)


def _kron(a: Any, b: Any) -> Any:
    """Blocks: every element of ``a`` times the whole of ``b``."""
    rank = max(np.ndim(a), np.ndim(b))
    u, v = (np.reshape(w, (1,) * (rank - np.ndim(w)) + np.shape(w)) for w in (a, b))
    if not rank:
        return u * v
    wide = [np.expand_dims(u, tuple(range(1, 2 * rank, 2))),
            np.expand_dims(v, tuple(range(0, 2 * rank, 2)))]  # fmt: skip
    return np.reshape(wide[0] * wide[1], [m * n for m, n in zip(np.shape(u), np.shape(v))])


def _outer(a: Any, b: Any) -> Any:
    return np.einsum("i,j->ij", np.ravel(a), np.ravel(b))


def _inner(a: Any, b: Any) -> Any:
    return np.tensordot(a, b, (-1, -1)) if np.ndim(a) and np.ndim(b) else a * b


def _contraction(name: str, **more: Any) -> ArrayOperation:
    return ArrayOperation(name=name, kind=Kind.CONTRACTION, **more)


CONTRACTIONS = [
    _contraction("matmul", adjoint=_matmul, symbol=(2, " @ ")),
    *(_contraction(name) for name in ("dot", "einsum", "tensordot", "convolve")),
    _contraction("outer", meaning=_outer), _contraction("inner", meaning=_inner),
    _contraction("vdot", meaning=lambda a, b: np.sum(np.ravel(a) * np.ravel(b))),
    _contraction("vecdot", meaning=lambda a, b: np.einsum("...i,...i->...", a, b)),
    _contraction("matvec", meaning=lambda a, b: np.einsum("...ij,...j->...i", a, b)),
    _contraction("vecmat", meaning=lambda a, b: np.einsum("...i,...ij->...j", a, b)),
    _contraction("correlate", meaning=lambda a, v, mode="valid": np.convolve(a, v[::-1], mode)),
    _contraction("linalg.multi_dot"),
    _contraction("cross", meaning=_cross), _contraction("kron", meaning=_kron),
]  # fmt: skip

RECORDS = [*REDUCTIONS, *SUMMARIES, *RUNNING, *CONTRACTIONS]
__all__ = ["RECORDS", "UnknownSlopeError", "fitted", "nothing"]

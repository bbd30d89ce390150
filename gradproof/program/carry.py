"""Carry steps out again, from other values: the functions of all steps by their names.

The values may be complex, with a step in the imaginary part: the imaginary part of what comes out
is then the derivative along that step, exact but for rounding (the complex step, Squire & Trapp
1998). It asks for functions that are analytic, so the few of NumPy that look at absolute values or
compare are carried out by the real part, which is what they do beside a kink.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from gradproof.program.steps import Program, Ref, Step, mapped

Array = np.ndarray[Any, Any]


class CarryError(Exception):
    """A step that cannot be carried out again; the text says which and why."""


# --- steps that NumPy has no function for ----------------------------------------------------


def _gather(array: Any, index: Array) -> Any:
    return np.ravel(array)[index]


def _scatter(array: Any, index: Array, value: Any) -> Array:
    out = np.array(array, dtype=_wide(array, value), order="C")
    out.reshape(-1)[index] = value
    return out


def _put(array: Any, index: Any, value: Any) -> Array:
    out = np.array(array, dtype=_wide(array, value))
    out[index] = value
    return out


def _wide(array: Any, value: Any) -> Any:
    """The dtype of an array after a write: its own, made complex where what is written is."""
    return np.result_type(array, value) if np.iscomplexobj(value) else np.asarray(array).dtype


def _ufunc_at(name: str) -> Callable[..., Array]:
    def at(array: Any, index: Any, *operands: Any) -> Array:
        wide = np.iscomplexobj(array) or any(map(np.iscomplexobj, operands))
        out = np.array(array, dtype=complex if wide else None)
        getattr(np, name).at(out, index, *operands)
        return out

    return at


def _astype(array: Any, dtype: Any) -> Any:
    kind = np.dtype(dtype).kind
    if np.iscomplexobj(array):
        return array if kind in "fc" else np.real(array).astype(dtype)
    return np.asarray(array).astype(dtype)


def _same(array: Any, *_: Any, **__: Any) -> Any:
    return array


def _copied(array: Any, *_: Any, **__: Any) -> Any:
    return np.array(array)


def _item(several: Any, index: Any) -> Any:
    return several[index]


def _expit(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _log_expit(x: Any) -> Any:
    return -_logaddexp(0.0, -x)


def _softmax(x: Any, axis: Any = None) -> Any:
    e = np.exp(x - np.max(np.real(x), axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def _logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    top = np.max(np.real(x), axis=axis, keepdims=True)
    out = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
    return out if keepdims else np.squeeze(out, axis=axis)


def _xlogy(x: Any, y: Any) -> Any:
    return np.where(np.real(x) == 0, 0 * y, x * np.log(y))


def _erf(x: Any) -> Any:
    x = np.asarray(x)
    value = np.vectorize(math.erf, otypes=[float])(np.real(x))
    if not np.iscomplexobj(x):
        return value
    slope = 2 / math.sqrt(math.pi) * np.exp(-(np.real(x) ** 2))
    return value + 1j * np.imag(x) * slope


# --- functions that are carried out by the real part -----------------------------------------


def _absolute(x: Any) -> Any:
    return np.where(np.real(x) < 0, -x, x)


def _larger(x: Any, y: Any) -> Any:
    return np.where(np.real(x) >= np.real(y), x, y)


def _smaller(x: Any, y: Any) -> Any:
    return np.where(np.real(x) <= np.real(y), x, y)


def _clip(x: Any, low: Any = None, high: Any = None, **named: Any) -> Any:
    low, high = (named.get(k, d) for k, d in (("a_min", low), ("a_max", high)))
    low, high = named.get("min", low), named.get("max", high)
    out = x if low is None else _larger(x, low)
    return out if high is None else _smaller(out, high)


def _extreme(pick: Callable[..., Any]) -> Callable[..., Any]:
    def extreme(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        x = np.asarray(x)
        if axis is None:
            flat = x.reshape(-1)
            out = flat[pick(np.real(flat))]
            return out.reshape((1,) * x.ndim) if keepdims else out
        if isinstance(axis, tuple):
            raise CarryError("an extreme over several axes")
        where = np.expand_dims(pick(np.real(x), axis=axis), axis)
        out = np.take_along_axis(x, where, axis)
        return out if keepdims else np.squeeze(out, axis)

    return extreme


def _variance(x: Any, axis: Any = None, ddof: float = 0, keepdims: bool = False, **_: Any) -> Any:
    away = x - np.mean(x, axis=axis, keepdims=True)
    count = np.size(x) / np.size(np.sum(away, axis=axis)) - ddof
    return np.sum(away * away, axis=axis, keepdims=keepdims) / count


def _deviation(x: Any, **options: Any) -> Any:
    return np.sqrt(_variance(x, **options))


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    if ord == 1 and (axis is not None or np.ndim(x) == 1):
        return np.sum(_absolute(x), axis=axis, keepdims=keepdims)
    if ord not in (None, "fro") and not (ord == 2 and (np.ndim(x) == 1 or isinstance(axis, int))):
        raise CarryError(f"a norm of order {ord}")
    return np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))


def _logaddexp(x: Any, y: Any) -> Any:
    high = _larger(x, y)
    return high + np.log(np.exp(x - high) + np.exp(y - high))


def _heaviside(x: Any, middle: Any) -> Any:
    return np.heaviside(np.real(x), np.real(middle))


def _by_real_part(function: Callable[..., Any]) -> Callable[..., Any]:
    def by_real_part(*args: Any, **kwargs: Any) -> Any:
        return function(*(mapped(_real_part, arg) for arg in args), **kwargs)

    return by_real_part


def _real_part(item: Any) -> Any:
    return np.real(item) if isinstance(item, (np.ndarray, np.generic, complex)) else item


def _sorted(x: Any, axis: int = -1, **_: Any) -> Any:
    return np.take_along_axis(np.asarray(x), np.argsort(np.real(x), axis, kind="stable"), axis)


OWN: dict[str, Callable[..., Any]] = {
    "gather": _gather, "scatter": _scatter, "put": _put, "astype": _astype, "item": _item,
    "getitem": _item, "copy": _copied, "scipy.special.expit": _expit,
    "scipy.special.log_expit": _log_expit, "scipy.special.softmax": _softmax,
    "scipy.special.logsumexp": _logsumexp, "scipy.special.xlogy": _xlogy,
    "scipy.special.erf": _erf, "erf": _erf,
}  # fmt: skip

ANALYTIC: dict[str, Callable[..., Any]] = {
    "absolute": _absolute, "fabs": _absolute, "maximum": _larger, "minimum": _smaller,
    "fmax": _larger, "fmin": _smaller, "clip": _clip, "max": _extreme(np.argmax),
    "min": _extreme(np.argmin), "amax": _extreme(np.argmax), "amin": _extreme(np.argmin),
    "maximum.reduce": lambda x, axis=0, **k: _extreme(np.argmax)(x, axis=axis, **k),
    "minimum.reduce": lambda x, axis=0, **k: _extreme(np.argmin)(x, axis=axis, **k),
    "var": _variance, "std": _deviation, "linalg.norm": _norm, "logaddexp": _logaddexp,
    "heaviside": _heaviside, "sort": _sorted, "real": _same, "conjugate": _same, "conj": _same,
    "hypot": lambda x, y: np.sqrt(x * x + y * y), "cbrt": lambda x: x ** (1 / 3),
    "exp2": lambda x: np.exp(x * math.log(2.0)), "logaddexp2": lambda x, y:
    _logaddexp(x * math.log(2.0), y * math.log(2.0)) / math.log(2.0),
    "arctan2": lambda y, x: np.arctan2(np.real(y), np.real(x)) + 1j * (
        np.imag(y) * np.real(x) - np.imag(x) * np.real(y)) / (np.real(x) ** 2 + np.real(y) ** 2),
    "degrees": lambda x: x * (180 / math.pi), "radians": lambda x: x * (math.pi / 180),
    "vdot": lambda x, y: np.dot(np.ravel(x), np.ravel(y)), "nan_to_num": _same,
    "mod": lambda x, y: x - y * np.floor(np.real(x) / np.real(y)),
    "remainder": lambda x, y: x - y * np.floor(np.real(x) / np.real(y)),
}  # fmt: skip

_BY_REAL_PART = (
    "greater", "less", "greater_equal", "less_equal", "equal", "not_equal", "sign", "floor",
    "ceil", "rint", "round", "around", "trunc", "fix", "argmax", "argmin", "argsort",
    "searchsorted",
    "isnan", "isinf", "isfinite", "isclose", "allclose", "array_equal", "logical_and",
    "logical_or", "logical_not", "logical_xor", "nonzero", "argwhere", "flatnonzero", "digitize",
    "histogram", "bincount", "floor_divide", "percentile", "quantile", "median", "signbit",
    "any", "all", "count_nonzero", "argpartition", "unique",
)  # fmt: skip


def function_of(name: str) -> Callable[..., Any]:
    """Return the function of a step by its name.

    Raises CarryError for names that nothing is known by.

    >>> function_of("linalg.norm")([3.0, 4.0])
    np.float64(5.0)
    """
    if name in OWN:
        return OWN[name]
    if name.endswith(".at"):
        return _ufunc_at(name.removesuffix(".at"))
    found: Any = np
    for part in name.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        raise CarryError(f"{name} is not a function of NumPy")
    return found


def _chosen(name: str, args: Iterable[Any]) -> Callable[..., Any]:
    """The function of a step for these operands: by the real part where they are complex."""
    if any(_is_complex(arg) for arg in args):
        if name in ANALYTIC:
            return ANALYTIC[name]
        if name in _BY_REAL_PART:
            return _by_real_part(function_of(name))
    return function_of(name)


def _is_complex(item: Any) -> bool:
    if isinstance(item, (tuple, list)):
        return any(map(_is_complex, item))
    return isinstance(item, (np.ndarray, np.generic, complex)) and np.iscomplexobj(item)


def carried(step: Step, value: Callable[[int], Any]) -> Any:
    """Return what a step gives for other values of its operands. Raises CarryError."""

    def operand(item: Any) -> Any:
        return value(item.step) if isinstance(item, Ref) else item

    args, kwargs = mapped(operand, step.args), mapped(operand, step.kwargs)
    kwargs = {key: item for key, item in kwargs.items() if key not in ("dtype", "casting", "out")}
    try:
        out = _chosen(step.op, [*args, *kwargs.values()])(*args, **kwargs)
    except CarryError:
        raise
    except Exception as error:
        raise CarryError(f"{step.op}: {type(error).__name__}: {error}") from None
    if isinstance(out, (tuple, list)):
        return out
    out, shape = np.asarray(out), np.shape(step.value)
    # A matrix keeps its axes where an array loses them.
    return out if out.shape == shape or out.size != np.size(step.value) else out.reshape(shape)


def replay(program: Program, order: Iterable[int], start: Mapping[int, Any]) -> dict[int, Any]:
    """Carry out the steps of ``order`` again after the steps in ``start`` took other values.

    Returns the values of all of them by step. A step that cannot be carried out, and what depends
    on it, is not among them.
    """
    values, missing = dict(start), set[int]()

    def value(index: int) -> Any:
        return values[index] if index in values else program.steps[index].value

    with np.errstate(all="ignore"):
        for index in order:
            step = program.steps[index]
            try:
                if missing.isdisjoint(step.refs):
                    values[index] = carried(step, value)
                    continue
            except CarryError:
                pass
            missing.add(index)
            values.pop(index, None)
    return values


__all__ = ["CarryError", "carried", "function_of", "replay"]

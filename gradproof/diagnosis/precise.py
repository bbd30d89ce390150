"""A tape carried out again with 50 digits, to see where floats lose what the formula has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np

from gradproof.diagnosis.tape import Array, Op, Tape, evaluate, resolved
from gradproof.work import DIGITS_EACH, spend

DIGITS = 50


@dataclass(frozen=True)
class Precision:
    """What counts in floats of one width.

    kept: a relative error that is rounding; lost: one that is none; same: of two forms. smallest:
    floats below it have no digits to lose; largest: a larger result cannot be one. negligible:
    beside other elements, what cancels to 0 is never 0 in floats. offset: of inputs whose squares
    leave hardly a digit to their differences; reaches: where 1 - s and exp(x) reach their limits.
    """

    kept: float
    lost: float
    same: float
    smallest: float
    largest: float
    negligible: float
    offset: float
    reaches: tuple[float, float]


DOUBLE = Precision(1e-6, 1e-4, 1e-9, 1e-280, 1e300, 1e-30, 1e7, (40.0, 750.0))
SINGLE = Precision(1e-4, 1e-2, 1e-4, 1e-36, 1e38, 1e-13, 3e3, (18.0, 100.0))


def precision_of(tape: Tape) -> Precision:
    """Return the precision in which results are computed: that of the narrowest."""
    results = [tape.value(k).dtype for k in (tape.y, *tape.gradients.values())]
    return SINGLE if any(d.kind == "f" and d.itemsize < 8 for d in results) else DOUBLE


_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "exp": mpmath.exp, "expm1": mpmath.expm1, "log": mpmath.log, "log1p": mpmath.log1p,
    "sqrt": mpmath.sqrt, "tanh": mpmath.tanh, "sinh": mpmath.sinh, "cosh": mpmath.cosh,
    "sin": mpmath.sin, "cos": mpmath.cos, "tan": mpmath.tan, "arctan": mpmath.atan,
    "abs": abs, "negative": lambda x: -x, "positive": lambda x: x, "square": lambda x: x * x,
    "reciprocal": lambda x: 1 / x, "sign": mpmath.sign, "log2": lambda x: mpmath.log(x, 2),
    "exp2": lambda x: mpmath.mpf(2) ** x, "log10": mpmath.log10, "fabs": abs,
    "arcsin": mpmath.asin, "arccos": mpmath.acos, "arcsinh": mpmath.asinh, "cbrt": mpmath.cbrt,
    "arccosh": mpmath.acosh, "arctanh": mpmath.atanh,
}  # fmt: skip
_OF_TWO: dict[str, Callable[[Any, Any], Any]] = {
    "power": lambda a, b: a**b, "float_power": lambda a, b: a**b, "hypot": mpmath.hypot,
    "logaddexp": lambda a, b: max(a, b) + mpmath.log1p(mpmath.exp(-abs(a - b))),
}  # fmt: skip
_DECIDED = {
    "greater", "less", "greater_equal", "less_equal", "equal", "not_equal", "argmax", "argmin",
}  # fmt: skip
_LOGIC = {"isfinite", "isnan", "isinf"}


class OtherBranchError(Exception):
    """Floats and exact numbers compare differently, so they go different ways from here."""


def precisely(tape: Tape, digits: int = DIGITS) -> list[Any] | None:
    """Return the values of all entries with so many digits.

    None where a function is not known so, has no real value, or where floats take other branches.
    """
    values: list[Any] = []
    with mpmath.workdps(digits):
        for op in tape.ops:
            spend(DIGITS_EACH * (1 + getattr(op.value, "size", 1)))
            try:
                values.append(_value(op, values))
            except Exception:  # mpmath and object arrays refuse in many ways
                return None
    return values


def _value(op: Op, values: list[Any]) -> Any:
    if op.name in ("input", "upstream", "constant"):
        return _exact(op.value)
    args = resolved(op.args, lambda index: values[index])
    args = tuple(_exact(a) if type(a) is float else a for a in args)
    if op.name in _FUNCTIONS:
        return _each(_FUNCTIONS[op.name], args[0])
    if op.name in _DECIDED:
        made = np.asarray(evaluate(op.name, args, op.kwargs)).astype(op.value.dtype)
        if not np.array_equal(made, op.value):
            raise OtherBranchError
        return made
    if op.name in _LOGIC:
        return op.value
    if op.name in ("mean", "var", "std"):
        return _moments(op, np.asarray(args[0]))
    if op.name == "astype":
        given = np.asarray(args[0])
        real = given.dtype.kind in "biu" and op.value.dtype.kind == "f"
        return _each(lambda v: mpmath.mpf(int(v)), given) if real else given
    if op.name in _OF_TWO:
        return _binary(_OF_TWO[op.name], *args)
    return np.asarray(evaluate(op.name, args, op.kwargs))


def _exact(value: Any) -> Any:
    array = np.asarray(value)
    return _each(lambda v: mpmath.mpf(float(v)), array) if array.dtype.kind == "f" else array


def _each(function: Callable[[Any], Any], array: Any) -> Array:
    out = np.empty(np.shape(array), dtype=object)
    for index in np.ndindex(*out.shape):
        out[index] = _real(function(np.asarray(array)[index]))
    return out


def _real(value: Any) -> Any:
    if isinstance(value, mpmath.mpc):
        raise ValueError("not a real number")
    return value


def _binary(function: Callable[[Any, Any], Any], a: Any, b: Any) -> Array:
    wide = np.broadcast_arrays(np.asarray(a, dtype=object), np.asarray(b, dtype=object))
    out = np.empty(wide[0].shape, dtype=object)
    for index in np.ndindex(*out.shape):
        out[index] = _real(function(*(w[index] for w in wide)))
    return out


def _moments(op: Op, x: Array) -> Any:
    axis, keep = op.kwargs.get("axis"), bool(op.kwargs.get("keepdims"))
    total = np.asarray(np.sum(x, axis=axis, keepdims=True))
    count = x.size // max(total.size, 1)
    mean = total / mpmath.mpf(count)
    if op.name != "mean":
        squares = np.sum((x - mean) ** 2, axis=axis, keepdims=True)
        mean = np.asarray(squares) / mpmath.mpf(count - op.kwargs.get("ddof", 0))
        mean = _each(mpmath.sqrt, mean) if op.name == "std" else mean
    return mean if keep else np.squeeze(mean, axis=axis) if axis is not None else mean.reshape(())

"""A tape carried out again with 50 digits, to see where floats lose what the formula has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import mpmath
import numpy as np

from gradproof.diagnosis.tape.simpler_forms import meant
from gradproof.diagnosis.tape.tape import Array, Op, Tape, evaluate, resolved
from gradproof.ops import ArrayOperation, Elementwise, Kind, digits_of, find
from gradproof.work import DIGITS_EACH, TimeLimitError, WorkLimitError, spend

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


class OtherBranchError(Exception):
    """Floats and exact numbers compare differently, so they go different ways from here."""


def precisely(tape: Tape, digits: int = DIGITS) -> list[Any] | None:
    """Return the values of all entries with so many digits.

    None where a function is not known so, has no real value, or where floats take other branches.
    """
    with mpmath.workdps(digits):
        try:
            return _values(tape.ops, {})
        except (WorkLimitError, TimeLimitError):
            raise
        except Exception:  # mpmath and object arrays refuse in many ways
            return None


def _values(ops: Sequence[Op], given: Mapping[int, Any]) -> list[Any]:
    """Return the values of steps; those of inputs may be given."""
    values: list[Any] = []
    for index, op in enumerate(ops):
        spend(DIGITS_EACH * (1 + getattr(op.value, "size", 1)))
        values.append(given[index] if index in given else _value(op, values, ops))
    return values


def _value(op: Op, values: list[Any], ops: Sequence[Op]) -> Any:
    if op.name in ("input", "upstream", "constant"):
        return _exact(op.value)
    args = resolved(op.args, lambda index: values[index])
    args = tuple(_exact(a) if type(a) is float else a for a in args)
    record = find(op.name)
    if isinstance(record, Elementwise) and not record.truth:
        return _each(partial(digits_of, record.name), *args)
    if isinstance(record, ArrayOperation) and record.digits is not None:
        return record.digits(mpmath.mp, op, args)
    if isinstance(record, ArrayOperation) and record.meaning is not None:
        floats = resolved(op.args, lambda index: ops[index].value)
        steps, result, at = meant(record, floats, op.kwargs)
        given = {k: value for k, value in zip(at, args) if k is not None}
        return _values(steps, given)[result]
    if isinstance(record, Elementwise) and not record.symbol:  # questions about floats, and logic
        return op.value
    made = np.asarray(evaluate(op.name, args, op.kwargs))
    if isinstance(record, Elementwise) or (record is not None and record.kind is Kind.POSITION):
        made = made.astype(op.value.dtype)
        if not np.array_equal(made, op.value):
            raise OtherBranchError
    return made


def _exact(value: Any) -> Any:
    array = np.asarray(value)
    return _each(lambda v: mpmath.mpf(float(v)), array) if array.dtype.kind == "f" else array


def _each(function: Callable[..., Any], *args: Any) -> Array:
    wide = np.broadcast_arrays(*(np.asarray(a, dtype=object) for a in args))
    out = np.empty(wide[0].shape, dtype=object)
    for index in np.ndindex(*out.shape):
        out[index] = _real(function(*(w[index] for w in wide)))
    return out


def _real(value: Any) -> Any:
    if isinstance(value, mpmath.mpc):
        raise ValueError("not a real number")
    return value

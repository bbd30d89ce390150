"""Functions and slopes with many digits: on numbers of mpmath."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from gradproof.ops.formula import Number
from gradproof.ops.function_record import Elementwise, elementwise, read


def digits_of(name: str, *args: Any, mp: Any = None) -> Any:
    """Carry out an operation on numbers of mpmath, with the digits that it works with now.

    mp: a context of mpmath, by default the one that all share.
    """
    import mpmath

    mp = mpmath.mp if mp is None else mp
    if name in ("pi", "where"):
        return +mp.pi if name == "pi" else args[1] if args[0] else args[2]
    record = elementwise(name)
    if record is None:
        raise LookupError(f"{name} is no function of each element that has a record")
    if callable(record.digits):
        return record.digits(mp, *args)
    if record.digits is not None:
        return getattr(mp, record.digits)(*args)
    return read(record.meaning, partial(digits_of, mp=mp), partial(_mpf, mp), args)


def _mpf(mp: Any, value: Number) -> Any:
    return mp.mpf(value.numerator) / value.denominator


def precise_slope(record: Elementwise, k: int, args: Sequence[Any], result: Any) -> Any:
    """Return the slope by argument ``k`` at numbers of mpmath; None where there is none."""
    import mpmath

    return record.derivative(k, digits_of, partial(_mpf, mpmath.mp), args, result)


__all__ = ["digits_of", "precise_slope"]

"""What is not known of symbols, but of numbers: carried out where all symbols are numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradproof.tracing.arrays.lifting import lift
from gradproof.tracing.arrays.traced_array import concrete, is_traced
from gradproof.tracing.errors import NotTraceableError, forget_raised, raised

Function = Callable[..., Any]


def or_on_numbers(traced: Function, function: Function, args: Any, kwargs: Any) -> Any:
    """Carry out a function on symbols; on numbers where it is not known there, and all are known.

    A system of equations with known matrices is such a one: its solution is a matter of numbers.
    """
    before = raised()
    try:
        return traced()
    except NotTraceableError:
        plain = [_known(arg) for arg in args], {k: _known(v) for k, v in kwargs.items()}
        if any(part is _UNKNOWN for part in (*plain[0], *plain[1].values())):
            raise
        found = _lifted(function(*plain[0], **plain[1]))
        forget_raised(before)
        return found


_UNKNOWN = object()


def _known(value: Any) -> Any:
    if is_traced(value):
        found = concrete(value)
        return _UNKNOWN if found is None else found
    if isinstance(value, (list, tuple)):
        parts = [_known(each) for each in value]
        return _UNKNOWN if any(each is _UNKNOWN for each in parts) else type(value)(parts)
    return value


def _lifted(result: Any) -> Any:
    if type(result) in (list, tuple):
        return type(result)(map(_lifted, result))
    return lift(result) if isinstance(result, (np.ndarray, np.generic)) else result


__all__ = ["or_on_numbers"]

"""Forwards with several outputs: their values as one vector, its upstream gradient in pieces.

A weighted sum of all elements of all outputs is what backward differentiates, so that one vector
stands for them: nothing else in the diagnosis needs to know that there are several.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import wraps
from typing import Any

import numpy as np

from gradproof.diagnosis.tape.recorded_array import Recorded, call
from gradproof.diagnosis.tape.tape_recorder import Recorder
from gradproof.tracing.record_trace import Program


def flat(y: Any) -> Any:
    """Return what forward returned as one array: a vector, where it is a tuple or list."""
    if not isinstance(y, (tuple, list)):
        return np.asarray(y, dtype=float)
    return np.concatenate([np.ravel(np.asarray(part, dtype=float)) for part in y])


def in_pieces(dy: Any, y: Any) -> Any:
    """Return an upstream gradient in the shape of the outputs: a tuple, where y is one."""
    if not isinstance(y, (tuple, list)):
        return np.reshape(dy, np.shape(y)) if np.ndim(y) else float(np.reshape(dy, ()))
    cuts = np.cumsum([np.size(part) for part in y])[:-1]
    parts = np.split(np.ravel(dy), cuts)
    return tuple(part.reshape(np.shape(each)) for part, each in zip(parts, y))


def joined(recorder: Recorder, outputs: Sequence[Recorded]) -> Any:
    """Return the outputs as one recorded vector."""
    rows = [np.reshape(part, (-1,)) for part in outputs]
    return call(recorder, "concatenate", np.concatenate, (rows,), {})


def pieces(dy: Recorded, outputs: Sequence[Recorded]) -> list[Any]:
    """Return the upstream gradient of each output, views into that of all of them."""
    out, start = [], 0
    for part in outputs:
        size = math.prod(part.shape)
        out.append(np.reshape(dy[start : start + size], part.shape))
        start += size
    return out


def with_tuples(program: Program) -> Program:
    """Return the program with its outputs and their upstream gradients as tuples.

    Of an LSTM cell people write ``return (h, c), cache`` and ``return h, c, cache``, and
    ``backward((dh, dc), cache)`` and ``backward(dh, dc, cache)``.
    """
    count = _positional(program.backward)
    if count < 3:
        return program
    return replace(program, forward=_together(program.forward, count),
                   backward=_apart(program.backward, count))  # fmt: skip


def _together(forward: Callable[..., Any], count: int) -> Callable[..., Any]:
    @wraps(forward)
    def called(*inputs: Any, **parameters: Any) -> Any:
        out = forward(*inputs, **parameters)
        if isinstance(out, tuple) and len(out) == count:
            return out[:-1], out[-1]
        return out

    return called


def _apart(backward: Callable[..., Any], count: int) -> Callable[..., Any]:
    @wraps(backward)
    def called(dy: Any, *rest: Any, **parameters: Any) -> Any:
        if isinstance(dy, tuple) and len(dy) + len(rest) == count:
            return backward(*dy, *rest, **parameters)
        return backward(dy, *rest, **parameters)

    return called


def _positional(function: Callable[..., Any]) -> int:
    """Return how many arguments a function needs by position."""
    try:
        known = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return 0
    kinds = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
    return sum(p.kind in kinds and p.default is p.empty for p in known)

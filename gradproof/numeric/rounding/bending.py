"""Functions that bend the more, the finer the steps are: what no step resolves is no rounding.

(1 - x)**0.4 does so next to 1, log(x) next to 0, and every power that is no whole number next to
where it ends. Innovations (scatter.py) fall there from step to step, but more slowly than the step
itself, so that slopes at coarse steps seem to agree on a value that finer ones go on to move.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

Array = np.ndarray[Any, Any]

# Steps are taken in so many blocks of so many, after the first few, which lack coarser ones.
# Innovations that fall more slowly than the step do so over so many blocks in a row: by no more
# than that each, by no more than this a block on average, and by more than that in all; down to the
# finest steps, or to some that show far less.
_BLOCKS, _EACH, _FIRST, _LONG = 8, 5, 3, 4
_STEEPEST, _SLOWER, _FALLING, _SETTLED = 2.0**-5.5, 2.0**-4.7, 2.0**-2, 2.0**-10


def bending(size: Array) -> Array:
    """Blocks of steps, (blocks, outputs), at whose end innovations fall more slowly than the step.

    As those of (1 - x)**0.4 do next to 1, which goes on to bend the more, the finer the steps are.
    Rounding does not fall with the step, over so many blocks and by so much; what a smooth function
    does falls with a power of it, and a kink with the step itself.
    """
    found = np.zeros((_BLOCKS, size.shape[1]), bool)
    if len(size) >= _FIRST + _BLOCKS * _EACH:
        steps = size[_FIRST : _FIRST + _BLOCKS * _EACH]
        largest = steps.reshape(_BLOCKS, _EACH, -1).max(axis=1)
        ratio = largest[1:] / largest[:-1]
        falls = sliding_window_view((ratio < 1) & (ratio > _STEEPEST), _LONG, axis=0).all(axis=-1)
        by = largest[_LONG:] / largest[:-_LONG]
        falls &= (by > _SLOWER**_LONG) & (by < _FALLING)
        least = np.minimum.accumulate(largest[::-1], axis=0)[::-1][_LONG:]
        found[_LONG:] = falls & ((least < _SETTLED * largest[_LONG:]) | falls.all(axis=0))
    return found


def unresolved(size: Array) -> Array:
    """Which steps do not resolve a function, as finer ones go on to bend it more: (steps, outputs).

    Those of blocks at whose end it does; all of them where it does down to the finest ones.
    """
    found, blocks = np.zeros(size.shape, bool), bending(size)
    steps = found[_FIRST : _FIRST + _BLOCKS * _EACH]
    steps |= np.repeat(blocks, _EACH, axis=0)[: len(steps)]
    return found | blocks[_LONG:].all(axis=0)


def bent(size: Array, count: int) -> Array:
    """Which of so many rows of innovations begin where a function bends more and more."""
    block = (np.arange(count) - _FIRST) // _EACH + 1  # they reach into the next one
    known = (block > 0) & (block < _BLOCKS)
    found = np.zeros((count, size.shape[1]), bool)
    found[known] = bending(size)[block[known]]
    return found


__all__ = ["bending", "bent", "unresolved"]

"""The same pair with arrays of further sizes: single, square, small ones drawn in secret.

Which axes belong together is told by two matches of one pair, with the usual sizes and with those
of a second process: an axis whose length differs between the two may have any.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from gradproof.checking.conventions.match import Match
from gradproof.checking.trials.input_trials import Array
from gradproof.checking.trials.target_values import sums_to_one

_DRAWN = 4  # times that all lengths are drawn
_SMALL = 2, 13  # between which
_PLAIN = "with "  # a note of settings, not of a convention
_MOST = 600  # numbers in all arrays: further sizes are to take no time
Lengths = tuple[int, int]  # of one axis: with the usual sizes, and in the second process


def other_sizes(usual: Match, match: Match, rng: np.random.Generator) -> Iterator[Match]:
    """The pair with arrays of other sizes than both: each length 1 by itself, then all of them
    equal, then drawn; none where no one can say which axes belong together.

    What is given beside the inputs keeps its size, and so do labels among them: a length that one
    of those has is no other. What is read by a convention may be so at its own sizes alone, such as
    a factor that is a number of examples.
    """
    if any(not note.startswith(_PLAIN) for note in (*usual.notes, *match.notes)):
        return
    pairs = [(usual.inputs.get(name, value), value) for name, value in match.inputs.items()]
    if any(one.ndim != other.ndim for one, other in pairs):
        return
    kept = [*match.fixed.values(), *(x for x in match.inputs.values() if x.dtype.kind != "f")]
    held = {length for each in kept for length in np.shape(each)}
    axes = {(m, n) for one, other in pairs for m, n in zip(one.shape, other.shape) if m != n}
    free = sorted(each for each in axes if each[1] not in held)
    if not free:
        return
    drawn = [{axis: int(rng.integers(*_SMALL)) for axis in free}
             for _ in range(len(free) + _DRAWN)]  # fmt: skip
    single = [{**one, axis: 1} for one, axis in zip(drawn, free)]
    square = [dict.fromkeys(free, int(rng.integers(*_SMALL)))] * (len(free) > 1)
    for lengths in (*single, *square, *drawn[len(free) :]):
        inputs = {name: _sized(one, other, lengths, rng)
                  for name, (one, other) in zip(match.inputs, pairs)}  # fmt: skip
        if sum(each.size for each in inputs.values()) <= _MOST:
            yield replace(match, inputs=inputs)


def _sized(usual: Array, value: Array, lengths: Mapping[Lengths, int],
           rng: np.random.Generator) -> Array:  # fmt: skip
    """Numbers of an array in another shape; they sum to 1 where those do."""
    shape = [lengths.get(each, each[1]) for each in zip(usual.shape, value.shape)]
    if value.dtype.kind != "f" or not value.size or tuple(shape) == value.shape:
        return value
    made = rng.choice(value.reshape(-1), math.prod(shape)).reshape(shape)
    axis = sums_to_one(value) if bool((value > 0).all()) else None
    return made if axis is None else np.asarray(made / made.sum(axis=axis, keepdims=True))


__all__ = ["other_sizes"]

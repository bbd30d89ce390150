"""The same program with other lengths of axes and other parameters, so that numbers tell.

A sum over 4 elements divided by 2 and one multiplied by 2/m differ only for another m; with
alpha = 1, a tiny eps or windows of size 2 a slip about them would hardly show.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from gradproof.diagnosis.scene.call_parameters import parameters_of, written_out
from gradproof.diagnosis.tape.record_run import record
from gradproof.diagnosis.tape.tape import Array
from gradproof.tracing.record_trace import Program

_PRIMES = ((7, 5, 11, 13, 17), (5, 7, 11, 13, 17), (3, 5, 7, 11, 13))
_MULTIPLES = (3, 5, 7)
_FREE, _SHARED = (5, 7, 3, 4), (6, 8, 9)  # lengths of axes that may differ, and of others
_LARGEST = 600  # elements of all inputs together
NOT_SIZES = ("axis", "axes", "dim", "seed", "ord", "ddof", "order")


def variants(program: Program, seed: int, keep: Collection[str] = ()) -> Iterator[Program]:
    """Yield the program in other sizes and with other parameters, then as it is.

    keep: the parameters that stay as they are. So do those which backward has as a number.
    """
    kept = {*keep, *_as_numbers(program)}
    others = [replace(program, constants=dict(program.constants) | constants)
              for constants in _parameters(program, seed, kept)]  # fmt: skip
    lengths = [*other_lengths(program)]
    yield from filter(None, map(_all_different, others))
    yield from (resized(other, each) for other in others for each in lengths)
    yield from others


def _all_different(program: Program) -> Program | None:
    """Return the program with no two axes of one length in an array where nothing asks for it.

    What no other array has is taken to be free: the height and the width of an image.
    """
    arrays = {k: np.asarray(v) for k, v in program.inputs.items() if np.ndim(v)}
    name = max(arrays, key=lambda k: arrays[k].ndim, default="")
    shape = arrays[name].shape if name else ()
    shared = {n for k, v in arrays.items() if k != name for n in v.shape}
    free = [n for n in shape if n not in shared]
    if len(set(free)) == len(free) or len(shape) > 4 or 1 in shape or len(shared) > len(_SHARED):
        return None
    lengths = dict(zip(sorted(shared), _SHARED))
    longer = resized(program, dict.fromkeys(free, 3) | lengths | {1: 1, 0: 0})
    fresh = iter(_FREE)
    new = tuple(lengths[n] if n in shared else next(fresh) for n in shape)
    return replace(longer, inputs=dict(longer.inputs) | {name: resized_to(arrays[name], new, 3)})


def other_lengths(program: Program) -> Iterator[dict[int, int]]:
    """Yield other lengths for those that occur: primes, then multiples, which windows divide."""
    shapes = [np.shape(v) for v in program.inputs.values()]
    known = list(dict.fromkeys(n for shape in shapes for n in shape if n > 1))
    if not known or max(known) > 64:
        return
    rows = [dict(zip(known, primes)) for primes in _PRIMES if len(known) <= len(primes)]
    rows += [dict(zip(sorted(known), primes)) for primes in _PRIMES if len(known) <= len(primes)]
    rows += [{n: n * by for n, by in zip(sorted(known), _MULTIPLES)}]
    for lengths in rows:
        full = lengths | {1: 1, 0: 0}
        fits = all(n in full for shape in shapes for n in shape)
        if fits and sum(math.prod(full[n] for n in s) for s in shapes) <= _LARGEST:
            yield full


def resized(program: Program, lengths: Mapping[int, int]) -> Program:
    """Return the program with axes of other lengths."""
    most = min((n for n in lengths.values() if n > 1), default=2)
    inputs = {
        k: resized_to(np.asarray(v), tuple(lengths[n] for n in np.shape(v)), most)
        for k, v in program.inputs.items()
    }
    return replace(program, inputs=inputs)


def resized_to(value: Array, shape: tuple[int, ...], most: int) -> Array:
    """Return values of the same kind in another shape; rows of one 1 stay such rows.

    Whole numbers may be labels or positions: they stay below the shortest axis.
    """
    if not value.size or value.shape == shape:
        return value
    if value.ndim == 2 and set(np.unique(value)) == {0, 1} and (value.sum(axis=1) == 1).all():
        return np.eye(shape[1], dtype=value.dtype)[np.arange(shape[0]) % shape[1]]
    out = np.resize(value, shape)
    return out % most if value.dtype.kind in "iu" and value.min() >= 0 else out


def _as_numbers(program: Program) -> set[str]:
    try:
        return written_out(program, record(program, program.inputs))
    except Exception:  # the author's code does not take these inputs
        return set()


def other_reals(program: Program, seed: int, keep: Collection[str] = ()) -> dict[str, float]:
    """Return other values of the parameters that are real."""
    rng = np.random.default_rng([seed, 8])
    known = parameters_of(program)
    return {k: _other(v, rng) for k, v in known.items() if type(v) is float and k not in keep}


def _parameters(program: Program, seed: int, keep: Collection[str]) -> Iterator[dict[str, Any]]:
    """Yield other values of the parameters: of sizes and of reals, of reals alone, none."""
    known = {k: v for k, v in parameters_of(program).items() if k not in keep}
    reals = other_reals(program, seed, keep)
    sizes = {k: v for k, v in known.items()
             if type(v) is int and v > 1 and k not in NOT_SIZES}  # fmt: skip
    if sizes:
        yield reals | {k: v + 1 for k, v in sizes.items()}
        yield reals | {k: 2 * v for k, v in sizes.items()}
    if reals:
        yield reals
    yield {}


def _other(value: float, rng: np.random.Generator) -> float:
    if 0 < value < 0.01:
        return round(float(rng.uniform(0.05, 0.3)), 3)
    return round(value * float(rng.uniform(0.6, 0.9)), 3) if value else value

"""Inputs at which floats may lose what a formula has, derived from what the code does with them.

In float64 an exponential overflows where its operand is 750, and vanishes beside 1 where it is -40.
Differences of quantities that depend on the same input, and moments, lose digits where that input
is far from 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

import numpy as np

from gradproof.diagnosis.search.repair import ancestors
from gradproof.diagnosis.tape.fifty_digits import precision_of
from gradproof.diagnosis.tape.record_run import record
from gradproof.diagnosis.tape.tape import Array, Ref, Tape
from gradproof.ops import ArrayOperation, elementwise, find
from gradproof.tracing.record_trace import Program

LARGEST = 1500.0  # an input that has to be larger is no input that anybody has
MOST_SIZES, MOST_INPUTS = 4, 3


@dataclass(frozen=True)
class Probe:
    """Inputs to try, which of them was moved, and how many digits show what is true there."""

    inputs: dict[str, Array]
    moved: str
    digits: int
    offset: bool = False


def probes(program: Program, ordinary: Mapping[str, Array]) -> Iterator[Probe]:
    """Yield extreme inputs, one input moved at a time, the others as they are ordinarily."""
    movable = (name for name in program.wrt if _is_free(program, name))
    for name in islice(movable, MOST_INPUTS):
        shape = np.shape(ordinary[name])
        tape = _recorded(program, {**ordinary, name: _spread(shape)})
        if tape is None:
            continue
        for size, reach in _sizes(tape, name):
            for sign in (1.0, -1.0):
                moved: Array = np.round(sign * size * _spread(shape), 1)
                yield Probe({**ordinary, name: moved}, name, 50 + round(reach))
        if _has_differences(tape, name):
            moved = precision_of(tape).offset + np.round(ordinary[name], 2)
            yield Probe({**ordinary, name: moved}, name, 80, offset=True)


def _is_free(program: Program, name: str) -> bool:
    """Whether an input may take any real value, as far as its example tells."""
    example = np.asarray(program.inputs[name])
    if example.dtype.kind != "f" or not example.size or name in program.positive:
        return False
    return not (example.min() >= 0 and example.max() <= 1)


def _recorded(program: Program, inputs: Mapping[str, Array]) -> Tape | None:
    try:
        return record(program, as_given(program, inputs), wide=False)
    except Exception:  # the author's code does not take these inputs
        return None


def as_given(program: Program, inputs: Mapping[str, Array]) -> dict[str, Array]:
    """Return inputs in the dtypes in which a program is given them."""
    return {k: v.astype(np.asarray(program.inputs[k]).dtype) for k, v in inputs.items()}


def _spread(shape: tuple[int, ...]) -> Array:
    """Return different numbers between 1 and 1.1, the first of them 1."""
    count = np.arange(int(np.prod(shape)))
    return (1 + (count * 7 % 11) / 100).reshape(shape)


def _sizes(tape: Tape, name: str) -> list[tuple[float, float]]:
    """Return the sizes of an input for which operands of growing functions reach their limits."""
    found: dict[float, float] = {}
    start = tape.inputs[name]
    largest = float(np.max(tape.value(start)))
    for op in tape.ops:
        operands = [a.index for a in op.args if isinstance(a, Ref)]
        record = elementwise(op.name)
        if record is None or not record.growing or start not in ancestors(tape, operands):
            continue
        reached = max(float(np.abs(tape.value(k)).max(initial=0.0)) for k in operands)
        for reach in precision_of(tape).reaches:
            size = reach / reached * largest if np.isfinite(reached) and reached > 0 else np.inf
            if size < LARGEST:
                found.setdefault(float(f"{size:.2g}"), reach)
    return sorted(found.items())[:MOST_SIZES]


def _has_differences(tape: Tape, name: str) -> bool:
    start = tape.inputs[name]
    for op in tape.ops:
        operands = [a.index for a in op.args if isinstance(a, Ref)]
        record = find(op.name)
        moments = isinstance(record, ArrayOperation) and record.moments
        wanted = 1 if moments else 2 if op.name == "subtract" else 0
        if (
            wanted
            and len(operands) >= wanted
            and all(start in ancestors(tape, [k]) for k in operands[:wanted])
        ):
            return True
    return False

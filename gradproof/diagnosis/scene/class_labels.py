"""Data that say to which class an example belongs, as floats: they keep the values they have.

At ``t == 1`` code does one thing and elsewhere another. Numbers drawn at random are never 1, so
that one of both would never be run, and what is said of the other would be no more than half true.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from gradproof.diagnosis.tape.record_run import record
from gradproof.diagnosis.tape.tape import Array, Ref, Tape
from gradproof.tracing.record_trace import Program

_MOST_CLASSES = 10
_COMPARES = ("equal", "not_equal")
_PASSES = ("reshape", "getitem", "astype", "ravel", "squeeze", "expand_dims", "asarray", "copy")


def with_classes(program: Program) -> Program:
    """Return the program with whole numbers in the place of data that it compares for equality."""
    names = {k: np.asarray(v) for k, v in program.inputs.items() if k not in program.wrt}
    names = {k: v for k, v in names.items() if v.dtype.kind == "f" and _are_classes(v)}
    if not names:
        return program
    whole = replace(program, inputs={
        k: v.astype(int) if k in names else v
        for k, v in ((k, np.asarray(v)) for k, v in program.inputs.items())
    })  # fmt: skip
    try:
        compared = set(_compared(record(whole, whole.inputs)))
    except Exception:  # the author's code does not take these inputs, or not as whole numbers
        return program
    if not compared & set(names):
        return program
    inputs = {k: whole.inputs[k] if k in compared else v for k, v in program.inputs.items()}
    return replace(program, inputs=inputs)


def _are_classes(value: Array) -> bool:
    """Whether there are few different numbers, all whole, and examples enough to show it."""
    different = np.unique(value)
    few = 1 < len(different) <= min(_MOST_CLASSES, value.size - 1)
    return few and bool((different == np.round(different)).all())


def _compared(tape: Tape) -> Iterator[str]:
    """Yield the inputs that are compared for equality as they are."""
    made_of = dict(zip(tape.inputs.values(), tape.inputs))
    for index, op in enumerate(tape.ops):
        first = op.args[0] if op.args else None
        if op.name in _PASSES and isinstance(first, Ref) and first.index in made_of:
            made_of[index] = made_of[first.index]
        elif op.name in _COMPARES:
            yield from (made_of[a.index] for a in op.args
                        if isinstance(a, Ref) and a.index in made_of)  # fmt: skip


__all__ = ["with_classes"]

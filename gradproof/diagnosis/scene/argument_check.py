"""Whether the arguments of diagnose fit, and why a program cannot be run with them."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from gradproof.arguments.flattening import Call
from gradproof.arguments.returned import gradient_name
from gradproof.diagnosis.scene.joined_outputs import flat, in_pieces, with_tuples
from gradproof.diagnosis.sentences.catalogue import (
    NO_NUMBERS,
    NOT_CALLED,
    NOT_FOLLOWED,
    RAISES,
    filled,
)
from gradproof.proof.prove import program_of
from gradproof.text import Text
from gradproof.tracing.errors import place_of
from gradproof.tracing.record_trace import Program


def checked_program(call: Call) -> Program:
    """Return the program of a call. Raises TypeError for complex inputs."""
    flat = call.flattened(outputs=not call.plain)
    if flat.complex:
        raise TypeError(
            f"{', '.join(flat.complex)}: expected real numbers, got complex ones: pass their real "
            "and their imaginary parts as inputs of their own, or use check_gradient"
        )
    asked = flat.asked
    return program_of(flat.forward, flat.backward, flat.inputs, asked.wrt, asked.labels, None,
                      asked.positive, asked.parameters, asked.names)  # fmt: skip


def _is_numbers(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return all(map(_is_numbers, value))
    return value is not None and np.asarray(value).dtype.kind in "fiub"


def trouble(program: Program) -> Text:
    """Say why a program could not be followed: what it raises at the inputs as given, if it does,
    or what it returns."""
    program = with_tuples(program)
    parameters = program.parameters

    def cotangent(y: Any) -> Any:
        if not _is_numbers(y):
            raise TypeError(f"forward returned {y!r:.60}, which is no array of numbers")
        drawn = np.random.default_rng(0).normal(size=flat(y).shape)
        return partial(in_pieces, drawn)(y)

    try:
        with np.errstate(all="ignore"):
            _, _, found = program.run({k: np.array(v) for k, v in program.inputs.items()},
                                      parameters, cotangent)  # fmt: skip
    except Exception as error:  # of the author's code
        place = place_of(error.__traceback__)
        if not place:  # it is not the code that says so
            return filled(NOT_CALLED, error=str(error.args[0] if error.args else error))
        return filled(RAISES, error=f"{type(error).__name__}: {error}", place=place)
    for name, value in found.items():
        if not _is_numbers(value):
            return filled(NO_NUMBERS, gradient=gradient_name(name), value=f"{value!r:.60}")
    return NOT_FOLLOWED

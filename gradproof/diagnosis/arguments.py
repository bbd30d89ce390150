"""Whether the arguments of diagnose fit, and why a program cannot be run with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from gradproof.diagnosis.catalogue import NO_NUMBERS, NOT_CALLED, NOT_FOLLOWED, RAISES, filled
from gradproof.diagnosis.outputs import flat, in_pieces, with_tuples
from gradproof.proof.prove import program_of
from gradproof.signatures import Asked
from gradproof.text import Text
from gradproof.tracing.errors import place_of
from gradproof.tracing.record import Program


def checked_program(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    inputs: Sequence[Any],
    call: Asked,
) -> Program:
    """Return the program that these arguments describe. Raises TypeError or ValueError, which say
    what does not fit, and what to do."""
    for name, value in zip(call.names, inputs):
        _require_numbers(name, value)
    program = program_of(forward, backward, inputs, call.wrt, call.labels, None, call.positive,
                         call.parameters, call.names)  # fmt: skip
    if not program.wrt and call.wrt is not None:
        raise ValueError("wrt names no input")
    if not program.wrt:
        given = ", ".join(f"{k}: {v.dtype}" for k, v in program.inputs.items()) or "none"
        raise ValueError(f"there is no gradient to look at: no input is real ({given}). Pass "
                         "floats, or name inputs in wrt")  # fmt: skip
    return program


def _require_numbers(name: str, value: Any) -> None:
    try:
        kind = np.asarray(value).dtype.kind
    except ValueError:
        raise TypeError(f"{name}: expected an array, got rows of different lengths") from None
    if kind not in "iufbc":
        raise TypeError(f"{name}: expected an array of real numbers, got {value!r}. What is no "
                        f"array is passed by its name, {name}=...")  # fmt: skip


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
            return filled(NO_NUMBERS, gradient=f"d{name}", value=f"{value!r:.60}")
    return NOT_FOLLOWED

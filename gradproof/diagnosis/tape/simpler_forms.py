"""The simpler steps that a function of the table stands for, carried out on numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradproof.diagnosis.tape.recorded_array import Recorded, wrapped
from gradproof.diagnosis.tape.tape import Op
from gradproof.diagnosis.tape.tape_recorder import Recorder
from gradproof.ops import ArrayOperation

MOST_STEPS = 2000


def meant(
    record: ArrayOperation, values: Sequence[Any], options: dict[str, Any]
) -> tuple[list[Op], int, list[int | None]]:
    """Return the steps, which of them is the result, and which each operand is.

    An operand that is not an array of real numbers is none of the steps. Raises whatever the
    function raises, and LookupError for one with several results.
    """
    assert record.meaning is not None
    recorder, args, at = Recorder(MOST_STEPS), list[Any](), list[int | None]()
    for value in values:
        real = isinstance(value, (np.ndarray, float)) and np.asarray(value).dtype.kind == "f"
        at.append(recorder.add("input", (), {}, np.asarray(value)) if real else None)
        args.append(wrapped(recorder, np.array(value), len(recorder.ops) - 1) if real else value)
    result = record.meaning(*args, **options)
    if not isinstance(result, Recorded):
        raise LookupError(f"{record.name} is followed in its steps only where it has one result")
    return recorder.ops, recorder.current(result), at

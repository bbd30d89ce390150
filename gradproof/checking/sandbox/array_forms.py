"""The same numbers in arrays of other forms, by which code may know who calls it."""

from __future__ import annotations

from typing import Any

import numpy as np


class _OwnArray(np.ndarray):
    """An array as libraries have them that add to NumPy's."""


def in_form(form: str, value: Any, at: int) -> Any:
    """The same numbers in a new array; laid: in memory as they are in a transposed array, or in
    part of a larger one; locked: not to be written to; of a class: one made of NumPy's; turned: the
    bytes of each number in the other order; long, single, half: as floats of other sizes."""
    if form == "laid":
        if at % 2 and np.ndim(value) > 1:
            return np.asfortranarray(value)
        return np.repeat(value, 2).reshape(*np.shape(value), 2)[..., 0]
    kinds: dict[str, Any] = {"single": np.float32, "half": np.float16, "long": np.longdouble,
             "turned": np.dtype(float).newbyteorder()}  # fmt: skip
    other = kinds.get(form) if np.asarray(value).dtype.kind == "f" else None
    made = np.array(value, dtype=other)
    if form == "of a class":
        return made.view(_OwnArray)
    made.flags.writeable = form != "locked"
    return made


__all__ = ["in_form"]

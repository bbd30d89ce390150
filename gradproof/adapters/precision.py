"""Tensors of lower precision: judged in double precision where they follow it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.adapters.converted import Array, Converted, judged
from gradproof.verdicts import Status, Verdict


@dataclass
class Precision:
    """In which precision a function is called, and what is known of the one given.

    narrow:  whether only the dtypes given may be used.
    apart:   whether those draw other random numbers than double precision does.
    widened: whether arrays are handed to the check in double precision.
    unknown: why nothing is known about the values in the dtypes given.
    scale:   the size of the largest element of a gradient.
    """

    narrow: bool = False
    apart: bool = False
    widened: bool = False
    unknown: str = ""
    scale: float = 0.0

    def judged(
        self, converted: Callable[[], Converted], options: dict[str, Any], twice: bool
    ) -> Verdict:
        """The verdict about the values.

        The check compares every element in both precisions where the function is small. Else
        (twice), and where the dtypes given draw other random numbers, the formulas are checked in
        double precision, and what is returned for the dtypes given by itself, along random
        directions.
        """
        if self.narrow or not (twice or self.apart):
            return judged(converted(), options)
        self.widened = True
        verdict = judged(converted(), options)
        self.widened = False
        if not verdict.holds:
            return verdict
        self.narrow = True
        own = judged(converted(), {"mode": "directional", **options})
        self.narrow = False
        if own.status is Status.UNDECIDED:
            self.unknown = own.reason
        return own if own.status is Status.REFUTED else verdict

    def told(self, name: str, given: Sequence[str]) -> list[str]:
        """In which precision a function was checked; given: the dtypes that are not double."""
        if not given:
            return []
        own = ", ".join(given)
        if self.narrow:
            return [f"checked in {own}: {name} does not follow double precision"]
        if any(each not in ("float32", "float16", "complex64") for each in given):
            return [f"formulas checked in float64; the rounding of {own} itself is not checked"]
        if self.unknown:
            return [f"formulas checked in float64; not told in {own}: {self.unknown}"]
        return [f"formulas checked in float64, values in {own}"]


# Up to so many elements with a gradient, every one is compared in the dtypes given as well.
SMALL = 100
# Two precisions of one function agree to some percent; other random numbers do not.
_ALIKE = 0.1


def alike(wide: Sequence[Array], own: Sequence[Array]) -> bool:
    """Whether two precisions lead to the same y, but for rounding: a library may draw other random
    numbers in another precision."""
    return all(
        np.allclose(a, b, rtol=_ALIKE, atol=_ALIKE * float(np.abs(a).max(initial=0.0)))
        for a, b in zip(wide, own)
        if np.isfinite(a).all() and np.isfinite(b).all()
    )


def in_double_precision(array: Array) -> Array:
    """An array of floats or complex numbers in double precision; any other as it is."""
    if array.dtype.kind == "c":
        return array.astype(np.complex128, copy=False)
    return array.astype(np.float64) if array.dtype.kind == "f" else array


__all__ = ["SMALL", "Precision", "alike", "in_double_precision"]

"""The same code with other settings: the numbers that stand in objects, closures and variables."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from typing import Any

import numpy as np

from gradproof.diagnosis.scene.call_parameters import TINY
from gradproof.diagnosis.tape.tape import Array
from gradproof.tracing.namespace.user_namespace import Namespace
from gradproof.tracing.record_trace import Program

_NO_SETTINGS = (0.0, math.pi, math.e, math.inf, -math.inf)
_SPREAD = (0.37, 0.61)  # what a setting is multiplied by at least, and by how much more at most
_GOLDEN = 0.6180339887498949


class _Everything(frozenset[float]):
    """Every number."""

    def __contains__(self, value: object) -> bool:
        return True


EVERYTHING = _Everything()


class Settings(Namespace):
    """Copies of the code in which a number that is a setting is another one, the same everywhere.

    What was equal stays equal: a rate in an object and in the cache made from it.
    """

    def __init__(
        self, keep: Collection[float], array: Callable[[Array], Any] | None = None
    ) -> None:
        super().__init__(array=array)
        self.keep = keep

    def of(self, value: Any) -> Any:
        """Return what stands for a value; for a number, another number."""
        if type(value) in (float, np.float64):
            return type(value)(other_setting(float(value), self.keep))
        return super().of(value)


def other_setting(value: float, keep: Collection[float]) -> float:
    """Return another value for a setting; the same if it is kept, or hardly shows.

    >>> other_setting(0.5, ()) == other_setting(0.5, ()) != 0.5
    True
    """
    if value in keep or value in _NO_SETTINGS or not math.isfinite(value) or abs(value) < TINY:
        return value
    part = (abs(value) * 1000 * _GOLDEN) % 1  # another one for each value, the same at every call
    return round(value * (_SPREAD[0] + (_SPREAD[1] - _SPREAD[0]) * part), 6)


def with_other_settings(program: Program, keep: Collection[float]) -> Program:
    return program.within(Settings(keep))


__all__ = ["EVERYTHING", "Settings", "other_setting", "with_other_settings"]

"""What those who make a copy of one sort of thing ask of the namespace that all copies are in."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any, Protocol

import numpy as np


class Copier(Protocol):
    """A namespace, as it is seen while something in it is copied."""

    is_copying: bool

    def of(self, value: Any) -> Any:
        """Return what stands for a value: itself, if nothing in it is another one here."""

    def note(self, value: Any, made: Any) -> Any:
        """Let a copy stand for a value from now on, and for itself."""

    def later(self, fill: Callable[[], None]) -> None:
        """Fill a copy once all that are being made exist, so that they may contain each other."""

    def fill_mapping(
        self, made: Any, items: Iterable[tuple[Any, Any]], put: Any = dict.__setitem__
    ) -> None:
        """Put copies of keys and values into a copy, once the keys are whole and can be hashed."""

    def takes(self, count: int) -> bool:
        """Whether so many more objects are looked at."""

    def array_of(self, array: np.ndarray) -> Any:
        """Return what stands for a plain array."""

    def code_of(self, code: types.CodeType) -> types.CodeType:
        """Return what stands for the code of a function."""

    def copying(self) -> AbstractContextManager[None]:
        """While a class is copied."""

    def globals_of(self, space: dict[str, Any]) -> Any:
        """Return the global variables of the copies of a module's functions."""


__all__ = ["Copier"]

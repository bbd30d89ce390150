"""Records that print as a few words, not field by field."""

from __future__ import annotations

from typing import Any


class Brief:
    """Prints as its ``__repr__`` also where Hypothesis and IPython would write out each field."""

    __slots__ = ()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))

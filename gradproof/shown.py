"""How records show themselves at a prompt and in a notebook.

Records are plain data, and the modules that print them stand above them. So a record that is asked
for its text looks here, where :mod:`gradproof.api.printing` has put who writes it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Writer = Callable[..., Any]
_WRITERS: dict[str, Writer] = {}


def written_by(**writers: Writer) -> None:
    """Say who writes a form of a record, such as ``verdict_text``.

    Examples
    --------
    >>> written_by(shout=lambda record: f"{record}!")
    >>> written("shout", "here")
    'here!'
    """
    _WRITERS.update(writers)


def written(form: str, record: Any, *options: Any) -> Any:
    """Return a record in one of its forms."""
    return _WRITERS[form](record, *options)


class Brief:
    """Prints as its ``__repr__`` also where Hypothesis and IPython would write out each field."""

    __slots__ = ()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))

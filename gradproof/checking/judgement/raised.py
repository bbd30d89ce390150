"""Errors of the code under check, raised again on this side; and the end of its process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradproof.tracing.serial import plain_text

# Those that the engine tells apart. Others, such as MemoryError, would be taken for its own.
_KNOWN: dict[str, type[Exception]] = {
    cls.__name__: cls
    for cls in (
        ValueError, TypeError, ZeroDivisionError, FloatingPointError, OverflowError,
        ArithmeticError, IndexError, LookupError, AttributeError, NameError, AssertionError,
        NotImplementedError, np.linalg.LinAlgError,
    )
}  # fmt: skip


class CodeError(Exception):
    """An error of the code under check. Its class carries the name of the original one."""

    def __new__(cls, text: str, kind: str = "") -> CodeError:
        return super().__new__(_named(kind) if kind else cls, text)

    def __init__(self, text: str, kind: str = "") -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return self.text


def _named(kind: str, known: type[Exception] | None = None) -> type[CodeError]:
    bases = (CodeError,) if known is None else (CodeError, known)
    return type(kind, bases, {})


def raised(kinds: Any, text: Any) -> CodeError:
    """The error whose class and its parents have these names; names and text may be anything."""
    names = [str(k) for k in kinds] if isinstance(kinds, Sequence) else []
    name = names[0] if names and names[0].isidentifier() and len(names[0]) < 60 else "Exception"
    known = next((_KNOWN[n] for n in names if n in _KNOWN), None)
    return _named(name, known)(plain_text(text))


class Gone(BaseException):
    """The process can no longer be asked; the text says why, in one line.

    tampered: whether it sent what no answer is, so that nothing it has sent is worth anything.
    """

    def __init__(self, text: str, tampered: bool = False) -> None:
        super().__init__(text)
        self.tampered = tampered


__all__ = ["CodeError", "Gone", "raised"]

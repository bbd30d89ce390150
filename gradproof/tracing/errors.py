"""What stops a trace, with the line of the user's code at which it stopped."""

from __future__ import annotations

import linecache
import os
import sys
import threading
import traceback
from types import TracebackType

import numpy as np

from gradproof.home import ENGINE

_ENGINE = str(ENGINE) + os.sep
_NUMPY = os.path.dirname(os.path.abspath(np.__file__)) + os.sep


def _is_users(filename: str) -> bool:
    return not filename.startswith((_ENGINE, _NUMPY))


def place() -> str:
    """Return "file:line: source" of the innermost frame of the user's code."""
    frame = sys._getframe(1)
    while frame is not None and not _is_users(frame.f_code.co_filename):
        frame = frame.f_back  # type: ignore[assignment]
    if frame is None:
        return ""
    return _describe(frame.f_code.co_filename, frame.f_lineno)


def place_of(trace: TracebackType | None) -> str:
    """Return the innermost line of the user's code in a traceback."""
    found = ""
    for frame, line in traceback.walk_tb(trace):
        if _is_users(frame.f_code.co_filename):
            found = _describe(frame.f_code.co_filename, line)
    return found


def line_of(trace: TracebackType | None) -> int | None:
    """Return the number of the innermost line of the user's code in a traceback."""
    lines = [line for frame, line in traceback.walk_tb(trace)
             if _is_users(frame.f_code.co_filename)]  # fmt: skip
    return lines[-1] if lines else None


def raised_on_purpose(trace: TracebackType | None) -> bool:
    """Whether an error comes from a ``raise`` or ``assert`` of the user's own code.

    Any other error may be one of the tracing itself, and excludes nothing from a claim.
    """
    frames = list(traceback.walk_tb(trace))
    if not frames:
        return False
    frame, line = frames[-1]
    source = linecache.getline(frame.f_code.co_filename, line).strip()
    return _is_users(frame.f_code.co_filename) and source.startswith(("raise", "assert"))


def _describe(filename: str, line: int) -> str:
    source = linecache.getline(filename, line).strip()
    return f"{os.path.basename(filename)}, line {line}" + (f": {source}" if source else "")


class _Raised(threading.local):
    def __init__(self) -> None:
        self.errors: list[Exception] = []


_raised = _Raised()


def raised() -> int:
    """How many errors of the tracing there were in this run of the user's code."""
    return len(_raised.errors)


def forget_raised(after: int = 0) -> None:
    """Start a run of the user's code; or let the errors after so many count for nothing."""
    del _raised.errors[after:]


def reraise_swallowed() -> None:
    """End a run: an error of the tracing counts even if the user's code has caught it.

    Code that tries one way and falls back to another would otherwise be followed along a way
    that it does not take on floats.
    """
    if _raised.errors:
        raise _raised.errors[0]


class NotTraceableError(Exception):
    """An operation of the user's code that symbols cannot follow.

    ``what`` names the function or construct, ``where`` the line of the user's code.
    """

    def __init__(self, what: str, where: str | None = None) -> None:
        self.what = what
        self.where = place() if where is None else where
        super().__init__(f"{what} ({self.where})" if self.where else what)
        _raised.errors.append(self)


class NumberAskedError(NotTraceableError):
    """The code asks for a Python number, and gets a symbol where float and int let it pass."""


class PlainArrayError(NotTraceableError):
    """Symbols meet an array of plain numbers where NumPy alone decides what becomes of them."""


class PathLimitError(Exception):
    """The code's decisions on traced values make more paths than the caller allowed."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        _raised.errors.append(self)

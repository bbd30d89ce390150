"""The hand-written code, as it stands in its file, with its words coloured."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from markupsafe import Markup

from gradproof.operation.derivation import Mode
from gradproof.operation.operations import Operation
from gradproof.witnesses.textbook import textbook_of


@dataclass(frozen=True)
class Listing:
    """One function as it is written: its name, its place, and its coloured source."""

    name: str
    place: str
    source: Markup


def listings(operation: Operation, mode: Mode) -> tuple[Listing, ...]:
    """The forward and every backward of ``mode``, without what wraps them."""
    names = (mode.forward, *mode.backwards)
    functions: list[Callable[..., Any]] = [
        operation.formula(mode),
        *(inspect.unwrap(operation.backward(name)) for name in mode.backwards),
    ]
    return tuple(_listing(name, function) for name, function in zip(names, functions))


def textbook_listings(operation: Operation, mode: Mode) -> tuple[Listing, ...]:
    """The two functions as a book has them; none where the file has none."""
    book = textbook_of(operation, mode)
    if book is None:
        return ()
    return tuple(_listing(each.__name__, each) for each in (book.forward, book.backward))


def whole_file(operation: Operation) -> Listing:
    """The operation's file."""
    name = operation.implementation.__name__
    source = inspect.getsource(operation.implementation)
    return Listing(name, f"{name.replace('.', '/')}.py", highlight(source))


def _listing(name: str, function: Callable[..., Any]) -> Listing:
    lines, first = inspect.getsourcelines(function)
    place = f"{function.__module__.replace('.', '/')}.py:{first}"
    return Listing(name, place, highlight("".join(lines)))


@cache
def highlight(source: str) -> Markup:
    """Python source as HTML, a class per kind of word."""
    from pygments import highlight as coloured
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    return Markup(coloured(source, PythonLexer(), HtmlFormatter(nowrap=True)))

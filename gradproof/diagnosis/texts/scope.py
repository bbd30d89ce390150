"""What the names of a function stood for when it ran: numbers, and arrays with their shapes."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradproof.diagnosis.source.run_patched import run_at
from gradproof.diagnosis.tape.points import TOLERANCE, Point
from gradproof.tracing.record_trace import Program

_MOST_ENTRIES, _MOST_ELEMENTS = 24, 4  # of a dictionary or an object, of a list


@dataclass
class Scope:
    """The variables of a function, and what is in dictionaries and on self, as they are written.

    numbers: those that stand for a number; shapes: those of arrays.
    """

    numbers: dict[str, float] = field(default_factory=dict)
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    met: set[int] = field(default_factory=set)

    def note(self, name: str, value: Any) -> None:
        """Take down what a name stands for, and what is in it."""
        if isinstance(value, (bool, np.bool_, str)) or value is None:
            return
        if isinstance(value, (int, float, np.integer, np.floating)):
            self.numbers.setdefault(name, float(value))
        elif isinstance(value, np.ndarray) and value.dtype.kind in "fiubc":
            self.shapes.setdefault(name, value.shape)
        else:
            for inner, each in _inside(name, value):
                if id(each) in self.met:  # it has a shorter name
                    continue
                if isinstance(each, dict):
                    for last, deep in _inside(inner, each):
                        self._leaf(last, deep)
                else:
                    self._leaf(inner, each)

    def _leaf(self, name: str, value: Any) -> None:
        if isinstance(value, (int, float, np.generic, np.ndarray)):
            self.note(name, value)

    def alike(self, one: str, other: str) -> bool:
        """Whether two names may stand for each other: numbers, or arrays of as many axes."""
        a, b = self.shapes.get(one), self.shapes.get(other)
        if a is None or b is None:
            number = one in self.numbers or other in self.numbers
            both = one in self.numbers and other in self.numbers
            return both or not (number or a is not None or b is not None)
        return len(a) == len(b)


def _inside(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if type(value) is dict:
        for key, each in list(value.items())[:_MOST_ENTRIES]:
            if isinstance(key, str):
                yield f"{name}[{key!r}]", each
    elif type(value) in (list, tuple):
        for at, each in enumerate(value[:_MOST_ELEMENTS]):
            yield f"{name}[{at}]", each
    elif name == "self":
        for key, each in list(getattr(value, "__dict__", {}).items())[:_MOST_ENTRIES]:
            yield f"self.{key}", each


def _is_tuple(value: Any) -> bool:
    return isinstance(value, (tuple, list))


def scopes_of(program: Program, point: Point, files: Collection[str]) -> dict[Any, Scope]:
    """Run a program at a point; return the scope of each function of these files that ran, by the
    file, its first line and its name."""
    found: dict[Any, Scope] = {}

    def watch(frame: Any, event: str, _: Any) -> None:
        code = frame.f_code
        if event == "return" and code.co_filename in files:
            scope = Scope()
            variables = sorted(frame.f_locals.items(), key=lambda each: _is_tuple(each[1]))
            for name, value in variables:
                scope.note(name, value)
                scope.met |= {id(value)} if isinstance(value, (np.ndarray, dict)) else set()
            found[code.co_filename, code.co_firstlineno, code.co_name] = scope

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        run_at(program, point, TOLERANCE)
    except Exception:  # of the author's code
        return found
    finally:
        sys.setprofile(before)
    return found


__all__ = ["Scope", "scopes_of"]

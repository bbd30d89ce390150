"""Array steps in order: which function was applied to which earlier steps, and what came out.

A program is what one run of somebody's code has computed: a forward with its backward (a tape of
the diagnosis), or a whole script. Every array and every real number that was made has a step; a
write into memory is a step as well, so that a step's value never changes. Plain data, no code: a
program can be sent to another process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

LEAF = "leaf"  # a value from outside: data, random numbers, literals
UNKNOWN = "unknown"  # a value whose making was not seen: never to be taken for a constant
GATHER, SCATTER = "gather", "scatter"


@dataclass(frozen=True, slots=True)
class Ref:
    """An operand that is the value of an earlier step."""

    index: int


@dataclass(frozen=True, slots=True)
class Later:
    """An operand worked out of steps when it is needed: they may have other values by then."""

    entries: frozenset[int]
    of: Callable[[Callable[[int], Any]], Any]


class Place(NamedTuple):
    """Where something stands in a file: lines from 1, columns from 0 in UTF-8 bytes; 0 and ""
    where that is not known.

    at: the instruction of the author's function, which tells the calls of one line apart.
    inside: whether a library computed it that the line called (an optimiser of SciPy, say).
    """

    file: str
    line: int
    end_line: int = 0
    column: int = 0
    end_column: int = 0
    function: str = ""
    at: int = 0
    inside: bool = False


NOWHERE = Place("", 0)


@dataclass(slots=True)
class Step:
    """One step.

    name:   the function's in the table of NumPy ("exp", "linalg.norm"), or one of what is done to
            memory (gradproof.program.carry).
    args:   operands: :class:`Ref`, constants, and tuples, lists and slices of these.
    kwargs: options by name.
    value:  what came out.
    place:  where the author's code called it.
    """

    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    value: Any
    place: Place | None = None


@dataclass(slots=True)
class ScriptStep(Step):
    """A step of a script, whose arrays live in memory.

    home:    the number of the memory that holds the value.
    written: whether the value came into that memory by a write (``W -= ...``, ``out=``).
    """

    place: Place = NOWHERE
    home: int = -1
    written: bool = False
    refs: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not self.refs:
            self.refs = tuple(dict.fromkeys(references((self.args, self.kwargs))))


@dataclass
class Program:
    """The steps of one run.

    guards: steps whose outcome, a truth value, decided which way the code went.
    shown:  steps that the author prints.
    ended:  how the run ended, in words; "" where it ran to its end.
    made_up: files and data sets that were not there, and in whose place data were made up.
    """

    steps: list[ScriptStep] = field(default_factory=list)
    guards: list[int] = field(default_factory=list)
    shown: list[int] = field(default_factory=list)
    ended: str = ""
    made_up: list[str] = field(default_factory=list)

    def value(self, index: int) -> Any:
        """Return the value of a step."""
        return self.steps[index].value

    def made_of(self, index: int, low: int = 0, cut: frozenset[int] = frozenset()) -> set[int]:
        """Return the steps from ``low`` on that a step depends on, itself included; nothing that
        lies before a step of ``cut`` (but the step that was asked about may be one)."""
        return self.made_of_any([index], low, cut)

    def made_of_any(
        self, asked: Iterable[int], low: int = 0, cut: frozenset[int] = frozenset()
    ) -> set[int]:
        """Return the same of several steps together."""
        found: set[int] = set()
        pending = list(asked)
        first = frozenset(pending)
        while pending:
            at = pending.pop()
            if at in found or at < low:
                continue
            found.add(at)
            if at not in cut or at in first:
                pending += self.steps[at].refs
        return found


def mapped(change: Callable[[Any], Any], item: Any) -> Any:
    """Return operands with ``change`` applied to each part of tuples, lists, dicts and slices."""
    if type(item) in (tuple, list):
        return type(item)(mapped(change, part) for part in item)
    if type(item) is dict:
        return {key: mapped(change, part) for key, part in item.items()}
    if type(item) is slice:
        return slice(*(mapped(change, part) for part in (item.start, item.stop, item.step)))
    return change(item)


def resolved(item: Any, value: Callable[[int], Any]) -> Any:
    """Return operands with every reference replaced by the value of its step."""
    if isinstance(item, Ref):
        return value(item.index)
    if isinstance(item, Later):
        return item.of(value)
    if type(item) in (tuple, list):
        return type(item)(resolved(part, value) for part in item)
    return mapped(lambda part: resolved(part, value), item) if type(item) in (dict, slice) else item


def references(item: Any) -> Iterator[int]:
    """Yield the steps that operands refer to."""
    if isinstance(item, Ref):
        yield item.index
    elif isinstance(item, Later):
        yield from item.entries
    elif type(item) in (tuple, list):
        for part in item:
            yield from references(part)
    elif type(item) is dict:
        for part in item.values():
            yield from references(part)
    elif type(item) is slice:
        yield from references((item.start, item.stop, item.step))


def is_real(value: Any) -> bool:
    """Whether a step's value is an array, or a number, of floats."""
    return isinstance(value, (float, np.floating)) or (
        isinstance(value, np.ndarray) and value.dtype.kind == "f"
    )


__all__ = [
    "GATHER", "LEAF", "NOWHERE", "SCATTER", "UNKNOWN", "Later", "Place", "Program", "Ref",
    "ScriptStep", "Step", "is_real", "mapped", "references", "resolved",
]  # fmt: skip

"""A run of forward and backward, written down array by array: plain data, no code in it.

Each entry says which NumPy function was applied to which earlier entries, what came out, and where
in the author's file it stands. Forward and backward share one tape, so that what backward reads
from its cache is the very entry that forward made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from gradproof.ops import function_of
from gradproof.program.steps import Later, Place, Ref, Step, resolved
from gradproof.program.steps import references as refs
from gradproof.work import CARRIED, ELEMENTS, spend

Array = np.ndarray[Any, Any]


@dataclass(slots=True)
class Op(Step):
    """One entry of a tape: a step with what the author calls its value.

    place is in the author's forward or backward, site where the function itself is called: they
    differ inside a helper. names are the author's names for the value; the first ``own`` of them
    are names that backward has. counters are the whole numbers that had names there, such as those
    of loops.
    """

    site: Place | None = None
    names: list[str] = field(default_factory=list)
    own: int = 0
    counters: dict[str, int] = field(default_factory=dict)


@dataclass
class Tape:
    """The entries, and which of them are inputs, y, dy and the gradients.

    start is the first entry of backward. changed names the inputs (and dy) that the code changed in
    place; replaced says which entry an array held before it was changed in place. constants are the
    numbers that have names in backward, foreign those that have one in forward only; ends says in
    which files and lines each gradient was returned, the innermost first; lists are those of
    entries that have a name in backward.
    """

    ops: list[Op]
    inputs: dict[str, int]
    y: int
    dy: int
    gradients: dict[str, int]
    start: int
    changed: tuple[str, ...] = ()
    replaced: dict[int, int] = field(default_factory=dict)
    constants: dict[str, float] = field(default_factory=dict)
    foreign: dict[str, float] = field(default_factory=dict)
    ends: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    lists: dict[str, list[int]] = field(default_factory=dict)
    returned: dict[int, tuple[str, int]] = field(default_factory=dict)
    _orders: dict[Any, list[int]] = field(default_factory=dict, init=False, repr=False)
    _made_of: dict[tuple[int, ...], frozenset[int]] = field(
        default_factory=dict, init=False, repr=False
    )

    def value(self, index: int) -> Any:
        """Return the value of an entry."""
        return self.ops[index].value

    @cached_property
    def uses(self) -> list[frozenset[int]]:
        """For each entry, those that it is made of."""
        return [frozenset(refs(op.args)) for op in self.ops]

    def made_of(self, targets: tuple[int, ...]) -> frozenset[int]:
        """Return the entries that others depend on, these included."""
        if targets not in self._made_of:
            found: set[int] = set()
            pending = list(targets)
            while pending:
                index = pending.pop()
                if index not in found:
                    found.add(index)
                    pending.extend(self.uses[index])
            self._made_of[targets] = frozenset(found)
        return self._made_of[targets]

    def order(self, overrides: Mapping[int, Any], targets: tuple[int, ...]) -> list[int]:
        """Return what must be carried out again for ``targets`` after changes, in order."""
        inside = self.made_of(targets)
        first = min(overrides)
        if len(overrides) > 1 and any(
            isinstance(op, Op) and any(first <= k not in inside for k in refs(op.args))
            for op in overrides.values()
        ):  # a change brings in what was of no use before, and that may have changed as well
            inside = frozenset(range(len(self.ops)))
        key = (tuple(overrides), targets, len(inside))
        if key not in self._orders:
            dirty: set[int] = set()
            for index in range(first, max(targets) + 1):
                if index in overrides or (
                    index in inside and not self.uses[index].isdisjoint(dirty)
                ):
                    dirty.add(index)
            self._orders[key] = sorted(dirty)
        return self._orders[key]


# --- carrying out one entry -------------------------------------------------------------------


# What is tried in the place of a count may be any number: of these functions it is a length.
_GROWING, _HUGE = ("repeat", "tile"), 100_000


def evaluate(name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """Carry out one entry on plain values. ValueError where that would make a huge array."""
    if name in _GROWING and len(args) > 1:
        times = np.ravel(args[1])
        each = (
            float(np.prod(times.astype(float))) if name == "tile" else float(times.max(initial=1))
        )
        if np.size(args[0]) * each > _HUGE:
            raise ValueError(f"{name}: an array of more than {_HUGE} elements")
    made = function_of(name)(*args, **kwargs)
    spend(CARRIED + getattr(made, "size", 1) // ELEMENTS)
    return made


def rerun(tape: Tape, overrides: dict[int, Any], targets: Sequence[int]) -> list[Any]:
    """Return the values of ``targets`` after the entries in ``overrides`` took other values.

    An override is a value, or an Op to carry out in place of the one on the tape; only what depends
    on an override is carried out again. Raises whatever NumPy raises.
    """
    changed: dict[int, Any] = {}
    ops = tape.ops

    def value(index: int) -> Any:
        return changed[index] if index in changed else ops[index].value

    for index in tape.order(overrides, tuple(targets)):
        op = overrides.get(index, ops[index])
        changed[index] = (
            evaluate(op.name, resolved(op.args, value), op.kwargs) if isinstance(op, Op) else op
        )
    return [value(index) for index in targets]


__all__ = [
    "Array", "Later", "Op", "Place", "Ref", "Tape", "evaluate", "refs", "rerun", "resolved",
]  # fmt: skip

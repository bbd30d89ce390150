"""What functions do to the arrays that they are given, with the line to write instead."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
# So many calls of each function are looked at, of one with many elements the first: to compare
# arrays costs a pass over each of them.
_CALLS, _MANY = 3, 100_000


@dataclass(frozen=True)
class Harm:
    """What a function does to its arguments, and what to write instead."""

    what: str
    write: str = ""

    def __str__(self) -> str:
        return f"{self.what} ({self.write})" if self.write else self.what


@dataclass
class Watch:
    """Looks at arrays before and after a call, in the first calls of each function.

    names, wrt: of the inputs, and of those that have a gradient; elements: how many there are.
    changed: arrays that a function changed in place; shared: arrays that it returned which share
    memory with those that it was given, or with each other.
    """

    names: tuple[str, ...]
    wrt: tuple[str, ...]
    elements: int
    changed: dict[str, Harm] = field(default_factory=dict)
    shared: dict[str, Harm] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)

    def looks(self, who: str) -> bool:
        """Whether this call is to be looked at."""
        self.calls[who] = self.calls.get(who, 0) + 1
        return self.calls[who] <= (1 if self.elements > _MANY else _CALLS)

    def arguments(
        self,
        who: str,
        inputs: Sequence[Array],
        given: Sequence[Array],
        before: Mapping[str, Any],
        parameters: Mapping[str, Any],
    ) -> None:
        """Inputs and parameters as they were, beside those that a function was given."""
        for name, was, now in zip(self.names, inputs, given):
            if not _equal(was, now):
                name = as_given(name)
                self._change(f"{who} changes {name} in place", f"write {name} = {name}.copy()")
        for name, now in parameters.items():
            if not _alike(before[name], now):
                text = f"{who} changes the parameter {name} in place"
                self._change(text, f"write {name} = {name}.copy()")

    def outputs(self, outputs: Sequence[Array], given: Sequence[Array]) -> None:
        """What forward returned, beside what it was given."""
        for name, each in zip(self.names, given):
            if _shares(outputs, [each]):
                name = as_given(name)
                text = f"forward returns an array that shares memory with {name}"
                self._share(text, f"return y.copy() if {name} is used again")

    def backward(self, own: str, dy: Any, upstream: Any, y: Any, returned: Any) -> None:
        """The upstream gradient, ``own`` in the author's words, and y, as they were and are."""
        first = self.wrt[0] if self.wrt else "x"
        if not _alike(dy, upstream):
            self._change("backward changes dy in place", f"write d{first} = {own}.copy()")
        if not _alike(y, returned):
            self._change("backward changes y in place", "write y = y.copy()")

    def gradients(self, own: str, found: Any, upstream: Any) -> None:
        """What backward returned, beside the upstream gradient that it was given."""
        gradients = list(zip(self.wrt, _parts(found, self.wrt)))
        for name, value in gradients:
            if _shares([value], _arrays(upstream)):
                self._share(
                    f"backward returns a d{name} that shares memory with dy: "
                    "changing one changes both",
                    f"write d{name} = {own}.copy()",
                )
        for (a, left), (b, right) in itertools.combinations(gradients, 2):
            if _shares([left], [right]):
                text = f"backward returns d{a} and d{b} in the same memory"
                self._share(text, f"return d{b}.copy()")

    def tangents(self, tangents: Sequence[Array], given: Sequence[Array]) -> None:
        """The tangents of a JVP, as they were and are."""
        for name, was, now in zip(self.names, tangents, given):
            if not _equal(was, now):
                name = as_given(name)
                text = f"the JVP changes the tangent of {name} in place"
                self._change(text, f"copy it first: t{name} = t{name}.copy()")

    def _change(self, what: str, write: str) -> None:
        self.changed.setdefault(what, Harm(what, write))

    def _share(self, what: str, write: str) -> None:
        self.shared.setdefault(what, Harm(what, write))


def as_given(name: str) -> str:
    """The complex input that a part belongs to, any other name as it is.

    >>> as_given("z.imag"), as_given("x")
    ('z', 'x')
    """
    return name.removesuffix(".real").removesuffix(".imag")


def _parts(found: Any, names: Sequence[str]) -> Iterator[Any]:
    """The gradients that backward returned, in the order of ``names``."""
    if isinstance(found, Mapping):
        yield from (found.get(name) for name in names)
    elif isinstance(found, (tuple, list)):
        yield from found
    else:
        yield found


def _arrays(value: Any) -> Iterator[Array]:
    """All arrays in a value."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, (tuple, list)):
        for each in value:
            yield from _arrays(each)


def _shares(some: Iterable[Any], others: Iterable[Any]) -> bool:
    beside = [each for each in others if isinstance(each, np.ndarray)]
    for each in some:
        if isinstance(each, np.ndarray) and each.size:
            for other in beside:
                if np.may_share_memory(each, other):
                    return True
    return False


def _alike(before: Any, after: Any) -> bool:
    """Whether arrays in a value are what they were; of other objects nothing is said."""
    if isinstance(before, np.ndarray):
        return _equal(before, after)
    if isinstance(before, (tuple, list)):
        return len(before) == len(after) and all(map(_alike, before, after))
    if isinstance(before, dict):
        return before.keys() == after.keys() and all(_alike(before[k], after[k]) for k in before)
    return True


def _equal(left: Array, right: Array) -> bool:
    if left.shape != right.shape:
        return False
    if bool((left == right).all()):
        return True
    return left.dtype.kind in "fc" and np.array_equal(left, right, equal_nan=True)


__all__ = ["Harm", "Watch"]

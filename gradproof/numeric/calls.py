"""The one place that calls the functions under check.

Every call gets arrays of its own, and what comes back is copied: nothing that the check will read
again is ever handed out, so that a function may write into whatever it is given, or give out a
buffer that it uses again, and the values compared stay the same. Backward always follows its own
forward: if another one was called in between, or the cache has been used, forward is run again.

What a function does to the arrays that it is given is written down in the first calls.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradproof.signatures import first_parameter
from gradproof.tracing.record import Program

Array = np.ndarray[Any, Any]
# So many calls of each function are watched, of one with many elements the first: to compare arrays
# costs a pass over each of them.
_WATCHED, LARGE = 3, 100_000


@dataclass(frozen=True)
class Harm:
    """What a function does to its arguments, and the line to write instead."""

    what: str
    write: str = ""

    def __str__(self) -> str:
        return f"{self.what} ({self.write})" if self.write else self.what


class Moved(list[Any]):
    """Inputs of which those that were ``put`` are made for one call, which need not copy them."""

    def __init__(self, inputs: Sequence[Any]) -> None:
        super().__init__(inputs)
        self.made: set[int] = set()

    def put(self, at: int, array: Array) -> None:
        """Take a new array, which nothing else refers to, for input ``at``."""
        self[at] = array
        self.made.add(at)


@dataclass
class Cache:
    """What a call of forward left for backward, and how to come by it again."""

    inputs: tuple[Array, ...]
    held: Any
    made: bool  # whether forward returned a cache
    number: int  # of the call that it comes from
    returned: Any  # y itself, as the caller of forward has it
    used: bool = False


@dataclass
class Calls:
    """Calls of one pair of functions, or of a formula or JVP in their place.

    large:   whether there are so many elements that each pass over them counts.
    made:    how often forward, or the formula, was called.
    changed: arrays that a function changed in place; shared: arrays that it returned which share
             memory with those that it was given, or with each other.
    """

    forward: Callable[..., Any]
    backward: Callable[..., Any]
    formula: Callable[..., Any] | None
    parameters: Mapping[str, Any]
    names: tuple[str, ...]
    wrt: tuple[str, ...]
    large: bool = False
    made: int = 0
    changed: dict[str, Harm] = field(default_factory=dict)
    shared: dict[str, Harm] = field(default_factory=dict)
    _watched: dict[str, int] = field(default_factory=dict)

    def run(self, inputs: Sequence[Any]) -> tuple[tuple[Array, ...], Cache]:
        """Call forward: its outputs, and what backward needs."""
        y, cache = self._forward(inputs)
        return _own(as_outputs(y)), cache

    def _forward(self, inputs: Sequence[Any]) -> tuple[Any, Cache]:
        given, parameters = _own(inputs), fresh(self.parameters)
        y, held, made = self._called(self.forward, given, parameters)
        if self._watches("forward"):
            self._look_at("forward", given, inputs, parameters)
            for name, each in zip(self.names, given):
                if _shares(as_outputs(y), [each]):
                    self._share(
                        f"forward returns an array that shares memory with {name}",
                        f"return y.copy() if {name} is used again",
                    )
        return y, Cache(tuple(inputs), held, made, self.made, y)

    def outputs(self, inputs: Sequence[Any]) -> tuple[Array, ...]:
        """What is differentiated: the formula's outputs where there is one, else forward's."""
        given, parameters = _own(inputs, without=_made(inputs)), fresh(self.parameters)
        y, _, _ = self._called(self.formula or self.forward, given, parameters)
        if self.formula is not None and self._watches("formula"):
            self._look_at("formula", given, inputs, parameters)
        return _own(as_outputs(y))

    def _called(
        self, function: Callable[..., Any], given: Sequence[Array], parameters: Mapping[str, Any]
    ) -> tuple[Any, Any, bool]:
        """What a forward or formula returned: y, the cache, and whether there is one."""
        self.made += 1
        found = function(*given, **parameters)
        if isinstance(found, tuple) and len(found) == 2:
            return found[0], found[1], True
        return found, None, False

    def pull(self, dy: Any, cache: Cache, as_it_is: bool = False) -> Any:
        """Call backward on an upstream gradient in the shapes of the outputs; copies come back.

        as_it_is: with this very cache, though it was used, or another forward was called since.
        """
        if not as_it_is and (cache.used or cache.number != self.made):
            y, again = self._forward(cache.inputs)
            cache.held, cache.made, cache.number = again.held, again.made, again.number
            cache.returned, cache.used = y, False
        watched = self._watches("backward") and not cache.used
        cache.used = True
        upstream = fresh(dy)
        before = fresh(cache.returned) if watched else None
        inputs = _own(cache.inputs) if not cache.made else ()
        found = self.backward(upstream, cache.held if cache.made else inputs)
        if watched:
            self._look_at_backward(found, upstream, dy, before, cache, inputs)
        return fresh(found)

    def along(
        self, jvp: Callable[..., Any], inputs: Sequence[Array], tangents: Sequence[Array]
    ) -> tuple[Array, ...]:
        """Call a Jacobian-vector product."""
        given, along = _own(inputs), _own(tangents)
        found = jvp(given, along)
        if self._watches("jvp"):
            self._look_at("jvp", given, inputs, {})
            for name, before, after in zip(self.names, tangents, along):
                if not _equal(before, after):
                    self._change(
                        f"the JVP changes the tangent of {name} in place",
                        f"copy it first: t{name} = t{name}.copy()",
                    )
        return _own(as_outputs(found))

    def _watches(self, who: str) -> bool:
        self._watched[who] = self._watched.get(who, 0) + 1
        return self._watched[who] <= (1 if self.large else _WATCHED)

    def _look_at(
        self, who: str, given: Sequence[Any], inputs: Sequence[Any], parameters: Any
    ) -> None:
        called = "the JVP" if who == "jvp" else who
        for name, before, after in zip(self.names, inputs, given):
            if not _equal(before, after):
                self._change(f"{called} changes {name} in place", f"write {name} = {name}.copy()")
        for name, value in self.parameters.items():
            if name in parameters and not _alike(value, parameters[name]):
                text = f"{called} changes the parameter {name} in place"
                self._change(text, f"write {name} = {name}.copy()")

    def _look_at_backward(
        self, found: Any, upstream: Any, dy: Any, y: Any, cache: Cache, inputs: Sequence[Array]
    ) -> None:
        own = first_parameter(self.backward) or "dy"
        first = self.wrt[0] if self.wrt else "x"
        copy = f"write d{first} = {own}.copy()"
        if not _alike(dy, upstream):
            self._change("backward changes dy in place", copy)
        if not _alike(y, cache.returned):
            self._change("backward changes y in place", "write y = y.copy()")
        if not cache.made:
            for name, before, after in zip(self.names, cache.inputs, inputs):
                if not _equal(before, after):
                    text = f"backward changes {name} in place"
                    self._change(text, f"write {name} = {name}.copy()")
        gradients = list(zip(self.wrt, _parts(found, self.wrt)))
        for name, value in gradients:
            if _shares([value], list(_arrays(upstream))):
                self._share(
                    f"backward returns a d{name} that shares memory with dy: "
                    "changing one changes both",
                    f"write d{name} = {own}.copy()",
                )
        for (a, left), (b, right) in itertools.combinations(gradients, 2):
            if _shares([left], [right]):
                self._share(
                    f"backward returns d{a} and d{b} in the same memory",
                    f"return d{b}.copy()",
                )

    def _change(self, what: str, write: str) -> None:
        self.changed.setdefault(what, Harm(what, write))

    def _share(self, what: str, write: str) -> None:
        self.shared.setdefault(what, Harm(what, write))

    def program(self, inputs: Mapping[str, Array], wrt: Sequence[str]) -> Program:
        """The same pair for a proof or a diagnosis, which call it in their own way."""

        def forward(*given: Any, **parameters: Any) -> Any:
            found = self.forward(*given, **parameters)
            cached = isinstance(found, tuple) and len(found) == 2
            return found if cached else (found, tuple(given))

        forward.author = self.forward  # type: ignore[attr-defined] # to be found by ``untouched``
        return Program(forward, self.backward, inputs, wrt, dict(self.parameters))


def without_cache(f: Callable[..., Any]) -> Callable[..., Any]:
    """A forward whose whole result is y, also where that is a pair."""

    def forward(*inputs: Any, **parameters: Any) -> tuple[Any, None]:
        return f(*inputs, **parameters), None

    return forward


def _own(arrays: Sequence[Any], without: Container[int] = ()) -> tuple[Array, ...]:
    """A copy of each array, for a function to do with as it likes."""
    return tuple(
        np.asarray(each) if at in without else np.array(each) for at, each in enumerate(arrays)
    )


def _made(inputs: Sequence[Any]) -> set[int]:
    """Which inputs are made for this call alone."""
    return inputs.made if isinstance(inputs, Moved) else set()


def fresh(value: Any) -> Any:
    """The same with new arrays, also inside tuples, lists and mappings; other objects stay."""
    if isinstance(value, np.ndarray):
        return np.array(value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(fresh(each) for each in value))
    if type(value) in (tuple, list):
        return type(value)(fresh(each) for each in value)
    if type(value) is dict:
        return {key: fresh(each) for key, each in value.items()}
    return value


def as_outputs(y: Any) -> tuple[Array, ...]:
    """The outputs of forward as arrays: one, or as many as the tuple or list has."""
    if isinstance(y, (tuple, list)) and not all(np.isscalar(each) for each in y):
        return tuple(np.asarray(each) for each in y)
    return (np.asarray(y),)


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


def _shares(some: Sequence[Any], others: Sequence[Array]) -> bool:
    arrays = [each for each in some if isinstance(each, np.ndarray) and each.size]
    beside = [each for each in others if isinstance(each, np.ndarray)]
    return any(np.may_share_memory(a, b) for a in arrays for b in beside)


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


__all__ = ["Cache", "Calls", "Harm", "Moved", "as_outputs", "fresh", "without_cache"]

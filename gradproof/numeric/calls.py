"""The one place that calls the functions under check.

Every call gets arrays of its own, and what comes back is copied, or used up before the next call:
nothing that the check will read again is ever handed out, so that a function may write into
whatever it is given, or give out a buffer that it uses again, and the values compared stay the
same. Backward always follows its own forward: if another one was called in between, or the cache
has been used, forward is run again.

What a function does to the arrays that it is given is written down in the first calls (harm.py).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradproof.arguments.backward_calls import backward_takes, split_output
from gradproof.arguments.signatures import accepted, first_parameter
from gradproof.numeric.copies import as_outputs, fresh, made, own
from gradproof.numeric.side_effects.harm import Watch

Array = np.ndarray[Any, Any]

# Of the C library of Linux, blocks of 128 kB and more go back to the system when they are freed,
# and a function under check spends half of its time waiting for new pages. Where a larger block was
# freed once, those up to its size stay with the process.
_KEPT = 16 * 2**20
np.empty(_KEPT, np.uint8)


class OutOfTimeError(BaseException):
    """There is no time left for another call. No handler of errors in the code is to take it."""


class BesideError(ValueError):
    """A function cannot be looked at beside the given point, so that it has no derivative there."""


class NotPlainError(TypeError):
    """What forward returns is not made of arrays of real numbers."""


@dataclass
class Cache:
    """What a call of forward left for backward, and how to come by it again."""

    inputs: tuple[Array, ...]
    held: Any
    made: bool  # whether forward returned a cache
    number: int  # of the call that it comes from
    returned: Any  # y itself, as the caller of forward has it
    used: bool = False
    beside: bool = False  # whether inputs that were let go are not those of the check

    def emptied(self) -> None:
        """Let go of what forward left; backward would have forward run again."""
        self.held = self.returned = None
        self.used = True


@dataclass
class Calls:
    """Calls of one pair of functions, or of a formula or JVP in their place.

    watch:  what the functions do to arrays.
    until:  the time, by the monotonic clock, from which on no function is called any more.
    cached: whether forward returns a cache.
    made:   how often forward, or the formula, was called.
    """

    forward: Callable[..., Any]
    backward: Callable[..., Any]
    formula: Callable[..., Any] | None
    parameters: Mapping[str, Any]
    names: tuple[str, ...]
    watch: Watch
    until: float = math.inf
    cached: bool = True
    made: int = 0
    point: tuple[Any, ...] | None = None  # of the first call
    shapes: tuple[tuple[int, ...], ...] = ()  # of its outputs
    wide: bool = False  # whether y is longdouble
    several: int = 0  # how many things forward returns in one tuple, where it is more than two
    imaginary: set[str] = field(default_factory=set)  # real inputs whose gradients are complex
    _taken: dict[int, list[str]] = field(default_factory=dict)
    # How backward is called with so many arguments, (with a cache?), and by what its first is known
    _taken_back: dict[tuple[int, bool], tuple[int, tuple[str, ...]]] = field(default_factory=dict)
    _first_back: str = ""

    @property
    def taken(self) -> list[str]:
        """How what forward returns is taken, where that is not plain to see."""
        said = []
        if self.several:
            said.append(
                f"of the {self.several} things that forward returns, the first is y, and the "
                "others are what backward needs"
            )
        if self.wide:
            said.append("y is longdouble: compared in double precision, as float64")
        return said

    def run(self, inputs: Sequence[Any], lent: bool = False) -> tuple[tuple[Array, ...], Cache]:
        """Call forward: its outputs, and what backward needs. lent: as for ``outputs``."""
        outputs, cache = self._forward(inputs)
        return outputs if lent else own(outputs), cache

    def let_go(self, cache: Cache) -> None:
        """Let go of inputs whose backward is to be called next, where it does not take them."""
        if cache.made:
            cache.beside, cache.inputs = self._is_beside(cache.inputs), ()

    def _forward(self, inputs: Sequence[Any]) -> tuple[tuple[Array, ...], Cache]:
        """The outputs in forward's own memory, and what backward needs."""
        given, parameters = own(inputs), self._parameters_of(self.forward)
        y, outputs, held, self.cached = self._called(self.forward, given, parameters, inputs)
        if self.watch.looks("forward"):
            self.watch.arguments("forward", inputs, given, self.parameters, parameters)
            self.watch.outputs(outputs, given)
        return outputs, Cache(tuple(inputs), held, self.cached, self.made, y)

    def outputs(self, inputs: Sequence[Any], lent: bool = False) -> tuple[Array, ...]:
        """What is differentiated: the formula's outputs where there is one, else forward's.

        lent: in the function's own memory, for whoever has done with them before any function is
        called again, and does not write into them.
        """
        function = self.formula or self.forward
        given, parameters = own(inputs, without=made(inputs)), self._parameters_of(function)
        _, outputs, _, _ = self._called(function, given, parameters, inputs)
        if self.formula is not None and self.watch.looks("formula"):
            self.watch.arguments("formula", inputs, given, self.parameters, parameters)
        return outputs if lent else own(outputs)

    def _called(
        self,
        function: Callable[..., Any],
        given: Sequence[Array],
        parameters: Mapping[str, Any],
        inputs: Sequence[Any],
    ) -> tuple[Any, tuple[Array, ...], Any, bool]:
        """What a forward or formula returned: y, as it is and as arrays, the cache, if any."""
        self._in_time()
        self.made += 1
        try:
            found = function(*given, **parameters)
        except Exception as error:
            self._refused("forward", self._is_beside(inputs), error)
            raise
        y, cache, cached = split_output(found, self.backward)
        if cached and isinstance(found, tuple) and len(found) > 2:
            self.several = len(found)
        self.wide = self.wide or getattr(y, "dtype", None) == np.longdouble != np.float64
        if any(map(np.iscomplexobj, inputs)):
            return y, as_outputs(y), cache, cached
        return y, self._plain(y, inputs), cache, cached

    def _refused(self, who: str, beside: bool, error: Exception) -> None:
        """Raise BesideError for an error of a function that does not come at the given point."""
        if beside:
            text = f"{who} refuses points beside the given one: {named(error)}"
            raise BesideError(text) from error

    def _is_beside(self, inputs: Sequence[Any]) -> bool:
        """Whether this is another point than that of the first call, of the same shapes."""
        point = self.point
        if point is None or any(np.shape(a) != np.shape(b) for a, b in zip(point, inputs)):
            return False
        return not all(map(np.array_equal, point, inputs))

    def _plain(self, y: Any, inputs: Sequence[Any]) -> tuple[Array, ...]:
        """The outputs as arrays; raises for other shapes than the first, or no real numbers."""
        try:
            arrays = as_outputs(y)
        except ValueError:  # nested lists of different lengths
            raise NotPlainError from None
        masked = isinstance(y, np.ma.MaskedArray)  # elements that are masked are no outputs
        if masked or any(each.dtype.kind not in "fiub" for each in arrays):
            if self.point is not None and self._is_beside(inputs):
                raise BesideError("y is not made of real numbers at a point beside the given one")
            raise NotPlainError
        shapes = tuple(each.shape for each in arrays)
        if self.point is None:
            self.point, self.shapes = tuple(inputs), shapes
        elif shapes != self.shapes and self._is_beside(inputs):
            raise BesideError(
                f"y has another shape at a point beside the given one: {_shapes(shapes)} instead "
                f"of {_shapes(self.shapes)}"
            )
        return arrays

    def pull(self, dy: Any, cache: Cache, as_it_is: bool = False, lent: bool = False) -> Any:
        """Call backward on an upstream gradient in the shapes of the outputs; copies come back.

        as_it_is: with this very cache, though it was used, or another forward was called since.
        lent: what comes back is no copy, as for ``outputs``.
        """
        if not as_it_is and (cache.used or cache.number != self.made):
            _, again = self._forward(cache.inputs)
            cache.held, cache.made, cache.number = again.held, again.made, again.number
            cache.returned, cache.used = again.returned, False
        watched = self.watch.looks("backward") and not cache.used
        cache.used = True
        self._in_time()
        upstream = fresh(dy)
        before = fresh(cache.returned) if watched else None
        inputs = () if cache.made else own(cache.inputs)
        rest = (cache.held,) if cache.made else inputs
        given, parameters = self._backward_call((upstream, *rest), cache.made)
        try:
            found = self.backward(*given, **parameters)
        except Exception as error:
            self._refused("backward", cache.beside or self._is_beside(cache.inputs), error)
            if not isinstance(error, (TypeError, ValueError)):
                raise
            if self.several:
                error.add_note(f"{self.taken[0]}; return ((y1, y2), cache) for several outputs")
            if not cache.made and len(given) > 1:  # it may have been written for something else
                error.add_note(
                    "forward returned no cache, so backward was called backward"
                    f"({', '.join(('dy', *self.names))})"
                )
            raise
        if watched:
            first = self._first_back or first_parameter(self.backward) or "dy"
            self._first_back = first
            self.watch.backward(first, dy, upstream, before, cache.returned)
            self.watch.arguments("backward", cache.inputs, inputs, self.parameters, parameters)
            self.watch.gradients(first, found, upstream)
        return found if lent else fresh(found)

    def _backward_call(
        self, given: tuple[Any, ...], cached: bool
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """What backward is called with, by position and by keyword, the latter copied."""
        asked = len(given), cached
        if asked not in self._taken_back:
            self._taken_back[asked] = backward_takes(
                self.backward, len(given), self.names, self.parameters, cached
            )
        count, names = self._taken_back[asked]
        return given[:count], {name: fresh(self.parameters[name]) for name in names}

    def _parameters_of(self, function: Callable[..., Any]) -> dict[str, Any]:
        """Copies of the parameters that a function takes."""
        if not self.parameters:
            return {}
        if id(function) not in self._taken:
            self._taken[id(function)] = list(accepted(function, self.parameters))
        return {name: fresh(self.parameters[name]) for name in self._taken[id(function)]}

    def _in_time(self) -> None:
        if time.monotonic() > self.until:
            raise OutOfTimeError

    def along(
        self, jvp: Callable[..., Any], inputs: Sequence[Array], tangents: Sequence[Array]
    ) -> tuple[Array, ...]:
        """Call a Jacobian-vector product."""
        self._in_time()
        given, along = own(inputs), own(tangents)
        parameters = self._parameters_of(jvp)
        found = jvp(given, along, **parameters)
        if self.watch.looks("jvp"):
            self.watch.arguments("the JVP", inputs, given, self.parameters, parameters)
            self.watch.tangents(tangents, along)
        return own(as_outputs(found))


def named(error: Exception) -> str:
    """An error as it is told: its kind and its words."""
    text = str(error)
    return f"{type(error).__name__}" + (f": {text}" if text else "")


def _shapes(shapes: Sequence[tuple[int, ...]]) -> str:
    return ", ".join(map(str, shapes))


def without_cache(f: Callable[..., Any]) -> Callable[..., Any]:
    """A forward whose whole result is y, also where that is a pair."""

    def forward(*inputs: Any, **parameters: Any) -> tuple[Any, None]:
        return f(*inputs, **parameters), None

    return forward


__all__ = ["BesideError", "Cache", "Calls", "NotPlainError", "OutOfTimeError", "without_cache"]

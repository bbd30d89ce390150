"""One pair of functions at inputs that its author gives."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from gradproof.checking.conventions.derivative_pairs import pulled
from gradproof.checking.conventions.match import (
    Match,
    MatchError,
    assignments,
    flat_gradients,
    with_names,
)
from gradproof.checking.source.gradient_names import looks_backward, looks_upstream


def takes_upstream(backward: Callable[..., Any]) -> bool:
    """Whether a function is called with an upstream gradient, rather than being a derivative."""
    names = list(inspect.signature(backward).parameters)
    return looks_backward(backward.__name__) or (len(names) > 1 and any(map(looks_upstream, names)))


def given_match(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    inputs: Sequence[Any],
    returned: Sequence[str] = (),
) -> Match:
    """The pair, called at these inputs. Raises MatchError and what the functions raise.

    forward(*inputs) returns y or (y, cache); backward takes (dy, cache), or (dy, *inputs) where
    there is no cache, or is a derivative by the first input, called with the inputs.
    returned: the names of what backward returns, by which gradients are told apart.
    """
    values = _by_name(forward, inputs)
    floats = {k: v for k, v in values.items() if isinstance(v, np.ndarray) and v.dtype.kind == "f"}
    if not floats:
        raise MatchError("none of the inputs is an array of real numbers")
    fixed = {k: v for k, v in values.items() if k not in floats}
    call = _Call(forward, backward, fixed, tuple(floats), tuple(values))
    if not takes_upstream(backward):
        first = next(iter(floats))
        return call.match(floats, (first,), lambda dy, kept: (call.slope(dy, kept, first),))
    y, kept = call.forward(*(np.array(v) for v in floats.values()))
    gradients = flat_gradients(call.backward(np.ones_like(y), kept), returned)
    order = next(assignments(gradients, floats), None)
    if not order:
        raise MatchError(f"backward returns {len(gradients)} gradients for {', '.join(floats)}")

    def ordered(dy: Any, kept: Any) -> tuple[Any, ...]:
        found = flat_gradients(call.backward(dy, kept), returned)
        return tuple(found[at][1] for at in order.values())

    return call.match(floats, tuple(order), ordered)


def _by_name(forward: Callable[..., Any], inputs: Sequence[Any]) -> dict[str, Any]:
    bound = inspect.signature(forward).bind(*inputs)
    return {name: _array(value) for name, value in bound.arguments.items()}


def _array(value: Any) -> Any:
    """Real numbers and lists of them as arrays; everything else as it is."""
    if isinstance(value, (float, list, tuple, np.floating)):
        array = np.asarray(value)
        return array if array.dtype.kind == "f" else value
    return value


class _Call:
    """Calls the author's functions, the inputs that do not vary filled in."""

    def __init__(
        self,
        forward: Callable[..., Any],
        backward: Callable[..., Any],
        fixed: Mapping[str, Any],
        varied: tuple[str, ...],
        order: tuple[str, ...],
    ) -> None:
        self.author, self.derivative, self.fixed = forward, backward, fixed
        self.varied, self.order = varied, order

    def forward(self, *given: Any) -> tuple[Any, tuple[dict[str, Any], Any, bool]]:
        """y, and what backward needs: the inputs, the cache, whether there is one."""
        values = {**copy.deepcopy(dict(self.fixed)), **dict(zip(self.varied, given))}
        out = self.author(*(values[name] for name in self.order))
        cached = isinstance(out, tuple) and len(out) == 2
        y, cache = out if cached else (out, None)
        return y, (values, cache, cached)

    def backward(self, dy: Any, kept: Any) -> Any:
        values, cache, cached = kept
        if cached:
            return self.derivative(dy, cache)
        return self.derivative(dy, *(values[name] for name in self.order))

    def slope(self, dy: Any, kept: Any, first: str) -> Any:
        values = kept[0]
        count = len(inspect.signature(self.derivative).parameters)
        given = [values[name] for name in self.order][:count]
        return pulled(dy, self.derivative(*given), values[first])

    def match(
        self, floats: Mapping[str, Any], wrt: tuple[str, ...], backward: Callable[..., Any]
    ) -> Match:
        return Match(
            with_names(lambda *given: self.forward(*given), self.varied, self.author),
            with_names(backward, ("dy", "cache"), self.derivative),
            dict(floats), wrt, self.fixed, f"{self.author.__name__}()",
        )  # fmt: skip

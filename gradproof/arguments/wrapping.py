"""Forward, backward and JVP as functions of plain real arrays, whatever the caller's take."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import numpy as np

from gradproof.arguments.backward_calls import backward_call, split_output
from gradproof.arguments.leaf_gradients import gradients_by_leaf
from gradproof.arguments.returned import Reading
from gradproof.arguments.signatures import accepted, first_parameter
from gradproof.arguments.trees import Branch, Complex, Made, Node, tree_of

Function = Callable[..., Any]


class Wrapped(Protocol):
    """What is wrapped: see Call."""

    @property
    def backward(self) -> Function: ...
    @property
    def trees(self) -> dict[str, Node]: ...
    @property
    def tops(self) -> tuple[str, ...]: ...


class _Kept:
    """A cache that forward returned, which nothing but backward looks into."""

    def __init__(self, cache: Any) -> None:
        self.cache = cache


class Wrapper:
    """Makes the functions of plain arrays."""

    def __init__(self, call: Wrapped, reading: Reading, real: bool) -> None:
        self.call, self.reading, self.real = call, reading, real
        self.trees = list(call.trees.values())
        self.changed: set[str] = set()
        self.y: dict[str, Node] = {}  # the structure of y, as forward last returned it

    def _built(self, leaves: Iterable[Any], made: Made) -> tuple[Any, ...]:
        arrays = iter(leaves)
        return tuple(tree.build(arrays, made) for tree in self.trees)

    def _seen(self, made: Made, who: str) -> None:
        made.put_back()
        self.changed.update(f"{who} changes {name} in place" for name in made.changed())

    def forward(self, forward: Function, joined: bool) -> Function:
        """Forward on plain arrays: its output or outputs, and the cache if there is one."""
        pull = self.call.backward

        def called(*leaves: Any, **parameters: Any) -> Any:
            made = Made()
            out = forward(*self._built(leaves, made), **accepted(forward, parameters))
            self._seen(made, "forward")
            y, cache, cached = split_output(out, pull)
            self.y["y"] = tree_of(y, "y", given=False)
            if self.real and is_real(self.y["y"]):
                self.y["y"] = tree_of(np.real(y), "y", given=False)
            parts = [leaf.value for leaf in self.y["y"].leaves()]
            if not parts:
                raise TypeError(f"forward returned {y!r:.60}, which is no array of numbers")
            if len(parts) > 1 and joined:
                parts = [np.concatenate([np.reshape(each, (-1,)) for each in parts])]
            found = parts[0] if len(parts) == 1 else parts
            return (found, _Kept(cache)) if cached else found

        return _like(called, forward)

    def formula(self, formula: Function) -> Function:
        """What is differentiated in place of forward, also by complex steps in its arguments.

        Complex inputs would hide such a step, so that none is taken beside them.
        """
        plain = self.forward(formula, False)

        def called(*leaves: Any, **parameters: Any) -> Any:
            if not any(map(np.iscomplexobj, leaves)):
                return plain(*leaves, **parameters)
            if any(map(complex_in, self.trees)):
                raise ValueError("a complex step beside complex inputs")
            found = formula(*self._built(leaves, Made()), **accepted(formula, parameters))
            return split_output(found, self.call.backward)[0]

        return _like(called, formula)

    def backward(self, backward: Function, joined: bool) -> Function:
        """Backward on plain arrays: the gradient of each leaf by name."""
        names, call = tuple(self.call.trees), self.call

        def called(dy: Any, *rest: Any, **parameters: Any) -> Any:
            upstream, made = Made(self.reading.sign), Made()
            arrays = _pieces(dy, self.y["y"]) if joined else dy
            several = isinstance(arrays, (tuple, list))
            given: tuple[Any, ...] = (
                self.y["y"].build(iter(arrays if several else (arrays,)), upstream),
            )
            cached = len(rest) == 1 and isinstance(rest[0], _Kept)
            given += (rest[0].cache,) if cached else self._built(rest, made)
            arguments, own = backward_call(backward, given, names, parameters, cached)
            found = backward(*arguments, **own)
            self._seen(made, "backward")
            upstream.put_back()
            return gradients_by_leaf(found, call.trees, call.tops, self.reading)

        return _like(called, backward, first_parameter(backward) or "dy")

    def jvp(self, jvp: Function) -> Function:
        """A Jacobian-vector product on plain arrays."""

        def called(leaves: Any, tangents: Any, **parameters: Any) -> Any:
            made, along = Made(), Made()
            given = self._built(leaves, made), self._built(tangents, along)
            found = jvp(*given, **accepted(jvp, parameters))
            self._seen(made, "the JVP")
            along.put_back()
            return [leaf.value for leaf in tree_of(found, "dy", given=False).leaves()]

        return _like(called, jvp)


def _pieces(dy: Any, tree: Node) -> Any:
    """The upstream gradient of each output, from that of all of them in one array."""
    shapes = [leaf.value.shape for leaf in tree.leaves()]
    if len(shapes) == 1:
        return dy
    out, start = [], 0
    for shape in shapes:
        size = math.prod(shape)
        out.append(np.reshape(dy[start : start + size], shape))
        start += size
    return out


def _like(called: Function, function: Function, first: str = "") -> Function:
    """A wrapper under the name of what it wraps; first: the name of its first argument."""
    called.__gradproof_of__ = function  # type: ignore[attr-defined]
    for attribute in ("__name__", "__qualname__", "__module__", "__doc__"):
        if hasattr(function, attribute):
            setattr(called, attribute, getattr(function, attribute))
    if first:
        own = inspect.Parameter(first, inspect.Parameter.POSITIONAL_ONLY)
        known = list(inspect.signature(called).parameters.values())
        called.__signature__ = inspect.Signature([own, *known[1:]])  # type: ignore[attr-defined]
    return called


def is_wrapped(function: Function) -> bool:
    """Whether a function is one of those made here, and not the caller's own."""
    return hasattr(function, "__gradproof_of__")


def is_real(tree: Node) -> bool:
    """Whether a tree is one complex array with nothing but rounding in its imaginary part."""
    if not isinstance(tree, Complex):
        return False
    largest = np.abs(tree.value).max(initial=0.0)
    return bool((np.abs(np.imag(tree.value)) <= 16 * np.finfo(np.float64).eps * largest).all())


def complex_in(tree: Node) -> list[str]:
    if isinstance(tree, Branch):
        return [name for child in tree.children.values() for name in complex_in(child)]
    return [tree.name] if isinstance(tree, Complex) else []


__all__ = ["Wrapper", "complex_in", "is_real", "is_wrapped"]

"""Functions whose parameters are arrays of their module: def loss(x, y): ... x @ W1 ...; return."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from gradproof.checking.source.gradient_names import gradient_cores, gradient_target
from gradproof.checking.trials.input_trials import draw

_SMALL = 0.5  # so that little saturates, and no gradient is clipped


def weights_of(function: Callable[..., Any], names: Sequence[str]) -> list[str]:
    """The arrays of a function's module that it uses and whose gradients it may return.

    names: of the gradients that it returns; "" for one without a name.
    """
    if not isinstance(function, types.FunctionType):
        return []
    own = set(inspect.signature(function).parameters)
    used = [n for n in dict.fromkeys(_used(function, 2)) if n not in own and _is_array(function, n)]
    spoken = [core for name in names for core in gradient_cores(name)]
    if any(gradient_target(name, used) for name in names if name):
        return [n for n in used if n in spoken or any(name == "" for name in names)]
    return []


def _used(function: types.FunctionType, depth: int) -> Iterator[str]:
    """The global names that a function reads, and those that the functions it calls read."""
    for name in function.__code__.co_names:
        yield name
        other = function.__globals__.get(name)
        if not depth or not isinstance(other, types.FunctionType) or other is function:
            continue
        if other.__globals__ is function.__globals__:
            yield from _used(other, depth - 1)


def _is_array(function: types.FunctionType, name: str) -> bool:
    value = function.__globals__.get(name)
    return isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size > 0


def drawn_like(function: Callable[..., Any], names: Sequence[str], seed: int) -> dict[str, Any]:
    """Other values for arrays of the module, in their shapes."""
    found = function.__globals__
    return {
        name: draw(np.random.default_rng([seed, *name.encode()]), found[name].shape) * _SMALL
        for name in names
    }


def with_weights(function: Callable[..., Any], names: Sequence[str]) -> Callable[..., Any]:
    """The function with arrays of its module as further arguments.

    They stand in the module while it runs; what was there before is put back.
    """
    inside = function.__globals__
    given = list(inspect.signature(function).parameters.values())

    def call(*args: Any, **named: Any) -> Any:
        every = {**dict(zip((p.name for p in given), args)), **named}
        weights = {name: every.pop(name) for name in names}
        before = {name: inside[name] for name in names}
        inside.update(weights)
        try:
            return function(**every)
        finally:
            inside.update(before)

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    more = [inspect.Parameter(name, kind) for name in names]
    needed = [p for p in given if p.default is p.empty]
    rest = [p for p in given if p.default is not p.empty]
    call.__signature__ = inspect.Signature([*needed, *more, *rest])  # type: ignore[attr-defined]
    call.__wrapped__ = function  # type: ignore[attr-defined]
    call.__name__ = function.__name__
    return call


__all__ = ["drawn_like", "weights_of", "with_weights"]

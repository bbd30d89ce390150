"""From a candidate that was found by name to pairs that can be called."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

from gradproof.checking.construct import instances
from gradproof.checking.derivatives import Slope, matched_derivative, matched_loss
from gradproof.checking.functions import Pair, every_mode
from gradproof.checking.layers import Layer, matched_layer
from gradproof.checking.match import Match, MatchError
from gradproof.checking.records import Candidate
from gradproof.checking.source import Source


def matches(
    candidate: Candidate, module: types.ModuleType, source: Source, seed: int
) -> list[Match]:
    """The ways in which a candidate is to be judged: one for each mode. Raises MatchError."""
    owner = candidate.owner
    names = tuple(source.returned(owner, candidate.backward))
    if candidate.kind == "layer":
        cls = _from(module, owner)
        return [matched_layer(Layer(cls, candidate.forward, candidate.backward, names), seed)]
    holder: Any = module
    if owner:
        cls = _from(module, owner)
        holder = next(instances(cls, seed), None)
        holder = _bare(cls) if holder is None else holder
    forward, backward = _from(holder, candidate.forward), _from(holder, candidate.backward)
    doc = source.doc(owner, candidate.forward)
    if candidate.kind == "cache":
        pair = Pair(forward, backward, candidate.forward, source, owner, candidate.backward)
        return every_mode(pair, seed)
    if candidate.kind == "loss":
        return [matched_loss(forward, candidate.forward, names, doc, seed)]
    if candidate.kind == "flag":
        forward, backward = _by_flag(forward, source.parameters(owner, candidate.forward))
    title = f"{owner} {candidate.forward}"
    outputs = source.returned(owner, candidate.forward)
    output = outputs[0] if outputs and outputs[0] else f"{_shown(candidate)}()"
    return [matched_derivative(Slope(forward, backward, title, doc, output), seed)]


def _shown(candidate: Candidate) -> str:
    """How the author calls the function: an object by its own name."""
    return candidate.owner if candidate.forward.startswith("__") else candidate.forward


def _from(holder: Any, name: str) -> Any:
    try:
        return getattr(holder, name)
    except AttributeError:
        raise MatchError(f"{name} is not there once the file has been run") from None


def _bare(cls: type) -> Any:
    """An instance whose constructor was not run, for methods that do without its attributes."""
    try:
        return object.__new__(cls)
    except TypeError as error:
        raise MatchError(f"{cls.__name__} could not be constructed: {error}") from None


def _by_flag(
    function: Callable[..., Any], parameters: list[str]
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """f and f' of one function with a flag deriv=True."""
    from gradproof.checking.match import with_names
    from gradproof.checking.naming import FLAGS

    flag = next(name for name in parameters if name.lower() in FLAGS)
    others = [name for name in parameters if name != flag][:1]

    def forward(*x: Any, **named: Any) -> Any:
        return function(*x, **named, **{flag: False})

    def derivative(*x: Any, **named: Any) -> Any:
        return function(*x, **named, **{flag: True})

    if not others:
        raise MatchError(f"takes nothing but the flag {flag}")
    return with_names(forward, others, function), with_names(derivative, others, function)

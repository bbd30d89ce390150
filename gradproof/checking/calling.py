"""From a candidate that was found by name to pairs that can be called."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gradproof.checking.construct import instances
from gradproof.checking.derivatives import Slope, matched_derivatives, matched_loss
from gradproof.checking.functions import Pair, every_mode
from gradproof.checking.layers import matched_layer
from gradproof.checking.match import SELECT, Match, MatchError, distance, fits, run, with_names
from gradproof.checking.naming import FLAGS, looks_upstream
from gradproof.checking.network import includes_cost, matched_network
from gradproof.checking.records import Candidate
from gradproof.checking.runs import Layer
from gradproof.checking.source import Source
from gradproof.checking.state import clone

Reading = Callable[[], list[Match]]


def matches(
    candidate: Candidate, module: types.ModuleType, source: Source, seed: int
) -> list[Match]:
    """The ways in which a candidate is to be judged: one for each mode. Raises MatchError.

    A convention can often be read in several ways. The first reading under which the gradient is
    right counts; where it is right under none, the first under which its shapes fit.
    """
    fitting: list[Match] = []
    usable: list[Match] = []
    reason = ""
    for reading in _readings(candidate, module, source.stating(candidate), seed):
        try:
            found = reading()
        except MatchError as error:
            reason = reason or str(error)
            continue
        if all(map(_is_right, found)) and _count(found) >= _count(fitting):
            return found
        found = [part for match in found for part in _by_shape(match)]
        usable = usable or found
        fitting = fitting or (found if all(map(_fits, found)) else [])
    if not usable:
        raise MatchError(reason)
    return fitting or usable


def _count(found: list[Match]) -> int:
    """How many gradients a reading knows of: one that sees fewer does not explain the others."""
    return sum(len(match.wrt) for match in found)


def _by_shape(match: Match) -> list[Match]:
    """Gradients of a wrong shape apart from the others, on which they cast no doubt."""
    try:
        gradients = run(match)[2]
    except Exception:  # whatever the author's code raises
        return [match]
    right = [np.shape(g) == match.inputs[n].shape for n, g in zip(match.wrt, gradients)]
    return [
        match.only([at for at, fits_ in enumerate(right) if fits_ is wanted])
        for wanted in (True, False) if wanted in right
    ]  # fmt: skip


def _fits(match: Match) -> bool:
    try:
        return fits(match)
    except Exception:  # whatever the author's code raises
        return False


def _is_right(match: Match) -> bool:
    try:
        return distance(match) < SELECT
    except Exception:  # whatever the author's code raises, or too many elements: it is judged
        return False


def _readings(
    candidate: Candidate, module: types.ModuleType, source: Source, seed: int
) -> Iterator[Reading]:
    owner, kind = candidate.owner, candidate.kind
    if owner and kind in ("layer", "object", "loss", "cache"):
        layered = _layered(candidate, module, source, seed)
        plain = _plain(candidate, module, source, seed)
        yield from (*layered, *plain) if kind == "layer" else (*plain, *layered)
    else:
        yield from _plain(candidate, module, source, seed)


def _layered(
    candidate: Candidate, module: types.ModuleType, source: Source, seed: int
) -> list[Reading]:
    """As methods that keep what they need on self."""
    owner = candidate.owner
    names = tuple(source.returned(owner, candidate.backward))
    code = source.class_code(owner)
    backward = candidate.backward
    if candidate.kind == "loss":  # forward returns the loss, then the gradients
        backward, names = "", names[1:]

    def read(forward: str) -> list[Match]:
        cls = _from(module, owner)
        layer = Layer(cls, _known(cls, forward, candidate), backward, names, code,
                      candidate.kind == "object")  # fmt: skip
        return [matched_layer(layer, seed)]

    readings: list[Reading] = [functools.partial(read, candidate.forward)]
    if candidate.forward != "__call__" and _is_callable(module, owner):
        readings.append(functools.partial(read, "__call__"))
    return readings


def _is_callable(module: types.ModuleType, owner: str) -> bool:
    """Whether the class or one that it is derived from has a __call__."""
    return any("__call__" in vars(each) for each in getattr(module, owner, object).__mro__)


def _known(cls: type, forward: str, candidate: Candidate) -> str:
    if hasattr(cls, forward):
        return forward
    raise MatchError(f"{cls.__name__} has no forward that {candidate.backward} could belong to")


def _plain(
    candidate: Candidate, module: types.ModuleType, source: Source, seed: int
) -> list[Reading]:
    """As functions, or methods that are given all they need."""
    owner, kind = candidate.owner, candidate.kind
    names = tuple(source.returned(owner, candidate.backward))

    def holder() -> Any:
        return _holder(module, owner, seed) if owner else module

    def cached() -> list[Match]:
        pair = _pair(candidate, holder(), source)
        try:
            return every_mode(pair, seed)
        except MatchError:
            if owner or not includes_cost(pair):
                raise
            return matched_network(pair, module, seed)

    def sloped() -> list[Match]:
        return matched_derivatives(_slope(candidate, holder(), source), seed)

    def lossy() -> list[Match]:
        doc = source.doc(owner, candidate.forward)
        return [matched_loss(_from(holder(), candidate.forward), names, doc, seed)]

    if kind == "loss":
        return [lossy]
    if kind in ("derivative", "flag", "object"):
        return [sloped]
    own = source.parameters(owner, candidate.backward)
    slope_too = not any(map(looks_upstream, own))
    return [cached, sloped] if slope_too else [cached]


def _pair(candidate: Candidate, holder: Any, source: Source) -> Pair:
    forward, backward = _from(holder, candidate.forward), _from(holder, candidate.backward)
    return Pair(forward, backward, candidate.forward, source, candidate.owner, candidate.backward)


def _slope(candidate: Candidate, holder: Any, source: Source) -> Slope:
    owner, name = candidate.owner, candidate.forward
    forward, backward = _from(holder, name), _from(holder, candidate.backward)
    if candidate.kind == "flag":
        forward, backward = _by_flag(forward, source.parameters(owner, name))
    outputs = source.returned(owner, name)
    output = outputs[0] if outputs and outputs[0] else f"{_shown(candidate)}()"
    returned = tuple(source.returned(owner, candidate.backward))
    return Slope(forward, backward, f"{owner} {name}", source.doc(owner, name), output, returned,
                 source.code(owner, name))  # fmt: skip


def _shown(candidate: Candidate) -> str:
    """How the author calls the function: an object by its own name."""
    return candidate.owner if candidate.forward.startswith("__") else candidate.forward


def _from(holder: Any, name: str) -> Any:
    try:
        found = getattr(holder, name)
    except AttributeError:
        raise MatchError(f"{name} is not there once the file has been run") from None
    return _on_a_copy(found) if inspect.ismethod(found) else found


def _on_a_copy(method: Any) -> Any:
    """The method of a fresh copy at every call: nothing that it keeps is left for the next."""
    instance, name = method.__self__, method.__name__
    if isinstance(instance, type):
        return method

    def call(*given: Any, **named: Any) -> Any:
        return getattr(clone(instance), name)(*given, **named)

    call.__signature__ = inspect.signature(method)  # type: ignore[attr-defined]
    call.__wrapped__ = method  # type: ignore[attr-defined]
    call.__name__ = name
    return call


def _holder(module: types.ModuleType, owner: str, seed: int) -> Any:
    """An instance of the class, one whose constructor was not run if need be."""
    cls = _from(module, owner)
    found = next(instances(cls, seed), None)
    if found is not None:
        return found
    try:
        return object.__new__(cls)
    except TypeError as error:
        raise MatchError(f"{cls.__name__} could not be constructed: {error}") from None


def _by_flag(
    function: Callable[..., Any], parameters: list[str]
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """f and f' of one function with a flag deriv=True."""
    flag = next(name for name in parameters if name.lower() in FLAGS)
    others = [name for name in parameters if name != flag]

    def forward(*x: Any, **named: Any) -> Any:
        return function(*x, **named, **{flag: False})

    def derivative(*x: Any, **named: Any) -> Any:
        return function(*x, **named, **{flag: True})

    if not others:
        raise MatchError(f"takes nothing but the flag {flag}")
    first = others[:1]
    return with_names(forward, first, function), with_names(derivative, first, function)

"""How functions under check are called: one convention, read off their signatures.

forward(*inputs, **parameters) returns y, or (y, cache), or (y, a, b, ...) for (y, (a, b, ...)).
Several outputs are ((y1, y2), cache), or a list. backward(dy, cache) is called where forward
returned a cache, else backward(dy, *inputs), or backward(dy) where it takes no more. Each function
gets those parameters that it takes. Names of inputs are those of forward's arguments.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradproof.arguments.trees import top_of

BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class CallError(TypeError):
    """A function under check cannot be called as the convention says."""


def signature_of(function: Callable[..., Any]) -> inspect.Signature | None:
    """The signature of a function; None where it does not say, as some not written in Python."""
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None


def positional(function: Callable[..., Any]) -> list[str]:
    """The names of the arguments that a function takes by position; none if it does not say."""
    signature = signature_of(function)
    found = signature.parameters.values() if signature is not None else ()
    return [p.name for p in found if p.kind in BY_POSITION]


def first_parameter(function: Callable[..., Any]) -> str:
    """The name of the first argument of a function; "" if it does not say."""
    return next(iter(positional(function)), "")


def input_names(
    forward: Callable[..., Any], count: int, names: Sequence[str] | str | None = None
) -> tuple[str, ...]:
    """The names of the inputs: ``names`` if given, else forward's own, else x0, x1, ...

    Raises ValueError unless there is one name per input, each another.

    >>> input_names(lambda x, w: x @ w, 2)
    ('x', 'w')
    """
    if names is not None:
        chosen = as_names("names", names)
        if len(chosen) != count:
            raise ValueError(f"names: expected {count}, one per input, got {len(chosen)}")
        if len(set(chosen)) != count:
            raise ValueError(f"names: expected another name for each input, got {chosen}")
        return chosen
    known = positional(forward)[:count]
    return (*known, *(f"x{at}" for at in range(len(known), count)))


def as_names(option: str, value: Sequence[str] | str) -> tuple[str, ...]:
    """Names given as one or as several. Raises TypeError for anything else.

    >>> as_names("wrt", "x"), as_names("wrt", ["x", "w"])
    (('x',), ('x', 'w'))
    """
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, (list, tuple, set, frozenset)) or not all(
        isinstance(each, str) for each in value
    ):
        raise TypeError(f"{option}: expected names of inputs, got {value!r}")
    return tuple(value)


def takes(function: Callable[..., Any], name: str) -> bool:
    """Whether a function takes a keyword; one that does not say what it takes is believed to."""
    signature = signature_of(function)
    if signature is None:
        return True
    found = signature.parameters.values()
    return any(p.kind is p.VAR_KEYWORD or (p.name == name and p.kind in _BY_NAME) for p in found)


def accepted(function: Callable[..., Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the keyword parameters that a function takes.

    >>> accepted(lambda dy, x, *, eps: dy, {"eps": 1e-5, "alpha": 0.1})
    {'eps': 1e-05}
    """
    return {name: value for name, value in parameters.items() if takes(function, name)}


def parameters_given(
    caller: Callable[..., Any],
    functions: Mapping[str, Callable[..., Any]],
    keywords: Mapping[str, Any],
    parameters: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The parameters of a call: ``keywords`` and what ``parameters`` adds to them.

    Raises TypeError for one that is given twice, or that none of the functions takes: it names the
    nearest that they or ``caller`` have.
    """
    twice = sorted(keywords.keys() & (parameters or {}).keys())
    if twice:
        raise TypeError(f"{twice[0]}= is given both as a keyword and in parameters=")
    found = {**(parameters or {}), **keywords}
    for name, function in functions.items():
        if not callable(function):
            raise TypeError(f"{name}: expected a function, got {function!r}")
    for name in found:
        if not any(takes(function, name) for function in functions.values()):
            raise TypeError(_unknown(caller, functions, name))
    return found


def _unknown(
    caller: Callable[..., Any], functions: Mapping[str, Callable[..., Any]], name: str
) -> str:
    own = [*_keywords(caller), *(k for f in functions.values() for k in _keywords(f))]
    nearest = difflib.get_close_matches(name, list(dict.fromkeys(own)), n=1, cutoff=0.0)
    called = " nor ".join(described(key, f) for key, f in functions.items())
    return (
        f"{caller.__name__}: unexpected keyword {name!r}: neither {called} takes it; "
        f"the nearest name is {nearest[0]!r}"
    )


def _keywords(function: Callable[..., Any]) -> list[str]:
    signature = signature_of(function)
    found = signature.parameters.values() if signature is not None else ()
    return [p.name for p in found if p.kind in _BY_NAME]


def described(role: str, function: Callable[..., Any]) -> str:
    """A function as it is written down: its role and its signature, "backward(dy, cache)"."""
    signature = signature_of(function)
    if signature is None:
        return role
    bare = [p.replace(annotation=p.empty) for p in signature.parameters.values()]
    return f"{role}{inspect.Signature(bare)}"


@dataclass(frozen=True)
class Asked:
    """The arguments that all who prove, check or diagnose a gradient have in common.

    names, parameters: of every input; keyword parameters of forward and backward.
    wrt:      inputs whose gradients are in question; None for all that can have one.
    labels:   integer input -> number of classes.
    positive: inputs that only take positive values.
    """

    names: tuple[str, ...]
    parameters: dict[str, Any] = field(default_factory=dict)
    wrt: tuple[str, ...] | None = None
    labels: dict[str, int] = field(default_factory=dict)
    positive: tuple[str, ...] = ()


def asked(
    caller: Callable[..., Any],
    functions: Mapping[str, Callable[..., Any]],
    inputs: Sequence[Any],
    keywords: Mapping[str, Any],
    *,
    parameters: Mapping[str, Any] | None = None,
    names: Sequence[str] | str | None = None,
    wrt: Sequence[str] | str | None = None,
    labels: Mapping[str, int] | None = None,
    positive: Sequence[str] | str = (),
    seed: int = 0,
) -> Asked:
    """Look at the arguments of a call to ``caller``, as ``prove_gradient`` takes them.

    functions: "forward" and the other one, by their role. Raises TypeError or ValueError, which say
    what does not fit, and what to do.
    """
    given = parameters_given(caller, functions, keywords, parameters)
    forward = functions["forward"]
    _require_call(forward, inputs, given)
    known = input_names(forward, len(inputs), names)
    if labels is not None and not isinstance(labels, Mapping):
        raise TypeError(f"labels: expected a mapping, input to number of classes, got {labels!r}")
    chosen = None if wrt is None else as_names("wrt", wrt)
    sure = as_names("positive", positive)
    for option, some in (("wrt", chosen), ("labels", labels), ("positive", sure)):
        for name in some or ():
            if not top_of(name, known):
                has = ", ".join(known) or "none"
                raise ValueError(f"{option}: {name!r} is no input of forward: it has {has}")
    if not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ValueError(f"seed: expected a whole number from 0 on, got {seed!r}")
    return Asked(known, given, chosen, dict(labels or {}), sure)


def _require_call(
    forward: Callable[..., Any], inputs: Sequence[Any], parameters: Mapping[str, Any]
) -> None:
    """Raise what is wrong with a call of forward with these arguments."""
    signature = signature_of(forward)
    if signature is None:
        return
    own = accepted(forward, parameters)
    try:
        signature.bind(*inputs, **own)
    except TypeError as error:
        others = ", ".join(own) or "no parameters"
        raise CallError(
            f"forward{signature} cannot be called with {len(inputs)} inputs and {others}: {error}"
        ) from None


__all__ = [
    "Asked", "CallError", "accepted", "as_names", "asked",
    "described", "first_parameter", "input_names", "parameters_given", "positional", "signature_of",
    "takes",
]  # fmt: skip

"""A kind of case: a function that is not ours, its derivative, and what to try it on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from benchmarks.strangers.draws import Draw

Array = np.ndarray[Any, Any]
# The differentiable inputs, and what else forward, backward and jvp are given by keyword.
Drawn = tuple[tuple[Array, ...], dict[str, Any]]


@dataclass(frozen=True)
class Kind:
    """forward(*inputs, **extra) -> y; backward(dy, *inputs, **extra) -> one gradient per input.

    exact:       forward for arrays of objects, where NumPy's own does not take them; None: it does.
    unknown:     there is no exact form, so that the rule counts as right.
    jvp:         (inputs, tangents, **extra) -> dy, if there is one.
    most:        elements that checks of every element can afford.
    """

    name: str
    draw: Callable[[Draw], Drawn]
    forward: Callable[..., Any]
    backward: Callable[..., Any]
    exact: Callable[..., Any] | None = None
    unknown: bool = False
    jvp: Callable[..., Any] | None = None
    most: int = 200
    kinks: tuple[float, ...] = (0.0,)
    narrow: bool = False  # also tried with a lower precision inside


@cache
def _by_name() -> dict[str, Kind]:
    return {each.name: each for each in every_kind()}


def kind_of(name: str) -> Kind:
    """The kind of that name. Raises ValueError where there is none, or its package is missing."""
    if name not in _by_name():
        raise ValueError(f"no kind {name!r}; is the package that it comes from installed?")
    return _by_name()[name]


@cache
def every_kind() -> tuple[Kind, ...]:
    """All of them, those whose package is missing left out."""
    from benchmarks.strangers import functions, textbook

    found = [*textbook.KINDS, *functions.KINDS]
    try:
        from benchmarks.strangers import autograd_rules
    except ImportError:
        pass
    else:
        found += autograd_rules.kinds()
    try:
        from benchmarks.strangers import mygrad_functions
    except ImportError:
        pass
    else:
        found += mygrad_functions.kinds()
    return tuple(found)

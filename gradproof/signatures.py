"""What the signature of a function says: the names of its inputs and parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any


def positional(function: Callable[..., Any]) -> list[str]:
    """The names of the arguments that a function takes by position; none if it does not say."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # of a function that is not written in Python
        return []
    return [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


def first_parameter(function: Callable[..., Any]) -> str:
    """The name of the first argument of a function; "" if it does not say."""
    return next(iter(positional(function)), "")


__all__ = ["first_parameter", "positional"]

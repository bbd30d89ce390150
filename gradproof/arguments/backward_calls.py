"""What forward returns for backward, and how backward is called with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from gradproof.arguments.signatures import BY_POSITION, CallError, described, signature_of, takes


def split_output(found: Any, backward: Callable[..., Any]) -> tuple[Any, Any, bool]:
    """What forward returned: y, the cache, and whether there is one.

    The first of a tuple is y, and the rest the cache: itself where it is one thing. Raises
    CallError where backward takes as many arguments as forward returned things, three or more: it
    cannot be told whether it takes the upstream gradients of several outputs, or the parts of a
    cache.

    >>> split_output((1, 2, 3), lambda dy, cache: dy)
    (1, (2, 3), True)
    """
    if not isinstance(found, tuple) or len(found) < 2:
        return found, None, False
    if len(found) == 2:
        return found[0], found[1], True
    if hasattr(found, "_fields"):  # a NamedTuple of outputs
        return found, None, False
    signature = signature_of(backward)
    known = signature.parameters.values() if signature is not None else ()
    if sum(p.kind in BY_POSITION and p.default is p.empty for p in known) == len(found):
        raise CallError(
            f"forward returned {len(found)} things and {described('backward', backward)} takes "
            f"{len(found)}: return ((y1, y2), cache) for several outputs, whose upstream gradients "
            "come as backward((dy1, dy2), cache), or (y, (a, b)) for backward(dy, (a, b))"
        )
    return found[0], found[1:], True


def backward_call(
    backward: Callable[..., Any],
    given: Sequence[Any],
    names: Iterable[str],
    parameters: Mapping[str, Any],
    cached: bool,
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """What backward is called with, by position and by keyword: see :func:`backward_takes`."""
    count, keywords = backward_takes(backward, len(given), names, parameters, cached)
    return tuple(given)[:count], {name: parameters[name] for name in keywords}


def backward_takes(
    backward: Callable[..., Any],
    given: int,
    names: Iterable[str],
    parameters: Iterable[str],
    cached: bool,
) -> tuple[int, tuple[str, ...]]:
    """How many arguments backward is called with by position, and which parameters by keyword.

    given: how many there are: dy and the cache, or dy and the inputs where forward returned no
    cache. One that takes dy alone, as a method may, gets dy alone. Raises CallError where backward
    does not take so many: it was written for (dy, cache), most of the time.
    """
    parameters = tuple(parameters)
    signature = signature_of(backward)
    if signature is None:
        return given, parameters
    known = signature.parameters.values()
    if not cached and not any(p.kind is p.VAR_POSITIONAL for p in known):
        free = [p for p in known if p.kind in BY_POSITION and p.name not in parameters]
        required = sum(p.default is p.empty for p in free)
        if required <= 1:
            given = 1
        elif not required <= given <= len(free):
            called = ", ".join(("dy", *names))
            raise CallError(
                f"{described('backward', backward)} cannot be called backward({called}), as is "
                "done because forward returned no cache: return (y, cache) from forward, or let "
                f"backward take {called}"
            )
    filled = [p.name for p in known if p.kind in BY_POSITION][:given]
    own = [name for name in parameters if takes(backward, name)]
    return given, tuple(name for name in own if name not in filled)


__all__ = ["backward_call", "backward_takes", "split_output"]

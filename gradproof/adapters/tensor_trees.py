"""Lists, tuples and dicts of arrays, taken apart into named leaves and put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Path = tuple[Any, ...]


def leaves(
    value: Any, is_leaf: Callable[[Any], bool], path: Path = ()
) -> Iterator[tuple[Path, Any]]:
    """The leaves inside a value with their place in it; what is no leaf and no container is left.

    >>> list(leaves({"W": 1.0, "more": [2.0, "no"]}, lambda v: isinstance(v, float)))
    [(('W',), 1.0), (('more', 0), 2.0)]
    """
    if is_leaf(value):
        yield path, value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from leaves(each, is_leaf, (*path, key))
    elif isinstance(value, (list, tuple)):
        for at, each in enumerate(value):
            yield from leaves(each, is_leaf, (*path, at))


def rebuilt(value: Any, new: Mapping[Path, Any], path: Path = ()) -> Any:
    """The same containers with the leaves at the given places exchanged."""
    if path in new:
        return new[path]
    if isinstance(value, tuple) and hasattr(value, "_fields"):  # a named tuple
        return type(value)(*(rebuilt(each, new, (*path, at)) for at, each in enumerate(value)))
    if isinstance(value, (list, tuple)):
        return type(value)(rebuilt(each, new, (*path, at)) for at, each in enumerate(value))
    if isinstance(value, dict):
        return {key: rebuilt(each, new, (*path, key)) for key, each in value.items()}
    return value


def written(name: str, path: Path) -> str:
    """The leaf as it is written in code: ``params['W1'][0]``."""
    return name + "".join(f"[{key!r}]" for key in path)

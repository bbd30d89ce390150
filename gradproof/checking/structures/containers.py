"""Lists, tuples and dictionaries of arrays as arguments: their leaves by name, and built again."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from gradproof.checking.source.gradient_names import gradient_target

Path = tuple[Any, ...]  # keys and numbers, from the argument to the array
Labels = Mapping[Path, str]  # (argument, *path) -> the author's name; None stands for any number
_DEEPEST = 4


def is_container(value: Any) -> bool:
    """Whether a value is a list, a tuple or a dictionary with real arrays in it."""
    return isinstance(value, (list, tuple, dict)) and any(True for _ in _arrays(value))


def leaves(value: Any, argument: str, labels: Labels) -> Iterator[tuple[str, Path, Any]]:
    """Yield (name, path, array) of every real array in a container.

    >>> [name for name, _, _ in leaves({"W": np.ones(2)}, "params", {})]
    ['W']
    >>> [name for name, _, _ in leaves((np.ones(2), np.ones(3)), "xs", {("xs", 0): "u"})]
    ['u', 'xs_1']
    """
    for path, array in _arrays(value):
        yield _label(argument, path, labels), path, array


def _arrays(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "f" and path:
            yield path, value
    elif isinstance(value, (list, tuple, dict)) and len(path) < _DEEPEST:
        parts = value.items() if isinstance(value, dict) else enumerate(value)
        for key, each in parts:
            yield from _arrays(each, (*path, key))


def _label(argument: str, path: Path, labels: Labels) -> str:
    exact = labels.get((argument, *path))
    if exact is not None:
        return exact
    anywhere = labels.get((argument, None, *path[1:])) if len(path) > 1 else None
    if anywhere is not None:
        return f"{anywhere}_{path[0]}"
    own = path if isinstance(path[0], str) else (argument, *path)
    return re.sub(r"\W", "_", "_".join(map(str, own)))


def rebuilt(value: Any, argument: str, labels: Labels, given: Mapping[str, Any]) -> Any:
    """A copy of a container with other arrays in place of those of these names."""
    at = {path: given[name] for name, path, _ in leaves(value, argument, labels) if name in given}

    def built(part: Any, path: Path) -> Any:
        if path in at:
            return at[path]
        if isinstance(part, dict):
            return {k: built(v, (*path, k)) for k, v in part.items()}
        if isinstance(part, (list, tuple)) and not hasattr(part, "_fields"):
            return type(part)(built(v, (*path, k)) for k, v in enumerate(part))
        return copy.deepcopy(part)

    return built(value, ())


def with_arrays(value: Any) -> Any:
    """A container with arrays without axes in place of real numbers, which may have a gradient."""
    if type(value) is float:
        return np.asarray(value)
    if isinstance(value, dict):
        return {k: with_arrays(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return type(value)(with_arrays(v) for v in value)
    return value


# --- gradients in containers --------------------------------------------------------------------

Pairs = list[tuple[Path, Path]]


def paired(found: Any, value: Any) -> Pairs | None:
    """Which leaf of what backward returned stands where a leaf of an argument does.

    (path in the argument, path in what was returned) of each; None where they are built otherwise.
    """
    if isinstance(value, dict):
        if not isinstance(found, Mapping) or len(found) != len(value):
            return None
        keys = {k: _key_of(k, list(found)) for k in value}
        inside = [(k, f, paired(found[f], value[k])) for k, f in keys.items() if f is not None]
        return _joined(inside) if len(inside) == len(value) else None
    if isinstance(value, (list, tuple)):
        if not isinstance(found, (list, tuple)) or len(found) != len(value):
            return None
        return _joined([(k, k, paired(f, v)) for k, (f, v) in enumerate(zip(found, value))])
    return None if isinstance(found, (list, tuple, Mapping)) else [((), ())]


def _key_of(key: Any, known: Sequence[Any]) -> Any:
    if key in known:
        return key
    spoken = [k for k in known if isinstance(k, str) and gradient_target(k, [str(key)]) == key]
    return spoken[0] if len(spoken) == 1 else None


def _joined(inside: Sequence[tuple[Any, Any, Pairs | None]]) -> Pairs | None:
    if any(pairs is None for _, _, pairs in inside):
        return None
    return [((k, *own), (f, *theirs)) for k, f, pairs in inside for own, theirs in pairs or ()]


def at_path(value: Any, path: Path) -> Any:
    """What stands at a path."""
    for key in path:
        value = value[key]
    return value


def opened(
    gradients: Sequence[tuple[str, Any]], values: Mapping[str, Any], labels: Labels
) -> tuple[list[tuple[str, Any]], dict[str, int]]:
    """The gradients with those in containers one by one at the end, and which leaf each is of."""
    out = list(gradients)
    order: dict[str, int] = {}
    free = [k for k, v in values.items() if is_container(v)]
    for at, (name, found) in enumerate(gradients):
        if not isinstance(found, (list, tuple, Mapping)):
            continue
        spoken = gradient_target(name, free) if name else None
        for argument in [spoken] if spoken else list(free):
            pairs = paired(found, values[argument])
            if pairs is None:
                continue
            free.remove(argument)
            known = {path: leaf for leaf, path, _ in leaves(values[argument], argument, labels)}
            for own, theirs in pairs:
                value = at_path(found, theirs)
                if own in known and value is not None:
                    order[known[own]] = len(out)
                    out.append((known[own], value))
            out[at] = (name, None)
            break
    return out, order


def whole(found: Any, values: Mapping[str, Any]) -> bool:
    """Whether all that backward returned is built like one argument."""
    return any(is_container(v) and paired(found, v) is not None for v in values.values())


# --- what the code says of them -----------------------------------------------------------------


def labels_of(code: str, arguments: Sequence[str]) -> dict[Path, str]:
    """The names that a function gives to the parts of its arguments when it takes them apart.

    >>> labels_of("def f(p):\\n    (w, b), c = p", ["p"])
    {('p', 0, 0): 'w', ('p', 0, 1): 'b', ('p', 1): 'c'}
    >>> labels_of("def f(p):\\n    for w, b in p: pass", ["p"])
    {('p', None, 0): 'w', ('p', None, 1): 'b'}
    """
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return {}
    found: dict[Path, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Assign([ast.Tuple() | ast.List() as target], value):
                argument = _path_of(value)
            case ast.For(ast.Tuple() as target, ast.Name() as value):
                argument = (*_path_of(value), None)
            case _:
                continue
        if argument and argument[0] in arguments:
            found |= {k: v for k, v in _named(target, argument) if k not in found}
    return found


def _path_of(node: ast.expr) -> Path:
    """("params", 0) of params[0]; () of what is none."""
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        before = _path_of(node.value)
        return (*before, node.slice.value) if before else ()
    return ()


def _named(target: ast.expr, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(target, ast.Name):
        yield path, target.id
    elif isinstance(target, (ast.Tuple, ast.List)):
        for at, part in enumerate(target.elts):
            yield from _named(part, (*path, at))


def key_paths(code: str, argument: str) -> list[Path]:
    """The paths of constant keys by which a function reads a dictionary of dictionaries.

    >>> key_paths('def f(p): return p["a"]["W"] + p["a"]["b"]', "p")
    [('a', 'W'), ('a', 'b')]
    """
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return []
    found = [_path_of(node) for node in ast.walk(tree) if isinstance(node, ast.Subscript)]
    paths = list(dict.fromkeys(p[1:] for p in found if len(p) > 2 and p[0] == argument))
    return sorted(paths, key=lambda p: tuple(map(str, p)))


__all__ = ["Labels", "Path", "at_path", "is_container", "key_paths", "labels_of", "leaves",
           "opened", "paired", "rebuilt", "whole", "with_arrays"]  # fmt: skip

"""What an instance keeps on its attributes: read, replaced and copied by the path to it."""

from __future__ import annotations

import copy
import gc
import io
import threading
import types
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from gradproof.checking.source.gradient_names import LOSS

Path = tuple[tuple[str, Any], ...]  # (("attr", "params"), ("item", "W"))

# Where forward may leave its output when it returns nothing, likeliest first.
_OUTPUTS = ("output", "outputs", "out", "y", "a", "A", "activation", "activations", "result",
            "z", "Z", "y_hat", "loss", "value", "data")  # fmt: skip
_DEEPEST = 3


def clone(instance: Any) -> Any:
    """A copy that shares no array with the original; modules and classes stay what they are.

    What cannot be copied stays as well, but for views of dictionaries (``params.keys()``), which
    are those of the copy.
    """
    memo: dict[int, Any] = {}
    views = list(_kept(instance, memo, 0))
    made = copy.deepcopy(instance, memo)
    for holder, name, view in views:
        setattr(memo.get(id(holder), made), name, _view_of_copy(view, memo))
    return made


_EMPTY: dict[str, Any] = {}
_VIEWS = (type(_EMPTY.keys()), type(_EMPTY.values()), type(_EMPTY.items()))
_UNCOPIED = (types.ModuleType, types.GeneratorType, io.IOBase, type(threading.Lock()))


def _kept(value: Any, memo: dict[int, Any], depth: int) -> Iterator[tuple[Any, str, Any]]:
    """Put into the memo what a copy keeps; yield (holder, attribute, view) of every view."""
    if isinstance(value, _UNCOPIED):
        memo[id(value)] = value
    elif depth < _DEEPEST and is_object(value):
        for name, each in vars(value).items():
            if isinstance(each, _VIEWS):
                memo[id(each)] = each
                yield value, name, each
            else:
                yield from _kept(each, memo, depth + 1)


def _view_of_copy(view: Any, memo: Mapping[int, Any]) -> Any:
    """The same view of the copy of its dictionary; of one that was not copied, as it is."""
    original = next((d for d in gc.get_referents(view) if isinstance(d, dict)), None)
    other = memo.get(id(original))
    if other is None:
        return view
    kind = type(view).__name__.removeprefix("dict_")
    return getattr(other, kind)()


def is_object(value: Any) -> bool:
    """Whether a value is an instance of a class written in Python, with attributes of its own."""
    return (
        hasattr(value, "__dict__")
        and not isinstance(value, (type, types.ModuleType, types.FunctionType, types.MethodType))
        and not isinstance(value, np.ndarray)
    )


def places(instance: Any) -> Iterator[tuple[Path, Any]]:
    """Yield (path, value) of everything that an instance keeps, containers opened."""
    for name, value in vars(instance).items() if hasattr(instance, "__dict__") else ():
        head: Path = (("attr", name),)
        yield head, value
        yield from ((head + tail, each) for tail, each in _inside(value))


def _inside(value: Any) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, Mapping):
        yield from (((("item", key),), each) for key, each in value.items())
    elif isinstance(value, list):
        yield from (((("item", at),), each) for at, each in enumerate(value))


def holders(instance: Any, depth: int = 0) -> Iterator[tuple[Path, Any]]:
    """Yield the instance and the objects that it is made of, with the path to each."""
    yield (), instance
    if depth >= _DEEPEST:
        return
    seen = {id(instance)}
    for path, value in places(instance):
        if is_object(value) and id(value) not in seen:
            seen.add(id(value))
            for tail, each in holders(value, depth + 1):
                yield path + tail, each


def put(instance: Any, path: Path, value: Any) -> None:
    """Replace what stands at a path. Raises ValueError where an object does not keep it: its output
    would not depend on it, and a gradient of 0 would be right."""
    holder = get(instance, path[:-1])
    kind, key = path[-1]
    if kind == "attr":
        setattr(holder, key, value)
        kept = getattr(holder, key)
        if type(value) is np.ndarray and kept is not value and not np.array_equal(kept, value):
            raise ValueError(f"{type(holder).__name__} does not keep what is assigned to its {key}")
    else:
        holder[key] = value


def get(instance: Any, path: Path) -> Any:
    """What stands at a path."""
    value = instance
    for kind, key in path:
        value = getattr(value, key) if kind == "attr" else value[key]
    return value


def left_loss(before: Any, after: Any, out: Any) -> tuple[str, Any]:
    """The attribute with the loss that forward has changed, where it returns its argument itself;
    else what it returns."""
    for name, value in vars(after).items() if hasattr(after, "__dict__") else ():
        was = getattr(before, name, None)
        changed = was is None or not np.array_equal(np.asarray(was), np.asarray(value))
        if LOSS.search(name) and changed and np.asarray(value).dtype.kind == "f":
            return name, value
    return "", out


def left_output(instance: Any) -> tuple[str, Any]:
    """The name and value of the attribute that holds the output. Raises ValueError."""
    for name in _OUTPUTS:
        value = getattr(instance, name, None)
        if value is not None and (np.ndim(value) or isinstance(value, (float, np.floating))):
            return name, value
    raise ValueError("forward returns nothing and leaves no output on an attribute such as output")

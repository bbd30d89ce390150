"""Copies of the user's classes and objects, whose methods run in a namespace.

A class is made again with the same name, of the copies of its bases, so that ``super()`` and
``isinstance`` among copies say what they say among the originals. An object is made again without
calling anything of its class.
"""

from __future__ import annotations

import abc
import enum
import types
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any

from gradproof.libraries import is_library_class
from gradproof.tracing.namespace.copier import Copier
from gradproof.tracing.namespace.own import is_engine

_OF_A_CLASS = 1 << 9  # Py_TPFLAGS_HEAPTYPE: made by a class statement
_AT_ONCE = ("__module__", "__qualname__", "__doc__", "__slots__", "__orig_bases__",
            "__parameters__", "__annotations__")  # fmt: skip
_MADE_ANEW = ("__dict__", "__weakref__", "_abc_impl", "__abstractmethods__", "__init_subclass__")
_SLOTS = (types.MemberDescriptorType, types.GetSetDescriptorType)


# --- classes --------------------------------------------------------------------------------------


def copy_of_class(namespace: Copier, kind: type) -> Any:
    """Return the copy of a class of the user's; another class is itself.

    So are exceptions and enumerations: they are compared, and compute nothing.
    """
    if not is_users(kind) or issubclass(kind, BaseException) or isinstance(kind, enum.EnumMeta):
        return kind
    bases = tuple(map(namespace.of, kind.__bases__))
    body = {k: v for k, v in vars(kind).items() if k in _AT_ONCE}
    make: Any = abc.ABCMeta.__new__ if issubclass(type(kind), abc.ABCMeta) else type.__new__
    try:
        with namespace.copying():
            made = make(type(kind), kind.__name__, bases, body)
    except Exception:  # its bases want to be asked in another way
        return namespace.note(kind, kind)
    namespace.note(kind, made)
    namespace.later(lambda: _fill_class(namespace, made, kind))
    return made


def _fill_class(namespace: Copier, made: type, kind: type) -> None:
    for name, value in vars(kind).items():
        if name not in _AT_ONCE and name not in _MADE_ANEW and not isinstance(value, _SLOTS):
            type.__setattr__(made, name, namespace.of(value))
    if "__init_subclass__" in vars(kind):
        told = namespace.of(vars(kind)["__init_subclass__"])
        type.__setattr__(made, "__init_subclass__", classmethod(_unless_copying(namespace, told)))
    if "__abstractmethods__" in vars(kind):
        made.__abstractmethods__ = kind.__abstractmethods__  # type: ignore[attr-defined]


def _unless_copying(namespace: Copier, told: Any) -> Callable[..., None]:
    """A class is told of those who derive from it; it has been told of the original of a copy."""

    def __init_subclass__(cls: type, **keywords: Any) -> None:  # noqa: N807
        if not namespace.is_copying:
            told.__get__(None, cls)(**keywords)

    return __init_subclass__


def is_users(kind: type) -> bool:
    """Whether a class is one that the user wrote."""
    if not kind.__flags__ & _OF_A_CLASS or is_engine(kind.__module__):
        return False
    return kind.__module__.partition(".")[0] == "gradproof" or not is_library_class(kind)


# --- objects --------------------------------------------------------------------------------------


def copy_of_object(namespace: Copier, value: Any) -> Any:
    """Return the copy of an object of a class of the user's; what is of another is itself."""
    kind = type(value)
    own = namespace.of(kind)
    if own is kind:
        return value
    made: Any
    base: Any = _base(kind)
    if base is tuple:
        made = tuple.__new__(own, map(namespace.of, value))
    elif base in _BASES:
        made = base.__new__(own)
    else:
        return value
    namespace.note(value, made)
    namespace.later(lambda: _fill_object(namespace, made, value))
    if base in (dict, OrderedDict):
        items = base.items(value)
        namespace.later(lambda: namespace.fill_mapping(made, items, base.__setitem__))
    elif base in (list, deque):
        namespace.later(lambda: base.extend(made, [namespace.of(v) for v in base.__iter__(value)]))
    return made


_BASES: tuple[Any, ...] = (object, dict, OrderedDict, list, deque)


def _base(kind: type) -> type:
    """Return the class that decides how an object lies in memory."""
    while kind.__flags__ & _OF_A_CLASS and kind.__base__ is not None:
        kind = kind.__base__
    return kind


def _fill_object(namespace: Copier, made: Any, value: Any) -> None:
    held = getattr(value, "__dict__", None)
    if isinstance(held, dict):
        own = object.__getattribute__(made, "__dict__")
        own.update((name, namespace.of(each)) for name, each in held.items())
    for kind in type(value).__mro__:
        for name, slot in vars(kind).items():
            if isinstance(slot, types.MemberDescriptorType):
                try:
                    each = slot.__get__(value)
                except AttributeError:  # nothing in it yet
                    continue
                object.__setattr__(made, name, namespace.of(each))


__all__ = ["copy_of_class", "copy_of_object", "is_users"]

"""Copies of functions, and of what is made of functions: methods, partials, memos, properties."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any

from gradproof.tracing.namespace.copier import Copier
from gradproof.tracing.namespace.own import is_own

_MEMO: type = type(functools.lru_cache(lambda: None))


def _function(namespace: Copier, function: types.FunctionType) -> Any:
    space: Any = function.__globals__
    code = function.__code__
    own = is_own(str(space.get("__name__", "")), code.co_filename)
    if not own and not function.__closure__:
        return function
    if own:
        space, code = namespace.globals_of(space), namespace.code_of(code)
    cells = tuple(types.CellType() for _ in function.__closure__ or ())
    made = types.FunctionType(code, space, function.__name__, None, cells)
    namespace.note(function, made)
    made.__qualname__, made.__module__ = function.__qualname__, function.__module__
    made.__doc__, made.__kwdefaults__ = function.__doc__, function.__kwdefaults__
    made.__defaults__ = function.__defaults__
    namespace.later(lambda: _fill(namespace, made, function))
    if own:
        namespace.later(lambda: space.need(code))
        namespace.later(lambda: _fill_defaults(namespace, made))
    return made


def _fill(namespace: Copier, made: types.FunctionType, function: types.FunctionType) -> None:
    for cell, original in zip(made.__closure__ or (), function.__closure__ or ()):
        try:
            cell.cell_contents = namespace.of(original.cell_contents)
        except ValueError:  # nothing in it yet
            continue
    made.__dict__.update({k: namespace.of(v) for k, v in function.__dict__.items()})


def _fill_defaults(namespace: Copier, made: types.FunctionType) -> None:
    made.__defaults__ = namespace.of(made.__defaults__)
    made.__kwdefaults__ = namespace.of(made.__kwdefaults__)


def _method(namespace: Copier, method: types.MethodType) -> Any:
    function, owner = namespace.of(method.__func__), namespace.of(method.__self__)
    if function is method.__func__ and owner is method.__self__:
        return method
    return namespace.note(method, types.MethodType(function, owner))


def _builtin(namespace: Copier, function: Any) -> Any:
    owner = getattr(function, "__self__", None)
    if owner is None or isinstance(owner, (types.ModuleType, type)):
        return function
    made = namespace.of(owner)
    return function if made is owner else getattr(made, function.__name__)


def _partial(namespace: Copier, value: functools.partial[Any]) -> Any:
    args = map(namespace.of, value.args)
    keywords = {k: namespace.of(v) for k, v in value.keywords.items()}
    made = functools.partial(namespace.of(value.func), *args, **keywords)
    made.__dict__.update({k: namespace.of(v) for k, v in vars(value).items()})
    return namespace.note(value, made)


def _memo(namespace: Copier, memo: Any) -> Any:
    function = namespace.of(memo.__wrapped__)
    return namespace.note(memo, functools.lru_cache(**memo.cache_parameters())(function))


def _of_a_class(namespace: Copier, value: Any) -> Any:
    return namespace.note(value, type(value)(namespace.of(value.__func__)))


def _property(namespace: Copier, value: property) -> Any:
    read, write, delete = map(namespace.of, (value.fget, value.fset, value.fdel))
    return namespace.note(value, property(read, write, delete, value.__doc__))


def _cached_property(namespace: Copier, value: Any) -> Any:
    made = functools.cached_property(namespace.of(value.func))
    made.attrname = value.attrname
    return namespace.note(value, made)


OF_FUNCTIONS: dict[type, Callable[[Copier, Any], Any]] = {
    types.FunctionType: _function,
    types.MethodType: _method,
    types.BuiltinFunctionType: _builtin,
    functools.partial: _partial,
    _MEMO: _memo,
    staticmethod: _of_a_class,
    classmethod: _of_a_class,
    property: _property,
    functools.cached_property: _cached_property,
}
__all__ = ["OF_FUNCTIONS"]

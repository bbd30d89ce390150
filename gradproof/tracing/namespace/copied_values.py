"""Copies of what holds other objects, of arrays and of generators of random numbers."""

from __future__ import annotations

import random
import types
import weakref
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable
from typing import Any

import numpy as np

from gradproof.tracing.namespace.copier import Copier

# What is never copied, as there is nothing in it that could be another one.
PLAIN = frozenset([int, float, complex, bool, str, bytes, type(None), type(...), range, slice,
                   types.CodeType, types.GeneratorType])  # fmt: skip
_NUMPYS: np.random.RandomState = np.random.normal.__self__  # type: ignore[attr-defined]
# These reach for the state of all of NumPy by themselves.
_OF_ALL = {id(np.random.seed): "seed", id(np.random.ranf): "random_sample",
           id(np.random.sample): "random_sample"}  # fmt: skip


# --- what holds other objects ---------------------------------------------------------------------


def _tuple(namespace: Copier, value: tuple[Any, ...]) -> Any:
    parts = tuple(map(namespace.of, value))
    same = all(a is b for a, b in zip(parts, value))
    return value if same else namespace.note(value, parts)


def _list(namespace: Copier, value: list[Any]) -> Any:
    made: list[Any] = namespace.note(value, [])
    if PLAIN.issuperset(map(type, value)) or not namespace.takes(len(value)):
        made.extend(value)
    else:
        namespace.later(lambda: made.extend([namespace.of(each) for each in value]))
    return made


def _dict(namespace: Copier, value: dict[Any, Any]) -> Any:
    if isinstance(value.get("__builtins__"), (dict, types.ModuleType)):
        return namespace.globals_of(value)
    made: dict[Any, Any] = namespace.note(value, {})
    if namespace.takes(len(value)):
        namespace.later(lambda: namespace.fill_mapping(made, value.items()))
    else:
        made.update(value)
    return made


def _set(namespace: Copier, value: set[Any]) -> Any:
    made: set[Any] = namespace.note(value, set())
    pairs = [(each, None) for each in value]
    namespace.later(lambda: namespace.fill_mapping(made, pairs, lambda to, each, _: to.add(each)))
    return made


def _default_dict(namespace: Copier, value: defaultdict[Any, Any]) -> Any:
    made: defaultdict[Any, Any] = defaultdict(namespace.of(value.default_factory))
    namespace.note(value, made)
    namespace.later(lambda: namespace.fill_mapping(made, value.items()))
    return made


def _ordered_dict(namespace: Copier, value: OrderedDict[Any, Any]) -> Any:
    made: OrderedDict[Any, Any] = namespace.note(value, OrderedDict())
    namespace.later(lambda: namespace.fill_mapping(made, value.items(), OrderedDict.__setitem__))
    return made


def _deque(namespace: Copier, value: deque[Any]) -> Any:
    made: deque[Any] = namespace.note(value, deque(maxlen=value.maxlen))
    namespace.later(lambda: made.extend([namespace.of(each) for each in value]))
    return made


def _simple_namespace(namespace: Copier, value: types.SimpleNamespace) -> Any:
    made: Any = namespace.note(value, types.SimpleNamespace())
    namespace.later(
        lambda: made.__dict__.update({k: namespace.of(v) for k, v in vars(value).items()})
    )
    return made


def _reference(namespace: Copier, value: weakref.ref[Any]) -> Any:
    target = value()
    return value if target is None else namespace.note(value, weakref.ref(namespace.of(target)))


def _proxy(namespace: Copier, value: types.MappingProxyType[Any, Any]) -> Any:
    return namespace.note(value, types.MappingProxyType(namespace.of(dict(value))))


# --- arrays and random numbers: what the copies draw is missed by nobody --------------------------


def _ndarray(namespace: Copier, value: np.ndarray) -> Any:
    return namespace.array_of(value)


def _generator(namespace: Copier, value: np.random.Generator) -> Any:
    bits = value.bit_generator
    made = type(bits)()
    made.state = bits.state
    return namespace.note(value, np.random.Generator(made))


def _random_state(namespace: Copier, value: np.random.RandomState) -> Any:
    made = np.random.RandomState()
    made.set_state(value.get_state(legacy=False))
    return namespace.note(value, made)


def _random(namespace: Copier, value: random.Random) -> Any:
    made = type(value)()
    made.setstate(value.getstate())
    return namespace.note(value, made)


def _numpy_random(namespace: Copier, function: Any) -> Any:
    other = _OF_ALL.get(id(function))
    return function if other is None else getattr(namespace.of(_NUMPYS), other)


OF_VALUES: dict[type, Callable[[Any, Any], Any]] = {
    tuple: _tuple,
    list: _list,
    dict: _dict,
    set: _set,
    defaultdict: _default_dict,
    OrderedDict: _ordered_dict,
    deque: _deque,
    types.SimpleNamespace: _simple_namespace,
    weakref.ref: _reference,
    types.MappingProxyType: _proxy,
    np.ndarray: _ndarray,
    np.random.Generator: _generator,
    np.random.RandomState: _random_state,
    random.Random: _random,
    type(np.random.seed): _numpy_random,
}
__all__ = ["OF_VALUES", "PLAIN"]

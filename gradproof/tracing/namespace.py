"""A namespace of its own for the user's code: other functions stand there for NumPy's.

The user's functions are copied, with the same code and other global variables: there ``np.zeros``
may be whatever the tracer wants. What they reach is copied with them when it is first needed:
helpers, closures, classes and their objects, modules, lists and dictionaries. Nothing of the
process is changed: whoever else uses NumPy, or the same functions, sees them as they are.

What is kept while the copies run (attributes, global variables, random states) is kept on copies
too. Plain arrays are shared, unless an ``array`` function says what stands for one.
"""

from __future__ import annotations

import builtins
import functools
import random
import types
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from gradproof.tracing.copies import copy_of_class, copy_of_object
from gradproof.tracing.own import is_own

_MODULES = ("numpy", "math", "random")  # what is found in these may be another function
_MOST = 20_000  # objects; whoever keeps more of them keeps data, not the state of a layer
_LOOK_AROUND = {"eval", "exec", "globals"}
_PLAIN = (int, float, complex, bool, str, bytes, type(None), type(...), range, slice,
          types.CodeType, types.GeneratorType)  # fmt: skip
_PLAIN_TYPES = frozenset(_PLAIN)
_MEMO = type(functools.lru_cache(lambda: None))
_NUMPY_METHOD = type(np.random.seed)  # functions of Cython
Pair = tuple[Any, Any]


class Namespace:
    """The copies of the user's functions, and of what they reach.

    stand_ins: pairs of an object and what stands for it, such as (np.zeros, traced_zeros).
    code:      what stands for the code of a function; by default, the code itself.
    array:     what stands for a plain array; by default, the array itself.
    types:     class of a library -> how an object of it is copied: ``copy(namespace, object)``.
    names:     what there is beside Python's own functions.

    >>> double = Namespace([(np.sin, np.cos)]).of(lambda x: np.sin(x))
    >>> double(0.0), np.sin(0.0)
    (np.float64(1.0), np.float64(0.0))
    """

    def __init__(
        self,
        stand_ins: Iterable[Pair] = (),
        *,
        code: Callable[[types.CodeType], types.CodeType] | None = None,
        array: Callable[[np.ndarray], Any] | None = None,
        types: Mapping[type, Callable[[Namespace, Any], Any]] | None = None,
        names: Mapping[str, Any] | None = None,
    ) -> None:
        # By id, beside the object itself, so that its id is not used again.
        self._known: dict[int, Pair] = {id(one): (one, other) for one, other in stand_ins}
        self._code, self._array, self._types = code, array, dict(types or {})
        self._names = dict(names or {})
        self._unfilled: deque[Callable[[], None]] = deque()
        self._unhashed: deque[Callable[[], None]] = deque()  # their keys have to be whole
        self._filling = False
        self._left = _MOST
        self.is_copying = False

    def of(self, value: Any) -> Any:
        """Return what stands for a value: itself, if nothing in it is another one here."""
        made = self._of(value)
        if not self._filling:
            self._fill()
        return made

    def _of(self, value: Any) -> Any:
        kind = type(value)
        if kind in _PLAIN_TYPES:
            return value
        known = self._known.get(id(value))
        if known is not None:
            return known[1]
        copy = _COPIED.get(kind)
        if copy is not None:
            return copy(self, value)
        if kind in self._types:
            return self.note(value, self._types[kind](self, value))
        if issubclass(kind, type):
            return copy_of_class(self, value)
        if issubclass(kind, types.ModuleType):
            return self._module(value)
        self._left -= 1
        return copy_of_object(self, value) if self._left > 0 else value

    def _fill(self) -> None:
        """Put the contents into the copies; each may need others, which wait for their turn."""
        self._filling = True
        try:
            while self._unfilled or self._unhashed:
                (self._unfilled or self._unhashed).popleft()()
        finally:
            self._filling = False

    def note(self, value: Any, made: Any) -> Any:
        """Let a copy stand for a value from now on, and for itself."""
        self._known[id(value)] = value, made
        self._known[id(made)] = made, made
        return made

    def later(self, fill: Callable[[], None]) -> None:
        """Fill a copy once all that are being made exist, so that they may contain each other."""
        self._unfilled.append(fill)

    @contextmanager
    def copying(self) -> Iterator[None]:
        """While a class is copied."""
        before, self.is_copying = self.is_copying, True
        try:
            yield
        finally:
            self.is_copying = before

    # --- functions --------------------------------------------------------------------------

    def _function(self, function: types.FunctionType) -> Any:
        space, code = function.__globals__, function.__code__
        own = is_own(str(space.get("__name__", "")), code.co_filename)
        if not own and not function.__closure__:
            return function
        here: Any = self._globals(space) if own else space
        if own and self._code is not None:
            code = self._code(code)
        cells = tuple(types.CellType() for _ in function.__closure__ or ())
        made = types.FunctionType(code, here, function.__name__, None, cells)
        self.note(function, made)
        made.__qualname__, made.__module__ = function.__qualname__, function.__module__
        made.__doc__, made.__kwdefaults__ = function.__doc__, function.__kwdefaults__
        made.__defaults__ = function.__defaults__
        if own:
            self.later(lambda: here.need(code))
        self.later(lambda: self._fill_function(made, function, own))
        return made

    def _fill_function(
        self, made: types.FunctionType, function: types.FunctionType, own: bool
    ) -> None:
        for cell, original in zip(made.__closure__ or (), function.__closure__ or ()):
            try:
                cell.cell_contents = self._of(original.cell_contents)
            except ValueError:  # nothing in it yet
                continue
        made.__dict__.update({k: self._of(v) for k, v in function.__dict__.items()})
        if own:
            made.__defaults__ = self._of(function.__defaults__)
            made.__kwdefaults__ = self._of(function.__kwdefaults__)

    def _method(self, method: types.MethodType) -> Any:
        function, owner = self._of(method.__func__), self._of(method.__self__)
        if function is method.__func__ and owner is method.__self__:
            return method
        return self.note(method, types.MethodType(function, owner))

    def _builtin(self, function: Any) -> Any:
        owner = getattr(function, "__self__", None)
        if owner is None or isinstance(owner, (types.ModuleType, type)):
            return function
        made = self._of(owner)
        return function if made is owner else getattr(made, function.__name__)

    def _partial(self, value: functools.partial[Any]) -> Any:
        function, args = self._of(value.func), map(self._of, value.args)
        keywords = {k: self._of(v) for k, v in value.keywords.items()}
        made = functools.partial(function, *args, **keywords)
        made.__dict__.update({k: self._of(v) for k, v in vars(value).items()})
        return self.note(value, made)

    def _memo(self, memo: Any) -> Any:
        function = self._of(memo.__wrapped__)
        return self.note(memo, functools.lru_cache(**memo.cache_parameters())(function))

    def _descriptor(self, value: Any) -> Any:
        return self.note(value, type(value)(self._of(value.__func__)))

    def _property(self, value: property) -> Any:
        read, write, delete = map(self._of, (value.fget, value.fset, value.fdel))
        return self.note(value, property(read, write, delete, value.__doc__))

    def _cached_property(self, value: Any) -> Any:
        made = functools.cached_property(self._of(value.func))
        made.attrname = value.attrname
        return self.note(value, made)

    # --- global variables and modules -------------------------------------------------------

    def _globals(self, space: dict[str, Any]) -> _Globals:
        known = self._known.get(id(space))
        if known is None:
            made = _Globals(self, space)
            self.note(space, made)
            return made
        return known[1]

    def builtins_of(self, space: Mapping[str, Any]) -> dict[str, Any]:
        """Return Python's own functions, for the global variables of a module."""
        found = space.get("__builtins__", builtins)
        original = found if isinstance(found, dict) else vars(found)
        known = self._known.get(id(original))
        if known is not None:
            return known[1]
        made = {name: self._of(v) if callable(v) else v for name, v in original.items()}
        importing = original.get("__import__")  # a function made by namedtuple has none
        if importing is not None:
            made["__import__"] = lambda *args, **kwargs: self.of(importing(*args, **kwargs))
        return self.note(original, made | self._names)

    def _module(self, module: types.ModuleType) -> Any:
        name = module.__name__
        own = is_own(name, getattr(module, "__file__", None) or "<frozen>")
        if not own and name.partition(".")[0] not in _MODULES:
            return module
        made = (_OwnModule if own else _LibraryModule)(name, module.__doc__)
        vars(made)["__original__"], vars(made)["__namespace__"] = module, self
        return self.note(module, made)

    # --- what holds other objects -----------------------------------------------------------

    def _tuple(self, value: tuple[Any, ...]) -> Any:
        parts = tuple(map(self._of, value))
        same = all(a is b for a, b in zip(parts, value))
        return value if same else self.note(value, parts)

    def _list(self, value: list[Any]) -> Any:
        made: list[Any] = []
        self.note(value, made)
        self._left -= len(value)
        if self._left <= 0 or _PLAIN_TYPES.issuperset(map(type, value)):
            made.extend(value)
        else:
            self.later(lambda: made.extend(map(self._of, value)))
        return made

    def _dict(self, value: dict[Any, Any]) -> Any:
        if isinstance(value.get("__builtins__"), (dict, types.ModuleType)):
            return self._globals(value)  # the global variables of a module
        made: dict[Any, Any] = {}
        self.note(value, made)
        self._left -= len(value)
        self.later(lambda: self.fill_mapping(made, value.items()))
        return made

    def fill_mapping(self, made: Any, items: Iterable[Pair], put: Any = dict.__setitem__) -> None:
        """Put copies of keys and values into a copy, once the keys are whole and can be hashed."""
        pairs = [(self._of(key), self._of(each)) for key, each in items]

        def fill() -> None:
            for key, each in pairs:
                put(made, key, each)

        self._unhashed.append(fill)

    def _set(self, value: set[Any]) -> Any:
        made: set[Any] = set()
        self.note(value, made)
        parts = [*map(self._of, value)]
        self._unhashed.append(lambda: made.update(parts))
        return made

    def _ndarray(self, value: np.ndarray) -> Any:
        return value if self._array is None else self.note(value, self._array(value))

    # --- random numbers: what the copies draw is missed by nobody ----------------------------

    def _generator(self, value: np.random.Generator) -> Any:
        bits = value.bit_generator
        made = type(bits)()
        made.state = bits.state
        return self.note(value, np.random.Generator(made))

    def _random_state(self, value: np.random.RandomState) -> Any:
        made = np.random.RandomState()
        made.set_state(value.get_state(legacy=False))
        return self.note(value, made)

    def _random(self, value: random.Random) -> Any:
        made = type(value)()
        made.setstate(value.getstate())
        return self.note(value, made)

    def _numpy_random(self, function: Any) -> Any:
        """np.random.seed and its kin, which reach for the state of all of NumPy by themselves."""
        other = _OF_ALL.get(id(function))
        return function if other is None else getattr(self._of(_NUMPYS), other)


class _Globals(dict[str, Any]):
    """The global variables of a module, each copied when it is first looked up."""

    def __init__(self, namespace: Namespace, original: dict[str, Any]) -> None:
        super().__init__(__name__=original.get("__name__"))
        self.namespace, self.original = namespace, original
        self["__builtins__"] = namespace.builtins_of(original)

    def __missing__(self, name: str) -> Any:
        try:
            original = self.original[name]
        except KeyError:
            value = self["__builtins__"][name]
        else:
            value = self.namespace.of(original)
        self[name] = value
        return value

    def need(self, code: types.CodeType) -> None:
        """Look up what code finds in no other way than by looking in this dictionary itself.

        Python does so in the bodies of classes, and in what ``eval`` evaluates.
        """
        if not _LOOK_AROUND.isdisjoint(code.co_names):
            names: Iterable[str] = list(self.original)
        else:
            names = _names_in_classes(code)
        for name in names:
            if name in self.original and name not in self:
                self[name] = self.namespace.of(self.original[name])


@functools.lru_cache(maxsize=1024)
def _names_in_classes(code: types.CodeType) -> frozenset[str]:
    inner = [each for each in code.co_consts if isinstance(each, types.CodeType)]
    own = () if code.co_flags & 0x1 else code.co_names  # CO_OPTIMIZED: the body of a function
    return frozenset(own).union(*map(_names_in_classes, inner))


class _Module(types.ModuleType):
    """A module as it is seen in a namespace."""

    __original__: types.ModuleType
    __namespace__: Namespace

    def __dir__(self) -> list[str]:
        return dir(self.__original__)


class _LibraryModule(_Module):
    """NumPy, with other functions for some of its own."""

    def __getattr__(self, name: str) -> Any:
        value = self.__namespace__.of(getattr(self.__original__, name))
        vars(self)[name] = value
        return value


class _OwnModule(_Module):
    """One of the user's modules: its variables are those that its functions see."""

    def __getattr__(self, name: str) -> Any:
        space = self.__namespace__._globals(vars(self.__original__))
        if name in space or name in space.original:
            return space[name]
        return self.__namespace__.of(getattr(self.__original__, name))

    def __setattr__(self, name: str, value: Any) -> None:
        self.__namespace__._globals(vars(self.__original__))[name] = value


_NUMPYS: np.random.RandomState = np.random.normal.__self__  # type: ignore[attr-defined]
_OF_ALL = {id(np.random.seed): "seed", id(np.random.ranf): "random_sample",
           id(np.random.sample): "random_sample"}  # fmt: skip
_COPIED: dict[type, Callable[[Namespace, Any], Any]] = {
    types.FunctionType: Namespace._function,
    types.MethodType: Namespace._method,
    types.BuiltinFunctionType: Namespace._builtin,
    functools.partial: Namespace._partial,
    _MEMO: Namespace._memo,
    staticmethod: Namespace._descriptor,
    classmethod: Namespace._descriptor,
    property: Namespace._property,
    functools.cached_property: Namespace._cached_property,
    tuple: Namespace._tuple,
    list: Namespace._list,
    dict: Namespace._dict,
    set: Namespace._set,
    np.ndarray: Namespace._ndarray,
    np.random.Generator: Namespace._generator,
    np.random.RandomState: Namespace._random_state,
    random.Random: Namespace._random,
    _NUMPY_METHOD: Namespace._numpy_random,
}
__all__ = ["Namespace"]

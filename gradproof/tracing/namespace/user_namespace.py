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
import types
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any

import numpy as np

from gradproof.tracing.namespace.copied_functions import OF_FUNCTIONS
from gradproof.tracing.namespace.copied_objects import copy_of_class, copy_of_object
from gradproof.tracing.namespace.copied_values import OF_VALUES, PLAIN
from gradproof.tracing.namespace.own import is_own_module

_MODULES = ("numpy", "math", "random", "scipy")  # what is found in these may be another function
_MOST = 20_000  # objects; whoever keeps more of them keeps data, not the state of a layer
_LOOK_AROUND = {"eval", "exec", "globals"}
_COPIES: Mapping[type, Callable[[Any, Any], Any]] = OF_FUNCTIONS | OF_VALUES
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
        self._depth, self._left = 0, _MOST
        self.is_copying = False

    def of(self, value: Any) -> Any:
        """Return what stands for a value: itself, if nothing in it is another one here."""
        if type(value) in PLAIN:
            return value
        known = self._known.get(id(value))
        if known is not None:
            return known[1]
        self._depth += 1
        try:
            made = self._copy(value)
            if self._depth == 1:
                self._fill()
        finally:
            self._depth -= 1
        return made

    def _copy(self, value: Any) -> Any:
        kind = type(value)
        copy = _COPIES.get(kind)
        if copy is not None:
            return copy(self, value)
        if kind in self._types:
            return self.note(value, self._types[kind](self, value))
        if issubclass(kind, type):
            return copy_of_class(self, value)
        if issubclass(kind, types.ModuleType):
            return self._module(value)
        return copy_of_object(self, value) if self.takes(1) else value

    def _fill(self) -> None:
        """Put the contents into the copies; each may need others, which wait for their turn."""
        while self._unfilled or self._unhashed:
            (self._unfilled or self._unhashed).popleft()()

    # --- what those who make a copy ask for ---------------------------------------------------

    def note(self, value: Any, made: Any) -> Any:
        """Let a copy stand for a value from now on, and for itself."""
        self._known[id(value)] = value, made
        self._known[id(made)] = made, made
        return made

    def pairs(self, since: int = 0) -> list[Pair]:
        """Return the originals with what stands for them, in the order in which they were met;
        since: so many are left out."""
        return list(islice(self._known.values(), since, None))

    def later(self, fill: Callable[[], None]) -> None:
        """Fill a copy once all that are being made exist, so that they may contain each other."""
        self._unfilled.append(fill)

    def fill_mapping(self, made: Any, items: Iterable[Pair], put: Any = dict.__setitem__) -> None:
        """Put copies of keys and values into a copy, once the keys are whole and can be hashed."""
        pairs = [(self.of(key), self.of(each)) for key, each in items]

        def fill() -> None:
            for key, each in pairs:
                put(made, key, each)

        self._unhashed.append(fill)

    def takes(self, count: int) -> bool:
        """Whether so many more objects are looked at."""
        self._left -= count
        return self._left > 0

    def array_of(self, array: np.ndarray) -> Any:
        """Return what stands for a plain array."""
        return array if self._array is None else self.note(array, self._array(array))

    def code_of(self, code: types.CodeType) -> types.CodeType:
        """Return what stands for the code of a function."""
        return code if self._code is None else self._code(code)

    @contextmanager
    def copying(self) -> Iterator[None]:
        """While a class is copied."""
        before, self.is_copying = self.is_copying, True
        try:
            yield
        finally:
            self.is_copying = before

    # --- global variables and modules -------------------------------------------------------

    def globals_of(self, space: dict[str, Any]) -> Globals:
        """Return the global variables of the copies of a module's functions."""
        known = self._known.get(id(space))
        if known is None:
            made = Globals(self, space)
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
        made = {name: self.of(v) if callable(v) else v for name, v in original.items()}
        importing = original.get("__import__")  # a function made by namedtuple has none
        if importing is not None:
            made["__import__"] = lambda *args, **kwargs: self.of(importing(*args, **kwargs))
        return self.note(original, made | self._names)

    def _module(self, module: types.ModuleType) -> Any:
        own, name = is_own_module(module), module.__name__
        if not own and name.partition(".")[0] not in _MODULES:
            return module
        made = (_OwnModule if own else _LibraryModule)(name, module.__doc__)
        vars(made)["__original__"], vars(made)["__namespace__"] = module, self
        return self.note(module, made)


class Globals(dict[str, Any]):
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
        space = self.__namespace__.globals_of(vars(self.__original__))
        if name in space or name in space.original:
            return space[name]
        return self.__namespace__.of(getattr(self.__original__, name))

    def __setattr__(self, name: str, value: Any) -> None:
        self.__namespace__.globals_of(vars(self.__original__))[name] = value


__all__ = ["Globals", "Namespace"]

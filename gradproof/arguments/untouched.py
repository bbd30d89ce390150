"""Leave a caller's objects as they were: what functions under check keep is put back afterwards.

A network keeps activations on itself, a memo grows, running statistics move: all of it would be
made of numbers that a check drew. So what can be reached from the functions (the object of a
method, closures, defaults, global variables that the code names, arrays among the parameters) is
written down before they are called, and put back after. Arrays get their values back, objects and
containers what they held. NumPy's and Python's random states, and those of generators that can be
reached, are set back as well: beside other threads, whose numbers would come twice, only where the
functions draw from them.

Two things stay, because they are true of the caller's own calls: whole numbers that were whole
numbers before (a count of calls), and what was added to the end of a list that is a variable beside
the functions, not an attribute (a log).
"""

from __future__ import annotations

import copy
import functools
import random
import sys
import threading
import types
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from gradproof.arguments.put_back import (
    EMPTY,
    contents,
    is_count,
    put_back_attributes,
    put_back_items,
    put_back_mapping,
    put_back_names,
    put_back_slots,
)
from gradproof.libraries import is_library, is_library_class, is_library_module

# So many objects are looked at; whoever keeps more of them keeps data, not the state of a layer.
_MOST = 20_000
_PLAIN = (int, float, complex, str, bytes, bool, type(None), type(Ellipsis), np.generic, np.dtype)
_PLAINEST = frozenset(_PLAIN)  # most are of just these
_CONTAINERS = (dict, list, set, deque)
_MEMO = type(functools.lru_cache(lambda: None))
# The generators that draw for all of a process.
_OF_ALL = (np.random.rand.__self__, random.random.__self__)  # type: ignore[attr-defined]


@contextmanager
def untouched(*roots: Any) -> Iterator[Callable[[Any], np.ndarray[Any, Any]]]:
    """Put back, in the end, whatever can be reached from functions, objects and arrays.

    What it gives is a function that copies an array, or has the copy that was taken here, for
    whoever will only read it.

    >>> kept = {}
    >>> def forward(x):
    ...     kept["x"] = x
    ...     return np.tanh(x)
    >>> with untouched(forward):
    ...     y = forward(np.ones(3))
    >>> kept
    {}
    """
    python, numpy = random.getstate(), np.random.get_state(legacy=False)  # noqa: NPY002
    before = _Snapshot(roots)
    try:
        yield before.copy_of
    finally:
        before.put_back()
        if before.draws or threading.active_count() == 1:
            random.setstate(python)
            np.random.set_state(numpy)  # noqa: NPY002


class _Snapshot:
    """What objects held at one time, each with how to put it back."""

    def __init__(self, roots: tuple[Any, ...]) -> None:
        self.seen: dict[int, Any] = {}  # the objects themselves, so that no id is used twice
        self.undo: list[Callable[[], None]] = []
        self.arrays: list[tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]] = []
        self.logs: set[int] = set()
        self.draws = False  # whether a function may draw from the random numbers of all
        self.left: deque[Any] = deque(roots)
        while self.left and len(self.seen) < _MOST:
            each = self.left.popleft()
            if type(each) in _PLAINEST or id(each) in self.seen or isinstance(each, _PLAIN):
                continue
            self.seen[id(each)] = each
            self._take(each)
        self.draws |= bool(self.left)  # nobody knows what is in the rest

    def copy_of(self, value: Any) -> np.ndarray[Any, Any]:
        """What an array held; anything else as an array of its own."""
        if type(value) is np.ndarray:
            for array, values in self.arrays:
                if array is value:
                    return values
        return np.array(value, copy=True)

    def put_back(self) -> None:
        """Give every object what it held."""
        for undo in self.undo:
            undo()
        for array, values in self.arrays:
            if array.shape == values.shape and array.flags.writeable:
                np.copyto(array, values, casting="unsafe")

    def _take(self, each: Any) -> None:
        if isinstance(each, np.ndarray):
            self.arrays.append((each, each.copy(order="K")))
            if each.dtype == object:
                self.left.extend(each.ravel().tolist())
        elif isinstance(each, _CONTAINERS):
            self._container(each)
        elif isinstance(each, (tuple, frozenset)):
            self.left.extend(each)
        elif isinstance(each, types.FunctionType):
            self._function(each)
        elif isinstance(each, (types.MethodType, types.BuiltinMethodType)) and any(
            each.__self__ is one for one in _OF_ALL
        ):
            self.draws = True
        elif isinstance(each, types.MethodType):
            self.left.extend((each.__self__, each.__func__))
        elif isinstance(each, functools.partial):
            self.left.extend((each.func, each.args, each.keywords))
        elif isinstance(each, _MEMO):
            self._memo(each)
        elif isinstance(each, (np.random.Generator, np.random.RandomState, random.Random)):
            self._generator(each)
        elif isinstance(each, (staticmethod, classmethod)):
            self.left.append(each.__func__)
        elif isinstance(each, property):
            self.left.extend((each.fget, each.fset))
        elif isinstance(each, type):
            self._class(each)
        elif not isinstance(each, types.ModuleType):
            self._object(each)

    def _container(self, each: Any) -> None:
        if isinstance(each, dict):
            held = dict(each)
            self.left.extend(held.values())
            self.undo.append(lambda: put_back_mapping(each, held))
            return
        kept = list(each)
        self.left.extend(kept)
        log = id(each) in self.logs
        self.undo.append(lambda: put_back_items(each, kept, log))

    def _function(self, function: types.FunctionType) -> None:
        self.left.extend((function.__defaults__, function.__kwdefaults__, vars(function)))
        for cell in function.__closure__ or ():
            self._cell(cell)
        code, space = function.__code__, function.__globals__
        if is_library(code.co_filename):
            return
        names, stored = _globals_of(code)
        self.draws |= "random" in names
        for name in names & space.keys():
            self._variable(space[name])
        self._names(space, stored)
        cells = map(contents, function.__closure__ or ())
        for each in (*cells, *(space[name] for name in names & space.keys())):
            if isinstance(each, types.ModuleType) and not is_library_module(each):
                module = vars(each)
                self.left.extend(module[name] for name in names & module.keys())
                self._names(module, names)

    def _names(self, space: dict[str, Any], names: set[str]) -> None:
        """Variables of a module that code may set."""
        if names:
            held = {name: space[name] for name in names if name in space}
            self.undo.append(lambda: put_back_names(space, names, held))

    def _cell(self, cell: types.CellType) -> None:
        try:
            value = cell.cell_contents
        except ValueError:  # nothing in it yet
            value = EMPTY
        self._variable(value)

        def undo() -> None:
            now = contents(cell)
            if now is not value and not is_count(value, now):
                if value is EMPTY:
                    del cell.cell_contents
                else:
                    cell.cell_contents = value

        self.undo.append(undo)

    def _variable(self, value: Any) -> None:
        """A variable beside a function: where it is a list, what is added to it is a log."""
        if isinstance(value, (list, deque)):
            self.logs.add(id(value))
        self.left.append(value)

    def _memo(self, memo: Any) -> None:
        """What a memo holds cannot be looked at: it is emptied if something was added."""
        misses = memo.cache_info().misses
        self.left.append(memo.__wrapped__)
        self.undo.append(lambda: memo.cache_clear() if memo.cache_info().misses != misses else None)

    def _generator(self, each: Any) -> None:
        if isinstance(each, random.Random):
            python = each.getstate()
            self.undo.append(lambda: each.setstate(python))
            return
        if isinstance(each, np.random.RandomState):  # with the second normal number that it keeps
            old = each.get_state(legacy=False)
            self.undo.append(lambda: each.set_state(old))
            return
        bits = each.bit_generator
        state = copy.deepcopy(bits.state)
        self.undo.append(lambda: setattr(bits, "state", state))

    def _class(self, each: type) -> None:
        for one in each.__mro__:
            module = sys.modules.get(one.__module__)
            if one.__module__ == "builtins" or (module and is_library_module(module)):
                continue
            held = {k: v for k, v in vars(one).items() if not k.startswith("__")}
            self.left.extend(held.values())
            self.left.extend(v for k, v in vars(one).items() if k == "__call__")
            self.undo.append(functools.partial(put_back_attributes, one, held))

    def _object(self, each: Any) -> None:
        """An object of a class that the caller wrote."""
        kind = type(each)
        own = [c for c in kind.__mro__ if not is_library_class(c)]
        if not own and kind is not types.SimpleNamespace:
            return
        self.left.append(kind)
        held = getattr(each, "__dict__", None)
        if isinstance(held, dict):
            self.left.append(held)
        slots = [s for c in own for s in _slots(c)]
        if slots:
            values = {s: getattr(each, s, EMPTY) for s in slots}
            self.left.extend(values.values())
            self.undo.append(lambda: put_back_slots(each, values))


def _slots(kind: type) -> list[str]:
    found = vars(kind).get("__slots__", ())
    names = (found,) if isinstance(found, str) else tuple(found)
    return [name for name in names if name not in ("__dict__", "__weakref__")]


@functools.lru_cache(maxsize=512)
def _globals_of(code: types.CodeType) -> tuple[set[str], set[str]]:
    """The names that code looks up outside of it, and those of global variables that it sets."""
    import dis

    names = set(code.co_names)
    stored = {
        each.argval
        for each in dis.get_instructions(code)
        if each.opname in ("STORE_GLOBAL", "DELETE_GLOBAL")
    }
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            more, set_there = _globals_of(inner)
            names, stored = names | more, stored | set_there
    return names, stored

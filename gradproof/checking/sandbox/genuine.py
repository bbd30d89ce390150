"""NumPy, math and the builtins as they are, also where the file under check replaces some of them.

A forward of which np.square has been replaced is no square. What stands in these modules before the
file runs is put back whenever the file is asked something; what was replaced is said.
"""

from __future__ import annotations

import builtins
import cmath
import functools
import itertools
import math
import operator
import random
import types
from operator import attrgetter, is_
from typing import Any

import numpy as np

_MODULES = (np, np.linalg, np.random, np.fft, math, cmath, random, operator, functools, itertools,
            builtins)  # fmt: skip
_OWN = ("__build_class__", "__debug__", "_")  # of the interpreter, or of a console
_CODE = ("__code__", "__defaults__", "__kwdefaults__")
_SET = ("object.__setattr__", "object.__delattr__")  # audit events


class Changes:
    """An audit hook, to be added before a file runs: whether what a function does was changed.

    Without one it has to be asked of every function, and each such question is an audit event.
    """

    def __init__(self) -> None:
        self.any = True

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Note that a function has got other code or defaults."""
        if event in _SET and arguments[1] in _CODE:
            self.any = True


class Genuine:
    """What is in the modules when this is made. changes: of functions, where those are noted."""

    def __init__(self, changes: Changes | None = None) -> None:
        self.changes = changes
        self.held = [(module, _members(module)) for module in _MODULES]
        found = [
            (f"{_shown(module)}{name}", function)
            for module, members in self.held
            for name, function in ((n, _function(v)) for n, v in members.items())
            if function is not None
        ]
        self.shown = [shown for shown, _ in found]
        self.functions = [function for _, function in found]
        self.parts = [(get, [*map(get, self.functions)]) for get in map(attrgetter, _CODE)]
        self.replaced: dict[str, None] = {}

    def restore(self) -> None:
        """Put it back; what was not as before is noted. Asked often, so that it has to be quick."""
        for module, members in self.held:
            now = map(vars(module).get, members)
            if not all(map(is_, now, members.values())):
                self._restore_module(module, members)
        if self.changes is not None and not self.changes.any:
            return
        for name, (get, held) in zip(_CODE, self.parts):
            if not all(map(is_, map(get, self.functions), held)):
                for shown, function, value in zip(self.shown, self.functions, held):
                    if getattr(function, name) is not value:
                        self.replaced.setdefault(shown)
                        setattr(function, name, value)
        if self.changes is not None:
            self.changes.any = False

    def _restore_module(self, module: types.ModuleType, members: dict[str, Any]) -> None:
        now = vars(module)
        for name, value in members.items():
            if now.get(name, self) is not value:
                self.replaced.setdefault(f"{_shown(module)}{name}")
                setattr(module, name, value)


def _members(module: types.ModuleType) -> dict[str, Any]:
    """What can be called in a module, and its numbers."""
    return {name: value for name, value in vars(module).items()
            if name not in _OWN and (callable(value) or isinstance(value, float))}  # fmt: skip


def _function(value: Any) -> types.FunctionType | None:
    """The function of Python's that does the work of what stands in a module."""
    inside = getattr(value, "_implementation", value)
    return inside if isinstance(inside, types.FunctionType) else None


def _shown(module: types.ModuleType) -> str:
    if module is builtins:
        return ""
    return module.__name__.replace("numpy", "np", 1) + "."


__all__ = ["Changes", "Genuine"]

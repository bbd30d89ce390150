"""NumPy, math and random as a traced script sees them: what they make is traced.

Nothing of the real modules is changed; these stand in their place in the script's own imports.
"""

from __future__ import annotations

import importlib
import math
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from gradproof.ops import find, math_names
from gradproof.program.carry import function_of
from gradproof.program.steps import Ref, mapped
from gradproof.trace.made_up import READERS, reading
from gradproof.trace.recorder import Recorder
from gradproof.trace.values import (
    TracedArray,
    called,
    function_called,
    is_traced,
    leaf,
    number_of,
    plain,
    wrapped,
)  # fmt: skip

_FEW = 12  # steps from which a number is computed that random ones are drawn with
_GENERATORS = ("RandomState", "Generator", "default_rng", "Random")
_SCALARS = {"float64": np.float64, "float32": np.float32, "double": np.float64, "single":
            np.float32, "float_": np.float64}  # fmt: skip
_OLD_NAMES = {"mat": np.asmatrix, "float": float, "int": int, "bool": bool, "product": np.prod,
              "alltrue": np.all, "sometrue": np.any, "float_": np.float64}  # fmt: skip


class _KindOf(type):
    """The class of a float type that keeps the steps of what it is given."""

    _plain_type: Any

    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, cls._plain_type)

    def __subclasscheck__(cls, other: Any) -> bool:
        return issubclass(getattr(other, "_plain_type", other), cls._plain_type)

    def __eq__(cls, other: object) -> bool:
        return other is cls or other is cls._plain_type

    def __hash__(cls) -> int:
        return hash(cls._plain_type)

    def __getattr__(cls, name: str) -> Any:
        return getattr(cls._plain_type, name)


def float_type(recorder: Recorder, real: Any) -> Any:
    """Return ``float`` or one of NumPy's float types as a script sees it."""

    def new(cls: Any, *args: Any) -> Any:
        value = real(*plain(args))
        if not args or not is_traced(args):
            return value
        return wrapped(recorder, "astype", (args[0], np.dtype(real).str), {}, value)

    return _KindOf(real.__name__, (), {"__new__": new, "_plain_type": real})


class TracedModule(types.ModuleType):
    """A module whose functions give traced values.

    Functions of NumPy are written down under their names; those of other libraries are not known,
    so that what they make of traced values is ``unknown``.
    """

    def __init__(self, recorder: Recorder, real: Any, known: bool) -> None:
        super().__init__(getattr(real, "__name__", "module"))
        self.__dict__.update(_of=recorder, _real=real, _known=known)
        self.__path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        recorder, real = self._of, self._real
        if real is np and name in _SCALARS:
            made = float_type(recorder, _SCALARS[name])
        else:
            made = self._made(name, self._found(name))
        self.__dict__[name] = made
        return made

    def _found(self, name: str) -> Any:
        if self._real is np and name in _OLD_NAMES and name not in np.__dict__:
            return _OLD_NAMES[name]
        try:
            return getattr(self._real, name)
        except AttributeError:
            if isinstance(self._real, types.ModuleType):
                try:
                    return importlib.import_module(f"{self._real.__name__}.{name}")
                except ImportError:
                    pass
            raise

    def _made(self, name: str, value: Any) -> Any:
        if isinstance(value, types.ModuleType):
            return TracedModule(self._of, value, self._known and name != "random")
        if self._real is np and name == "vectorize":
            return _vectorize(self._of)
        if isinstance(value, type) and name not in _GENERATORS:
            return value if self._known else _Constructor(self, value)
        if not callable(value):
            return value
        return self._function(name, value)

    def _function(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        recorder = self._of
        if name in READERS and recorder.missing is not None:
            function = reading(recorder.missing, name, function)

        def traced(*args: Any, **kwargs: Any) -> Any:
            if name in ("asarray", "asanyarray", "ascontiguousarray") and _is_array(args, kwargs):
                return args[0]
            if not is_traced((args, kwargs)):
                return self._from_outside(name, function(*plain(args), **plain(kwargs)))
            if self._known:
                if isinstance(function, np.ufunc):
                    return function(*args, **kwargs)
                if name in ("array", "asarray", "asanyarray"):
                    return _array(recorder, function, args, kwargs)
                return function_called(function, args, kwargs)
            return self._unknown(name, function, args, kwargs)

        traced.__name__ = name
        return traced

    def _from_outside(self, name: str, value: Any) -> Any:
        if name in _GENERATORS:
            return TracedModule(self._of, value, False)
        return _leaves(self._of, value)

    def _unknown(self, name: str, function: Any, args: Any, kwargs: Any) -> Any:
        """Call what is not known with traced values: SciPy's ufuncs are, the rest is not."""
        recorder = self._of
        if isinstance(function, np.ufunc):
            return function(*args, **kwargs)
        op = f"{self.__name__}.{name}"
        if _is_known(op):
            return called(function, op, args, kwargs)
        value = function(*plain(args), **plain(kwargs))
        if name == "shuffle" and isinstance(args[0], TracedArray):
            recorder.memory.written(plain(args[0]), recorder.leaf(plain(args[0])))
        if name in _GENERATORS:
            return TracedModule(recorder, value, False)
        drawn = all(_is_leaf(recorder, each) for each in (*args, *kwargs.values()))
        return mapped(lambda part: _unknown_part(recorder, part, drawn, args), value)


class _Constructor:
    """A class of another library: instances of it are as they are, their arrays data."""

    def __init__(self, module: TracedModule, real: type) -> None:
        self._module, self._real = module, real

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._real(*plain(args), **plain(kwargs))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def __instancecheck__(self, value: Any) -> bool:
        return isinstance(value, self._real)

    def __mro_entries__(self, bases: Any) -> tuple[type, ...]:
        return (self._real,)


def _is_array(args: Any, kwargs: Any) -> bool:
    return len(args) == 1 and not kwargs and isinstance(args[0], TracedArray)


def _is_known(op: str) -> bool:
    try:
        function_of(op)
    except Exception:
        return False
    return op.startswith("scipy.special.")


def _is_leaf(recorder: Recorder, item: Any) -> bool:
    """Whether operands are data from outside, of which other data may be made, or numbers that are
    computed from a few that stand in the text (``1 / np.sqrt(n)``)."""
    pending: list[int] = []
    mapped(lambda part: pending.append(part.index) if isinstance(part, Ref) else None,
           recorder.operand(item))  # fmt: skip
    seen = set[int]()
    while pending:
        step = recorder.program.steps[pending.pop()]
        if step.name in ("leaf", "gather", "astype"):
            continue
        seen.update(step.refs)
        if np.size(step.value) > 1 or len(seen) > _FEW or not step.refs:
            return False
        pending += step.refs
    return True


def _unknown_part(recorder: Recorder, part: Any, drawn: bool, args: Any) -> Any:
    if drawn:
        return _leaves(recorder, part)
    if isinstance(part, np.ndarray) and part.dtype.kind == "f":
        value = np.array(part)
        recorder.memory.adopt(value, recorder.unknown(value, *args))
        return leaf(recorder, value)
    if type(part) in (float, np.float64, np.float32):
        return number_of(recorder, part, recorder.unknown(part, *args))
    return part


def _leaves(recorder: Recorder, value: Any) -> Any:
    """A value from outside with all its arrays traced; so are those that an object keeps."""
    if hasattr(value, "__dict__") and not isinstance(value, (np.ndarray, type, types.ModuleType)):
        for name, part in list(vars(value).items()):
            if isinstance(part, np.ndarray):
                try:
                    setattr(value, name, leaf(recorder, part))
                except AttributeError:  # the object does not let itself be changed
                    break
    return mapped(lambda part: leaf(recorder, part), value)


def _array(recorder: Recorder, function: Any, args: Any, kwargs: Any) -> Any:
    """``np.array`` of traced values: nested lists keep the steps of what is in them."""
    value = function(*plain(args), **plain(kwargs))
    value = value.copy() if recorder.memory.cell(value) is not None else value
    return wrapped(recorder, "array", (args[0],), {}, value)


def _vectorize(recorder: Recorder) -> Any:
    """``np.vectorize`` that calls the function with traced numbers."""

    def vectorize(function: Any = None, *_: Any, **__: Any) -> Any:
        if function is None:
            return vectorize

        def over(*arrays: Any) -> Any:
            whole = np.broadcast_arrays(*plain(arrays))
            rows = [leaf(recorder, np.asarray(each)) if not is_traced(each) else each
                    for each in arrays]  # fmt: skip
            shape = whole[0].shape
            flat = [np.broadcast_to(each, shape).reshape(-1) for each in rows]
            values = [function(*items) for items in zip(*flat)]
            return wrapped(recorder, "array", (values,), {}, np.array(plain(values))).reshape(shape)

        return over

    return vectorize


class MathModule(types.ModuleType):
    """math as a script sees it; values are those of math, steps those of the same in NumPy."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__("math")
        self.__dict__["_of"] = recorder

    def __getattr__(self, name: str) -> Any:
        real, recorder = getattr(math, name), self._of
        if not callable(real):
            return real
        op = "power" if name == "pow" else math_names().get(name, name)
        known = find(op) is not None or hasattr(np, op)

        def traced(*args: Any) -> Any:
            value = real(*plain(args))
            if not is_traced(args):
                return value
            if name == "log" and len(args) == 2:  # math divides them as well
                return self.log(args[0]) / self.log(args[1])
            if not known and type(value) is float:
                return number_of(recorder, value, recorder.unknown(value, *args))
            return wrapped(recorder, op, args, {}, value)

        traced.__name__ = name
        return traced


__all__ = ["MathModule", "TracedModule", "float_type"]

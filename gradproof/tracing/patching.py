"""While code is traced, the functions that would lose symbols are replaced by traced versions.

NumPy passes most calls on to traced arrays by itself. What it cannot pass on is replaced for the
duration of a trace and put back after it: functions that make arrays (``np.zeros``), functions
given a list of traced values, ``np.vectorize``, the functions of ``math``, and the same objects
where the user's modules imported them by name. ``float`` and ``int`` are replaced in the user's
modules only when the code turns a traced value into one. Not safe beside other threads that use
NumPy at the same moment: each replacement calls the original unless something traced is involved,
except for ``np.zeros`` and its kin called from the user's code.
"""

from __future__ import annotations

import builtins
import math
import sys
import threading
import types
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import numpy as np

from gradproof.ops import StandIn, math_names, undispatched
from gradproof.tracing import elementary
from gradproof.tracing import expression as ex
from gradproof.tracing.array import FLOAT, INTEGER, holds_traced, is_traced, lift, scalar
from gradproof.tracing.errors import NotTraceableError
from gradproof.tracing.functions import FUNCTIONS, FUNCTIONS_MEANT
from gradproof.tracing.paths import explore, join
from gradproof.tracing.structure import MAKERS

_ALWAYS = ("zeros", "ones", "full", "empty", "zeros_like", "ones_like", "full_like", "empty_like",
           "eye", "identity")  # fmt: skip
_OWN = ("numpy", "gradproof.tracing", "gradproof.proof", "gradproof.ops", "sympy", "mpmath")
_LIBRARIES = (sys.stdlib_module_names | {"pytest", "_pytest", "hypothesis", "tqdm"}) - {"__main__"}
VECTORIZE_PATHS = 64


def _called_from_library() -> bool:
    return str(sys._getframe(2).f_globals.get("__name__", "")).startswith(_OWN)


def _dispatching(original: Callable[..., Any], traced: Callable[..., Any], always: bool) -> Any:
    def function(*args: Any, **kwargs: Any) -> Any:
        wanted = always and not _suspended.active and not _called_from_library()
        if wanted or any(map(holds_traced, (*args, *kwargs.values()))):
            return traced(*args, **kwargs)
        return original(*args, **kwargs)

    function.__name__ = getattr(original, "__name__", "function")
    return function


class _Suspension(threading.local):
    active = False


_suspended = _Suspension()


class _Random:
    """NumPy's random functions: compiled code that makes its arrays with np.empty as it was."""

    def __init__(self, original: Any) -> None:
        self._original = original

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._original, name)
        return _Random(value) if callable(value) else value

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        before = _suspended.active
        _suspended.active = True
        try:
            made = self._original(*args, **kwargs)
        finally:
            _suspended.active = before
        return _Random(made) if isinstance(made, _GENERATORS) else made


_GENERATORS = (np.random.RandomState, np.random.Generator)
_RANDOM = (
    "RandomState", "default_rng", "seed", "rand", "randn", "randint", "random", "random_sample",
    "uniform", "normal", "standard_normal", "binomial", "choice", "permutation", "shuffle",
)  # fmt: skip


class _TracedVectorize:
    """np.vectorize: the function of one element, on every path through it."""

    def __init__(self, pyfunc: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        self.pyfunc = pyfunc
        self.original = _VECTORIZE(pyfunc, *args, **kwargs)

    def __call__(self, *args: Any) -> Any:
        if not any(map(holds_traced, args)):
            return self.original(*args)
        arrays = [lift(value) for value in args]
        if any(array.mask is not None for array in arrays):
            raise NotTraceableError("np.vectorize of a selection x[mask]")
        from gradproof.tracing.array import elementwise, wrap
        from gradproof.tracing.ufuncs import joint_batch

        dtypes = [array.dtype for array in arrays]

        def one(*nodes: Any) -> Any:
            def run() -> Any:
                return lift(self.pyfunc(*map(scalar, nodes, dtypes))).data[()]

            return join(explore(run, VECTORIZE_PATHS))

        data = elementwise(one, *(array.data for array in arrays))
        return wrap(data, FLOAT, joint_batch(arrays))


_VECTORIZE = np.vectorize


class _Number(type):
    """The class of the stand-ins for float and int, which let traced values pass."""

    original: type
    kinds: str

    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, cls.original)

    def __call__(cls, *args: Any) -> Any:
        if args and is_traced(args[0]):
            value = args[0]
            if value.data.size != 1 or value.dtype.kind not in cls.kinds:
                raise NotTraceableError(f"{cls.original.__name__}() of a traced value")
            return scalar(value.data.reshape(-1)[0], value.dtype)
        return cls.original(*args)


class _Float(metaclass=_Number):
    original = builtins.float
    kinds = "fiu"
    dtype = FLOAT


class _Int(metaclass=_Number):
    original = builtins.int
    kinds = "iu"
    dtype = INTEGER


_MATH: dict[str, str] = math_names()


def _math_function(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    function = elementary.rule_of(_MATH[name])

    def traced(*args: Any) -> Any:
        values = [lift(value) for value in args]
        if any(value.data.size != 1 or value.batch for value in values):
            raise NotTraceableError(f"math.{name} of an array")
        nodes = [value.data.reshape(-1)[0] for value in values]
        if name == "log" and len(nodes) == 2:
            result = ex.div(elementary.log(nodes[0]), elementary.log(nodes[1]))
        else:
            result = function(*nodes)
        kind = np.dtype(bool) if _MATH[name].startswith("is") else FLOAT
        return scalar(result, kind)

    return _dispatching(original, traced, always=False)


def _pow(x: Any, y: Any) -> Any:
    return lift(x) ** lift(y)


def _replacements() -> list[tuple[types.ModuleType, str, Any, Any]]:
    """List (module, name, original, traced version), with those of loaded libraries."""
    others = [(module, name, getattr(module, name), record)
              for module, name, record in undispatched()]  # fmt: skip
    return [*_of_numpy(), *((m, n, f, StandIn(record, f)) for m, n, f, record in others)]


@lru_cache(maxsize=1)
def _of_numpy() -> list[tuple[types.ModuleType, str, Any, Any]]:
    out: list[tuple[types.ModuleType, str, Any, Any]] = []
    for name, traced in {**FUNCTIONS, **FUNCTIONS_MEANT}.items():
        original = getattr(np, name, None)
        if original is not None and not isinstance(original, np.ufunc):
            out.append((np, name, original, _dispatching(original, traced, name in _ALWAYS)))
    for name in ("asanyarray", "ascontiguousarray", "asarray_chkfinite"):
        if hasattr(np, name):
            original = getattr(np, name)
            out.append((np, name, original, _dispatching(original, MAKERS[name], False)))
    for name in _RANDOM:
        original = getattr(np.random, name)
        out.append((np.random, name, original, _Random(original)))
    out.append((np, "vectorize", np.vectorize, _TracedVectorize))
    for name in _MATH:
        original = getattr(math, name)
        out.append((math, name, original, _math_function(name, original)))
    out.append((math, "pow", math.pow, _dispatching(math.pow, _pow, always=False)))
    return out


def _namespaces(functions: Iterable[Any]) -> list[dict[str, Any]]:
    """Return the globals of the functions and of every function they can reach by name."""
    found: dict[int, dict[str, Any]] = {}
    pending = list(functions)
    seen: set[int] = set()
    while pending:
        item = pending.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        item = getattr(item, "__func__", item)
        wrapped = getattr(item, "__wrapped__", None)
        if wrapped is not None:
            pending.append(wrapped)
        if isinstance(item, type):
            pending.extend(v for v in vars(item).values() if isinstance(v, types.FunctionType))
        if not isinstance(item, types.FunctionType):
            continue
        for cell in item.__closure__ or ():
            try:
                pending.append(cell.cell_contents)
            except ValueError:
                continue
        space = item.__globals__
        if id(space) in found or _is_library(str(space.get("__name__", ""))):
            continue
        found[id(space)] = space
        pending.extend(v for v in space.values() if isinstance(v, (types.FunctionType, type)))
    return list(found.values())


def _is_library(module: str) -> bool:
    """Whether a module is none of the user's, so that nothing in it calls the user's arrays."""
    own = (*_OWN, "gradproof.diagnosis")
    return module.startswith(own) or module.partition(".")[0] in _LIBRARIES


@contextmanager
def replacing() -> Iterator[Callable[[dict[str, Any], str, Any], None]]:
    """Give a function that puts a value under a name of a namespace; in the end all is put back.

    So is the state of NumPy's global random numbers.
    """
    undo: list[tuple[dict[str, Any], str, bool, Any]] = []

    def replace(space: dict[str, Any], name: str, value: Any) -> None:
        undo.append((space, name, name in space, space.get(name)))
        space[name] = value

    state = np.random.get_state()  # noqa: NPY002
    try:
        yield replace
    finally:
        np.random.set_state(state)  # noqa: NPY002
        for space, name, existed, value in reversed(undo):
            if existed:
                space[name] = value
            else:
                del space[name]


@contextmanager
def patched(functions: Iterable[Any], numbers: bool = False) -> Iterator[None]:
    """Put the traced versions in place; with ``numbers``, those of float and int as well."""
    changes = _replacements()
    spaces = _namespaces(functions)
    swap = {id(original): traced for _, _, original, traced in changes}
    with replacing() as replace:
        for module, name, _, traced in changes:
            replace(module.__dict__, name, traced)
        for space in spaces:
            for name, value in list(space.items()):
                if id(value) in swap:
                    replace(space, name, swap[id(value)])
            if numbers:
                replace(space, "float", space.get("float", _Float))
                replace(space, "int", space.get("int", _Int))
        yield

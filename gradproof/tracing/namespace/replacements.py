"""What stands for NumPy's functions where code runs on symbols.

NumPy passes most calls on to traced arrays by itself. Others stand in the namespace of traced code
in place of what it cannot pass on: functions that make arrays (``np.zeros``), functions given a
list of traced values, ``np.vectorize``, the functions of ``math``; and, where the code asks for a
number of a traced value, ``float`` and ``int``.
"""

from __future__ import annotations

import builtins
import enum
import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from gradproof.ops import StandIn, math_names, undispatched
from gradproof.tracing import elementary
from gradproof.tracing import expression as ex
from gradproof.tracing.arrays.array_functions import FUNCTIONS
from gradproof.tracing.arrays.lifting import holds_traced, lift
from gradproof.tracing.arrays.rearranging import MAKERS, cast
from gradproof.tracing.arrays.traced_array import FLOAT, INTEGER, concrete, is_traced, scalar
from gradproof.tracing.errors import NotTraceableError, NumberAskedError, PlainArrayError
from gradproof.tracing.namespace.outside import traced_outside
from gradproof.tracing.namespace.user_namespace import Namespace
from gradproof.tracing.python_paths import explore, join

_ALWAYS = ("zeros", "ones", "full", "empty", "zeros_like", "ones_like", "full_like", "empty_like",
           "eye", "identity")  # fmt: skip
VECTORIZE_PATHS = 64


class Reach(enum.IntEnum):
    """How much of what code uses is another thing where it is traced.

    FUNCTIONS: those of NumPy that would lose symbols. NUMBERS: float and int as well. ARRAYS: plain
    arrays and NumPy's number types as well. More is asked for only where less is not enough, as
    NumPy does more with its own arrays than is known here.
    """

    FUNCTIONS = 0
    NUMBERS = 1
    ARRAYS = 2

    def namespace(self) -> Namespace:
        """Return a namespace for one run on symbols."""
        pairs = [*_stand_ins(self is Reach.ARRAYS)]
        pairs += [(getattr(module, name), StandIn(record, getattr(module, name)))
                  for module, name, record in undispatched()]  # fmt: skip
        pairs += [*_NUMBERS] if self >= Reach.NUMBERS else []
        pairs += _types() if self is Reach.ARRAYS else []
        array = traced_outside() if self is Reach.ARRAYS else None
        return Namespace(pairs, types={np.vectorize: _vectorized}, array=array)

    def is_called_for(self, error: NotTraceableError) -> bool:
        """Whether code that was stopped by an error may pass with this."""
        lost = NumberAskedError if self is Reach.NUMBERS else (NumberAskedError, PlainArrayError)
        return isinstance(error, lost)


def _dispatching(original: Callable[..., Any], traced: Callable[..., Any], always: bool) -> Any:
    def function(*args: Any, **kwargs: Any) -> Any:
        if always or any(map(holds_traced, (*args, *kwargs.values()))):
            return traced(*args, **kwargs)
        return original(*args, **kwargs)

    function.__name__ = getattr(original, "__name__", "function")
    return function


class _TracedVectorize:
    """np.vectorize: the function of one element, on every path through it."""

    def __init__(self, pyfunc: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        self.pyfunc = pyfunc
        self.original = np.vectorize(pyfunc, *args, **kwargs)

    def __call__(self, *args: Any) -> Any:
        if not any(map(holds_traced, args)):
            return self.original(*args)
        arrays = [lift(value) for value in args]
        if any(array.mask is not None for array in arrays):
            raise NotTraceableError("np.vectorize of a selection x[mask]")
        from gradproof.tracing.arrays.lifting import elementwise, wrap
        from gradproof.tracing.arrays.ufuncs import joint_batch

        dtypes = [array.dtype for array in arrays]

        def one(*nodes: Any) -> Any:
            def run() -> Any:
                return lift(self.pyfunc(*map(scalar, nodes, dtypes))).data[()]

            return join(explore(run, VECTORIZE_PATHS))

        data = elementwise(one, *(array.data for array in arrays))
        return wrap(data, FLOAT, joint_batch(arrays))


def _vectorized(namespace: Namespace, made: Any) -> Any:
    """What stands for an np.vectorize that was made outside."""
    options = {"otypes": made.otypes, "excluded": made.excluded, "cache": made.cache,
               "signature": made.signature}  # fmt: skip
    return _TracedVectorize(namespace.of(made.pyfunc), **options)


class _Number(type):
    """The class of the stand-ins for float and int, which let traced values pass."""

    original: type
    kinds: str

    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, cls.original)

    def __call__(cls, *args: Any) -> Any:
        if args and is_traced(args[0]):
            value = args[0]
            if concrete(value) is not None:
                return cls.original(value)
            if value.data.size != 1 or value.dtype.kind not in cls.kinds:
                raise NumberAskedError(f"{cls.original.__name__}() of a traced value")
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


def _math_function(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    of_numpy = math_names()[name]
    function = elementary.rule_of(of_numpy)

    def traced(*args: Any) -> Any:
        values = [lift(value) for value in args]
        if any(value.data.size != 1 or value.batch for value in values):
            raise NotTraceableError(f"math.{name} of an array")
        nodes = [value.data.reshape(-1)[0] for value in values]
        if name == "log" and len(nodes) == 2:
            result = ex.div(elementary.log(nodes[0]), elementary.log(nodes[1]))
        else:
            result = function(*nodes)
        kind = np.dtype(bool) if of_numpy.startswith("is") else FLOAT
        return scalar(result, kind)

    return _dispatching(original, traced, always=False)


def _len(value: Any) -> Any:
    """len(): of a batch of any size it is the symbol m, which no __len__ may return."""
    return value.shape[0] if is_traced(value) and 0 in value.batch else len(value)


class _Type:
    """type: of a traced array it is what the code would have been told of an array or number."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 and is_traced(args[0]):
            value = args[0]
            return value.__class__ if value.data.ndim or value.batch else value.dtype.type
        return builtins.type(*args, **kwargs)

    def __instancecheck__(self, value: Any) -> bool:
        return isinstance(value, builtins.type)

    def __subclasscheck__(self, kind: Any) -> bool:
        return issubclass(kind, builtins.type)

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[Any, ...]:
        return (builtins.type,)

    def __getattr__(self, name: str) -> Any:
        return getattr(builtins.type, name)


def _pow(x: Any, y: Any) -> Any:
    return lift(x) ** lift(y)


@lru_cache(maxsize=2)
def _stand_ins(arrays: bool) -> tuple[tuple[Any, Any], ...]:
    """Pairs of a function and its traced version; arrays: make all arrays traced ones."""
    always = {*_ALWAYS, *MAKERS} if arrays else {*_ALWAYS}
    out: dict[int, tuple[Any, Any]] = {}

    def stand(original: Any, traced: Any) -> None:
        out.setdefault(id(original), (original, traced))

    for name, traced in FUNCTIONS.items():
        original = getattr(np, name, None)
        if original is not None and not isinstance(original, np.ufunc):
            stand(original, _dispatching(original, traced, name in always))
    for name in ("asanyarray", "ascontiguousarray", "asarray_chkfinite"):
        if hasattr(np, name):
            stand(getattr(np, name), _dispatching(getattr(np, name), MAKERS[name], arrays))
    stand(np.vectorize, _TracedVectorize)
    for name in math_names():
        original = getattr(math, name)
        stand(original, _math_function(name, original))
    stand(math.pow, _dispatching(math.pow, _pow, always=False))
    stand(builtins.len, _len)
    stand(builtins.type, _Type())
    return tuple(out.values())


class _NumberType(type):
    """The class of what stands for a number type of NumPy, such as np.int64."""

    original: type
    dtype: np.dtype

    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, cls.original)

    def __call__(cls, *args: Any) -> Any:
        if args and holds_traced(args[0]):
            return cast(lift(args[0]), cls.dtype)
        return cls.original(*args)

    def __getattr__(cls, name: str) -> Any:
        return getattr(cls.original, name)


def _types() -> list[tuple[Any, Any]]:
    kinds = (np.float64, np.float32, np.int64, np.int32, np.intp, np.bool_)
    return [(kind, _NumberType(kind.__name__, (), {"original": kind, "dtype": np.dtype(kind)}))
            for kind in dict.fromkeys(kinds)]  # fmt: skip


_NUMBERS = ((builtins.float, _Float), (builtins.int, _Int))
__all__ = ["Reach"]

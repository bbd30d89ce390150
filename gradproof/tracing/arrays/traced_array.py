"""The traced array: what NumPy code receives in place of an ndarray.

A ``TracedArray`` holds an object array of expression nodes, so that shapes, broadcasting, views
and aliasing are NumPy's own. A batch axis of symbolic length m is stored with length 1, as the
one element with the index i, and is listed in ``batch``; ``shape`` reports m for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from gradproof.ops import Operation
from gradproof.tracing import conditions as co
from gradproof.tracing import expression as ex
from gradproof.tracing.batch_sum import batch_size
from gradproof.tracing.errors import NotTraceableError, NumberAskedError, PlainArrayError
from gradproof.tracing.nodes import NEG, POS, Node
from gradproof.tracing.python_paths import decide
from gradproof.tracing.upwards import up

FLOAT = np.dtype(np.float64)
INTEGER = np.dtype(np.int64)
BOOLEAN = np.dtype(np.bool_)


class TracedArray:
    """An array of expressions that plain NumPy code takes for an ndarray."""

    __array_priority__ = 1000.0
    __slots__ = ("batch", "data", "dtype", "mask")

    data: Any  # an object array of nodes; typed loosely, as its items are no NumPy scalars
    dtype: np.dtype
    batch: frozenset[int]
    mask: np.ndarray | None

    def __init__(
        self,
        data: np.ndarray,
        dtype: np.dtype = FLOAT,
        batch: frozenset[int] = frozenset(),
        mask: np.ndarray | None = None,
    ) -> None:
        self.data, self.dtype, self.batch, self.mask = data, dtype, batch, mask

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """Pass ``isinstance(x, np.ndarray)`` in the user's code."""
        return np.ndarray

    if TYPE_CHECKING:  # the operators are attached below the class

        def __add__(self, other: Any) -> Any: ...
        def __sub__(self, other: Any) -> Any: ...
        def __mul__(self, other: Any) -> Any: ...
        def __truediv__(self, other: Any) -> Any: ...
        def __pow__(self, other: Any) -> Any: ...

    # --- what NumPy calls ------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return up.ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return up.function(func, args, kwargs)

    def apply_operation(self, record: Operation, args: Any, kwargs: Any) -> Any:
        """Carry out a function of the table that NumPy would not hand to this array."""
        return up.operation(record, args, kwargs)

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        values = concrete(self)
        if values is None:
            raise PlainArrayError("conversion of a traced array to a plain ndarray")
        return values if dtype is None else values.astype(dtype)

    # --- what the user's code reads -------------------------------------------------------

    @property
    def shape(self) -> tuple[Any, ...]:
        """The lengths of the axes; the batch axis has length m."""
        _refuse_selection(self, "shape")
        return tuple(length_of(self, axis) for axis in range(self.data.ndim))

    @shape.setter
    def shape(self, value: Any) -> None:
        self.data.shape = value

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self.data.ndim

    @property
    def size(self) -> Any:
        """The number of elements, a multiple of m where there is a batch axis."""
        _refuse_selection(self, "size")
        return scalar(batch_size(), INTEGER) * self.data.size if self.batch else self.data.size

    @property
    def itemsize(self) -> int:
        """Bytes of one element of the dtype this array stands for."""
        return self.dtype.itemsize

    @property
    def strides(self) -> tuple[int, ...]:
        """Bytes from one element to the next along each axis, in the dtype it stands for."""
        if self.batch:
            raise NotTraceableError("the strides of a batch of any size")
        return tuple(n // self.data.itemsize * self.itemsize for n in self.data.strides)

    @property
    def T(self) -> Any:
        """The array with its axes reversed."""
        return call_function("transpose", self)

    @property
    def real(self) -> Any:
        """The array itself: everything traced is real."""
        return self

    @property
    def flat(self) -> Any:
        """A flat view, to read from and to write through."""
        return self.reshape(-1)

    @property
    def flags(self) -> Any:
        """Flags of the array of nodes."""
        return self.data.flags

    def __len__(self) -> int:
        if 0 in self.batch:
            raise NotTraceableError("len() of a batch of any size (x.shape[0] works)")
        return len(self.data)

    def __iter__(self) -> Iterator[Any]:
        if not self.data.ndim:
            raise TypeError("iteration over a 0-d array")
        if 0 in self.batch:
            raise NotTraceableError("a loop over a batch of any size")
        return (self[i] for i in range(len(self.data)))

    def __getitem__(self, key: Any) -> Any:
        return up.get(self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        up.put(self, key, value)

    def __bool__(self) -> bool:
        if self.data.size != 1 or self.batch:
            raise ValueError("the truth value of an array with more than one element is ambiguous")
        node = self.data.reshape(-1)[0]
        if self.dtype != BOOLEAN:
            node = co.compare(node, ex.zero(), NEG | POS)
        return decide(node)

    def __float__(self) -> float:
        value = concrete(self)
        if value is None:
            raise NumberAskedError("float() of a traced value")
        return float(value)

    def __int__(self) -> int:
        value = concrete(self)
        if value is None:
            raise NumberAskedError("int() of a traced value")
        return int(value)

    def __index__(self) -> int:
        value = concrete(self)
        if value is None or self.dtype.kind not in "iub":
            raise NotTraceableError("a traced value as an index or a count")
        return int(value)

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        return f"traced(shape={tuple(map(str, self.shape))})"

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __copy__(self) -> TracedArray:
        return self.copy()

    def __deepcopy__(self, memo: Any) -> TracedArray:
        return self.copy()

    def __getattr__(self, name: str) -> Any:
        method = up.methods.get(name)
        if method is None:
            if name.startswith("__") or not hasattr(np.ndarray, name):
                raise AttributeError(f"ndarray has no attribute {name!r}")
            raise NotTraceableError(f"ndarray.{name}")
        return lambda *args, **kwargs: method(self, *args, **kwargs)

    def copy(self, order: str = "C") -> Any:
        """Return a copy that shares nothing with this array."""
        return type(self)(self.data.copy(), self.dtype, self.batch, self.mask)

    def reshape(self, *shape: Any, order: str = "C") -> Any:
        """Return the same elements in another shape."""
        wanted = shape[0] if len(shape) == 1 else shape
        return call_function("reshape", self, wanted, order=order)


class TracedScalar(TracedArray):
    """A 0-d result, which stands for a NumPy scalar: ``s += 1`` leaves other names alone."""

    __slots__ = ()

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """Pass ``isinstance(x, float)`` or ``isinstance(x, int)``."""
        return self.dtype.type


def _operator(name: str, reverse: bool = False) -> Callable[..., Any]:
    ufunc = getattr(np, name)

    def method(self: TracedArray, other: Any) -> Any:
        if other is None or isinstance(other, str):
            return NotImplemented
        return up.symbolic_ufunc(ufunc, "__call__", (other, self) if reverse else (self, other), {})

    return method


def _in_place(name: str) -> Callable[..., Any]:
    ufunc = getattr(np, name)

    def method(self: TracedArray, other: Any) -> Any:
        out = {} if type(self) is TracedScalar else {"out": (self,)}
        return up.symbolic_ufunc(ufunc, "__call__", (self, other), out)

    return method


def _unary(name: str) -> Callable[..., Any]:
    ufunc = getattr(np, name)

    def method(self: TracedArray) -> Any:
        return up.symbolic_ufunc(ufunc, "__call__", (self,), {})

    return method


_BINARY = {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "true_divide",
    "pow": "power", "matmul": "matmul", "and": "logical_and", "or": "logical_or",
    "xor": "logical_xor", "floordiv": "floor_divide", "mod": "remainder",
}  # fmt: skip
for _short, _long in _BINARY.items():
    setattr(TracedArray, f"__{_short}__", _operator(_long))
    setattr(TracedArray, f"__r{_short}__", _operator(_long, reverse=True))
    setattr(TracedArray, f"__i{_short}__", _in_place(_long))
for _short, _long in {
    "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal",
    "eq": "equal", "ne": "not_equal",
}.items():  # fmt: skip
    setattr(TracedArray, f"__{_short}__", _operator(_long))
for _short, _long in {
    "neg": "negative", "pos": "positive", "abs": "absolute", "invert": "logical_not",
}.items():  # fmt: skip
    setattr(TracedArray, f"__{_short}__", _unary(_long))


def is_traced(value: Any) -> bool:
    """Whether the value is a traced array or scalar."""
    return type(value) in (TracedArray, TracedScalar)


def scalar(node: Node, dtype: np.dtype = FLOAT) -> TracedScalar:
    """Return the traced scalar of one node."""
    data = np.empty((), dtype=object)
    data[()] = node
    return TracedScalar(data, dtype)


def call_function(name: str, *args: Any, **kwargs: Any) -> Any:
    """Call the traced counterpart of ``np.<name>``."""
    return up.functions[name](*args, **kwargs)


def concrete(array: Any) -> np.ndarray | None:
    """Return the plain array of values if no element depends on a traced input, else None."""
    if not is_traced(array):
        return np.asarray(array)
    if array.batch or array.mask is not None:
        return None
    kinds = {node.kind for node in array.data.reshape(-1)}
    if not kinds <= {"const", "bool"}:
        return None
    if array.dtype.kind == "b":
        return np.array([bool(n.payload) for n in array.data.reshape(-1)]).reshape(array.data.shape)
    values = [n.payload for n in array.data.reshape(-1)]
    kind = INTEGER if array.dtype.kind in "iu" else FLOAT
    return np.array([kind.type(v) for v in values], dtype=kind).reshape(array.data.shape)


def length_of(array: TracedArray, axis: int) -> Any:
    """Return the length of one axis, the symbol m for the batch axis."""
    return scalar(batch_size(), INTEGER) if axis in array.batch else array.data.shape[axis]


def _refuse_selection(array: TracedArray, attribute: str) -> None:
    if array.mask is not None:
        raise NotTraceableError(f"the {attribute} of a selection x[mask] with a traced mask")

"""Arrays and numbers that write down how they came about, and are otherwise what they were.

``TracedArray`` is a NumPy array, ``TracedFloat`` a float, ``TracedFloat64`` and ``TracedFloat32``
are NumPy's scalars. Every value is computed by NumPy or Python as without them, to the bit; what is
written down beside it is the step (gradproof.program.steps).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gradproof.ops import methods
from gradproof.program.steps import SCATTER, UNKNOWN, Ref, mapped
from gradproof.trace.memory import owner_of
from gradproof.trace.recorder import Recorder, Traced

Array = np.ndarray[Any, Any]


def plain(item: Any) -> Any:
    """Return operands with traced values replaced by the plain ones that they are."""
    return mapped(_plain, item)


def _plain(item: Any) -> Any:
    if isinstance(item, TracedArray):
        return item.view(np.matrix if isinstance(item, TracedMatrix) else np.ndarray)
    if isinstance(item, _Number):
        return type(item).bare(item)
    if isinstance(item, type):
        return getattr(item, "_plain_type", item)
    return item


def is_traced(item: Any) -> bool:
    """Whether any part of operands is a traced value."""
    hit: list[bool] = []
    mapped(lambda part: hit.append(True) if isinstance(part, Traced) else None, item)
    return bool(hit)


def recorder_of(item: Any) -> Recorder | None:
    """Return the recorder that a traced value among operands belongs to."""
    found: list[Recorder] = []

    def look(part: Any) -> None:
        if isinstance(part, Traced) and part._recorder is not None:
            found.append(part._recorder)

    mapped(look, item)
    return found[0] if found else None


# --- making traced values -------------------------------------------------------------------------


def array_of(recorder: Recorder, value: Array) -> TracedArray:
    """Return an array as a traced one, on the same memory."""
    traced = value.view(TracedMatrix if isinstance(value, np.matrix) else TracedArray)
    traced._recorder = recorder
    return traced


def number_of(recorder: Recorder, value: Any, step: int) -> Any:
    """Return a real number as a traced one."""
    made = _KINDS[type(value)](value)
    made._recorder, made._step = recorder, step
    return made


def leaf(recorder: Recorder, value: Any) -> Any:
    """Return a value from outside as a traced one; what is no array and no float stays as it is."""
    kinds = (np.ndarray, np.matrix)
    if isinstance(value, np.ndarray) and type(value) in kinds and value.dtype.kind in "fiub":
        if recorder.memory.cell(value) is None:
            value = value if value.base is None else value.copy(order="K")
            recorder.memory.adopt(value, recorder.leaf(value))
        return array_of(recorder, value)
    return number_of(recorder, value, recorder.leaf(value)) if type(value) in _KINDS else value


def wrapped(recorder: Recorder, op: str, args: Any, kwargs: Any, value: Any) -> Any:
    """Return the value of a step as a traced one, the step written down."""
    if type(value) in (tuple, list) or isinstance(value, tuple):
        return _several(recorder, op, args, kwargs, value)
    if isinstance(value, np.ndarray):
        if recorder.memory.cell(value) is not None:  # a view
            return array_of(recorder, value)
        step = recorder.push(op, recorder.operand(args), recorder.operand(kwargs), value)
        return _held(recorder, value, step)
    if type(value) in _KINDS:
        step = recorder.push(op, recorder.operand(args), recorder.operand(kwargs), value)
        return number_of(recorder, value, step)
    if isinstance(value, (bool, np.bool_)):
        recorder.guard(recorder.push(op, recorder.operand(args), recorder.operand(kwargs), value))
    return value


def _held(recorder: Recorder, value: Array, step: int) -> TracedArray:
    value = value if value.base is None else value.copy(order="K")
    recorder.memory.adopt(value, step)
    return array_of(recorder, value)


def _several(recorder: Recorder, op: str, args: Any, kwargs: Any, values: Any) -> Any:
    if not any(isinstance(each, np.ndarray) for each in values):  # a shape, say
        return values
    step = recorder.push(op, recorder.operand(args), recorder.operand(kwargs), tuple(values))
    parts = [wrapped(recorder, "pick", (_Held(step), k), {}, v) for k, v in enumerate(values)]
    return type(values)(parts) if type(values) in (tuple, list) else tuple(parts)


class _Held(Traced):
    """An operand that is a step already."""

    def __init__(self, step: int) -> None:
        self._step = step


def called(
    function: Callable[..., Any], op: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Call a function with plain values; its value traced, and the step written down.

    ``out=`` is honoured: the value is written there as well.
    """
    recorder = recorder_of((args, kwargs))
    given = dict(kwargs)
    out = given.pop("out", None)
    out = out[0] if isinstance(out, tuple) and len(out) == 1 else out
    value = function(*plain(args), **plain(given))
    if recorder is None:
        return value
    if any(callable(each) and not isinstance(each, type) for each in args):
        return _unseen(recorder, value)
    made = wrapped(recorder, op, args, given, value)
    if out is None:
        return made
    written(recorder, out, made)
    return out


def _unseen(recorder: Recorder, value: Any) -> Any:
    """What a function of functions gives: nobody saw what went on inside."""
    if isinstance(value, np.ndarray):
        return _held(recorder, value, recorder.unknown(value))
    return number_of(recorder, value, recorder.unknown(value)) if type(value) in _KINDS else value


def written(recorder: Recorder, target: Any, value: Any) -> None:
    """Write a value into an array, as ``target[...] = value`` does."""
    step = _step_of(recorder, value)
    bare = plain(target)
    np.copyto(bare, plain(value), casting="unsafe")
    if step is not None and np.shape(plain(value)) != bare.shape:
        step = recorder.push("broadcast_to", (Ref(step), bare.shape), {}, bare)
    if step is not None:
        recorder.memory.written(bare, step)


def _step_of(recorder: Recorder, value: Any) -> int | None:
    operand = recorder.operand(value)
    return operand.index if isinstance(operand, Ref) else None


# --- ufuncs and NumPy's functions -----------------------------------------------------------------


def ufunc_called(ufunc: np.ufunc, method: str, args: tuple[Any, ...], kwargs: Any) -> Any:
    """What ``__array_ufunc__`` of every traced value does."""
    if method == "at":
        return _at(ufunc, args)
    op = scipy_name(ufunc) or ufunc.__name__
    if method == "__call__":
        return called(ufunc, op, args, kwargs)
    return called(getattr(ufunc, method), f"{op}.{method}", args, kwargs)


def scipy_name(ufunc: np.ufunc) -> str:
    """Return the name of a ufunc of SciPy; "" for those of NumPy."""
    return (
        "" if getattr(np, ufunc.__name__, None) is not None else f"scipy.special.{ufunc.__name__}"
    )


def _at(ufunc: np.ufunc, args: tuple[Any, ...]) -> None:
    recorder = recorder_of(args)
    operands = recorder.operand(args) if recorder is not None else args
    ufunc.at(*plain(args))
    if recorder is not None:
        step = recorder.push(f"{ufunc.__name__}.at", operands, {}, plain(args[0]))
        recorder.memory.written(plain(args[0]), step)


_FRESH = {"zeros_like", "ones_like", "empty_like", "full_like"}
_WRITERS = {"copyto", "fill_diagonal", "put", "putmask", "place"}


def function_called(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What ``__array_function__`` of a traced array does."""
    name, recorder = function.__name__, recorder_of((args, kwargs))
    if recorder is None or (name in _FRESH and function.__module__ == "numpy"):
        value = function(*plain(args), **plain(kwargs))
        return value if recorder is None else leaf(recorder, value)
    if name in _WRITERS:
        return _writes(recorder, function, args, kwargs)
    parts = function.__module__.split(".")[1:]
    return called(function, ".".join([*(p for p in parts if not p.startswith("_")), name]),
                  args, kwargs)  # fmt: skip


def _writes(recorder: Recorder, function: Any, args: Any, kwargs: Any) -> None:
    target = args[0]
    if function is np.copyto and len(args) == 2 and not kwargs:
        target[...] = args[1]
        return
    operands = recorder.operand(args)
    bare = plain(target)
    function(*plain(args), **plain(kwargs))
    if recorder.memory.cell(bare) is not None:
        step = recorder.push(UNKNOWN, operands, {}, bare)
        recorder.memory.written(bare, step)


# --- arrays -----------------------------------------------------------------------------------


class TracedArray(Traced, np.ndarray):
    """An array whose memory holds a step."""

    __array_priority__ = 100.0

    def __array_finalize__(self, made_from: Any) -> None:
        self._recorder = getattr(made_from, "_recorder", None)

    def __array_ufunc__(self, ufunc: Any, method: str, *args: Any, **kwargs: Any) -> Any:
        return ufunc_called(ufunc, method, args, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return function_called(function, args, kwargs)

    def __getitem__(self, key: Any) -> Any:
        bare = plain(self)
        value = bare[plain(key)]
        recorder = self._recorder
        if recorder is None:
            return value
        if isinstance(value, np.ndarray) and value.base is not None and (
            owner_of(value) is owner_of(self)
        ):  # fmt: skip
            return array_of(recorder, value)
        if type(value) in _KINDS and _is_place(key):
            return _element(recorder, bare, key, value)
        return wrapped(recorder, "getitem", (self, key), {}, value)

    def __setitem__(self, key: Any, value: Any) -> None:
        recorder, bare = self._recorder, plain(self)
        if recorder is None or recorder.memory.cell(bare) is None:
            bare[plain(key)] = plain(value)
            return
        if _is_here_already(bare, key, value):  # the end of ``a[key] += ...``
            return
        if isinstance(value, list):
            value = _nested(recorder, value)
        before, new = recorder.operand(self), recorder.operand(value)
        where = None if is_traced(key) else np.arange(bare.size).reshape(bare.shape)[key]
        kept = recorder.operand(key)
        bare[plain(key)] = plain(value)
        if where is not None:
            step = recorder.push(SCATTER, (before, where, new), {}, bare)
        else:
            step = recorder.push("setitem", (before, kept, new), {}, bare)
        recorder.memory.written(bare, step)
        if isinstance(new, Ref):
            held = recorder.program.steps[new.index]
            if not held.written:
                held.home, held.written = recorder.program.steps[step].home, True

    def __iter__(self) -> Iterator[Any]:
        return (self[k] for k in range(len(self)))

    def __hash__(self) -> int:  # type: ignore[override]
        return id(self)

    def __format__(self, spec: str) -> str:
        self._is_shown()
        return format(self.item() if self.size == 1 else str(plain(self)), spec)

    def __repr__(self) -> str:
        self._is_shown()
        return repr(plain(self))

    def __str__(self) -> str:
        self._is_shown()
        return str(plain(self))

    def _is_shown(self) -> None:
        if self._recorder is not None and self.size == 1:
            step = self._recorder.memory.step_of(self)
            if step is not None:
                self._recorder.shown(step)

    def __round__(self, digits: int = 0) -> Any:
        return round(self.item(), digits)

    def __deepcopy__(self, memo: Any) -> Any:
        return self.copy()

    def __copy__(self) -> Any:
        return self.copy()

    def __reduce__(self) -> Any:
        return plain(self).__reduce__()

    @property
    def T(self) -> Any:
        return self.transpose()

    @property
    def flat(self) -> Any:
        return self.reshape(-1)

    @flat.setter
    def flat(self, value: Any) -> None:
        self.reshape(-1)[...] = value

    def fill(self, value: Any) -> None:
        self[...] = value

    def sort(self, axis: Any = -1, **options: Any) -> None:  # type: ignore[override]
        self[...] = np.sort(self, axis, **options)

    def item(self, *place: Any) -> Any:
        value = plain(self).item(*place)
        if self._recorder is None or type(value) is not float:
            return value
        at: Any = place if place else tuple(0 for _ in range(self.ndim))
        at = np.unravel_index(at[0], self.shape) if len(at) == 1 and self.ndim != 1 else at
        key = tuple(int(k) for k in (at[0] if at and isinstance(at[0], tuple) else at))
        return _element(self._recorder, plain(self), key, value)

    def tolist(self) -> Any:
        return [each.tolist() for each in self] if self.ndim else self.item()

    def astype(self, dtype: Any, *args: Any, **kwargs: Any) -> Any:
        made = plain(self).astype(plain(dtype), *args, **kwargs)
        if self._recorder is None or owner_of(made) is owner_of(self):
            return made
        return wrapped(self._recorder, "astype", (self, np.dtype(plain(dtype)).str), {}, made)

    def flatten(self, order: Any = "C") -> Any:
        if self._recorder is None:
            return plain(self).flatten(order)
        return wrapped(self._recorder, "ravel", (self, order), {}, plain(self).flatten(order))

    def reshape(self, *shape: Any, **options: Any) -> Any:
        shape = shape[0] if len(shape) == 1 else shape
        return called(np.reshape, "reshape", (self, plain(shape)), options)

    def transpose(self, *axes: Any) -> Any:
        order = axes[0] if len(axes) == 1 else axes or None
        return called(np.transpose, "transpose", (self, order), {})


def _method(of: type, name: str) -> Callable[..., Any]:
    """A method of NumPy's that writes down its step."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return called(getattr(of, name), name, (self, *args), kwargs)

    return method


for _name in {*methods(), "searchsorted"} - vars(TracedArray).keys():
    setattr(TracedArray, _name, _method(np.ndarray, _name))


def _is_place(key: Any) -> bool:
    parts = key if isinstance(key, tuple) else (key,)
    return all(isinstance(part, (int, np.integer)) for part in parts)


def _element(recorder: Recorder, bare: Array, key: Any, value: Any) -> Any:
    """One element as a number: a gather of the memory that it lies in."""
    key = key if isinstance(key, tuple) else (key,)
    view = bare[tuple(slice(k, k + 1 or None) for k in key)].reshape(())
    return number_of(recorder, value, recorder.memory.step_of(view))  # type: ignore[arg-type]


def _is_here_already(bare: Array, key: Any, value: Any) -> bool:
    if not isinstance(value, TracedArray) or owner_of(value) is not owner_of(bare):
        return False
    held = bare[plain(key)]
    return np.shape(held) == value.shape and np.array_equal(held, plain(value), equal_nan=True)


def _nested(recorder: Recorder, values: list[Any]) -> Any:
    """A list as an array, with the steps of what is in it."""
    if not is_traced(values):
        return values
    return wrapped(recorder, "array", (values,), {}, np.array(plain(values)))


class TracedMatrix(TracedArray):
    """A matrix of NumPy's: ``*`` is the product, and every part has two axes."""

    def __mul__(self, other: Any) -> Any:
        return self._product(self, other)

    def __rmul__(self, other: Any) -> Any:
        return self._product(other, self)

    def _product(self, first: Any, second: Any) -> Any:
        op = "matmul" if np.ndim(plain(first)) and np.ndim(plain(second)) else "multiply"
        return called(operator.mul, op, (first, second), {})

    @property
    def A(self) -> Any:
        return array_of(self._recorder, self.view(np.ndarray))  # type: ignore[arg-type]

    @property
    def A1(self) -> Any:
        return self.A.ravel()

    @property
    def I(self) -> Any:  # noqa: E743 - its name in NumPy
        return np.linalg.inv(self)


# --- numbers ----------------------------------------------------------------------------------


class _Number(Traced):
    """What the traced numbers share: every operation of theirs is a step."""

    bare: Callable[[Any], Any]

    def __array_ufunc__(self, ufunc: Any, method: str, *args: Any, **kwargs: Any) -> Any:
        return ufunc_called(ufunc, method, args, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return function_called(function, args, kwargs)

    def __format__(self, spec: str) -> str:
        self._is_shown()
        return format(type(self).bare(self), spec)

    def __repr__(self) -> str:
        self._is_shown()
        return repr(type(self).bare(self))

    def __str__(self) -> str:
        self._is_shown()
        return str(type(self).bare(self))

    def _is_shown(self) -> None:
        if self._recorder is not None and self._step is not None:
            self._recorder.shown(self._step)

    def __bool__(self) -> bool:
        return bool(type(self).bare(self))

    def __hash__(self) -> int:
        return hash(type(self).bare(self))

    def __round__(self, digits: int | None = None) -> Any:
        return round(type(self).bare(self), digits)

    def __deepcopy__(self, memo: Any) -> Any:
        return self

    def __copy__(self) -> Any:
        return self

    def __reduce__(self) -> Any:
        return type(self).bare, (type(self).bare(self),)


def _binary(op: str, function: Callable[[Any, Any], Any], swapped: bool) -> Callable[..., Any]:
    def binary(self: Any, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            ufunc = getattr(np, op)
            return ufunc(other, self) if swapped else ufunc(self, other)
        if not isinstance(other, (int, float, np.generic)):
            return NotImplemented
        pair = (other, self) if swapped else (self, other)
        value = function(*plain(pair))
        return wrapped(self._recorder, op, pair, {}, value)

    return binary


def _compared(op: str, function: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def compared(self: Any, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return getattr(np, op)(self, other)
        if not isinstance(other, (int, float, np.generic)):
            return NotImplemented
        return wrapped(self._recorder, op, (self, other), {}, function(*plain((self, other))))

    return compared


def _unary(op: str, function: Callable[[Any], Any]) -> Callable[..., Any]:
    def unary(self: Any) -> Any:
        return wrapped(self._recorder, op, (self,), {}, function(plain(self)))

    return unary


_BINARY = {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "pow": "power",
    "floordiv": "floor_divide", "mod": "remainder",
}  # fmt: skip
_COMPARED = {
    "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal", "eq": "equal",
    "ne": "not_equal",
}  # fmt: skip
_UNARY = {"neg": "negative", "pos": "positive", "abs": "absolute"}

for _name, _op in _BINARY.items():
    setattr(_Number, f"__{_name}__", _binary(_op, getattr(operator, _name), False))
    setattr(_Number, f"__r{_name}__", _binary(_op, getattr(operator, _name), True))
for _name, _op in _COMPARED.items():
    setattr(_Number, f"__{_name}__", _compared(_op, getattr(operator, _name)))
for _name, _op in _UNARY.items():
    setattr(_Number, f"__{_name}__", _unary(_op, getattr(operator, _name)))


class TracedFloat(_Number, float):  # type: ignore[misc]
    """A Python float with its step."""

    bare = float


class _NumPyNumber(_Number):
    """What NumPy's scalars have beside: the methods of an array without axes."""

    def item(self) -> Any:
        return number_of(self._recorder, type(self).bare(self).item(), self._step)  # type: ignore[arg-type]

    tolist = item

    def __getitem__(self, key: Any) -> Any:
        # NumPy's own looks into the memory of a subclass and ends the process.
        value = type(self).bare(self)[plain(key)]
        return wrapped(self._recorder, "getitem", (self, key), {}, value)  # type: ignore[arg-type]

    def astype(self, dtype: Any, **_: Any) -> Any:
        made = type(self).bare(self).astype(plain(dtype))
        return wrapped(self._recorder, "astype", (self, np.dtype(plain(dtype)).str), {}, made)  # type: ignore[arg-type]

    @property
    def T(self) -> Any:
        return self


class TracedFloat64(_NumPyNumber, np.float64):  # type: ignore[misc]
    """A number of NumPy's in double precision, with its step."""

    bare = np.float64


class TracedFloat32(_NumPyNumber, np.float32):  # type: ignore[misc]
    """A number of NumPy's in single precision, with its step."""

    bare = np.float32


for _kind in (TracedFloat64, TracedFloat32):
    for _name in methods():
        setattr(_kind, _name, _method(_kind.bare, _name))

_KINDS: dict[type, Any] = {
    float: TracedFloat, np.float64: TracedFloat64, np.float32: TracedFloat32,
}  # fmt: skip

__all__ = [
    "TracedArray", "TracedFloat", "TracedFloat32", "TracedFloat64", "array_of", "called",
    "is_traced", "leaf", "number_of", "plain", "recorder_of", "wrapped", "written",
]  # fmt: skip

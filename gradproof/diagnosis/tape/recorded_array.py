"""An ndarray that writes down what is done to it, while the code computes on numbers as usual."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradproof.diagnosis.tape.tape import Array, Ref
from gradproof.diagnosis.tape.tape_recorder import OnTape, Recorder
from gradproof.ops import ArrayOperation, Kind, Operation, canonical, elementwise, find, methods


class Recorded(OnTape):
    """An array that stands for one entry of the tape.

    origin is (array, way back) where this is a view of another recorded array: a change of the view
    is a change of that array as well. number: it stands for a Python number.
    """

    recorder: Recorder
    origin: tuple[Recorded, tuple[str, Any]] | None
    number: bool
    source: Recorded  # of an array that NumPy has made of another, unseen: np.int64(mask)

    def __array_finalize__(self, obj: Any) -> None:
        if isinstance(obj, Recorded) and hasattr(obj, "recorder"):
            self.recorder, self.source = obj.recorder, obj

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        recorder = _recorder(inputs) or self.recorder
        out = kwargs.pop("out", None)
        out = out[0] if isinstance(out, tuple) else out
        if method == "at":
            return _at(recorder, ufunc, inputs)
        where = kwargs.pop("where", True)
        if "dtype" in kwargs:
            kwargs["dtype"] = widened(recorder, kwargs["dtype"])
        value = getattr(ufunc, method)(*map(plain, inputs), **kwargs)
        name, args, options = _normalised(ufunc.__name__, method, inputs, kwargs)
        result = new(recorder, name, args, options, value)
        if where is not True:
            result = new(recorder, "where", (where, result, out), {},
                         np.where(plain(where), value, plain(out)))  # fmt: skip
        return result if out is None else overwritten(out, result)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        name = _name_of(func)
        record = find(name)
        if record is not None and record.kind is Kind.QUESTION:
            return func(*plain(args), **kwargs)
        if isinstance(record, ArrayOperation) and record.written_out:
            return self.apply_operation(record, args, kwargs)
        return call(self.recorder, name, func, args, dict(kwargs))

    def apply_operation(self, record: Operation, args: Any, kwargs: Any) -> Any:
        """Carry out a function of the table that NumPy would not hand to this array."""
        if isinstance(record, ArrayOperation) and record.written_out:
            assert record.meaning is not None
            return record.meaning(*args, **kwargs)
        return call(self.recorder, record.name, record.plain(), args, dict(kwargs))

    def __getitem__(self, key: Any) -> Any:
        value = np.ndarray.__getitem__(plain(self), plain(key))
        result = new(self.recorder, "getitem", (self, key), {}, value, copied=False)
        if isinstance(value, np.ndarray) and value.ndim and value.base is not None:
            result.origin = (self, ("setitem", key))
        return result

    def __setitem__(self, key: Any, value: Any) -> None:
        before = Ref(self.recorder.current(self))
        np.ndarray.__setitem__(plain(self), plain(key), plain(value))
        name = "setitem"
        self.node = self.recorder.add(name, (before, key, value), {}, plain(self))
        self.recorder.replaced[self.node] = before.index
        _note_origin(self)

    def __iter__(self) -> Any:
        return (self[k] for k in range(len(self)))

    def __pow__(self, other: Any) -> Any:  # type: ignore[override]
        return np.power(self, other)  # ndarray's own turns x**2 into np.square

    def __rpow__(self, other: Any) -> Any:  # type: ignore[override]
        return np.power(other, self)

    def __ipow__(self, other: Any) -> Any:  # type: ignore[override]
        return np.power(self, other, out=(self,))

    def __hash__(self) -> int:  # type: ignore[override]
        return id(self)

    @property
    def T(self) -> Any:
        """The array with its axes reversed."""
        return self.transpose()

    def copy(self, order: Any = "C") -> Any:
        """Return a copy: the same entry in other memory."""
        return wrapped(self.recorder, plain(self).copy(), self.recorder.current(self))

    def __deepcopy__(self, memo: dict[int, Any] | None) -> Any:
        return self.copy()  # of a whole layer, with what it keeps

    __copy__ = copy

    def astype(self, dtype: Any, *args: Any, **kwargs: Any) -> Any:
        """Return a copy in another dtype; between floats of one width it is the same entry."""
        value = plain(self).astype(widened(self.recorder, dtype), *args, **kwargs)
        same = value.dtype.kind == self.dtype.kind if self.recorder.wide else (
            value.dtype == self.dtype)  # fmt: skip
        if same:
            return wrapped(self.recorder, value, self.recorder.current(self))
        return new(self.recorder, "astype", (self, value.dtype.str), {}, value)


def widened(recorder: Recorder, dtype: Any) -> Any:
    """Return the dtype in which a recorder keeps what is asked for in another."""
    real = recorder.wide and dtype is not None and np.dtype(dtype).kind == "f"
    return np.dtype(float) if real else dtype


def _method(name: str, function: Callable[..., Any] | None = None) -> Callable[..., Any]:
    func = function or getattr(np, name)

    def method(self: Recorded, *args: Any, **kwargs: Any) -> Any:
        if name in ("reshape", "transpose") and (len(args) > 1 or (args and name == "transpose")):
            args = (args if len(args) > 1 else args[0],)
        return call(self.recorder, name, func, (self, *args), kwargs)

    return method


for _name, _record in methods().items():
    if isinstance(_record, ArrayOperation) and _name not in vars(Recorded):
        setattr(Recorded, _name, _method(_record.name))
setattr(Recorded, "item", lambda self, *k: self[k] if k else self.reshape(()))  # noqa: B010


def plain(item: Any) -> Any:
    """Return an operand, or a structure of operands, without the recording: the same memory."""
    if isinstance(item, Recorded):
        return item.view(np.ndarray)
    if type(item) in (tuple, list):
        return type(item)(map(plain, item))
    if type(item) is slice:
        parts = (item.start, item.stop, item.step)
        return slice(*(int(p) if isinstance(p, Recorded) else p for p in parts))
    return item


def wrapped(recorder: Recorder, value: Any, node: int) -> Recorded:
    """Return the recorded array of one entry, in the memory of ``value``."""
    out = np.asarray(value).view(Recorded)
    out.recorder, out.node, out.origin, out.number = recorder, node, None, False
    return out


def new(recorder: Recorder, name: str, args: Any, kwargs: dict[str, Any], value: Any,
        copied: bool = True) -> Any:  # fmt: skip
    """Write an entry and return its value as a recorded array."""
    if isinstance(value, (tuple, list)):
        node = recorder.add(name, args, kwargs, [np.array(v) for v in value])
        made = (wrapped(recorder, v, recorder.add("pick", (Ref(node), k), {}, v))
                for k, v in enumerate(value))  # fmt: skip
        return getattr(type(value), "_make", type(value))(made)
    array = np.asarray(value)
    if not array.ndim and not copied:
        array = array.copy()
    node = recorder.add(name, args, kwargs, array)
    out = wrapped(recorder, array, node)
    out.number = not array.ndim
    return out


def call(recorder: Recorder, name: str, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """Carry out a NumPy function on plain values and write it down."""
    out = kwargs.pop("out", None)
    out = out[0] if isinstance(out, tuple) else out
    if "dtype" in kwargs:
        kwargs["dtype"] = widened(recorder, kwargs["dtype"])
    value = func(*map(plain, args), **{k: plain(v) for k, v in kwargs.items()})
    if value is None:  # it changed an argument in place
        return _in_place(recorder, args)
    record, name = find(name), canonical(name)
    kind = None if record is None else record.kind
    if kind is Kind.COPY and isinstance(args[0], Recorded):
        return wrapped(recorder, np.array(value), recorder.current(args[0]))
    if kind is Kind.MAKER or not _mentions(args, kwargs):
        return constant(recorder, value)
    name, args, kwargs = _function_form(name, args, kwargs, value)
    result = new(recorder, name, args, kwargs, value)
    back = _way_back(name, args)
    if back and isinstance(args[0], Recorded) and np.may_share_memory(plain(args[0]), value):
        result.origin = (args[0], back)
    return result if out is None else overwritten(out, result)


def constant(recorder: Recorder, value: Any) -> Any:
    """Return an array that depends on no input, such as np.zeros, so that writes into it count."""
    return wrapped(recorder, value, recorder.add("constant", (), {}, value))


def overwritten(target: Any, result: Any) -> Any:
    """Give an array in place the entry of ``result``: ``a += b``."""
    if not isinstance(target, Recorded):
        np.asarray(target)[...] = plain(result)
        return target
    if target.number:  # it stands for a Python number, which nobody can change
        return result
    np.ndarray.__setitem__(plain(target), Ellipsis, plain(result))
    before, target.node = target.node, result.recorder.cast(result.node, plain(target))
    result.recorder.replaced[target.node] = before
    _note_origin(target)
    return target


def _note_origin(view: Recorded) -> None:
    """After a change of a view, write down the change of the array it is a view of."""
    origin = getattr(view, "origin", None)
    if origin is None:
        return
    base, (name, option) = origin
    args = (
        (Ref(base.node), option, Ref(view.node)) if name == "setitem" else (Ref(view.node), option)
    )
    base.node = base.recorder.add(name, args, {}, plain(base))
    _note_origin(base)


def _way_back(name: str, args: Any) -> tuple[str, Any] | None:
    """Return how an array is made again of its view."""
    if name == "reshape":
        return "reshape", np.shape(args[0])
    if name == "transpose":
        axes = args[1] if len(args) > 1 and args[1] is not None else range(np.ndim(args[0]))[::-1]
        return "transpose", tuple(int(k) for k in np.argsort(axes))
    return None


def _in_place(recorder: Recorder, args: Any) -> None:
    for item in args:
        if isinstance(item, Recorded):
            item.node = recorder.add("constant", (), {}, plain(item))


def _at(recorder: Recorder, ufunc: Any, inputs: Any) -> None:
    target, key, *values = inputs
    before = Ref(recorder.current(target)) if isinstance(target, Recorded) else target
    getattr(ufunc, "at")(plain(target), plain(key), *map(plain, values))  # noqa: B009
    if isinstance(target, Recorded):
        named = ufunc.__name__ == "add"
        args = (before, key, *values) if named else ()
        target.node = recorder.add("add_at" if named else "constant", args, {}, plain(target))


def _normalised(name: str, method: str, inputs: Any, kwargs: dict[str, Any]) -> Any:
    record, name = elementwise(name), canonical(name)
    options = {k: v for k, v in kwargs.items() if v is not None and v is not np._NoValue}
    if method == "__call__":
        return name, inputs, {k: v for k, v in options.items() if k != "dtype"}
    if method == "reduce" and record is not None and record.reduces:
        axis = kwargs.get("axis", inputs[1] if len(inputs) > 1 else 0)
        keep = {"keepdims": True} if options.get("keepdims") else {}
        return record.reduces, (inputs[0],), {"axis": axis, **keep}
    return f"{name}.{method}", inputs, options


def _function_form(name: str, args: Any, kwargs: dict[str, Any], value: Any) -> Any:
    kwargs = {k: v for k, v in kwargs.items() if v is not np._NoValue}
    record = find(name)
    if record is not None and record.kind is Kind.REDUCTION:
        order = ("a", "axis")
        given = dict(zip(order, args)) | kwargs
        options = {k: v for k, v in given.items() if k in ("axis", "keepdims", "ddof")}
        return name, (given["a"],), options
    if name == "dot" and all(np.ndim(a) in (1, 2) for a in args):
        return "matmul", args, {}
    if name == "reshape":
        given = args[1] if len(args) > 1 else kwargs.get("shape", kwargs.get("newshape", (-1,)))
        return name, (args[0], tuple(int(k) for k in np.atleast_1d(plain(given)))), {}
    return name, args, kwargs


def _name_of(func: Any) -> str:
    module = getattr(func, "__module__", "numpy") or "numpy"
    path = [p for p in module.split(".")[1:] if not p.startswith("_")]
    prefix = ".".join(p for p in path if p in ("linalg", "fft"))
    name = str(func.__name__)
    return f"{prefix}.{name}" if prefix else name


def _recorder(items: Any) -> Recorder | None:
    return next((i.recorder for i in items if isinstance(i, Recorded) and hasattr(i, "recorder")),
                None)  # fmt: skip


def _mentions(args: Any, kwargs: dict[str, Any]) -> bool:
    def inside(item: Any) -> bool:
        if isinstance(item, (tuple, list)):
            return any(map(inside, item))
        return isinstance(item, Recorded)

    return any(map(inside, [*args, *kwargs.values()]))


__all__ = ["Array", "Recorded", "call", "constant", "plain", "widened", "wrapped"]

"""Carry steps out again, from other values: every function by its record in the table of NumPy.

The values may be complex, with a step in the imaginary part: the imaginary part of what comes out
is then the derivative along that step, as in forward mode. Functions of each element are carried
out by their slopes. Those of whole arrays are by what they mean, or by NumPy itself, whose complex
arithmetic does the same for all that adds, multiplies, moves and orders elements (the complex step,
Squire & Trapp 1998).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from gradproof.ops import ArrayOperation, Elementwise, Kind, Operation, find, numeric_slope
from gradproof.ops import function_of as known_function
from gradproof.ops.function_record import NoMeaningError
from gradproof.ops.summations import nothing
from gradproof.program.steps import Program, Step, mapped, resolved

Array = np.ndarray[Any, Any]
_NOT_AGAIN = ("dtype", "casting", "out")
_SCIPY = "scipy.special."
_OF_NUMPY = ((1, " + "), (1, " - "), (2, " * "), (2, " / "), (2, " @ "))  # the same, and quicker
_NEARBY, _AGREEING = 1e-6, 1e-4  # of a difference beside a slope, relative


class CarryError(Exception):
    """A step that cannot be carried out again; the text says which and why."""


# --- what steps do to memory ----------------------------------------------------------------------


def _gather(array: Any, index: Array) -> Any:
    return np.ravel(array)[index]


def _scatter(array: Any, index: Array, value: Any) -> Array:
    out = np.array(array, dtype=_wide(array, value), order="C")
    out.reshape(-1)[index] = value
    return out


def _put(array: Any, index: Any, value: Any) -> Array:
    out = np.array(array, dtype=_wide(array, value))
    out[index] = value
    return out


def _wide(array: Any, value: Any) -> Any:
    """The dtype of an array after a write: its own, made complex where what is written is."""
    return np.result_type(array, value) if np.iscomplexobj(value) else np.asarray(array).dtype


def _ufunc_at(name: str) -> Callable[..., Array]:
    def at(array: Any, index: Any, *operands: Any) -> Array:
        wide = np.iscomplexobj(array) or any(map(np.iscomplexobj, operands))
        out = np.array(array, dtype=complex if wide else None)
        getattr(np, name).at(out, index, *operands)
        return out

    return at


def _astype(array: Any, dtype: Any) -> Any:
    kind = np.dtype(dtype).kind
    if np.iscomplexobj(array):
        return array if kind in "fc" else np.real(array).astype(dtype)
    return np.asarray(array).astype(dtype)


OWN: dict[str, Callable[..., Any]] = {
    "gather": _gather, "scatter": _scatter, "setitem": _put, "astype": _astype,
    "add_at": _ufunc_at("add"),
}  # fmt: skip


# --- with a step in the imaginary part ------------------------------------------------------------


class _Stepped(np.ndarray):
    """Complex values for what functions mean: NumPy asks them what its functions make of them."""

    def __array_ufunc__(self, ufunc: Any, method: str, *args: Any, **kwargs: Any) -> Any:
        name = ufunc.__name__ + ("" if method == "__call__" else f".{method}")
        return _asked(name, args, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        module = function.__module__.removeprefix("numpy").lstrip(".")
        name = ".".join([*(["linalg"] if module == "linalg" else []), function.__name__])
        return _asked(name, args, kwargs)

    def apply_operation(self, record: Operation, args: Any, kwargs: Any) -> Any:
        return _asked(record.name, args, kwargs)


def _asked(name: str, args: Any, kwargs: Mapping[str, Any]) -> Any:
    return mapped(_stepped, _applied(name, mapped(_bare, args), mapped(_bare, dict(kwargs))))


def _stepped(item: Any) -> Any:
    return np.asarray(item).view(_Stepped) if _is_complex(item) else item


def _bare(item: Any) -> Any:
    return item.view(np.ndarray) if isinstance(item, _Stepped) else item


def _applied(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return what a function makes of operands of which some may be complex."""
    function = function_of(name)
    if name in OWN or name.endswith(".at") or not _holds_complex((*args, *kwargs.values())):
        return function(*args, **kwargs)
    record = find(name.removeprefix(_SCIPY))
    if record is not None and record.symbol in _OF_NUMPY:
        return function(*args, **kwargs)
    if isinstance(record, Elementwise):
        return _by_slopes(record, args, kwargs)
    if _is_step(record):
        return function(*mapped(_real_part, args), **mapped(_real_part, kwargs))
    if record is not None and record.kind is Kind.COPY:
        return np.array(args[0])
    if isinstance(record, ArrayOperation) and (record.numbers or record.meaning):
        try:
            made = (record.numbers or record.meaning)(*mapped(_stepped, args), **kwargs)  # type: ignore[misc]
            return mapped(_bare, tuple(made) if isinstance(made, tuple) else made)
        except NoMeaningError:
            pass
    return function(*args, **kwargs) if record else _unknown(name, function, args, kwargs)


def _by_slopes(record: Elementwise, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if "slope" in record.without:
        raise CarryError(f"{record.name}: {record.without['slope']}")
    real = mapped(_real_part, args)
    value = record.function(*real, **kwargs)
    along: Any = 0.0
    for k, arg in enumerate(args[: record.arity]):
        slope = numeric_slope(record, k, real, value) if np.iscomplexobj(arg) else None
        if slope is not None:
            along = along + np.where(np.imag(arg) == 0, 0.0, slope * np.imag(arg))
    return value if record.truth else value + 1j * along


def _is_step(record: Operation | None) -> bool:
    """Whether nothing depends smoothly on what a function is given: positions, answers."""
    return record is not None and (
        record.kind in (Kind.POSITION, Kind.QUESTION)
        or (isinstance(record, ArrayOperation) and record.adjoint is nothing)
    )


def _unknown(name: str, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """Carry out what the table does not know: believed where differences say the same."""

    def at(h: float) -> Any:
        moved = [mapped(lambda a: np.real(a) + h * np.imag(a) if _is_complex(a) else a, each)
                 for each in (args, kwargs)]  # fmt: skip
        return np.asarray(function(*moved[0], **moved[1]))

    value = at(0.0)
    if value.dtype.kind in "biuSU":
        return value
    made = np.asarray(function(*args, **kwargs))
    largest = max(float(np.max(np.abs(np.imag(a)))) for a in _leaves((args, kwargs)))
    h = _NEARBY / (largest or 1.0)
    difference = (at(h) - at(-h)) / (2 * h)
    if not np.allclose(difference, np.imag(made), _AGREEING, _AGREEING * largest):
        raise CarryError(f"{name} is no function whose slope is known")
    return made


def _leaves(item: Any) -> Iterable[Any]:
    found: list[Any] = []
    mapped(lambda part: found.append(part) if _is_complex(part) else None, item)
    return found


def _holds_complex(items: Any) -> bool:
    return any(True for _ in _leaves(items))


def _is_complex(item: Any) -> bool:
    return isinstance(item, (np.ndarray, np.generic, complex)) and np.iscomplexobj(item)


def _real_part(item: Any) -> Any:
    return np.real(item) if _is_complex(item) else item


# --- steps ----------------------------------------------------------------------------------------


def function_of(name: str) -> Callable[..., Any]:
    """Return the function of a step by its name.

    Raises CarryError for names that nothing is known by.

    >>> function_of("linalg.norm")([3.0, 4.0])
    np.float64(5.0)
    """
    if name in OWN:
        return OWN[name]
    try:
        if name.endswith(".at"):
            return _ufunc_at(name.removesuffix(".at"))
        return known_function(name.removeprefix(_SCIPY))
    except (AttributeError, LookupError):
        raise CarryError(f"{name} is not a function of NumPy") from None


def carried(step: Step, value: Callable[[int], Any]) -> Any:
    """Return what a step gives for other values of its operands. Raises CarryError."""
    args = resolved(step.args, value)
    kwargs = {k: resolved(v, value) for k, v in step.kwargs.items() if k not in _NOT_AGAIN}
    try:
        out = _applied(step.name, args, kwargs)
    except CarryError:
        raise
    except Exception as error:
        raise CarryError(f"{step.name}: {type(error).__name__}: {error}") from None
    if isinstance(out, (tuple, list)):
        return out
    out, shape = np.asarray(out), np.shape(step.value)
    # A matrix keeps its axes where an array loses them.
    return out if out.shape == shape or out.size != np.size(step.value) else out.reshape(shape)


def replay(program: Program, order: Iterable[int], start: Mapping[int, Any]) -> dict[int, Any]:
    """Carry out the steps of ``order`` again after the steps in ``start`` took other values.

    Returns the values of all of them by step. A step that cannot be carried out, and what depends
    on it, is not among them.
    """
    values, missing = dict(start), set[int]()

    def value(index: int) -> Any:
        return values[index] if index in values else program.steps[index].value

    with np.errstate(all="ignore"):
        for index in order:
            step = program.steps[index]
            try:
                if missing.isdisjoint(step.refs):
                    values[index] = carried(step, value)
                    continue
            except CarryError:
                pass
            missing.add(index)
            values.pop(index, None)
    return values


__all__ = ["CarryError", "carried", "function_of", "replay"]

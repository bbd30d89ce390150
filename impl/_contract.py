"""What every operation promises around its bare formula, as decorators.

``@operation(x="N D", W="D M", b="M")`` on a forward and ``@gradient(forward)`` on its backward

- check dtypes, shapes and parameters, with messages that name the argument;
- copy the inputs at entry, so that changing them later cannot alter the gradient;
- compute float16 in float32, and return the dtype that came in;
- compute once more, with exponents that have no limit (``impl/_arithmetic.py``), where finite
  numbers leave the range of floats on the way: the result is right wherever a float can hold it;
- return arrays that share memory with nothing the caller can reach.

Shapes are written as names of axes: ``"N D"``. A name stands for the same length wherever it
occurs in one call, ``"*spatial"`` for any number of axes, and ``""`` for a scalar.
``inspect.unwrap(forward)`` gives the bare formula, which takes any arrays, complex ones included.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from numbers import Real
from typing import Any, Generic, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from impl import _wide_functions  # noqa: F401 - what NumPy does with wide numbers
from impl._arithmetic import narrow, widened

Array = NDArray[Any]
P = ParamSpec("P")
C = TypeVar("C")
R = TypeVar("R")

_ADVICE = {
    "c": "pass its real part; for complex-step differentiation use inspect.unwrap(forward)",
    "O": "convert it first, for example with np.asarray(values, dtype=float)",
    "U": "convert it first, for example with np.asarray(values, dtype=float)",
    "S": "convert it first, for example with np.asarray(values, dtype=float)",
}


@dataclass(frozen=True, slots=True)
class Cache(Generic[C]):
    """What a public forward hands to its backward: the bare cache and how to return results.

    wide: makes the cache again from numbers whose exponent has no limit; None where the arguments
    hold infinity or NaN. overflowed: whether forward itself left the range of floats.
    """

    bare: C
    shape: tuple[int, ...]
    dtype: np.dtype[Any]  # of every result
    compute: np.dtype[Any]  # of the arithmetic in between
    operation: str
    wide: Callable[[], Any] | None = None
    overflowed: bool = False


@dataclass(frozen=True, slots=True)
class Tensor:
    """How one array argument must look: its axes, and what its values must satisfy."""

    axes: str
    check: Callable[[str, Array, Mapping[str, Any]], None] | None = None
    integer: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """How one number among the parameters must look; ``whole`` numbers arrive as int."""

    expected: str
    holds: Callable[[float], bool]
    whole: bool = False


FINITE = Number("a finite number", math.isfinite)
POSITIVE = Number("a finite number > 0", lambda value: math.isfinite(value) and value > 0)
COUNT = Number("a whole number >= 1", lambda value: value.is_integer() and value >= 1, True)
COUNT_OR_0 = Number("a whole number >= 0", lambda value: value.is_integer() and value >= 0, True)
FRACTION = Number("a number from 0 to 1", lambda value: 0 <= value <= 1)


def labels(axes: str, *, classes: str) -> Tensor:
    """Integer labels from 0 to the length of the axis called ``classes``, less one."""

    def check(name: str, t: Array, sizes: Mapping[str, Any]) -> None:
        outside = (t < 0) | (t >= sizes[classes])
        _refuse_values(name, t, outside, f"labels from 0 to {sizes[classes] - 1}", "renumber them")

    return Tensor(axes, check, integer=True)


def mask_of(axes: str) -> Tensor:
    """Integers, or bool: 1 for what stays, 0 for what is left out."""

    def check(name: str, t: Array, sizes: Mapping[str, Any]) -> None:
        _refuse_values(name, t, (t != 0) & (t != 1), "zeros and ones", "compare it first: mask > 0")

    return Tensor(axes, check, integer=True)


def between_0_and_1(axes: str) -> Tensor:
    """Values from 0 to 1. NaN is let through, to come out as NaN."""

    def check(name: str, t: Array, sizes: Mapping[str, Any]) -> None:
        _refuse_values(
            name, t, (t < 0) | (t > 1), "targets from 0 to 1", "rescale them to probabilities"
        )

    return Tensor(axes, check)


def not_negative(axes: str) -> Tensor:
    """Values >= 0, such as variances. NaN is let through, to come out as NaN."""

    def check(name: str, value: Array, sizes: Mapping[str, Any]) -> None:
        _refuse_values(name, value, value < 0, "variances >= 0", "pass the variance, not its log")

    return Tensor(axes, check)


def operation(
    *, nonempty: str = "", feature_axis: int = 0, **arguments: str | Tensor | Number
) -> Callable[[Callable[P, tuple[Array, C]]], Callable[P, tuple[Array, Cache[C]]]]:
    """Put the contract around a forward ``f(arrays, *, parameters) -> (y, cache)``.

    ``nonempty`` names axes that must not have length 0. The arrays that the formula receives are
    laid out in memory with ``feature_axis`` outermost.
    """

    def decorate(function: Callable[P, tuple[Array, C]]) -> Callable[P, tuple[Array, Cache[C]]]:
        admit = _Admission(function, arguments, nonempty, feature_axis)

        @wraps(function)
        def forward(*args: P.args, **kwargs: P.kwargs) -> tuple[Array, Cache[C]]:
            with np.errstate(all="ignore"):
                admitted, dtype, compute = admit(args, kwargs)
                (y, cache), overflowed = _watched(
                    lambda: function(*admitted.args, **admitted.kwargs)
                )
                wide = _wide_run(function, admitted)
                if overflowed and wide is not None:
                    y = narrow(_in_wide(_name_of(function), wide)[0])
                y = _returned(y, dtype, _arrays_in(cache))
            name = _name_of(function)
            again = None if wide is None else lambda: wide()[1]
            return y, Cache(cache, y.shape, dtype, compute, name, again, overflowed)

        return forward

    return decorate


def gradient(
    forward: Callable[..., Any], *, feature_axis: int = 0
) -> Callable[[Callable[[Array, C], R]], Callable[[Array, Cache[C]], R]]:
    """Put the contract around a backward ``f(dy, cache) -> gradients`` of ``forward``."""
    owner = _name_of(forward)

    def decorate(function: Callable[[Array, C], R]) -> Callable[[Array, Cache[C]], R]:
        @wraps(function)
        def backward(dy: Array, cache: Cache[C]) -> R:
            _require_cache(cache, owner)
            given = _as_array("dy", dy, integer=False)
            _require_shape_of_y(given, cache)
            # A copy in any case: the formula may give dy itself back, and must not change it.
            with np.errstate(all="ignore"):
                dtype = np.result_type(_float(given), cache.compute)
                own = _copied(given, dtype, feature_axis)
                result, overflowed = _watched(lambda: function(own, cache.bare))
                wide = cache.wide
                if (overflowed or cache.overflowed) and wide is not None:
                    again = _copied(given, dtype, feature_axis)  # the formula may change its dy
                    if np.isfinite(again).all():
                        result = _in_wide(owner, lambda: function(widened(again), wide()))
                return _each(result, cache.dtype, _arrays_in(cache.bare))

        return backward

    return decorate


def checked(
    *, nonempty: str = "", feature_axis: int = 0, **arguments: str | Tensor | Number
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Put the contract around a function of arrays that has no backward."""

    def decorate(bare: Callable[P, R]) -> Callable[P, R]:
        admit = _Admission(bare, arguments, nonempty, feature_axis)

        @wraps(bare)
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
            with np.errstate(all="ignore"):
                admitted, dtype, _ = admit(args, kwargs)
                return _each(bare(*admitted.args, **admitted.kwargs), dtype, ())

        return wrapper

    return decorate


# --- numbers that leave the range of floats on the way -----------------------------------------


def _watched(compute: Callable[[], R]) -> tuple[R, bool]:
    """The result, and whether a number left the range of floats on the way to it."""
    seen: list[str] = []
    with np.errstate(
        over="call", invalid="call", divide="call", call=lambda kind, flag: seen.append(kind)
    ):
        result = compute()
    # Sums of products are left to libraries that say nothing: their infinities are looked for.
    return result, bool(seen) or not all(np.isfinite(each).all() for each in _floats_in(result))


def _floats_in(result: Any) -> Iterator[Array]:
    """The arrays of floats in what a formula returned, its cache included."""
    if isinstance(result, tuple):
        for each in result:
            yield from _floats_in(each)
    elif isinstance(result, (np.ndarray, np.floating)) and result.dtype.kind == "f":
        yield np.asarray(result)


def _in_wide(name: str, compute: Callable[[], Any]) -> Any:
    try:
        return compute()
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"{name}: numbers left the range of floats, and its file does something that wider "
            f"ones cannot do ({error}); start sums with np.zeros_like of an input, or add the "
            "function of NumPy to impl/_wide_functions.py"
        ) from error


def _wide_run(
    function: Callable[..., Any], admitted: inspect.BoundArguments
) -> Callable[[], Any] | None:
    """Run the formula on the same arguments with exponents that have no limit, when called."""
    kept = {
        name: np.array(value) if isinstance(value, np.ndarray) else value
        for name, value in admitted.arguments.items()
    }
    if not all(np.isfinite(value).all() for value in kept.values()):
        return None

    def run() -> Any:
        return function(**{name: widened(value) for name, value in kept.items()})

    return run


# --- admitting arguments ----------------------------------------------------------------------


class _Admission:
    """Checks the arguments of one call and copies them into the dtype to compute in."""

    def __init__(
        self,
        function: Callable[..., Any],
        arguments: Mapping[str, str | Tensor | Number],
        nonempty: str,
        feature_axis: int,
    ) -> None:
        self.signature = inspect.signature(function)
        self.tensors = {
            name: Tensor(rule) if isinstance(rule, str) else rule
            for name, rule in arguments.items()
            if not isinstance(rule, Number)
        }
        self.numbers = {n: rule for n, rule in arguments.items() if isinstance(rule, Number)}
        self.nonempty = nonempty.split()
        self.feature_axis = feature_axis
        undeclared = set(self.signature.parameters) ^ (set(self.tensors) | set(self.numbers))
        if undeclared:
            raise TypeError(f"{_name_of(function)}: no rule, or no argument, for {undeclared}")

    def __call__(
        self, args: Iterable[Any], kwargs: Mapping[str, Any]
    ) -> tuple[inspect.BoundArguments, np.dtype[Any], np.dtype[Any]]:
        bound = self.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        given = {
            name: _as_array(name, bound.arguments[name], rule.integer)
            for name, rule in self.tensors.items()
        }
        sizes = _sizes(given, self.tensors)
        _require_nonempty(given, self.tensors, sizes, self.nonempty)
        for name, rule in self.tensors.items():
            if rule.check is not None:
                rule.check(name, given[name], sizes)
        for name, number in self.numbers.items():
            bound.arguments[name] = _as_number(name, bound.arguments[name], number)
        floats = [_float(given[name]) for name, rule in self.tensors.items() if not rule.integer]
        dtype = np.result_type(*floats)
        compute = _compute(dtype)
        if not all(_fits(bound.arguments[name], compute) for name in self.numbers):
            compute = np.result_type(compute, np.float64)
        for name, rule in self.tensors.items():
            own: Any = np.intp if rule.integer else compute
            bound.arguments[name] = _copied(given[name], own, self.feature_axis)
        return bound, dtype, compute


def _as_array(name: str, value: Any, integer: bool) -> Array:
    try:
        array = np.asarray(value)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name}: expected an array of real numbers, got {type(value).__name__} that NumPy "
            f"cannot make one of ({error}); give all rows the same length"
        ) from None
    if integer and array.dtype.kind not in ("biu" if name.endswith("mask") else "iu"):
        raise TypeError(
            f"{name}: expected integer labels, got dtype {array.dtype}; convert them with "
            f"{name}.astype(int), or take np.argmax(..., axis=1) of one-hot rows"
        )
    if array.dtype.kind not in "biuf":
        advice = _ADVICE.get(array.dtype.kind, "convert it to float first")
        raise TypeError(
            f"{name}: expected real numbers (float16, float32, float64, integer or bool), "
            f"got dtype {array.dtype}; {advice}"
        )
    return array


def _as_number(name: str, value: Any, rule: Number) -> float:
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if not isinstance(value, (Real, np.bool_)):
        raise TypeError(f"{name}: expected {rule.expected}, got {value!r}; pass one Python float")
    if not rule.holds(float(value)):
        raise ValueError(f"{name}: expected {rule.expected}, got {value!r}; choose another {name}")
    return int(float(value)) if rule.whole else float(value)


def _sizes(given: Mapping[str, Array], rules: Mapping[str, Tensor]) -> dict[str, Any]:
    """Read the length of every named axis off the shapes, or say which shape contradicts them."""
    sizes: dict[str, Any] = {}
    seen_in: dict[str, str] = {}
    for name, array in given.items():
        for axis, length in _matched(name, array.shape, rules[name].axes):
            if sizes.setdefault(axis, length) != length:
                _refuse_length(name, array, rules, axis, sizes[axis], seen_in[axis])
            seen_in.setdefault(axis, name)
    return sizes


def _matched(name: str, shape: tuple[int, ...], axes: str) -> Iterator[tuple[str, Any]]:
    """Pair the names of axes with their lengths; a starred name takes what the others leave."""
    names = axes.split()
    starred = bool(names) and names[-1].startswith("*")
    plain = names[:-1] if starred else names
    if len(shape) < len(plain) or (len(shape) > len(plain) and not starred):
        raise ValueError(
            f"{name}: expected shape {_written(axes)}, got shape {shape}; "
            f"{_advice_on_axes(len(shape), len(plain), name)}"
        )
    yield from zip(plain, shape)
    if starred:
        yield names[-1], shape[len(plain) :]


def _advice_on_axes(have: int, want: int, name: str) -> str:
    if want == 0:
        return f"pass one number for {name}"
    if have < want:
        return f"add the missing axes; one single example is {name}.reshape(1, -1)"
    return f"drop or merge axes with {name}.reshape"


def _refuse_length(
    name: str, array: Array, rules: Mapping[str, Tensor], axis: str, length: Any, other: str
) -> None:
    here, there = _written(rules[name].axes), _written(rules[other].axes)
    raise ValueError(
        f"{name}: expected shape {here} with {axis.lstrip('*')} = {length}, as in {other} "
        f"{there}, got shape {array.shape}; make {name} and {other} agree in {axis.lstrip('*')}"
    )


def _require_nonempty(
    given: Mapping[str, Array],
    rules: Mapping[str, Tensor],
    sizes: Mapping[str, Any],
    axes: Iterable[str],
) -> None:
    for axis in axes:
        if math.prod(np.atleast_1d(sizes[axis]).tolist()) > 0:
            continue
        name = next(each for each, rule in rules.items() if axis in rule.axes.split())
        raise ValueError(
            f"{name}: expected at least one element along {axis.lstrip('*')}, got shape "
            f"{given[name].shape} of {_written(rules[name].axes)}; over nothing (m = 0) there is "
            "no mean and no maximum, so skip empty batches"
        )


def _written(axes: str) -> str:
    names = axes.split()
    return f"({', '.join(names)}{',' if len(names) == 1 else ''})"


def _refuse_values(name: str, array: Array, wrong: Any, expected: str, advice: str) -> None:
    if not wrong.any():
        return
    place = tuple(int(i) for i in np.argwhere(wrong)[0])
    where = f"{name}[{', '.join(map(str, place))}]" if place else name
    raise ValueError(f"{name}: expected {expected}, got {where} = {array[place]}; {advice}")


# --- the way back -----------------------------------------------------------------------------


def _require_cache(cache: Any, owner: str) -> None:
    if not isinstance(cache, Cache):
        raise TypeError(
            f"cache: expected the cache that {owner} returned, got {type(cache).__name__}; "
            "unpack it: y, cache = forward(...)"
        )
    if cache.operation != owner:
        raise TypeError(
            f"cache: expected a cache of {owner}, got one of {cache.operation}; "
            "call the backward of the same file and mode"
        )


def _require_shape_of_y(dy: Array, cache: Cache[Any]) -> None:
    if dy.shape != cache.shape:
        raise ValueError(
            f"dy: expected the shape of y, {cache.shape}, got shape {dy.shape}; an upstream "
            "gradient has one number for each element of y and is never broadcast"
        )


def _each(result: Any, dtype: np.dtype[Any], held: Iterable[Array]) -> Any:
    """Return one array, or each field of a named tuple, as the caller may keep it."""
    held = tuple(held)
    if hasattr(result, "_fields"):
        return result._make(_returned(narrow(each), dtype, held) for each in result)
    return _returned(narrow(result), dtype, held)


def _returned(value: Any, dtype: np.dtype[Any], held: Iterable[Array]) -> Array:
    """Cast once, and copy what lies in memory that is not this array's alone."""
    array: Array = np.asarray(value).astype(dtype, order="C", copy=False)
    shared = not array.flags.writeable or any(np.may_share_memory(array, each) for each in held)
    return array.copy() if shared else array


def _arrays_in(cache: Any) -> tuple[Array, ...]:
    fields = cache if isinstance(cache, tuple) else (cache,)
    return tuple(each for each in fields if isinstance(each, np.ndarray))


# --- dtypes -----------------------------------------------------------------------------------


def _fits(number: float, dtype: np.dtype[Any]) -> bool:
    """Whether a parameter has its full precision in ``dtype``: eps = 1e-60 has not in float32."""
    info = np.finfo(dtype)
    return number == 0 or bool(info.tiny <= abs(number) <= info.max)


def _copied(array: Array, dtype: Any, feature_axis: int) -> Array:
    """Copy into ``dtype``, with the numbers of one feature side by side in memory."""
    if array.ndim <= feature_axis:
        return np.array(array, dtype=dtype, order="C")
    feature_major = np.moveaxis(array, feature_axis, 0)
    return np.moveaxis(np.array(feature_major, dtype=dtype, order="C"), 0, feature_axis)


def _float(array: Array) -> np.dtype[Any]:
    """Return the float dtype NumPy's ufuncs would use: int8 -> float16, int64 -> float64."""
    return np.result_type(array.dtype, np.float16)


def _compute(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the dtype to compute in: at least float32."""
    return np.result_type(dtype, np.float32)


def _name_of(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__qualname__}"

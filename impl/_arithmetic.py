"""Arithmetic that cannot overflow on the way to a result that does not.

The formulas run on ordinary floats. Only where one of them overflows is it run once more, on
``Wide`` numbers, whose exponent is an integer of its own: 1e200 * 1e200 / 1e300 is then 1e100.
The contract does so (``impl/_contract.py``): no formula has to say it. What NumPy's functions mean
for such numbers stands in ``impl/_wide_functions.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# The exponent of zero, below every other, so that adding 0 never moves the larger number.
_LOWEST = -(2**40)

# What each function of NumPy does with Wide arrays; filled by ``impl/_wide_functions.py``.
ELEMENTWISE: dict[Any, Callable[..., Any]] = {}
OF_ARRAYS: dict[Any, Callable[..., Any]] = {}


def overflowed(*arrays: Any) -> bool:
    """Whether a number among these arrays is infinite or NaN, so that it is worth a second look.

    Complex arrays are left as they are: they only occur in complex-step differentiation.
    """
    return any(
        not np.isfinite(each).all() and not np.iscomplexobj(each)
        for each in arrays
        if not isinstance(each, Wide)
    )


def narrow(value: Any) -> Any:
    """Turn Wide numbers back into floats, to the signed infinity where those end."""
    if isinstance(value, Wide):
        return _shift(value.mantissa, value.exponent)
    return value


class Wide:
    """An array of numbers ``mantissa * 2**exponent`` with 1/2 <= |mantissa| < 1, or 0, inf, NaN."""

    __slots__ = ("exponent", "mantissa")

    mantissa: Any
    exponent: Any

    def __init__(self, value: Any, exponent: Any = 0) -> None:
        if isinstance(value, Wide):
            value, exponent = value.mantissa, value.exponent + exponent
        self.mantissa, shift = np.frexp(value)
        ordinary = np.isfinite(self.mantissa) & (self.mantissa != 0)
        self.exponent = np.where(ordinary, shift.astype(np.int64) + exponent, _LOWEST)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        """``array * wide`` and ``np.exp(wide)`` come here."""
        rule = ELEMENTWISE.get(ufunc)
        if rule is None or method != "__call__" or options:
            return NotImplemented
        return rule(*map(_widened, inputs))

    def __array_function__(self, function: Any, types: Any, inputs: Any, options: Any) -> Any:
        """``np.where(mask, wide, 0)`` comes here."""
        rule = OF_ARRAYS.get(function)
        return NotImplemented if rule is None else rule(*inputs, **options)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Array:
        """Return floats, for functions that work on each number by itself (np.vectorize)."""
        return np.asarray(narrow(self), dtype)

    def __iter__(self) -> Iterator[Wide]:
        return (self[place] for place in range(len(self)))

    def __len__(self) -> int:
        return self.shape[0]

    def __setitem__(self, key: Any, value: Any) -> None:
        value = _widened(value)
        self.mantissa[key], self.exponent[key] = value.mantissa, value.exponent

    def __gt__(self, other: Any) -> Any:
        return (self - other).mantissa > 0

    def __lt__(self, other: Any) -> Any:
        return (self - other).mantissa < 0

    def __ge__(self, other: Any) -> Any:
        return (self - other).mantissa >= 0

    def __le__(self, other: Any) -> Any:
        return (self - other).mantissa <= 0

    def __neg__(self) -> Wide:
        return Wide(-self.mantissa, self.exponent)

    def __add__(self, other: Any) -> Wide:
        other = _widened(other)
        top = np.maximum(self.exponent, other.exponent)
        return Wide(
            _shift(self.mantissa, self.exponent - top)
            + _shift(other.mantissa, other.exponent - top),
            top,
        )

    def __mul__(self, other: Any) -> Wide:
        other = _widened(other)
        return Wide(self.mantissa * other.mantissa, self.exponent + other.exponent)

    def __truediv__(self, other: Any) -> Wide:
        other = _widened(other)
        return Wide(self.mantissa / other.mantissa, self.exponent - other.exponent)

    def __sub__(self, other: Any) -> Wide:
        return self + -_widened(other)

    def __rsub__(self, other: Any) -> Wide:
        return _widened(other) - self

    def __rtruediv__(self, other: Any) -> Wide:
        return _widened(other) / self

    __radd__ = __add__
    __rmul__ = __mul__

    def __abs__(self) -> Wide:
        return Wide(np.abs(self.mantissa), self.exponent)

    def __pow__(self, power: float) -> Wide:
        """Raise to a multiple of 1/2: the exponent is made even first."""
        power = float(narrow(power))
        odd = self.exponent & 1
        mantissa = _shift(self.mantissa, odd) ** power
        return Wide(mantissa, ((self.exponent - odd) // 2 * round(2 * power)))

    def __matmul__(self, other: Any) -> Wide:
        """Add up one outer product after another: slow, but without a large temporary."""
        other = _widened(other)
        if other.ndim == 1:
            return (self * other).sum(axis=-1)
        shape = np.matmul(np.empty_like(self.mantissa), np.empty_like(other.mantissa)).shape
        total = Wide(np.zeros(shape, self.mantissa.dtype))
        for k in range(self.mantissa.shape[-1]):
            total = total + self[..., k : k + 1] * other[..., k : k + 1, :]
        return total

    def __rmatmul__(self, other: Any) -> Wide:
        return _widened(other) @ self

    def __getitem__(self, key: Any) -> Wide:
        return Wide(self.mantissa[key], self.exponent[key])

    @property
    def T(self) -> Wide:
        """The array with its axes reversed."""
        return Wide(self.mantissa.T, self.exponent.T)

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes."""
        return np.shape(self.mantissa)

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(np.size(self.mantissa))

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return int(np.ndim(self.mantissa))

    @property
    def dtype(self) -> Any:
        """The dtype of the mantissas."""
        return self.mantissa.dtype

    def reshape(self, *shape: Any) -> Wide:
        """Return the same numbers in another shape."""
        return Wide(self.mantissa.reshape(*shape), self.exponent.reshape(*shape))

    def transpose(self, *axes: Any) -> Wide:
        """Return the array with its axes in another order."""
        return Wide(self.mantissa.transpose(*axes), self.exponent.transpose(*axes))

    def mean(self, axis: Any = None, keepdims: bool = False) -> Wide:
        """Average along ``axis``."""
        total = self.sum(axis, keepdims)
        return total / (self.size / max(total.size, 1))

    def max(self, axis: Any = None, keepdims: bool = False) -> Wide:
        """The largest along ``axis``."""
        top = self.exponent.max(axis=axis, keepdims=True, initial=_LOWEST)
        largest = Wide(self.aligned(axis).max(axis=axis, keepdims=True), top)
        return largest.reshape(np.max(self.exponent, axis=axis, keepdims=keepdims).shape)

    def argmax(self, axis: Any = None) -> Array:
        """Where the largest along ``axis`` is: the first of equals."""
        return np.asarray(np.argmax(self.aligned(axis), axis=axis))

    def sum(self, axis: Any = None, keepdims: bool = False) -> Wide:
        """Add up along ``axis``, on the scale of the largest number there."""
        top = self.exponent.max(axis=axis, keepdims=True, initial=_LOWEST)
        total = Wide(self.aligned(axis).sum(axis=axis, keepdims=True), top)
        shape = np.sum(np.empty_like(self.mantissa), axis=axis, keepdims=keepdims).shape
        return total.reshape(shape)

    def aligned(self, axis: Any) -> Array:
        """Return floats, each slice along ``axis`` divided by one power of two to fit."""
        top = self.exponent.max(axis=axis, keepdims=True, initial=_LOWEST)
        return _shift(self.mantissa, self.exponent - top)


def widened(value: Any) -> Any:
    """Floats as Wide numbers; labels, masks and parameters as they are."""
    array = isinstance(value, np.ndarray) and value.dtype.kind == "f"
    return Wide(value) if array else value


def _widened(value: Any) -> Wide:
    return value if isinstance(value, Wide) else Wide(value)


def _shift(mantissa: Any, exponent: Any) -> Array:
    # No float, long double included, reaches 2**40000, and ldexp wants a C int.
    shifted: Array = np.ldexp(mantissa, np.clip(exponent, -40000, 40000).astype(np.int32))
    return shifted

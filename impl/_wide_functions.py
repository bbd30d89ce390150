"""What NumPy's functions mean for numbers whose exponent has no limit (``impl/_arithmetic.py``).

Tables from a function of NumPy to what it does with ``Wide`` arrays. A function that is missing
here is refused by NumPy in a TypeError that names it: add a line.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from impl._arithmetic import ELEMENTWISE, OF_ARRAYS, Wide, narrow

_LN_2 = 0.6931471805599453


def _wide(value: Any) -> Any:
    return value if isinstance(value, Wide) else Wide(value)


def _both(value: Any, function: Callable[[Any], Any]) -> Any:
    """Apply to mantissas and exponents what only moves elements about."""
    value = _wide(value)
    return type(value)(function(value.mantissa), function(value.exponent))


def _moves(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda value, *rest, **options: _both(
        value, lambda part: function(part, *rest, **options)
    )


def _joins(function: Callable[..., Any]) -> Callable[..., Any]:
    def joined(values: Any, *rest: Any, **options: Any) -> Any:
        wide = [_wide(value) for value in values]
        parts = [[each.mantissa for each in wide], [each.exponent for each in wide]]
        return type(wide[0])(*(function(part, *rest, **options) for part in parts))

    return joined


def _as_float(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Functions that are flat, or infinite, where floats end."""

    def rule(value: Any) -> Any:
        with np.errstate(all="ignore"):
            return _wide(function(narrow(value)))

    return rule


def _log(value: Any) -> Any:
    """The logarithm of mantissa and exponent apart, where floats cannot hold both."""
    far = np.abs(value.exponent) > 100
    near = np.ldexp(value.mantissa, np.where(far, 0, value.exponent).astype(np.int32))
    with np.errstate(all="ignore"):
        apart = np.where(value.mantissa == 0, 0, value.exponent * _LN_2)
        return _wide(np.where(far, np.log(value.mantissa) + apart, np.log(near)))


def _where(condition: Any, left: Any, right: Any) -> Any:
    left, right = _wide(left), _wide(right)
    mantissa = np.where(condition, left.mantissa, right.mantissa)
    return type(left)(mantissa, np.where(condition, left.exponent, right.exponent))


def _einsum(rule: str, left: Any, right: Any) -> Any:
    """The sum of products of two arrays, letter by letter: ``"nk,km->nm"``."""
    inputs, wanted = rule.replace(" ", "").split("->")
    letters = wanted + "".join(sorted(set(inputs) - set(wanted) - {","}))
    product: Any = 1.0
    for names, value in zip(inputs.split(","), (left, right)):
        order = [names.index(each) for each in letters if each in names]
        shape = [value.shape[names.index(each)] if each in names else 1 for each in letters]
        product = _wide(value).transpose(order).reshape(shape) * product
    return product.sum(axis=tuple(range(len(wanted), len(letters))))


_ELEMENTWISE: dict[Any, Callable[..., Any]] = {
    np.add: lambda a, b: a + b,
    np.subtract: lambda a, b: a - b,
    np.multiply: lambda a, b: a * b,
    np.divide: lambda a, b: a / b,
    np.power: lambda a, b: a ** float(b.mantissa * 2.0**b.exponent),
    np.matmul: lambda a, b: a @ b,
    np.negative: lambda a: -a,
    np.abs: abs,
    np.square: lambda a: a * a,
    np.sqrt: lambda a: a**0.5,
    np.maximum: lambda a, b: _where(a > b, a, b),
    np.minimum: lambda a, b: _where(a < b, a, b),
    np.greater: lambda a, b: a > b,
    np.less: lambda a, b: a < b,
    np.greater_equal: lambda a, b: a >= b,
    np.less_equal: lambda a, b: a <= b,
    np.equal: lambda a, b: (a - b).mantissa == 0,
    np.not_equal: lambda a, b: (a - b).mantissa != 0,
    np.isfinite: lambda a: np.isfinite(a.mantissa),
    np.sign: lambda a: _wide(np.sign(a.mantissa)),
    np.log: _log,
    **{function: _as_float(function) for function in (np.exp, np.expm1, np.log1p, np.tanh)},
}

_OF_ARRAYS: dict[Any, Callable[..., Any]] = {
    np.where: _where,
    np.einsum: _einsum,
    np.sum: lambda value, axis=None, keepdims=False: value.sum(axis, keepdims),
    np.mean: lambda value, axis=None, keepdims=False: value.mean(axis, keepdims),
    np.max: lambda value, axis=None, keepdims=False: value.max(axis, keepdims),
    np.argmax: lambda value, axis=None: value.argmax(axis),
    np.zeros_like: lambda value: _wide(np.zeros(value.shape, value.dtype)),
    np.shape: lambda value: value.shape,
    np.pad: lambda value, width: _both(value, lambda part: np.pad(part, width)),
    **{each: _moves(each) for each in (np.transpose, np.swapaxes, np.moveaxis, np.expand_dims,
                                       np.reshape, np.broadcast_to, np.repeat, np.ravel,
                                       np.take_along_axis)},
    **{each: _joins(each) for each in (np.stack, np.concatenate)},
}  # fmt: skip

ELEMENTWISE.update(_ELEMENTWISE)
OF_ARRAYS.update(_OF_ARRAYS)

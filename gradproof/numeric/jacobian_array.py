"""An array of numeric derivatives that carries the bounds on their errors beside it."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradproof.numeric.problem import Array


class NumericJacobian(np.ndarray[Any, Any]):
    """An array of derivatives, dy[i]/dx[j] at [i, j], with an error bar on every entry.

    Its shape is y.shape + x.shape. It is used like any array (``j @ v``, ``j - J``, ``j.T``); the
    results are plain arrays. A part such as ``j[0]`` keeps its error bars.

    error: the derivative lies within ``error`` of the entry; inf where nothing could be found out.
    kink:  entries without a derivative; low and high are the one-sided derivatives there, and the
           same as the entry elsewhere.
    notes: what was found out about f on the way, such as that it changes x in place.
    evaluations: how often f was called.

    >>> j = jacobian(np.square, np.array([1.0, 2.0]))
    >>> np.allclose(j, [[2, 0], [0, 4]])
    True
    >>> bool((j.error < 1e-11).all())
    True
    """

    error: Array
    kink: Array
    low: Array
    high: Array
    notes: tuple[str, ...]
    evaluations: int

    _BESIDE = ("error", "kink", "low", "high")

    @classmethod
    def of(
        cls,
        value: Array,
        error: Array,
        kink: Array,
        low: Array,
        high: Array,
        notes: tuple[str, ...] = (), evaluations: int = 0,
    ) -> NumericJacobian:  # fmt: skip
        """Put an array and what belongs to its entries together."""
        found = np.asarray(value).view(cls)
        found.error, found.kink, found.low, found.high = error, kink, low, high
        found.notes, found.evaluations = notes, evaluations
        return found

    @property
    def value(self) -> Array:
        """The derivatives as a plain array."""
        return self.view(np.ndarray)

    @property
    def bound(self) -> Array:
        """Another name for ``error``."""
        return self.error

    def __getitem__(self, key: Any) -> Any:
        part = self.value[key]
        if not isinstance(part, np.ndarray):
            return part
        error, kink, low, high = (np.asarray(getattr(self, name))[key] for name in self._BESIDE)
        return NumericJacobian.of(part, error, kink, low, high, self.notes, self.evaluations)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        plain = (np.asarray(each) if isinstance(each, NumericJacobian) else each for each in inputs)
        return getattr(ufunc, method)(*plain, **options)

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        return function(*_plain(args), **{key: _plain(value) for key, value in options.items()})

    @property
    def T(self) -> Array:  # type: ignore[override]
        """The transpose, as a plain array."""
        return self.value.T

    def __reduce__(self) -> Any:
        parts = [np.asarray(getattr(self, name)) for name in self._BESIDE]
        return NumericJacobian.of, (self.value, *parts, self.notes, self.evaluations)


def _plain(value: Any) -> Any:
    """The same with plain arrays."""
    if isinstance(value, NumericJacobian):
        return value.value
    if type(value) in (tuple, list):
        return type(value)(map(_plain, value))
    return value


__all__ = ["NumericJacobian"]

"""A function of a complex array, or with a complex result, as one of pairs of real numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


class Pairs:
    """f with real and imaginary parts along a leading axis of length 2, of x and of y.

    What is real stays as it is. point: x in that form.

    >>> pairs = Pairs(np.conj, np.array([1.0 + 2.0j]))
    >>> pairs(pairs.point)
    array([[ 1.],
           [-2.]])
    """

    def __init__(self, f: Callable[[Any], Any], x: Array) -> None:
        self.f, self.given = f, x.dtype.kind == "c"
        self.point = np.stack([x.real, x.imag]) if self.given else x
        self.returned: bool | None = None  # whether y is complex, as the first call shows

    def __call__(self, x: Array) -> Any:
        """Call f. Raises TypeError where some of several outputs are complex."""
        if self.given:
            z = np.asarray(x[0] + 1j * x[1])
            y = self.f(z)
            np.copyto(x, np.stack([z.real, z.imag]))  # whatever f writes into it
        else:
            y = self.f(x)
        several = isinstance(y, (tuple, list)) and not all(map(np.isscalar, y))
        if several:
            if any(np.asarray(each).dtype.kind == "c" for each in y):
                raise TypeError(
                    "jacobian: f returns several outputs of which some are complex: let it return "
                    "one of them at a time"
                )
            return y
        if self.returned is None:
            self.returned = np.iscomplexobj(y)
        if not self.returned:
            return y
        return np.stack([np.real(y), np.imag(y)])


__all__ = ["Pairs"]

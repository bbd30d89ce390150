"""Plain arrays from outside, as traced arrays of the numbers in them.

A plain array is left to NumPy as long as that works. But its methods and its memory take no
symbols: ``X.dot(theta)``, ``self.grads["W"] += g``, ``out[0] = y``. Where code comes to that, what
it keeps in variables and attributes is traced as well: copies, which overlap as the arrays do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from gradproof.tracing.arrays.lifting import lift
from gradproof.tracing.arrays.traced_array import TracedArray
from gradproof.tracing.errors import NotTraceableError, forget_raised, raised

Array = np.ndarray[Any, Any]
Function = Callable[..., Any]
_MOST = 20_000  # elements: each becomes an object


class Outside:
    """Copies of plain arrays; those of views of one array are views of one copy.

    contents: what is in the copy of an array, or None where there is to be none.
    made:     the copy, of its contents and its dtype.
    """

    def __init__(
        self, contents: Callable[[Array], Array | None], made: Callable[[Array, np.dtype], Any]
    ) -> None:
        self._contents, self._made = contents, made
        self._of_owners: dict[int, tuple[Array, Array | None]] = {}

    def __call__(self, array: Array) -> Any:
        """Return the copy of an array; the array itself where it is large, or holds no numbers."""
        owner = array.base if isinstance(array.base, np.ndarray) else array
        if owner.dtype != array.dtype or not owner.flags.c_contiguous or not array.size:
            owner = array
        if owner.size > _MOST or owner.dtype.kind not in "iufb":
            return array
        if id(owner) not in self._of_owners:
            self._of_owners[id(owner)] = owner, self._contents(owner)
        whole = self._of_owners[id(owner)][1]
        if whole is None:
            return array
        return self._made(whole if owner is array else _view(whole, owner, array), array.dtype)


def _view(whole: Array, owner: Array, view: Array) -> Array:
    """Return the elements of a copy of an array at which a view has those of the array itself."""
    start = (_address(view) - _address(owner)) // owner.itemsize
    steps = [step // owner.itemsize * whole.itemsize for step in view.strides]
    return as_strided(whole.reshape(-1)[start:], view.shape, steps)


def _address(array: Array) -> int:
    return int(array.__array_interface__["data"][0])


def traced_outside() -> Outside:
    """Return what makes traced arrays of plain ones."""
    return Outside(_nodes, TracedArray)


def _nodes(array: Array) -> Array | None:
    before = raised()
    try:
        return np.array(lift(array).data)
    except NotTraceableError:  # there is a NaN or an infinity in it
        forget_raised(before)
        return None


__all__ = ["Outside", "traced_outside"]

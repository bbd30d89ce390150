"""The same code with other data: arrays that it holds, whole numbers that its objects keep.

What a fix says has to hold for more than the numbers that stand in the file: with ``y = [1, 2, 3]``
``y[1:] - 1`` is ``y[:-1]``, and with a padding of 0 a crop is no crop.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from functools import partial, wraps
from typing import Any

import numpy as np

from gradproof.diagnosis.scene.axes_apart import runs_through
from gradproof.diagnosis.scene.other_settings import EVERYTHING, Settings
from gradproof.diagnosis.tape.tape import Array
from gradproof.tracing.namespace.user_namespace import Namespace
from gradproof.tracing.record_trace import Program

_LARGEST_COUNT, _MOST_COUNTS = 4, 4
_FEW = 2  # different values of what is most likely a mark: 0 and 1, -1 and 1


def with_other_data(program: Program) -> Program | None:
    """Return the program with other values in the arrays that its code holds, whole numbers as
    decimals where it takes them; None where it holds none that may be other ones."""
    for kinds in ("fiu", "f"):
        changed: list[bool] = []
        made = program.within(Settings(EVERYTHING, partial(_other, kinds, changed)))
        if runs_through(made) and any(changed):
            return made
    return None


def _other(kinds: str, changed: list[bool], array: Array) -> Array:
    new = other_values(array) if array.dtype.kind in kinds else array
    changed.append(new is not array)
    return new


def with_marks(program: Program) -> Program | None:
    """Return the program with rows of one 1 in decimals that it holds, as long as an input's rows:
    targets, most likely. None where it holds none, or does not run so."""
    shapes = {np.shape(value) for value in program.inputs.values() if np.ndim(value) == 2}
    changed: list[bool] = []

    def marked(array: Array) -> Array:
        fits = array.shape in shapes and array.dtype.kind == "f" and array.shape[1] > 1
        changed.append(fits)
        rows, columns = array.shape if fits else (0, 0)
        return np.eye(columns)[np.arange(rows) * 2 % columns] if fits else array

    made = program.within(Settings(EVERYTHING, marked))
    return made if runs_through(made) and any(changed) else None


def other_values(array: Array) -> Array:
    """Return values of the same kind: of the same sign, in [0, 1] where all are, in the same order
    where they are sorted, symmetric where they are; marks and whole numbers as they are.

    >>> bool((other_values(np.array([1.0, 2.0, 3.0])) != np.array([1.0, 2.0, 3.0])).any())
    True
    >>> other_values(np.array([1.0, 0.0, 1.0])).tolist()
    [1.0, 0.0, 1.0]
    """
    if array.dtype.kind not in "fiu" or array.size < 2 or not np.isfinite(array).all():
        return array
    if len(np.unique(array)) <= _FEW:
        return array
    rng = np.random.default_rng([array.size, 11])
    least = 0.5 if array.min() >= 0 and array.max() <= 1 else 0.7
    new = array * rng.uniform(least, 1.0 if least == 0.5 else 1.3, array.shape)
    if array.ndim == 1 and (np.diff(array) > 0).all():
        new = np.sort(new)
    if array.ndim == 2 and array.shape[0] == array.shape[1] and np.array_equal(array, array.T):
        new = (new + new.T) / 2
    return new.astype(array.dtype) if array.dtype.kind == "f" else new


def with_other_counts(program: Program) -> Iterator[Program]:
    """Yield the program with a whole number that one of its objects keeps one more: a padding, a
    stride, a width; each as far as forward runs so."""
    met: dict[tuple[str, str], int] = {}
    runs_through(_watched(program, met, None))
    for at in list(met)[:_MOST_COUNTS]:
        made = _watched(program, {}, at)
        if runs_through(made):
            yield made


def _watched(
    program: Program, met: dict[tuple[str, str], int], more: tuple[str, str] | None
) -> Program:
    """Return the program with copies of its objects of which one number is one more; met: the
    numbers that they keep, by class and name."""
    space = Namespace()
    made = program.within(space)

    def look(copy: object) -> None:
        for name, value in list(getattr(copy, "__dict__", {}).items()):
            key = type(copy).__qualname__, name
            if type(value) is int and 0 <= value <= _LARGEST_COUNT:
                met.setdefault(key, value)
                if key == more:
                    object.__setattr__(copy, name, value + 1)

    for original, copy in space.pairs():
        if copy is original or type(original).__module__.partition(".")[0] == "gradproof":
            continue
        if isinstance(original, type) and "__init__" in vars(original):
            _after(copy, look)  # it is made anew for each call
        elif not isinstance(original, (type, types.FunctionType, types.ModuleType)):
            look(copy)
    return made


def _after(kind: type, look: Callable[[object], None]) -> None:
    """Look at each object of a class once it is made."""
    make = kind.__init__  # type: ignore[misc]

    @wraps(make)
    def init(self: object, *args: Any, **keywords: Any) -> None:
        make(self, *args, **keywords)
        if type(self) is kind:
            look(self)

    kind.__init__ = init  # type: ignore[misc]


__all__ = ["other_values", "with_marks", "with_other_counts", "with_other_data"]

"""The same code at other lengths, with axes that have one length by chance told apart."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from gradproof.diagnosis.scene.other_settings import EVERYTHING, Settings
from gradproof.diagnosis.scene.resized import resized, resized_to
from gradproof.diagnosis.tape.tape import Array
from gradproof.tracing.record_trace import Program

LENGTHS = (5, 3, 7, 4, 6, 9, 8, 11, 10, 13)  # none is 1 or 2, of which too much is true
_MOST_FORWARDS = 40

Axis = tuple[str | int, int]  # of an input by its name, of an array that is held by its id


class Sized:
    """A program at other lengths; held: the arrays that its code holds are as long, too."""

    def __init__(self, asked: Program, row: Mapping[int, int], held: bool = False) -> None:
        self.asked, self.row, self.held = asked, row, held
        self.longer = resized(asked, row)
        self.found: dict[int, Array] = {}  # arrays that the code holds

    def program(self, lengths: Mapping[Axis, int]) -> Program:
        """Return it, with some axes of lengths of their own."""
        inputs = {
            name: self._resized(np.asarray(self.asked.inputs[name]), name, np.shape(value), lengths)
            for name, value in self.longer.inputs.items()
        }
        program = replace(self.longer, inputs=inputs) if lengths else self.longer
        if not self.held:
            return program
        return program.within(Settings(EVERYTHING, partial(self._array, lengths)))

    def axes(self) -> list[tuple[Axis, int, bool]]:
        """Return the axes of inputs and of arrays that are held, each with its length as asked, and
        whether it is one of labels."""
        arrays: list[tuple[str | int, Array]] = [*self.asked.inputs.items(), *self.found.items()]
        return [((key, axis), n, np.asarray(value).dtype.kind in "iu")
                for key, value in arrays for axis, n in enumerate(np.shape(value))]  # fmt: skip

    def taken(self) -> set[int]:
        """Return the lengths that occur."""
        return {n for value in self.longer.inputs.values() for n in np.shape(value)}

    def _array(self, lengths: Mapping[Axis, int], array: Array) -> Array:
        self.found.setdefault(id(array), array)
        shape = tuple(self.row.get(n, n) for n in array.shape)
        return self._resized(array, id(array), shape, lengths)

    def _resized(
        self, value: Array, key: str | int, shape: tuple[int, ...], lengths: Mapping[Axis, int]
    ) -> Array:
        new = tuple(lengths.get((key, axis), n) for axis, n in enumerate(shape))
        return resized_to(value, new, 3)


def apart(sized: Sized) -> dict[Axis, int]:
    """Return lengths of axes that have one length by chance, a square matrix, told apart.

    Labels stay as many as the examples: fewer may run as well, and mean nothing.
    """
    axes = sized.axes()
    fresh = iter(n for n in (*LENGTHS, 12, 14, 15) if n not in {*sized.taken(), *sized.row})
    new, runs, found = next(fresh, None), 0, dict[Axis, int]()
    for count, (axis, length, of_labels) in itertools.product((1, 2, 3), axes):
        alike = [a for a, n, _ in axes if n == length and a not in found]
        labels = [a for a, n, whole in axes if n == length and whole]
        apart = length < 2 or len(alike) <= 1 + len(labels) or axis in found
        if apart or of_labels or not isinstance(axis[0], str):
            continue
        later = alike[alike.index(axis) + 1 :]
        later.sort(key=lambda each: each[0] == axis[0])  # the axes of another array are likelier
        for others in itertools.combinations(later, count - 1):
            if new is None or runs >= _MOST_FORWARDS:
                return found
            runs += 1
            tried = found | dict.fromkeys([axis, *others, *labels], new)
            if runs_through(sized.program(tried)):
                found, new = tried, next(fresh, None)
                break
    return found


def runs_through(program: Program) -> bool:
    try:
        with np.errstate(all="ignore"):
            program.outputs(map(np.array, program.inputs.values()), program.parameters)
    except Exception:  # the author's code does not take these sizes
        return False
    return True


__all__ = ["LENGTHS", "Sized", "apart", "runs_through"]

"""Which step an array holds: an array is known by the memory that it lives in.

A cell is one piece of memory, owned by one array; all views of it (rows, transposes, ``W[1:]``)
look into the same cell. A cell holds the value of one step at a time: reading through a view is a
``gather`` of that step's elements, writing through one a ``scatter`` into it. So a write is seen by
whoever looks at the memory afterwards, through whatever name, as in NumPy itself.
"""

from __future__ import annotations

import itertools
import weakref
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from gradproof.program.steps import GATHER, SCATTER, Program, Ref

Array = np.ndarray[Any, Any]


@dataclass
class Cell:
    """A piece of memory: the step whose value it holds, and the steps of its views."""

    number: int
    owner: weakref.ref[Array]
    step: int
    views: dict[Any, int] = field(default_factory=dict)


class Memory:
    """The cells of a run. ``push`` adds a step to its program and returns its number."""

    def __init__(self, program: Program, push: Any) -> None:
        self.program, self.push = program, push
        self.cells: dict[int, Cell] = {}
        self._numbers = itertools.count()

    def adopt(self, array: Array, step: int) -> None:
        """Let the memory of an array hold a step."""
        owner = owner_of(array)
        key = id(owner)
        gone = weakref.ref(owner, lambda _: self.cells.pop(key, None))
        self.cells[key] = Cell(next(self._numbers), gone, step)
        self.program.steps[step].home = self.cells[key].number

    def cell(self, array: Array) -> Cell | None:
        """Return the cell that an array looks into; None for memory of others."""
        owner = owner_of(array)
        found = self.cells.get(id(owner))
        return found if found is not None and found.owner() is owner else None

    def step_of(self, array: Array) -> int | None:
        """Return the step whose value an array shows; None for memory of others."""
        cell = self.cell(array)
        if cell is None:
            return None
        owner = owner_of(array)
        if _is_whole(owner, array):
            return cell.step
        if not array.size:
            return None
        key = (cell.step, _address(array), array.shape, array.strides)
        if key not in cell.views:
            cell.views[key] = self.part(cell.step, elements(owner, array), array)
        return cell.views[key]

    def part(self, step: int, index: Array, value: Any) -> int:
        """Return the step of some elements of a step: what was written there, if just that was."""
        steps = self.program.steps
        while steps[step].name == SCATTER and not np.isin(index, steps[step].args[1]).any():
            step = steps[step].args[0].index
        held = steps[step]
        if held.name == SCATTER and np.array_equal(index, held.args[1]):
            written = held.args[2]
            if isinstance(written, Ref) and np.shape(steps[written.index].value) == index.shape:
                return written.index
        return self.push(GATHER, (Ref(step), index), {}, value)

    def written(self, array: Array, step: int) -> None:
        """Note that an array now shows a step, because it was written there."""
        cell = self.cell(array)
        if cell is None:
            return
        owner = owner_of(array)
        if _is_whole(owner, array):
            cell.step = step
        else:
            index = elements(owner, array)
            cell.step = self.push(SCATTER, (Ref(cell.step), index, Ref(step)), {}, owner)
        for each in (step, cell.step):
            self.program.steps[each].home = cell.number
            self.program.steps[each].written = True


def owner_of(array: Array) -> Array:
    """Return the array that owns the memory of an array."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def elements(owner: Array, view: Array) -> Array:
    """Return which elements of its owner, counted in C order, a view shows."""
    numbers = np.empty_like(owner, dtype=np.int64, subok=False)  # laid out as the owner is
    numbers[...] = np.arange(owner.size).reshape(owner.shape)
    flat = as_strided(numbers, (owner.size,), (8,))
    first = (_address(view) - _address(owner)) // owner.itemsize
    strides = tuple(stride * 8 // owner.itemsize for stride in view.strides)
    return np.array(as_strided(flat[first:], view.shape, strides))


def _address(array: Array) -> int:
    return array.__array_interface__["data"][0]


def _is_whole(owner: Array, view: Array) -> bool:
    same = view.shape == owner.shape and view.strides == owner.strides
    return same and _address(view) == _address(owner)


__all__ = ["Memory", "elements", "owner_of"]

"""Many displaced copies of the inputs in one call, side by side along an axis that is carried.

Batch norm treats every feature by itself, so an input with four times as many features is four
inputs at once; a softmax takes more rows, a dense layer more samples or more units. Whether a
function does is found out by asking it: copies, of which different halves are displaced, must
come out as they do one by one. A function that only works at one width is asked one by one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from gradproof.numeric.copies import Moved
from gradproof.numeric.problem import Array, Problem

# Elements of one call: beyond this, arrays leave the cache and copies cost more than calls.
_ELEMENTS = 2**15


@dataclass(frozen=True)
class Tiling:
    """Copies stand side by side along output axis ``axis``, and along ``carried[at]`` of inputs."""

    axis: int
    carried: Mapping[int, int]
    repeated: dict[tuple[int, int], Array] = field(default_factory=dict, compare=False, repr=False)

    def repeat(self, x: Array, at: int, count: int) -> Array:
        """Input ``at`` so many times side by side; kept, since calls take the same few numbers."""
        if (at, count) not in self.repeated:
            self.repeated[at, count] = np.concatenate([x] * count, axis=self.carried[at])
        return self.repeated[at, count]

    def copies(self, x: Array, at: int, count: int) -> Array:
        """So many copies of input ``at``, a view with the copies along the leading axis."""
        copies = self.room(x, at, count)
        copies[...] = x
        return copies

    def room(self, x: Array, at: int, count: int) -> Array:
        """An empty array for so many copies of input ``at``, that lie side by side in memory."""
        axis = self.carried[at]
        beside = np.empty((*x.shape[:axis], count, *x.shape[axis:]), x.dtype)
        return beside.transpose(axis, *range(axis), *range(axis + 1, beside.ndim))

    def evaluate(
        self, problem: Problem, variants: Mapping[int, Array], made: bool = False
    ) -> Array | None:
        """The outputs of every copy; None where the function refuses to be evaluated there.

        variants: of some inputs, their copies along a leading axis; the others are repeated. made:
        they are made for this call alone, so that the function may have them.
        Returns an array like the output, with an axis of copies before ``axis``. It may be the
        function's own: it is to be used before any function is called again, and left as it is.
        """
        count = len(next(iter(variants.values())))
        joined = Moved(problem.inputs)
        for at, axis in self.carried.items():
            if at in variants:
                beside = _beside(variants[at], axis)
                joined[at] = beside
                if made or not np.may_share_memory(beside, variants[at]):
                    joined.put(at, beside)
            else:
                joined[at] = self.repeat(problem.inputs[at], at, count)
        shape, axis = problem.shapes[0], self.axis
        wide = (*shape[:axis], count * shape[axis], *shape[axis + 1 :])
        try:
            outputs = problem.called.outputs(joined, lent=True)
        except Exception:  # whatever it raises, it does not take these copies
            return None
        if len(outputs) != 1 or outputs[0].shape != wide:
            return None
        split = (*shape[:axis], count, *shape[axis:])
        return outputs[0].reshape(split).astype(np.float64, copy=False)


def _beside(copies: Array, axis: int) -> Array:
    """Copies along the leading axis, laid side by side along an axis of the array itself."""
    shape = copies.shape[1:]
    moved = copies.transpose(*range(1, axis + 1), 0, *range(axis + 1, copies.ndim))
    return moved.reshape(*shape[:axis], len(copies) * shape[axis], *shape[axis + 1 :])


def at_once(problem: Problem) -> int:
    """How many copies to evaluate in one call."""
    return max(1, _ELEMENTS // max(1, problem.size))


__all__ = ["Tiling", "at_once"]

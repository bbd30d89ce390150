"""The pair of functions under check, and the point at which they are.

They are called in ``calls.py``. Whatever a function does at a displaced point (raise because a
variance became negative, warn, return another shape) disqualifies that point and nothing else: it
comes back as NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gradproof.arguments.returned import gradient_array, named_gradients
from gradproof.numeric.calls import Cache, Calls
from gradproof.numeric.copies import Moved, as_outputs
from gradproof.numeric.side_effects.harm import Watch
from gradproof.tracing.record_trace import Program

Array = np.ndarray[Any, Any]


@dataclass
class Problem:
    """A forward, its backward, and the point at which they are checked.

    shapes: of the outputs; ``forward`` may return one array or a tuple (or list) of them as ``y``.
    called: where the functions are called, one for all points at which they are.
    """

    forward: Callable[..., Any]
    backward: Callable[..., Any]
    inputs: tuple[Array, ...]
    names: tuple[str, ...]
    wrt: tuple[str, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    formula: Callable[..., Any] | None = None
    shapes: tuple[tuple[int, ...], ...] = ()
    called: Calls = field(default=None, repr=False)  # type: ignore[assignment] # made below
    refused: bool = False  # whether the last displaced point could not be evaluated
    dtype: Any = np.float64  # of the upstream gradient
    labels: Mapping[str, int] = field(default_factory=dict)  # integer input -> number of classes
    positive: tuple[str, ...] = ()  # inputs that only take positive values
    unit: float = float(np.finfo(np.float64).eps) / 2  # of one rounding of an output
    domain: tuple[Array, Array] | None = None  # of the first input: it is never moved outside

    def __post_init__(self) -> None:
        if self.called is None:
            watch = Watch(self.names, self.wrt, sum(np.size(each) for each in self.inputs))
            self.called = Calls(
                self.forward, self.backward, self.formula, self.parameters, self.names, watch
            )

    @property
    def calls(self) -> int:
        """How often forward, or the formula in its place, has been evaluated."""
        return self.called.made

    @property
    def size(self) -> int:
        """The number of output elements."""
        return sum(math.prod(shape) for shape in self.shapes)

    def at(self, name: str) -> int:
        """The position of the input called ``name``."""
        return self.names.index(name)

    def with_inputs(self, inputs: Sequence[Array]) -> Problem:
        """The same functions at another point."""
        return replace(self, inputs=tuple(inputs))

    def run(self, inputs: Sequence[Any], lent: bool = False) -> tuple[tuple[Array, ...], Cache]:
        """Call forward: its outputs, and what backward needs. lent: as for ``Calls.outputs``."""
        return self.called.run(inputs, lent)

    def outputs(self, inputs: Sequence[Any]) -> Array:
        """What is differentiated, as one flat array: the formula where there is one."""
        return flat(self.called.outputs(inputs))

    def displaced(self, inputs: Sequence[Any]) -> Array:
        """The outputs at a displaced point; NaN where the function refuses to be evaluated."""
        self.refused = False
        try:
            found = self.outputs(inputs)
        except (ValueError, ArithmeticError, np.linalg.LinAlgError):
            self.refused = True
            return np.full(self.size, np.nan)
        usable = found.size == self.size and not np.iscomplexobj(found)
        return found if usable else np.full(self.size, np.nan)

    def pull(
        self, dy: Array, cache: Cache, as_it_is: bool = False, lent: bool = False
    ) -> dict[str, Any]:
        """Call backward on a flat upstream gradient: the gradient of each input in ``wrt``.

        as_it_is, lent: as for ``Calls.pull``.
        """
        return self.named(self.called.pull(self.shaped(dy), cache, as_it_is, lent))

    def gradients(self, inputs: Sequence[Any], dy: Array) -> dict[str, Array]:
        """Run forward and backward."""
        return {k: np.asarray(v) for k, v in self.pull(dy, self.run(inputs)[1]).items()}

    def shaped(self, dy: Array) -> Any:
        """A flat upstream gradient in the shapes of the outputs."""
        if len(self.shapes) == 1:
            return dy.reshape(self.shapes[0]).astype(self.dtype, copy=False)
        cuts = np.cumsum([math.prod(shape) for shape in self.shapes])[:-1]
        return tuple(
            part.reshape(s).astype(self.dtype, copy=False)
            for part, s in zip(np.split(dy, cuts), self.shapes)
        )

    def named(self, found: Any) -> dict[str, Any]:
        """Gradients by the name of their input, as arrays, and of real numbers: inputs are real.

        Raises ValueError if there are too many or too few, NoGradientError where one is None.
        """
        shape = self.inputs[self.at(self.wrt[0])].shape
        named = named_gradients(found, self.wrt, self.names, shape)
        arrays = {name: gradient_array(name, value) for name, value in named.items()}
        for name, value in arrays.items():
            if value.dtype.kind == "c":
                self.called.imaginary.add(name)
                arrays[name] = value.real
        return arrays

    def moved(self, at: int, where: Any, by: Any) -> Moved:
        """The inputs with ``by`` added to elements ``where`` (an index) of input ``at``."""
        moved = Moved(self.inputs)
        dtype = np.complex128 if np.iscomplexobj(by) else moved[at].dtype
        moved.put(at, moved[at].astype(dtype))
        if where is Ellipsis:
            moved[at] = np.asarray(moved[at] + by)
        else:
            moved[at][where] += by
        return moved


def one_output_shape(problem: Problem) -> tuple[int, ...]:
    """The shape of the output; several outputs count as one flat one."""
    return problem.shapes[0] if len(problem.shapes) == 1 else (problem.size,)


def stream(seed: int) -> np.random.Generator:
    """The check's own random numbers: not those of ``default_rng(seed)``.

    Inputs are often drawn from that, with the same seed, and dy would be the same numbers as x: in
    the span of x_hat, say, where the true dx of batch norm is all but zero, and slips with it.
    """
    return np.random.default_rng([seed, 0x677261647072])


def program_of(problem: Problem) -> Program:
    """The same code as a program to be traced or diagnosed."""
    return Program(
        problem.forward, problem.backward, dict(zip(problem.names, problem.inputs)), problem.wrt,
        dict(problem.parameters), labels=problem.labels, positive=problem.positive,
    )  # fmt: skip


def flat(outputs: Sequence[Array]) -> Array:
    """All outputs one after the other, in double precision."""
    parts = [each.ravel() for each in outputs]
    joined = parts[0] if len(parts) == 1 else np.concatenate(parts)
    return joined if np.iscomplexobj(joined) else joined.astype(np.float64, copy=False)


__all__ = ["Array", "Problem", "as_outputs", "flat", "one_output_shape", "stream"]

"""Complex step for a whole colour, with a bound on its rounding error.

Exact to rounding, but only where the code computes an analytic function of complex numbers:
``np.var``, ``np.abs``, comparisons and ``.real`` silently give wrong derivatives. The caller holds
it against independent real differences before it is believed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradproof.numeric.problem import Array, Problem
from gradproof.numeric.rounding.noise import FEW_POINTS, Bounded, closeby, noise_of
from gradproof.numeric.rounding.scatter import UNIT_ROUNDOFF

COMPLEX_STEP = 1e-60
# Outputs to be computed beyond which complex step is not worth its time.
_WORTHWHILE = 20_000_000


def complex_step(line: Callable[[complex], Array]) -> Array:
    """Differentiate an analytic ``line`` at 0 by a step along the imaginary axis.

    Exact to rounding, with no subtraction, but only where the code computes an analytic function
    of complex numbers; it must be held against a real difference before it is believed.
    Source: Squire & Trapp, SIAM Review 40, 1998.
    """
    return np.imag(line(1j * COMPLEX_STEP)) / COMPLEX_STEP


class ComplexSteps:
    """Complex steps along colours of one input, at the point and at a few points close by."""

    def __init__(self, problem: Problem, at: int, colours: int) -> None:
        self.at = at
        self.usable = (
            problem.formula is not None
            and colours * problem.size <= _WORTHWHILE
            and problem.inputs[at].dtype == np.float64
        )
        self.used = self.disagreed = False
        self.positions: Array = np.empty(0)
        self.nearby: list[Problem] = []
        if self.usable:
            nearby = closeby(problem.inputs, np.random.default_rng(0), FEW_POINTS)
            self.positions = nearby.positions
            moved = (nearby.moved(problem.inputs, k) for k in range(FEW_POINTS))
            self.nearby = [problem.with_inputs(each) for each in moved]

    def along(self, slices: Sequence[tuple[Any, Array]]) -> Bounded | None:
        """The derivative of every output by a step of these sizes; None where it does not run."""
        try:
            rows = [np.imag(each.outputs(self._moved(each, slices))) for each in self.nearby]
        except Exception:  # whatever it raises, it does not accept complex numbers
            self.usable = False
            return None
        table = np.stack(rows) / COMPLEX_STEP
        return Bounded(table[0], noise_of(table, UNIT_ROUNDOFF, self.positions))

    def _moved(self, problem: Problem, slices: Sequence[tuple[Any, Array]]) -> list[Array]:
        moved = list(problem.inputs)
        moved[self.at] = moved[self.at].astype(np.complex128)
        for index, size in slices:
            moved[self.at][index] += 1j * COMPLEX_STEP * size
        return moved

    @property
    def method(self) -> str:
        """What the derivatives come from, in words."""
        if self.disagreed:
            return "central differences (complex step disagrees and is not used)"
        if self.used:
            return "complex step, confirmed by central differences"
        return "central differences"

"""How the error of a numeric derivative depends on the step size h: the V-curve, measured.

The code's own forward is differentiated along one random direction, at one drawn point, by forward
difference, central difference and complex step; each result is held against the 50-digit value of
the derivation's gradient there.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.operation.derivation import Mode
from gradproof.operation.exact_outcome import exact_gradients
from gradproof.operation.operations import Operation
from gradproof.operation.sampling import Array, Case, draw_case

# Quarter decades from 1 down to where every digit of the difference is lost.
STEPS: Array = 10.0 ** -np.arange(0.0, 14.01, 0.25)
Line = Callable[[Any], Any]


@dataclass(frozen=True)
class Curve:
    """The relative error of one method at each step size."""

    steps: Array
    errors: Array

    @property
    def best(self) -> tuple[float, float]:
        """The step size with the smallest error, and that error."""
        at = int(np.argmin(self.errors))
        return float(self.steps[at]), float(self.errors[at])

    @property
    def floor(self) -> float:
        """The largest error at any step size below 1e-8: what is left when truncation is gone."""
        return float(self.errors[self.steps < 1e-8].max())


@dataclass(frozen=True)
class StepSizes:
    """The three curves for one operation; ``relative`` is False where the derivative is zero."""

    forward: Curve
    central: Curve
    complex_step: Curve
    derivative: float
    relative: bool

    @property
    def flat(self) -> bool:
        """Whether nothing is to be seen: every method is exact at every step size."""
        curves = (self.forward, self.central, self.complex_step)
        return all(float(curve.errors.max()) == 0.0 for curve in curves)


def measure_step_sizes(operation: Operation, mode: Mode, seed: int) -> StepSizes | None:
    """Measure the three curves for ``mode``, or return None where it has no gradient."""
    if mode.loss is None or mode.dy is None or not mode.differentiable:
        return None
    rng = np.random.default_rng(seed)
    defaults = {item.name: item.default for item in mode.parameters}
    case = draw_case(mode, rng, mode.layouts[0], parameters=defaults)
    directions: dict[str, Array] = {
        item.name: np.asarray(rng.normal(size=case.inputs[item.name].shape))
        for item in mode.differentiable
    }
    line = _along(operation.formula(mode), case, directions)
    wanted = _exact_slope(mode, case, directions)
    scale = abs(wanted) or 1.0

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            _complex(line, 1.0)
    except (TypeError, np.exceptions.ComplexWarning):  # of real numbers only, such as math.erf
        return None

    def curve(estimate: Callable[[Line, float], float]) -> Curve:
        errors = [abs(estimate(line, float(step)) - wanted) / scale for step in STEPS]
        return Curve(STEPS, np.array(errors))

    return StepSizes(curve(_forward), curve(_central), curve(_complex), wanted, wanted != 0.0)


def _along(formula: Callable[..., Any], case: Case, directions: dict[str, Array]) -> Line:
    """The loss <dy, y> as a function of the displacement t along ``directions``."""

    def line(t: Any) -> Any:
        moved = [
            value + t * directions[name] if name in directions else value
            for name, value in case.inputs.items()
        ]
        with np.errstate(all="ignore"):
            y, _ = formula(*moved, **case.parameters)
        return np.sum(case.dy * y)

    return line


def _exact_slope(mode: Mode, case: Case, directions: dict[str, Array]) -> float:
    exact = exact_gradients(mode, case)
    total = 0
    for name, direction in directions.items():
        for value, along in zip(exact[name].value.ravel(), direction.ravel()):
            total += value * float(along)
    return float(total)


def _forward(line: Line, h: float) -> float:
    return float((line(h) - line(0.0)) / h)


def _central(line: Line, h: float) -> float:
    return float((line(h) - line(-h)) / (2 * h))


def _complex(line: Line, h: float) -> float:
    return float(np.imag(line(complex(0.0, h))) / h)


__all__ = ["STEPS", "Curve", "StepSizes", "measure_step_sizes"]

"""Draw inputs for an operation from the domain its derivation states.

Draws are short decimals, so that a failing case can be retyped by hand, and come from a seed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.brief import Brief
from gradproof.derivation import Domain, Input, Layout, Mode
from gradproof.layouts import ANY_SHAPE

Array = np.ndarray[Any, Any]

# Axis lengths tried, by the number of axes: small, since whole Jacobians and 50-digit sums are
# formed of arrays with that many axes.
_LENGTHS = {1: (3, 4, 5), 2: (3, 4, 5), 3: (2, 3), 4: (2,)}
_ANY_SHAPES: tuple[tuple[int, ...], ...] = ((), (12,), (3, 4), (1, 1), (2, 3, 3))


@dataclass(frozen=True, repr=False)
class Case(Brief):
    """Concrete arguments for one run of forward and backward, and where they came from."""

    layout: Layout
    inputs: Mapping[str, Array]
    parameters: Mapping[str, float]
    lengths: Mapping[str, int]
    dy: Array | None
    kind: str = "ordinary"

    def arguments(self) -> tuple[Array, ...]:
        """The array arguments, in call order."""
        return tuple(self.inputs.values())

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the float arrays."""
        return np.result_type(*(each for each in self.inputs.values() if each.dtype.kind == "f"))

    def __repr__(self) -> str:
        """Write the arguments as they can be typed again: ``x = [[1., 0.]], eps = 0.1``."""
        arrays = dict(self.inputs) if self.dy is None else {**self.inputs, "dy": self.dy}
        written = [f"{name} = {_written(value)}" for name, value in arrays.items()]
        written += [f"{name} = {value!r}" for name, value in self.parameters.items()]
        return ", ".join(written) + ("" if self.dtype == np.float64 else f", in {self.dtype}")

    def described(self) -> dict[str, Any]:
        """Inputs, parameters and upstream gradient as plain numbers and lists."""
        found = {name: value.tolist() for name, value in self.inputs.items()}
        found.update(self.parameters)
        if self.dy is not None:
            found["dy"] = self.dy.tolist()
        return found


def _written(array: Array) -> str:
    """Each number as short as it can be, all of them on one line."""
    digits: Any = {"float_kind": lambda number: str(number).removesuffix(".0")}
    written = np.array2string(
        array, separator=", ", threshold=10**6, max_line_width=10**6, formatter=digits
    )
    return " ".join(written.split())


@dataclass(frozen=True)
class Scale:
    """How values are drawn: ``centre + spread * normal`` with ``digits`` significant digits.

    cotangent: the spread of the upstream gradient; with ``signs_only`` every element of it has
    this magnitude, so that sums overflow on the way to a result that does not.
    """

    kind: str
    spread: float = 1.0
    centre: float = 0.0
    cotangent: float = 1.0
    digits: int = 3
    signs_only: bool = False


ORDINARY = Scale("ordinary")
SCALES = (
    ORDINARY,
    Scale("large", spread=20.0),
    Scale("far from zero, small upstream gradient", centre=100.0, cotangent=1e-3),
)


def repeats(layout: Layout) -> int:
    """How often to draw for one scale: single numbers are drawn more often than arrays."""
    return 2 if ANY_SHAPE in layout.mapped else 1


def shape_of(
    axes: tuple[str, ...], lengths: Mapping[str, int], any_shape: tuple[int, ...]
) -> tuple[int, ...]:
    """The concrete shape of an array whose axes are named ``axes``."""
    shape: tuple[int, ...] = ()
    for axis in axes:
        shape += any_shape if axis == ANY_SHAPE else (lengths[axis],)
    return shape


def draw_case(
    mode: Mode,
    rng: np.random.Generator,
    layout: Layout | None = None,
    scale: Scale = ORDINARY,
    lengths: Mapping[str, int] | None = None,
    parameters: Mapping[str, float] | None = None,
) -> Case:
    """Draw one case for ``mode``: shapes, inputs, parameters and a random upstream gradient."""
    layout = layout or mode.layouts[int(rng.integers(len(mode.layouts)))]
    any_shape = _ANY_SHAPES[int(rng.integers(len(_ANY_SHAPES)))]
    sizes = {axis: _draw_length(layout, axis, rng) for axis in axes_of(layout)}
    sizes.update(lengths or {})
    inputs = {
        item.name: draw_values(
            item, shape_of(layout.shapes[item.name], sizes, any_shape), sizes, rng, scale
        )
        for item in mode.inputs
    }
    chosen = {
        item.name: _draw_parameter(item.tried or (item.default,), rng) for item in mode.parameters
    }
    chosen.update(parameters or {})
    dy = None
    if mode.dy is not None:
        shape = shape_of(layout.output, sizes, any_shape)
        dy = _draw_cotangent(shape, rng, scale)
    return Case(layout, inputs, chosen, sizes, dy, scale.kind)


def _draw_cotangent(shape: tuple[int, ...], rng: np.random.Generator, scale: Scale) -> Array:
    if scale.signs_only:
        return np.asarray(rng.choice([-1.0, 1.0], shape) * scale.cotangent)
    return short_decimals(rng.normal(0.0, scale.cotangent, shape), 3)


def draw_values(
    item: Input,
    shape: tuple[int, ...],
    lengths: Mapping[str, int],
    rng: np.random.Generator,
    scale: Scale,
) -> Array:
    """Draw an array of ``shape`` from the domain of ``item``."""
    domain: Domain = item.domain
    if domain.kind == "label":
        return rng.integers(0, lengths[domain.below], shape)
    if domain.kind == "unit":
        return short_decimals(rng.uniform(0.0, 1.0, shape), 2)
    if domain.kind == "positive":
        return short_decimals(np.exp(rng.normal(0.0, 1.0, shape)), scale.digits)
    if domain.kind == "real":
        return short_decimals(
            scale.centre + scale.spread * rng.normal(0.0, 1.0, shape), scale.digits
        )
    raise ValueError(f"input {item.name!r}: unknown domain {domain.kind!r}")


def short_decimals(values: Any, digits: int) -> Array:
    """Round to ``digits`` decimals after the largest value's leading one, never to zero."""
    values = np.asarray(values, dtype=np.float64)
    if values.size == 0:
        return values
    largest = float(np.max(np.abs(values)))
    places = digits - 1 - (math.floor(math.log10(largest)) if largest > 0 else 0)
    # Decimal literals, not scaled integers: the float nearest to the short decimal is what
    # a person who retypes the case will get.
    rounded = [float(f"{value:.{max(places, 0)}f}") for value in values.ravel()]
    smallest = 10.0 ** -max(places, 0)
    nonzero = [each if each != 0.0 else smallest for each in rounded]
    return np.array(nonzero, dtype=np.float64).reshape(values.shape)


def axes_of(layout: Layout) -> tuple[str, ...]:
    """Names of the axes whose lengths are drawn."""
    named = [axis for axes in (*layout.shapes.values(), layout.output) for axis in axes]
    return tuple(dict.fromkeys(axis for axis in named if axis != ANY_SHAPE))


def _draw_length(layout: Layout, axis: str, rng: np.random.Generator) -> int:
    low = layout.least.get(axis, 1)
    tried = _LENGTHS[min(len(axes_of(layout)), max(_LENGTHS))]
    return int(rng.choice([length for length in tried if length >= low] or [low]))


def _draw_parameter(tried: tuple[float, ...], rng: np.random.Generator) -> float:
    return float(tried[int(rng.integers(len(tried)))])


__all__ = [
    "ORDINARY",
    "SCALES",
    "Case",
    "Scale",
    "axes_of",
    "draw_case",
    "draw_values",
    "shape_of",
    "short_decimals",
]

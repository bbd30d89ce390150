"""Draw inputs for an operation from the domain its derivation states.

Draws are short decimals, so that a failing case can be retyped by hand, and come from a seed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.operation.derivation import Domain, Input, Layout, Mode, Parameter
from gradproof.operation.layouts import ANY_SHAPE, axes_of, lengths_for, shape_of
from gradproof.shown import Brief

Array = np.ndarray[Any, Any]

# Axis lengths tried, by the number of axes: small, since whole Jacobians and 50-digit sums are
# formed of arrays with that many axes.
_LENGTHS = {0: (1,), 1: (3, 4, 5), 2: (3, 4, 5), 3: (2, 3), 4: (2,)}
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
    chosen = {item.name: _draw_parameter(item, rng) for item in mode.parameters}
    chosen.update(parameters or {})
    sizes = lengths_for(
        layout, lambda axis, least: _draw_length(layout, chosen, least, rng), chosen
    )
    sizes.update(lengths or {})
    named = {**chosen, **sizes}
    inputs = {
        item.name: draw_values(
            item, shape_of(layout.shapes[item.name], named, any_shape), sizes, rng, scale
        )
        for item in mode.inputs
    }
    dy = None
    if mode.dy is not None:
        dy = _draw_cotangent(shape_of(layout.output, named, any_shape), rng, scale)
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
    if domain.whole:
        drawn = rng.integers(0, domain.choices(lengths), shape)
        return kept_somewhere(drawn) if domain.kind == "mask" else drawn
    if domain.kind == "sign":
        return np.asarray(rng.choice([-1.0, 1.0], shape))
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


def smallest_case(mode: Mode, values: Mapping[str, float]) -> Case:
    """The case with axes of length 1 that holds ``values``, parameters at their defaults, dy 1."""
    layout = mode.layouts[0]
    parameters = {item.name: item.default for item in mode.parameters}
    lengths = lengths_for(layout, lambda axis, least: 1, parameters)
    named = {**parameters, **lengths}
    inputs = {
        item.name: np.full(shape_of(layout.shapes[item.name], named), values[item.name])
        for item in mode.inputs
    }
    dy = np.ones(shape_of(layout.output, named))
    return Case(layout, inputs, parameters, lengths, dy, "smallest")


def kept_somewhere(mask: Array) -> Array:
    """The mask with its first element set in every row that would keep nothing."""
    if mask.ndim and mask.shape[-1]:
        mask[..., 0] |= ~mask.any(axis=-1)
    return mask


def _draw_length(
    layout: Layout, parameters: Mapping[str, float], low: int, rng: np.random.Generator
) -> int:
    usual = _LENGTHS[min(len(axes_of(layout, parameters)), max(_LENGTHS))]
    tried = (layout.most,) if layout.most else usual
    return int(rng.choice([length for length in tried if length >= low] or [low]))


def _draw_parameter(item: Parameter, rng: np.random.Generator) -> float:
    tried = item.tried or (item.default,)
    drawn = tried[int(rng.integers(len(tried)))]
    return int(drawn) if item.whole else float(drawn)


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
    "smallest_case",
]

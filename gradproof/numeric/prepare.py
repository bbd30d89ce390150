"""From a caller's arguments to a point of check: dtypes, names, the upstream gradient, noise."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any

import numpy as np

from gradproof.arguments.signatures import Asked
from gradproof.numeric.problem import Array, Problem, as_outputs, flat
from gradproof.numeric.rounding.noise import (
    CLOSE,
    FEW_POINTS,
    FURTHER,
    POINTS,
    Bounded,
    Nearby,
    closeby,
    noise_of,
    norm,
    picked,
    roundoff,
    second_difference,
    single_inside,
    stuck,
)
from gradproof.numeric.side_effects.hygiene import FirstRun, quiet

_MANY = 50_000
# Quantiles of the normal distribution, none of them zero.
_NORMAL = np.array([NormalDist().inv_cdf((k + 0.5) / 256) for k in range(256)])
# The rounding errors of so many outputs together need fewer points to be known.
_SEVERAL = 256


@dataclass(frozen=True)
class Measured:
    """Values and rounding bounds of outputs and gradients, and a test displacement.

    change is by how much the outputs change when the inputs move by ``tests``, to first order;
    change_noise bounds the rounding error of that.
    """

    outputs: Bounded
    gradients: dict[str, Bounded]
    tests: dict[str, Array]
    change: Array
    change_noise: Array
    stuck: bool = False  # whether outputs are the same at points close by, as on stairs

    @property
    def noisy(self) -> bool:
        """Whether a tiny displacement changes the outputs by far more than rounding does."""
        return norm(self.outputs.bound) > 1e-6 * norm(self.outputs.value)


def build(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    inputs: Sequence[Any],
    asked: Asked,
    formula: Callable[..., Any] | None = None,
    until: float = math.inf,
    copied: Callable[[Any], Array] = np.array,
) -> tuple[Problem, Problem | None]:
    """The problem to differentiate, in double precision where the function lets it.

    The second problem is the one as given, where that is in single or half precision and the first
    one is not: its values are then checked too. until: when to call no function any more; copied:
    makes arrays that nothing else writes into. Raises ValueError for inputs without a gradient.
    """
    arrays = tuple(map(copied, inputs))
    names, wrt = asked.names, asked.wrt or ()
    floats = tuple(name for name, each in zip(names, arrays) if each.dtype.kind == "f")
    _require_floats(arrays, names, wrt, floats)
    given = Problem(
        forward, backward, arrays, names, wrt or floats, asked.parameters, formula,
        labels=asked.labels, positive=asked.positive,
    )  # fmt: skip
    wide = tuple(_widened(each) for each in arrays)
    alike = all(a.dtype == b.dtype for a, b in zip(wide, arrays))
    both = (given, None) if alike else _in_double(given, wide)
    given.called.until = until  # both call the functions there
    return both


def _require_floats(
    arrays: tuple[Array, ...], names: tuple[str, ...], wrt: tuple[str, ...], floats: tuple[str, ...]
) -> None:
    """A derivative needs inputs that can be moved by a small step."""
    for name, each in zip(names, arrays):
        wanted = name in wrt if wrt else not floats
        if wanted and name not in floats:
            raise ValueError(
                f"{name}: expected an array of floats, got dtype {each.dtype}: its gradient needs "
                f"steps smaller than 1; pass {name}.astype(float)"
                + ("" if wrt else ", or name the inputs that have a gradient in wrt")
            )


def _in_double(given: Problem, wide: tuple[Array, ...]) -> tuple[Problem, Problem | None]:
    """Take the function in double precision if its result follows its inputs there."""
    try:
        with quiet():
            outputs, _ = given.run([each.copy() for each in wide])
    except Exception:  # whatever it raises, it does not accept double precision
        return given, None
    if all(each.dtype == np.float64 for each in outputs):
        return given.with_inputs(wide), given
    return given, None


def _widened(array: Array) -> Array:
    narrow = array.dtype.kind == "f" and array.dtype.itemsize < 8
    return array.astype(np.float64) if narrow else array


def upstream(dy: Any, outputs: tuple[Array, ...], rng: np.random.Generator) -> Array:
    """The upstream gradient as one flat array: as given, or random with few digits.

    Raises ValueError if its shape is not that of the outputs.
    """
    if dy is None:
        size = sum(each.size for each in outputs)
        if size > _MANY:
            return picked(rng, _NORMAL, (size,))
        drawn = rng.normal(size=size)
        return np.round(drawn, 2) + (np.abs(drawn) < 0.005) * 0.01 if size <= 1024 else drawn
    parts = as_outputs(dy) if len(outputs) > 1 else (np.asarray(dy),)
    shapes = [each.shape for each in outputs]
    if [each.shape for each in parts] != shapes:
        wanted, got = (
            (shapes[0], parts[0].shape)
            if len(shapes) == len(parts) == 1
            else (shapes, [p.shape for p in parts])
        )
        raise ValueError(f"dy: expected the shape of y, {wanted}, got {got}")
    return np.array(flat(parts), dtype=np.float64)


def measure(
    problem: Problem, first: FirstRun, dy: Array, rng: np.random.Generator, points: int = 0
) -> Measured:
    """Run forward and backward at a few points close by: how they round, and how they change."""
    points = points or (FEW_POINTS if problem.size > _SEVERAL else POINTS)
    dy = dy.astype(problem.dtype, copy=False)
    nearby, table, gradient_tables = _tables(problem, first, dy, rng, points, CLOSE)
    coarse, plateau = False, stuck(table)
    if plateau:
        further = _tables(problem, first, dy, rng, points, FURTHER)
        coarse = single_inside(further[1])
        if coarse:
            nearby, table, gradient_tables = further
    one_shape = problem.shapes[0] if len(problem.shapes) == 1 else None
    outputs_bound = Bounded(
        table[0], noise_of(table, problem.unit, nearby.positions, one_shape, coarse)
    )
    gradients = {
        name: Bounded(
            each[0],
            noise_of(
                np.stack(each).astype(np.float64),
                roundoff(each[0].dtype),
                nearby.positions,
                coarse=coarse,
            ),
        )
        for name, each in gradient_tables.items()
    }
    last = points - 1
    # Freed of curvature: of the changes over half and the whole way, 4 and -1 times.
    change = 4 * (table[last // 2] - table[0]) - (table[last] - table[0])
    tests = {
        name: (nearby.positions[last] * nearby.steps[problem.at(name)]).astype(
            np.float64, copy=False
        )
        for name in problem.wrt
    }
    return Measured(outputs_bound, gradients, tests, change, 8 * outputs_bound.bound, plateau)


def _tables(
    problem: Problem,
    first: FirstRun,
    dy: Array,
    rng: np.random.Generator,
    points: int,
    spacing: float,
) -> tuple[Nearby, Array, dict[str, list[Array]]]:
    """The points on the line of the inputs, outputs (points, size) there, and gradients."""
    together = closeby((dy, *problem.inputs), rng, points, spacing)
    for at, name in enumerate(problem.names, start=1):
        if name not in problem.wrt:  # its derivatives are not known, so it must stay where it is
            together.steps[at] = np.zeros_like(together.steps[at])
    nearby = Nearby(together.steps[1:], together.positions)
    outputs_table = [flat(first.outputs)]
    gradient_tables = {name: [value] for name, value in first.gradients.items()}
    for k in range(1, points):
        moved_dy, *moved = together.moved((dy, *problem.inputs), k)
        outputs, cache = problem.run(moved)
        outputs_table.append(flat(outputs))
        for name, value in problem.pull(moved_dy, cache).items():
            gradient_tables[name].append(np.array(value))
    if problem.formula is not None:
        outputs_table = [problem.outputs(nearby.moved(problem.inputs, k)) for k in range(points)]
    return nearby, np.stack(outputs_table), gradient_tables


def measure_lightly(
    problem: Problem, first: FirstRun, dy: Array, rng: np.random.Generator, tests: bool = False
) -> Measured:
    """The same from three points and with few passes over large arrays, for sums of many outputs.

    The test displacement is left out unless asked for.
    """
    light = _light(problem, first, dy, rng, CLOSE, tests)
    if not stuck(light.some):
        return light.measured
    further = _light(problem, first, dy, rng, FURTHER, tests)
    light = further if single_inside(further.some) else light
    return replace(light.measured, stuck=True)


@dataclass(frozen=True)
class _Light:
    """What three points show, and some of the outputs there: how they are rounded."""

    measured: Measured
    some: Array


def _light(
    problem: Problem,
    first: FirstRun,
    dy: Array,
    rng: np.random.Generator,
    spacing: float,
    tests: bool,
) -> _Light:
    """Three points on a line. Large arrays go as soon as they have said what is asked of them."""
    nearby = closeby(problem.inputs, rng, 3, spacing)
    here = flat(first.outputs)
    outputs, cache = problem.run(nearby.moved(problem.inputs, 1))
    problem.called.let_go(cache)
    y1 = flat(outputs)
    g1 = {name: np.array(value) for name, value in problem.pull(dy, cache, lent=True).items()}
    del outputs, cache
    moved = nearby.moved(problem.inputs, 2)
    by = {
        name: nearby.positions[2] * nearby.steps[problem.at(name)] for name in problem.wrt * tests
    }
    if problem.formula is None:
        nearby.steps.clear()
    outputs, cache = problem.run(moved, lent=True)
    problem.called.let_go(cache)
    del moved
    shown = _bend(here, y1, flat(outputs), problem.unit, tests)
    del y1, outputs
    # No function is called again before what it lent has been used.
    g2 = problem.pull(dy, cache, lent=True)
    del cache
    gradients = {
        name: Bounded(
            value,
            second_difference(
                [np.asarray(each, np.float64) for each in (value, g1.pop(name), g2.pop(name))],
                roundoff(value.dtype),
            ),
        )
        for name, value in first.gradients.items()
    }
    if problem.formula is not None:
        here = problem.outputs(problem.inputs)
        y1, y2 = (problem.outputs(nearby.moved(problem.inputs, k)) for k in (1, 2))
        shown = _bend(here, y1, y2, problem.unit, tests)
    bound, change, some = shown
    noise = 8 * bound if tests else np.empty(0)
    return _Light(Measured(Bounded(here, bound), gradients, by, change, noise), some)


def _bend(here: Array, y1: Array, y2: Array, unit: float, tests: bool) -> tuple[Array, ...]:
    """Of outputs at three points: the bound on their rounding, the change to first order, some."""
    stride = max(1, here.size // _MANY)
    some = np.stack([y[::stride] for y in (here, y1, y2)])
    change = 4 * (y1 - here) - (y2 - here) if tests else np.empty(0)
    return second_difference((here, y1, y2), unit), change, some


def require_same_function(problem: Problem, y: Array, formula: Bounded) -> None:
    """The formula stands in for forward, so their values must agree, to rounding."""
    if problem.formula is None:
        return
    same = np.abs(formula.value - y) <= 2 * formula.bound
    if not bool((same | (np.isnan(y) & np.isnan(formula.value))).all()):
        raise ValueError("formula: expected the same y as forward returns; got another")


__all__ = [
    "Measured", "build", "measure", "measure_lightly", "require_same_function", "upstream",
]  # fmt: skip

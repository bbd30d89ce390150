"""How outputs and gradients round at the point and change beside it, from a few points close by."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gradproof.numeric.problem import Array, Problem, flat
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
    roundoff,
    second_difference,
    single_inside,
    stuck,
)
from gradproof.numeric.side_effects.hygiene import FirstRun

# The rounding errors of so many outputs together need fewer points to be known.
_SEVERAL = 256
# Of more outputs, some say how they round.
_MANY = 50_000


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


__all__ = ["Measured", "measure", "measure_lightly"]

"""From where the parameters of a round are moved, and what depends on them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from gradproof.claims.updates import Update
from gradproof.program.carry import replay
from gradproof.program.steps import LEAF, UNKNOWN, Program, is_real

Array = np.ndarray[Any, Any]

# How far the points are from the author's, relative to the size of the parameters; the small ones
# are for functions that saturate further out.
RADII = ((0.3, 0.1, 0.02, 0.002), (1e-3, 1e-5))
_TRIES = 4
_GUARD = 1e-4  # how large a number may be that only keeps a logarithm finite
_AFTER = 4000  # steps after the last update of a round in which its loss may be computed


def steps_after(
    program: Program, updates: list[Update], last: int, cut: Collection[int] = ()
) -> tuple[list[int], set[int]]:
    """Return the steps that depend on the parameters of a round. What its updates give does not
    count as such, nor what those of ``cut`` give: a gradient that uses a parameter after its update
    is wrong by that."""
    sources = {each.source for each in updates}
    given = {each.step for each in updates}.union(cut)
    cone, order = set(sources), []
    for index in range(min(sources), last):
        step = program.steps[index]
        if index in cone or index in given:
            continue
        if not cone.isdisjoint(step.refs) or (step.name == UNKNOWN and is_real(step.value)):
            cone.add(index)
            order.append(index)
    return order, cone


def points_beside(
    program: Program, updates: list[Update], order: list[int], rng: np.random.Generator,
    radii: tuple[float, ...] = RADII[0],
) -> tuple[list[dict[int, Array]], bool]:  # fmt: skip
    """Return parameters beside the author's at which the code goes the same way, and whether there
    were none, so that the way is given."""
    sources = sorted({each.source for each in updates})
    start = {s: np.asarray(program.value(s), float) for s in sources}
    last = updates[-1].step
    guards = [g for g in program.guards if g in set(order) and g < last]
    few = [index for index in order if index <= last]
    found: list[dict[int, Array]] = []
    for radius in radii:
        for _ in range(_TRIES):
            point = {s: _beside(value, radius, rng) for s, value in start.items()}
            if _goes_the_same_way(program, few, guards, point):
                found.append(point)
            if len(found) == 2:
                fresh = {s: _fresh(value, rng) for s, value in start.items()}
                if radii is RADII[0] and _goes_the_same_way(program, few, guards, fresh):
                    found.append(fresh)
                return found, False
    small = [{s: _beside(v, radii[-1], rng) for s, v in start.items()} for _ in range(2)]
    return found or small, not found


def _beside(value: Array, radius: float, rng: np.random.Generator) -> Array:
    size = 0.1 + float(np.abs(value).mean()) if value.size else 0.1
    return value + radius * size * rng.standard_normal(value.shape)


def _fresh(value: Array, rng: np.random.Generator) -> Array:
    """Parameters as one would draw them to begin with, so that nothing saturates."""
    inputs = value.shape[0] if value.ndim else 1
    return rng.standard_normal(value.shape) / np.sqrt(max(1, inputs))


def _goes_the_same_way(
    program: Program, order: list[int], guards: list[int], point: dict[int, Array]
) -> bool:
    values = replay(program, order, point)
    held = all(bool(np.real(values[g])) == bool(program.value(g)) for g in guards if g in values)
    return held and all(np.isfinite(v).all() for v in values.values() if is_real(v))


def small_numbers(program: Program, updates: list[Update], last: int) -> dict[int, Array]:
    """Numbers that are added to keep a logarithm or a quotient finite (1e-8, 1.0000001), each with
    what it stands for: 0 or 1."""
    order, _ = steps_after(program, updates, last_of(updates, last))
    out: dict[int, Array] = {}
    for index in order:
        step = program.steps[index]
        for ref in step.refs if step.name in ("add", "subtract") else ():
            value = program.value(ref)
            if program.steps[ref].name != LEAF or np.size(value) != 1 or not is_real(value):
                continue
            near = np.round(np.asarray(value))
            if 0 < abs(float(np.asarray(value - near).reshape(()))) <= _GUARD and abs(near) <= 1:
                out[ref] = near
    return out


def last_of(updates: list[Update], last: int) -> int:
    """Return the step up to which the loss of a round is sought; ``last`` bounds it."""
    return min(last, updates[-1].step + _AFTER)


__all__ = ["RADII", "last_of", "points_beside", "small_numbers", "steps_after"]

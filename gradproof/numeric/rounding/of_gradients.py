"""What rounding does to hand-written gradients, measured at steps of every size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gradproof.numeric.measured import Measured
from gradproof.numeric.modes.gradient_total import NumericGradient
from gradproof.numeric.problem import Array, Problem
from gradproof.numeric.rounding.noise import Bounded
from gradproof.numeric.rounding.scatter import STEPS, scatter

# Up to so many elements of a gradient, its rounding is measured at every step too.
_FEW = 20_000
# It is not taken for larger than so many roundings of the terms added up: masks that flip at
# displaced points look like it.
_MOST_ROUNDINGS = 256.0
# A lower precision inside shows within so many of its own roundings; errors there are up to so many
# times as large as values near by are apart.
_FEW_STAIRS, _SPREAD = 16.0, 2.0
# How far next to zero gradients are looked at further out, in units of such a rounding.
_OUTWARDS = (1.0, 4.0, 16.0)
# Or, where terms cancel, than this part of the gradient.
_MOST_LOST = 1e-3


def rounded(
    problem: Problem,
    dy: Array,
    measured: Measured,
    numeric: dict[str, NumericGradient],
    rng: np.random.Generator,
    precision: float,
) -> Mapping[str, Bounded]:
    """The gradients, with what rounding does to them measured at steps of every size.

    In a lower precision inside, by how much they differ within a few of its smallest steps.
    """
    if sum(each.value.size for each in measured.gradients.values()) > _FEW:
        return measured.gradients
    along = {
        name: problem.inputs[problem.at(name)]
        * rng.choice([-1.0, 1.0], problem.inputs[problem.at(name)].shape)
        * rng.uniform(0.5, 1.0, problem.inputs[problem.at(name)].shape)
        for name in problem.wrt
    }

    def at(step: float, by_name: dict[str, Any]) -> dict[str, Any] | None:
        moved = list(problem.inputs)
        for name, by in by_name.items():
            k = problem.at(name)
            moved[k] = (moved[k] + step * by).astype(moved[k].dtype, copy=False)
        try:
            return problem.gradients(moved, dy)
        except (ValueError, ArithmeticError, np.linalg.LinAlgError):
            return None

    ahead, behind = ([at(sign * step, along) for step in STEPS] for sign in (1.0, -1.0))
    outwards = {name: np.sign(problem.inputs[problem.at(name)]) for name in along}
    coarse = precision > problem.unit
    further = [at(by * precision, outwards) for by in _OUTWARDS] if coarse else []
    found = {}
    for name, got in measured.gradients.items():
        above, below = (_rows(side, name, got.value) for side in (ahead, behind))
        x = problem.inputs[problem.at(name)]
        size = max(1.0, float(np.abs(x).max(initial=0.0)))
        here = got.value.ravel().astype(np.float64)
        spread = scatter(above, below, here, problem.unit)
        # Zeros that are returned whatever the inputs are have no rounding error.
        constant = ((above == here) & (below == here)).all(axis=0)
        near, far = (np.where(constant, 0.0, each[-1]) for each in (spread.plain, spread.whole))
        terms = np.maximum(numeric[name].magnitude, np.abs(dy).max(initial=0.0)).ravel()
        most = _MOST_ROUNDINGS * problem.unit * size * terms
        most = np.maximum(most, _MOST_LOST * np.abs(here).max(initial=0.0))
        # The smallest steps flip no masks: what they show is all rounding.
        lost = np.fmax(np.where(np.isfinite(near), near, 0.0), np.fmin(far, most))
        if coarse:
            # Numbers of about 1 may be added inside: their roundings are as wide next to zero.
            with np.errstate(divide="ignore"):
                reach = _FEW_STAIRS * precision / np.minimum(np.abs(x.ravel()), 1.0)
            few = STEPS[:, None] <= reach
            apart = np.fmax(np.abs(above - here), np.abs(below - here))
            apart = np.where(few & np.isfinite(apart), apart, 0.0).max(axis=0)
            # What cancels next to zero may be lost alike at all numbers that are as small.
            beyond = np.nan_to_num(np.abs(_rows(further, name, got.value) - here))
            small = np.abs(x.ravel()) < _FEW_STAIRS * precision
            apart = np.fmax(apart, np.where(small, beyond, 0.0).max(axis=0))
            lost = np.fmax(lost, _SPREAD * apart)
        bound = np.fmax(got.bound.ravel(), lost).reshape(got.value.shape)
        found[name] = Bounded(got.value, bound)
    return found


def _rows(side: list[dict[str, Any] | None], name: str, like: Array) -> Array:
    """One gradient at every step, flat; NaN where it could not be had."""
    missing = np.full(like.size, np.nan)
    rows = []
    for each in side:
        value = None if each is None else np.asarray(each[name], np.float64)
        rows.append(missing if value is None or value.shape != like.shape else value.ravel())
    return np.stack(rows)


__all__ = ["rounded"]

"""From a caller's arguments to a point of check: dtypes, names, the upstream gradient, noise."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import NormalDist
from typing import Any

import numpy as np

from gradproof.arguments.signatures import Asked
from gradproof.numeric.problem import Array, Problem, as_outputs, flat
from gradproof.numeric.rounding.noise import (
    Bounded,
    picked,
)
from gradproof.numeric.side_effects.hygiene import quiet

_MANY = 50_000
# Quantiles of the normal distribution, none of them zero.
_NORMAL = np.array([NormalDist().inv_cdf((k + 0.5) / 256) for k in range(256)])


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


def require_same_function(problem: Problem, y: Array, formula: Bounded) -> None:
    """The formula stands in for forward, so their values must agree, to rounding."""
    if problem.formula is None:
        return
    same = np.abs(formula.value - y) <= 2 * formula.bound
    if not bool((same | (np.isnan(y) & np.isnan(formula.value))).all()):
        raise ValueError("formula: expected the same y as forward returns; got another")


__all__ = ["build", "require_same_function", "upstream"]

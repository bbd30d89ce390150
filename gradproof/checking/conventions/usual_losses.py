"""Losses that are meant where no code computes one, and backward is given targets.

Which it is, is asked of the gradients themselves: those of a usual loss, but for one factor. It is
taken only where the gradient of an array of weights is that factor times the true one at several
points, so that others are accused beside one that is right; and the verdict says it is assumed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from gradproof.checking.conventions.match import SELECT, Match, differences, times
from gradproof.checking.source.argument_roles import role_of
from gradproof.checking.trials.input_trials import Array, draw

_POINTS = 2  # at which the factor has to be the same
_EXACT = 1e-5  # relative: what differences see of a factor
_PARTS = 1000  # a factor is a number of parts of a number of elements no larger than that


@dataclass(frozen=True)
class UsualLoss:
    """A loss by its name, of the predictions and the targets."""

    words: str
    of: Callable[[Array, Array], Any]


def _coded(y: Array, t: Array) -> Array:
    """The targets as rows of zeros and ones, where they are the numbers of classes."""
    whole = t.dtype.kind in "iu" and t.ndim == y.ndim - 1
    return np.eye(y.shape[-1])[t] if whole else t


def _squares(y: Array, t: Array) -> Any:
    return 0.5 * np.sum((y - _coded(y, t)) ** 2)


def _binary(y: Array, t: Array) -> Any:
    return -np.sum(t * np.log(y) + (1 - t) * np.log(1 - y))


def _classes(y: Array, t: Array) -> Any:
    return -np.sum(_coded(y, t) * np.log(y))


USUAL = (
    UsualLoss("half the sum of squares", _squares),
    UsualLoss("the binary cross-entropy", _binary),
    UsualLoss("the cross-entropy", _classes),
)


def targets_for(y: Array) -> list[Array]:
    """Targets for an output of this shape: one class for each example, bits, numbers."""
    size = np.arange(int(np.prod(y.shape)))
    bits = (size % 3 != 1).astype(float).reshape(y.shape)
    if y.ndim != 2:
        return [bits]
    rows, columns = y.shape
    hot = np.eye(columns)[np.arange(rows) % columns]
    per_column = np.eye(rows)[:, np.arange(columns) % rows]
    found = [bits, per_column, hot, (size % 5 / 4).reshape(y.shape), np.arange(rows) % columns]
    return [each for each in found if np.ptp(each)]  # of targets all alike little is seen


def fitted(match: Match, loss: UsualLoss) -> Iterator[Match]:
    """Yield the match by the multiple of a usual loss of which its gradients are, if any."""
    factor = _factor(match)
    if factor is None:
        return
    words = "the" if factor == 1 else f"{factor:.6g} times the"
    note = (
        f"judged as {words} gradient of {loss.words} of what forward returns and the targets, "
        "which is assumed to be the loss"
    )
    yield replace(times(match, 1 / factor), output="loss").noted(note)


def _factor(match: Match) -> float | None:
    """The one number that gradients are times the true ones, at several points; None for none."""
    found: list[tuple[float, bool]] = []
    for seed in range(_POINTS):
        try:
            ratios = _ratios(_elsewhere(match, seed))
        except Exception:  # of the author's code, which these numbers are not for
            return None
        weights = [r for n, r in ratios.items() if r is not None and _is_weight(match, n)]
        if not weights:
            return None
        by_weights = max(weights, key=lambda r: sum(_same(r, other) for other in weights))
        all_fit = all(r is not None and _same(r, by_weights) for r in ratios.values())
        found.append((by_weights, all_fit))
    first, whole = found[0]
    exact = Fraction(first).limit_denominator(_PARTS)
    if not exact or not all(_same(float(exact), other) for other, _ in found):
        return None
    return float(exact) if first > 0 or whole else None  # the negative of all is an ascent


def _is_weight(match: Match, name: str) -> bool:
    """Whether it is an array of weights: a bias alone is right beside a penalty on weights too."""
    return match.inputs[name].ndim > 1 and role_of(re.sub(r"_\d+$", "", name)) != "bias"


def _elsewhere(match: Match, seed: int) -> Match:
    """The match at other values of what varies."""
    if not seed:
        return match
    rng = np.random.default_rng([seed, 3])
    return replace(match, inputs={n: draw(rng, v.shape) for n, v in match.inputs.items()})


def _ratios(match: Match) -> dict[str, float | None]:
    """By which number each gradient is too large; None where it is no multiple of the true one."""
    out: dict[str, float | None] = {}
    for name, (got, wanted) in differences(match).items():
        size = float(np.sum(wanted * wanted))
        ratio = float(np.sum(got * wanted)) / size if got.shape == wanted.shape and size else 0.0
        off = np.abs(got - ratio * wanted).max(initial=0.0) if ratio else np.inf
        out[name] = ratio if off < SELECT * max(np.abs(got).max(initial=0.0), 1e-3) else None
    return out


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= _EXACT * abs(one)


__all__ = ["USUAL", "UsualLoss", "fitted", "targets_for"]

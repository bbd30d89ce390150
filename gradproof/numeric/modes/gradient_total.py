"""The numeric gradient of one input, as what the colours contribute is added up.

Of every colour's derivatives only the sums that the comparison needs are kept: the Jacobian is
never stored.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.numeric.problem import Array
from gradproof.numeric.rounding.noise import SQUARED, Bounded
from gradproof.numeric.rounding.stairs import UNIT_ROUNDOFF
from gradproof.numeric.steps.line_slopes import Slopes
from gradproof.numeric.structure.pattern import Pattern

# Up to this many elements the bound on noise needs no room for the unluckiest of them.
_FEW = 32
# So many roundings of numbers inside hide in outputs.
HIDDEN = 4.0


@dataclass
class NumericGradient:
    """The derivative of <dy, y> by each element of one input, in its shape.

    value within bound; magnitude is the sum of |dy * derivative| that was added up; low and high
    are the ends of what is admissible (the value, but for kinks, which ``kinked`` marks).
    ``jumped`` marks elements by which an output jumps. other, within other_bound, is the second
    derivative of elements in whose outputs rounding makes a staircase, else the same as value.
    predicted is the change of the outputs along the test displacement, with its own bound; None
    where only sums over outputs were looked at. Where no displacement changed any output, a
    gradient of up to ``unseen`` may be right as well.
    """

    value: Array
    bound: Array
    magnitude: Array
    low: Array
    high: Array
    kinked: Array
    predicted: Array | None
    predicted_bound: Array
    jumped: Array
    colours: int = 0
    method: str = "central differences"
    other: Array | None = None  # the second derivative that rounding makes, where it does
    other_bound: Array | None = None
    unseen: float = 0.0

    @property
    def arrays(self) -> list[Array]:
        """All that is known of each element."""
        parts = (self.value, self.bound, self.magnitude, self.low, self.high, self.kinked)
        other = (self.other, self.other_bound)
        return [*parts, self.jumped, *(each for each in other if each is not None)]


class Total:
    """Adds up what each colour contributes.

    shape: of the input; noise: the outputs with the bound on their rounding; test: the small
    displacement for which the change of the outputs is predicted; random_signs: dy was drawn, so
    that errors of different outputs add up as squares.
    """

    def __init__(
        self, shape: tuple[int, ...], pattern: Pattern, dy: Array, noise: Bounded, test: Array,
        random_signs: bool,
    ) -> None:  # fmt: skip
        self.pattern, self.dy, self.noise, self.test = pattern, dy, noise, test
        self.weights, self.random_signs = np.abs(dy), random_signs
        self.crowd = crowd(math.prod(shape))
        value, bound, magnitude, low, high = (np.zeros(shape) for _ in range(5))
        predicted, predicted_bound = (np.zeros(noise.value.size) for _ in range(2))
        self.found = NumericGradient(
            value, bound, magnitude, low, high, np.zeros(shape, bool), predicted, predicted_bound,
            np.zeros(shape, bool),
        )  # fmt: skip
        self.found.unseen = unseen(float(self.weights.max(initial=0.0)))

    def _add(self, slope: Slopes, index: Any, mask: Array | None, size: Array) -> None:
        pattern, found = self.pattern, self.found
        kink = (
            slope.kink if slope.kink is not None and (slope.kink & (self.dy != 0)).any() else None
        )
        values = [slope.value, slope.bound]
        if mask is not None:
            values = [np.where(mask, each, 0.0) for each in values]
        value, bound = values
        if kink is not None and slope.side_bound is not None:
            kink = kink if mask is None else kink & mask
            bound = np.where(kink, slope.side_bound, bound)
        per = 1 / size
        size_of = np.abs(value)
        found.value[index] = pattern.total(value * self.dy) * per
        found.bound[index] = self._summed(bound, slope.twofold) * np.abs(per)
        found.magnitude[index] = pattern.total(size_of * self.weights) * np.abs(per)
        if kink is None:
            found.low[index] = found.high[index] = found.value[index]
        else:
            self._add_kinks(slope, kink, value, index, per)
        if slope.other is not None and slope.other_bound is not None:
            self._add_other(slope.other, slope.other_bound, index, mask, per)
        elif found.other is not None and found.other_bound is not None:
            found.other[index], found.other_bound[index] = found.value[index], found.bound[index]
        if slope.jump is not None:
            jump = slope.jump & (self.dy != 0)
            jump = jump if mask is None else jump & mask
            found.jumped[index] = pattern.total(jump, np.logical_or)
        self._predict(value, bound, size_of, self.test[index] * per)

    def _add_other(
        self, other: Array, bound: Array, index: Any, mask: Array | None, per: Array
    ) -> None:
        """The same by the second derivatives of outputs that rounding makes a staircase."""
        found = self.found
        if found.other is None or found.other_bound is None:
            found.other, found.other_bound = found.value.copy(), found.bound.copy()
        if mask is not None:
            other, bound = np.where(mask, other, 0.0), np.where(mask, bound, 0.0)
        found.other[index] = self.pattern.total(other * self.dy) * per
        found.other_bound[index] = self._summed(bound, bound > 0) * np.abs(per)

    def _summed(self, bound: Array, twofold: Array | None = None) -> Array:
        """The bound of sums over outputs: errors do not know the signs of a dy drawn at random.

        twofold: outputs of which one of two derivatives is right, so that an error is as large as
        its bound, and not as good as never: those add up as they are.
        """
        terms = bound * self.weights
        if twofold is None or not self.random_signs or not twofold.any():
            return summed(self.pattern, terms, self.random_signs) * self.crowd
        plain = summed(self.pattern, np.where(twofold, 0.0, terms), True) * self.crowd
        return np.asarray(plain + self.pattern.total(np.where(twofold, terms, 0.0)))

    def _predict(self, value: Array, bound: Array, size: Array, test: Array) -> None:
        """Add up how far the test displacement moves the outputs, and how uncertain that is."""
        found, out = self.found, self.pattern.out
        if found.predicted is None:
            return
        by = self.pattern.spread(test)
        change = np.asarray(value.reshape(out) * by)
        if not np.isfinite(bound).all():
            np.nan_to_num(change, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
        found.predicted += change.ravel()
        size *= 1e-9
        size += bound
        found.predicted_bound += (size.reshape(out) * np.abs(by)).ravel()

    def _add_kinks(self, slope: Slopes, kink: Array, value: Array, index: Any, per: Array) -> None:
        """At a kink, any value between the one-sided derivatives is admissible."""
        assert slope.low is not None
        assert slope.high is not None
        sign = np.broadcast_to(self.pattern.spread(per), self.pattern.out).ravel() * self.dy
        ends = np.stack([slope.low * sign, slope.high * sign])
        smooth = value * sign
        total = self.pattern.total
        self.found.low[index] = total(np.where(kink, ends.min(axis=0), smooth))
        self.found.high[index] = total(np.where(kink, ends.max(axis=0), smooth))
        self.found.kinked[index] = total(kink & (self.dy != 0), np.logical_or)
        # Along the test displacement the outputs follow one side, which may be either.
        self.found.predicted_bound += np.where(kink, np.inf, 0.0)


def unseen(dy: float) -> float:
    """How large a gradient may be that no output shows, where no displacement changes any.

    ``log(1 + v**2)`` is 0 for all small v: what is lost is a rounding of numbers of about 1.
    """
    return HIDDEN * UNIT_ROUNDOFF * dy


def crowd(size: int) -> float:
    """How much worse the unluckiest of so many elements is.

    Outputs that share an intermediate result share its rounding, and the elements of a column share
    one sum of dy.
    """
    return math.sqrt(math.log(max(size, _FEW)) / math.log(_FEW))


def summed(pattern: Pattern, terms: Array, random_signs: bool) -> Array:
    """Sums of errors over the outputs of each class; as squares where their signs are random."""
    if not random_signs:
        return pattern.total(terms)
    found = np.sqrt(pattern.total(terms * terms))
    if found.size and float(found.min()) < SQUARED:  # squares of tiny numbers are lost
        largest = pattern.total(terms, np.maximum)
        one = np.broadcast_to(pattern.spread(np.where(largest > 0, largest, 1.0)), pattern.out)
        shared = (terms.reshape(pattern.out) / one).ravel()
        found = np.maximum(found, np.sqrt(pattern.total(shared * shared)) * largest)
    return found


def unpredicted(change: Array, noise: Array, gradients: list[NumericGradient]) -> Array:
    """Outputs that did not change, along the test displacement of all inputs, as predicted.

    This is what a wrong pattern, or a feature too narrow for the steps, does not survive.
    """
    predicted = np.sum([each.predicted for each in gradients if each.predicted is not None], axis=0)
    bound = np.sum([each.predicted_bound for each in gradients], axis=0)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(change - predicted) > noise + bound)


__all__ = ["HIDDEN", "NumericGradient", "Total", "crowd", "summed", "unpredicted", "unseen"]

"""A hand-written gradient held against the numeric one, element by element."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from gradproof.numeric.modes.gradient_total import NumericGradient
from gradproof.numeric.problem import Array
from gradproof.numeric.rounding.noise import FACTOR, Bounded, middle

# Rounding of a gradient at a kink is at most this part of the terms that were added up.
KINKED = 1e-6
# Of an element whose derivative is within this, nothing is known.
ANYTHING = 1e100
# Below the smallest normal number digits are lost on the way, and what is left may be divided by a
# small number, or multiplied by a large one.
_TINY = float(np.finfo(np.float64).tiny) * 2.0**27
# Why nothing is seen of an input.
STILL, JUMP = "the derivative by {} is 0", "y jumps at every step of {} tried"
# Of an element smaller than this part of the typical one, nobody asks for its own digits; one that
# is smaller than this may hide where nothing changed.
_VANISHING, _UNSEEN = 1e-6, 1e-9


@dataclass(frozen=True)
class Comparison:
    """The gradient ``got`` of one input, and what the derivative allows; all arrays flat."""

    name: str
    shape: tuple[int, ...]
    got: Array
    wanted: Array
    low: Array
    high: Array
    bound: Array
    kinked: Array
    magnitude: Array
    projection: tuple[float, float]
    precision: str = ""
    jumped: Array | None = None
    other: Array | None = None
    other_bound: Array | None = None
    looked_at: int | None = None  # so many elements were; None for all
    few_digits: bool = False  # whether forward computes in a lower precision inside

    @cached_property
    def error(self) -> Array:
        """Distance from the interval of admissible values: a point, but for kinks."""
        with np.errstate(invalid="ignore"):
            return np.maximum(0.0, np.maximum(self.low - self.got, self.got - self.high))

    @cached_property
    def wrong(self) -> Array:
        """Which elements differ by more than the bound; NaN is wrong where that is finite."""
        right = (self.error <= self.bound) & np.isfinite(self.got)
        return np.asarray(~(right | self.alternative | self.unbounded | self.at_jump))

    @cached_property
    def alternative(self) -> Array:
        """Elements that are right only by the other derivative, where rounding makes two."""
        if self.other is None or self.other_bound is None:
            return np.zeros(self.got.size, bool)
        right = np.abs(self.got - self.other) <= self.other_bound
        return np.asarray(right & ~(self.error <= self.bound))

    @cached_property
    def at_jump(self) -> Array:
        """Elements by which an output jumps, so that there is no derivative."""
        return self.jumped if self.jumped is not None else np.zeros(self.got.size, bool)

    @cached_property
    def cannot_tell(self) -> Array:
        """Elements of which too little is known to tell a right gradient from a wrong one.

        Rounding makes the function a staircase there, and either zeros or twice the gradient would
        pass as well, or what the gradient agrees with is the slope of a stair.
        """
        if self.other is None and not self.few_digits:
            return self.alternative
        size = np.maximum(
            np.maximum(np.abs(self.got), np.abs(self.wanted)), _VANISHING * self.scale
        )
        vague = ~(self.bound <= 0.5 * size) & ~self.at_jump & ~self.kinked & (size > 0)
        if not self.few_digits:
            vague &= self.other != self.wanted
        elif not self.scale:  # no step changed anything, and zeros agree with that
            vague |= (self.bound > _VANISHING) & ~self.at_jump & ~self.kinked
        if self.other_bound is not None:
            vague |= self.other_bound >= ANYTHING
        return np.asarray(vague | self.alternative)

    @cached_property
    def scale(self) -> float:
        """The typical size of an element: the median of the terms added up, of those not zero."""
        some = self.magnitude[np.isfinite(self.magnitude) & (self.magnitude > 0)]
        return float(np.median(some)) if some.size else 0.0

    @cached_property
    def unseen(self) -> str:
        """Why nothing can be told from this: zeros, or anything, would pass; "" if it can."""
        if not self.got.size:
            return ""
        if self.at_jump.all():
            return JUMP
        with np.errstate(invalid="ignore"):
            still = (self.low <= self.bound) & (-self.high <= self.bound)
            still &= np.abs(self.got) <= self.bound
        return STILL if (still | self.at_jump).all() else ""

    @cached_property
    def failed(self) -> bool:
        """Whether elements, or all of them together, differ by more than the bound."""
        return bool(self.wrong.any()) or not self.projection[0] <= self.projection[1]

    @cached_property
    def unbounded(self) -> Array:
        """Elements whose derivative could not be bounded: nothing is known about those."""
        return np.asarray((self.bound == np.inf) & ~self.at_jump)

    @cached_property
    def ratio(self) -> Array:
        """Error in units of the bound."""
        error = self.error
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.where(error == 0, 0.0, error / self.bound)
        found = np.where(np.isfinite(self.got), found, np.inf)
        return np.where(self.unbounded | self.alternative | self.at_jump, 0.0, found)

    @cached_property
    def worst(self) -> int:
        """The index of the element that differs most, in units of its bound."""
        return int(np.argmax(self.ratio))

    @cached_property
    def floor(self) -> tuple[float, float]:
        """The smallest error that would have been caught at any element: absolute, and relative.

        The relative figure is the median over the elements that are not zero. One that is zero,
        as far as can be told, is compared with the terms that cancel in it, if there are any.
        """
        caught = 2 * self.bound
        size = np.abs(self.wanted)
        size = np.where(size <= self.bound, self.magnitude, size)
        relative = caught[size > 0] / size[size > 0]
        return (
            float(caught.max(initial=0.0)),
            float(middle(relative)[0]) if relative.size else float("nan"),
        )


def compare(
    name: str,
    got: Bounded,
    numeric: NumericGradient,
    unit: float,
    rng: np.random.Generator,
    precision: str = "",
) -> Comparison:
    """Hold ``got``, with the bound on its rounding, against the numeric gradient.

    unit: the largest relative error of one rounding where ``got`` was computed.
    """
    value = numeric.value.ravel()
    kinked = numeric.kinked.ravel()
    # Whatever the order of summation, the terms that were added have this magnitude.
    rounding = np.where(np.isfinite(got.value), got.bound, 0.0).ravel()
    total = numeric.bound.ravel() + rounding + FACTOR * unit * numeric.magnitude.ravel() + _TINY
    total[np.isnan(total) | np.isnan(value)] = np.inf  # then nothing is known
    given = got.value.ravel().astype(np.float64)
    # At a kink backward itself may jump between the points that its rounding was measured at.
    most = max(KINKED, 64 * unit) * numeric.magnitude.ravel() + numeric.bound.ravel()
    total = np.where(kinked, np.minimum(total, most), total)
    other = other_bound = None
    if numeric.other is not None and numeric.other_bound is not None:
        extra = rounding + FACTOR * unit * numeric.magnitude.ravel()
        other, other_bound = numeric.other.ravel(), numeric.other_bound.ravel() + extra
    found = Comparison(
        name,
        got.value.shape,
        given,
        value,
        numeric.low.ravel() + 0.0,  # and never -0
        numeric.high.ravel() + 0.0,
        total,
        kinked,
        numeric.magnitude.ravel(),
        (0.0, 0.0),
        precision,
        numeric.jumped.ravel(),
        other,
        other_bound,
    )
    found = with_unseen(found, numeric.unseen)
    v = rng.normal(size=given.shape)
    with np.errstate(invalid="ignore", over="ignore"):  # a gradient of inf or NaN is just wrong
        left_out = kinked | (found.bound == np.inf)
        if found.other is not None and found.other_bound is not None:
            left_out |= (found.other != value) | (found.other_bound == ANYTHING)
        projected = float(np.abs(v @ np.where(left_out, 0.0, given - value)))
        allowed = float(np.abs(v) @ np.where(left_out, 0.0, found.bound))
    return replace(found, projection=(projected, allowed))


def within_constants(found: Comparison, unit: float) -> Comparison:
    """The same, with a bound as wide as constants of the code may be rounded by: ``unit`` each.

    Where terms cancel inside, an element is smaller than what is rounded.
    """
    bound = np.fmax(found.bound, unit * np.fmax(found.magnitude, found.scale))
    projected, allowed = found.projection
    return replace(found, bound=bound, projection=(projected, max(allowed, projected)))


def untold(found: Comparison, where: Array) -> Comparison:
    """The same, with nothing told of some elements."""
    if not where.any():
        return found
    other = found.wanted if found.other is None else found.other
    bound = found.bound if found.other_bound is None else found.other_bound
    return replace(found, other=other, other_bound=np.where(where, ANYTHING, bound))


def with_unseen(found: Comparison, unseen: float) -> Comparison:
    """The same, with nothing told of elements by which nothing changed anywhere.

    As far as they are no larger than ``unseen``, what outputs could have shown.
    """
    still = (found.wanted == 0) & (found.magnitude == 0)
    if not still.any():
        return found
    most = min(unseen, _UNSEEN * found.scale) if found.scale else unseen
    size = np.abs(found.got)
    bound = np.where(still, np.fmax(found.bound, most), found.bound)
    hiding = still & (size > found.bound) & (size <= most)
    return untold(replace(found, bound=bound), hiding)

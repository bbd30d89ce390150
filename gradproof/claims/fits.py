"""What was found of the updates of a round: of which scalar they are, and by which number."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from gradproof.claims.losses import Loss
from gradproof.claims.rules import close
from gradproof.claims.updates import Update

COARSE = 3e-4  # relative to its size: what an author has rounded (2.7183 for e)
_MADE = 0.4  # what an update counts that is made of a multiple of the gradient by a rule


@dataclass
class Fit:
    """What was found of one update.

    factor: by which the gradient of the loss was multiplied and added; None if it is no multiple.
    inner:  the step that is a multiple of the gradient, where a rule makes the change from it.
    way:    where there is such a rule, whether it moves every element up the gradient (1) or down
            (-1), the more the larger it is; 0 if neither.
    decay:  the multiple of the parameter itself that is added beside; 0.0 for none.
    zero:   what is added is zero at all points.
    unseen: a step of unknown making on the way; None if there is none.
    off:    how far it is from a multiple, relative to its size.
    rates:  the numbers that the author multiplies the change by (:func:`rules.rates_of`).
    apart:  whether the loss does not depend on this parameter, which then serves another one.
    """

    update: Update
    factor: float | None = None
    inner: int | None = None
    way: int = 0
    decay: float = 0.0
    zero: bool = False
    unseen: int | None = None
    off: float = 0.0
    rates: dict[float, int | None] = field(default_factory=dict)
    apart: bool = False

    @property
    def at_rate(self) -> bool:
        """Whether the factor is a number that the author multiplies the gradient by."""
        return self.direct and any(close(abs(self.factor or 0.0), rate) for rate in self.rates)

    @property
    def direct(self) -> bool:
        """Whether the update itself is a multiple of the gradient."""
        return self.factor is not None and self.inner is None

    @property
    def shared_rates(self) -> set[int]:
        """The steps of the variables that the change is multiplied by."""
        return {step for step in self.rates.values() if step is not None}

    @property
    def is_uphill(self) -> bool:
        """Whether the update goes up the gradient of the loss."""
        return (self.way if self.inner is not None else (self.factor or 0.0)) > 0

    @property
    def is_plain(self) -> bool:
        """Whether nothing but the gradient, and a decay towards zero, is in the update."""
        return self.direct and (not self.decay or (self.decay < 0) == ((self.factor or 0.0) < 0))


@dataclass
class Reading:
    """What a round is about: the scalar, and what each of its updates is of its gradient.

    others: what updates of other parameters are of the gradients of other scalars.
    meant:  the scalar that the author computes as the loss, where the one that fits is another.
    """

    loss: Loss | None
    fits: list[Fit]
    points: int = 0
    branch: bool = False
    factor: float | None = None  # that most of the parameters share
    without: tuple[int, ...] = ()  # lines whose small number, a guard against log(0), is left out
    others: list[Reading] = field(default_factory=list)
    meant: Loss | None = None

    @property
    def agreeing(self) -> list[Fit]:
        """The updates that are themselves the shared multiple of the gradient."""
        hits = [fit for fit in self.fits if fit.direct and fit.factor is not None]
        return [f for f in hits if self.factor is not None and close(f.factor or 0.0, self.factor)]

    @property
    def is_of_shown(self) -> bool:
        """Whether the scalar is one that the author prints, or calls the loss."""
        return self.loss is not None and (self.loss.shown or self.loss.called)

    @property
    def sure(self) -> bool:
        """Whether the scalar is certain enough to say beside it that an update is wrong: it fits an
        array, or three numbers; or it is printed, and fits one number with the author's own rate.
        A single number is a multiple of the slope of nearly anything."""
        hits, shown = self.agreeing, self.is_of_shown
        if self.loss is None or not self.loss.computed:
            # The loss that is meant may have more terms than the one that is assumed.
            related = [fit for fit in self.fits if not fit.apart]
            if 2 * len(hits) <= len(related):
                return False
        made = [fit for fit in self.fits if fit.factor is not None and fit.inner is not None]
        return (
            any(fit.update.size > 1 for fit in hits)
            or (shown and any(fit.update.size > 1 for fit in made))
            or len(hits) >= (2 if shown else 3)
            or (shown and any(fit.at_rate for fit in hits))
        )

    @property
    def rank(self) -> tuple[float, ...]:
        """How good a reading is: the loss that the author prints comes first, then the more
        parameters have one factor, and the more plainly, the better."""
        hits = [fit for fit in self.fits if fit.factor is not None]
        plain = [fit for fit in self.agreeing if not fit.decay]
        made = sum(1 for fit in hits if not fit.direct)
        down = sum(1 for fit in hits if (fit.factor or 0.0) < 0)
        shown = self.is_of_shown and self.sure
        preference = self.loss.preference if self.loss is not None else 9.0
        score = len(self.agreeing) + _MADE * made
        return float(shown), score, len(hits), len(plain), -preference, down

    def share(self) -> Reading:
        """Set the factor that most parameters share, and return the reading; direct ones count
        before others."""
        factors = [fit.factor for fit in self.fits if fit.direct and fit.factor is not None]
        factors += [fit.factor for fit in self.fits if not fit.direct and fit.factor is not None]
        if factors:
            alike = Counter(f"{factor:.6g}" for factor in factors)
            self.factor = max(factors, key=lambda a: (alike[f"{a:.6g}"], a < 0))
        return self


__all__ = ["COARSE", "Fit", "Reading"]

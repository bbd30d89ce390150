"""When a number counts as the same as an exact one, and what is said where it does not.

No tolerance is chosen here. An exact value comes with how far a careful evaluation in floats may
be from it (:mod:`gradproof.operation.evaluation`), a numeric derivative with a bound on its own
error.
"""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
from hypothesis import currently_in_test_context, settings, target

from gradproof.operation.evaluation import DIGITS
from gradproof.operation.exact_outcome import Exact
from gradproof.operation.sampling import Array, Case
from gradproof.witnesses.arithmetic import deviation

# With fewer examples than this, Hypothesis has none left to go where the error grows.
_ENOUGH_TO_AIM = 24


class DisagreementError(AssertionError):
    """Two witnesses say something different at ``case``; ``what`` names the array."""

    def __init__(self, what: str, case: Case, message: str) -> None:
        super().__init__(f"{what}{message}")
        self.what = what
        self.case = case


def some_examples(part: float) -> settings:
    """So many of the examples that the profile has (see tests/conftest.py), at least one."""
    return settings(max_examples=max(1, round(settings().max_examples * part)))


def agree(what: str, computed: Array, exact: Exact, case: Case) -> None:
    """Hold every element of ``computed`` against the exact one, and its dtype and shape as well."""
    found = deviation(what, computed, exact, case.dtype, case)
    if found.counterexample is not None:
        wrong = found.counterexample
        place = wrong.at.removeprefix("element ") if "element" in wrong.at else ""
        message = f"{place} is {wrong.got}, but it should be {wrong.wanted}"
        raise DisagreementError(what, case, message)
    if currently_in_test_context() and settings().max_examples >= _ENOUGH_TO_AIM:
        target(found.share, label=f"error of {what}, as a part of its bound")


def lie_between(what: str, computed: Array, lowest: Array, highest: Array, case: Case) -> None:
    """Hold every element of ``computed`` against the ends of an interval, which belong to it."""
    assert computed.shape == lowest.shape == highest.shape, f"{what} has shape {computed.shape}"
    inside = (lowest <= computed) & (computed <= highest)
    if not inside.all():
        place = tuple(map(int, np.argwhere(~inside)[0]))
        low, high, got = (float(each[place]) for each in (lowest, highest, computed))
        where = str(list(place)) if place else ""
        message = f"{where} is {got!r}, but it should lie between {low!r} and {high!r}"
        raise DisagreementError(what, case, message)


def equal_to_fifty_digits(left: Any, right: Any) -> bool:
    """Whether two exact values, each evaluated with more digits than that, are the same number."""
    with mpmath.workdps(DIGITS):
        return bool(abs(left.value - right.value) <= (left.error + right.error) / 10**50)

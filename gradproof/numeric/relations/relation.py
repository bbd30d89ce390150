"""What a wrong gradient is, compared with the true one, where only their numbers are to be had.

A reading is told only where every element fits it within the error bounds; several that fit are
all told. It is a fact about numbers: what in the code leads to it is for the author to find.
"""

from __future__ import annotations

import numpy as np

from gradproof.numeric.problem import Array
from gradproof.numeric.relations.factors import Interval, factor
from gradproof.numeric.relations.relation_case import Case, Relation, Setting
from gradproof.numeric.relations.relation_orders import (
    multiplied,
    reduced,
    reordered,
    shifted_alike,
)
from gradproof.numeric.relations.relation_places import not_finite, partly, signs
from gradproof.slip_kinds import Kind

# Zero is what is zero within bounds that are this part of what it should be.
_CLEAR = 1e-2


def relations(got: Array, true: Array, bound: Array, setting: Setting) -> Relation | None:
    """Say what ``got`` is, compared with ``true``; None where nothing simple fits.

    got, true: gradients of one shape; bound: by how much they may differ where ``got`` is right,
    infinite where nothing is known about an element.

    >>> true = np.array([0.5, -1.25, 2.0])
    >>> found = relations(2 * true, true, np.full(3, 1e-12), Setting("w", {"w": (3,)}))
    >>> found.text.en
    'dw is 2 times the true gradient.'
    """
    case = Case(np.asarray(got, float), np.asarray(true, float), np.asarray(bound, float), setting)
    if not case.wrong.any():
        return None
    if (case.wrong & ~np.isfinite(case.got)).any():
        return not_finite(case)
    with np.errstate(all="ignore"):
        for way in (
            _flat, _zero, _scaled, _other_argument, reordered, reduced, multiplied, shifted_alike,
            partly, signs,
        ):  # fmt: skip
            found = way(case)
            if found is not None:
                return found
    return None


def _flat(case: Case) -> Relation | None:
    """The forward does not depend on the input here, and yet the gradient is not zero."""
    known, largest = case.bound[case.known], np.abs(case.got[case.known]).max()
    if (np.abs(case.true[case.known]) > known).any() or known.max() > _CLEAR * largest:
        return None
    for name, values in case.setting.known.items():
        if values.shape != case.got.shape:
            continue
        found = factor(case.got, np.asarray(values, float), case.bound)
        if found is not None and found.narrow:
            written = "" if found.holds(1.0) else f"{found.middle:.12g} * "
            return _flat_and_equal(case, f"{written}{name}")
    en, ko = _where(case)
    return case.said(
        Kind.DOUBLED_PATH,
        f" is not zero, but forward is flat here: its derivative is zero {en}",
        f"은(는) 0이 아닌데, forward는 이 점에서 평평해서 도함수가 {ko} 0이에요",
    )


def _where(case: Case) -> tuple[str, str]:
    """At which elements something is known to hold."""
    if case.known.all():
        return "at every element", "모든 원소에서"
    return "wherever it can be told", "알 수 있는 모든 원소에서"


def _flat_and_equal(case: Case, what: str) -> Relation:
    en, ko = _where(case)
    return case.said(
        Kind.OTHER_FUNCTION,
        f" equals `{what}`, but forward is flat here: its derivative is zero {en}. "
        "A straight-through estimator does this on purpose; it is then the gradient of another "
        "function than forward",
        f"은(는) `{what}`과 같은데, forward는 이 점에서 평평해요. {ko} 도함수가 "
        "0이에요. straight-through 추정기라면 일부러 그렇게 한 것이고, 그 기울기는 forward가 아닌 "
        "다른 함수의 기울기예요",
        what,
    )


def _zero(case: Case) -> Relation | None:
    """Nothing but zeros, to rounding."""
    known, largest = case.bound[case.known], np.abs(case.true[case.known]).max()
    if not (np.abs(case.got) <= case.bound).all() or known.max() > _CLEAR * largest:
        return None
    return case.said(
        Kind.MISSING_PATH,
        " is zero, but the true gradient is not: no path from this input is followed",
        "은(는) 0인데 참 기울기는 0이 아니에요. 이 입력에서 나오는 경로를 따라가지 않았어요",
    )


def _scaled(case: Case) -> Relation | None:
    """One factor at every element."""
    found = factor(case.got, case.true, case.bound)
    return None if found is None or not found.narrow else _times(case, found)


def _times(case: Case, found: Interval) -> Relation:
    if found.holds(-1.0):
        return case.said(
            Kind.WRONG_SIGN,
            " has the wrong sign: it is -1 times the true gradient",
            "의 부호가 반대예요. 참 기울기의 -1배예요",
            "-1",
        )
    en, ko, written = case.named(found)
    return case.said(
        Kind.WRONG_FACTOR,
        f" is {written} times the true gradient{en}",
        f"은(는) 참 기울기의 {written}배예요{ko}",
        written,
    )


def _other_argument(case: Case) -> Relation | None:
    """The true gradient of another input."""
    for name, other in case.setting.others.items():
        if other.shape == case.got.shape and case.sharp and case.fits(other):
            return case.said(
                Kind.OTHER_ARGUMENT,
                f" is the true gradient by `{name}`: two gradients are exchanged",
                f"은(는) `{name}`에 대한 참 기울기예요. 두 기울기가 서로 바뀌었어요",
                f"d{name}",
            )
    return None


__all__ = ["Relation", "Setting", "relations"]

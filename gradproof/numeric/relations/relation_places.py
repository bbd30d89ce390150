"""A gradient that is right in one place and wrong in another."""

from __future__ import annotations

import numpy as np

from gradproof.numeric.problem import Array
from gradproof.numeric.relations import wrong_regions
from gradproof.numeric.relations.factors import Interval, factor
from gradproof.numeric.relations.relation_case import Case, Relation
from gradproof.slip_kinds import Kind
from gradproof.text import Text


def not_finite(case: Case) -> Relation:
    """NaN or infinity where the derivative is finite."""
    bad = case.wrong & ~np.isfinite(case.got)
    where = _first(bad)
    value = "NaN" if np.isnan(case.got[where]) else "infinite"
    at = f"{case.called}{wrong_regions.shown(where)}" if where else case.called
    count = wrong_regions.counted(bad, np.ones_like(bad))
    return Relation(
        Kind.LOST_DIGITS,
        Text(
            f"{at} is {value}, where the derivative is finite; so it is at {count.en}.",
            f"{at}이(가) {'NaN' if value == 'NaN' else '무한대'}인데 도함수는 유한해요. "
            f"{count.ko}가 그래요.",
        ),
    )


def partly(case: Case) -> Relation | None:
    """Right in one place and wrong in another: where, and what it is there."""
    if not (case.telling & ~case.wrong).any():
        return None
    single = wrong_regions.element(case.setting.name, case.wrong)
    place = single or wrong_regions.slices(case.wrong, case.telling)
    where = None if place else wrong_regions.condition(case.wrong, case.telling, case.setting.known)
    kind, en, ko, term = _inside(case)
    if place is not None:
        at = "" if single else "at "
        return Relation(
            kind,
            Text(
                f"{case.called} is wrong {at}{place.en}; {en}it is right elsewhere."
                if single is None
                else f"{place.en} is wrong; {en}all other elements are right.",
                f"{place.ko}에서 {case.called}이(가) 틀렸어요. {ko}나머지는 맞아요.",
            ),
            term,
        )
    count = wrong_regions.counted(case.wrong, case.telling)
    if where is not None:
        return Relation(
            Kind.WRONG_MASK,
            Text(
                f"{case.called} is wrong at {count.en}, exactly those where {where.en}; "
                f"{en}it is right elsewhere.",
                f"{case.called}은(는) {where.ko}, 곧 {count.ko}에서만 틀렸어요. "
                f"{ko}나머지는 맞아요.",
            ),
            term,
        )
    if not en:
        return None
    return Relation(
        kind,
        Text(
            f"{case.called} is wrong at {count.en} only; {en}it is right elsewhere.",
            f"{case.called}은(는) {count.ko}에서만 틀렸어요. {ko}나머지는 맞아요.",
        ),
        term,
    )


def _inside(case: Case) -> tuple[Kind, str, str, str]:
    """What the wrong elements are among themselves: zero, or a factor."""
    at = case.wrong & case.telling
    got, true, bound = case.got[at], case.true[at], case.bound[at]
    if (np.abs(got) <= bound).all():
        return Kind.MISSING_PATH, "it is zero there; ", "그곳에서는 0이에요. ", "0"
    if (np.abs(true) <= bound).all():
        return (Kind.DOUBLED_PATH, "the true gradient is zero there; ",
                "그곳의 참 기울기는 0이에요. ", "")  # fmt: skip
    found = factor(got, true, bound)
    if found is None or not found.narrow or (len(got) < 2 and not _plain(found)):
        return Kind.UNEXPLAINED, "", "", ""
    if found.holds(-1.0):
        return (Kind.WRONG_SIGN, "it has the wrong sign there; ",
                "그곳에서는 부호가 반대예요. ", "-1")  # fmt: skip
    why, because, written = case.named(found)
    return (Kind.WRONG_FACTOR, f"it is {written} times the true gradient there{why}; ",
            f"그곳에서는 참 기울기의 {written}배예요{because}. ", written)  # fmt: skip


def _plain(found: Interval) -> bool:
    return any(found.holds(each) for each in (-1.0, 2.0, 0.5))


def signs(case: Case) -> Relation | None:
    """Right but for the sign of some elements."""
    if not (np.abs(np.abs(case.got) - np.abs(case.true)) <= case.bound)[case.known].all():
        return None
    count = wrong_regions.counted(case.wrong, case.telling)
    return case.said(
        Kind.WRONG_SIGN,
        f" has the wrong sign at {count.en}, and the right size everywhere",
        f"은(는) 크기는 모두 맞지만 {count.ko}의 부호가 반대예요",
    )


def _first(mask: Array) -> tuple[int, ...]:
    return tuple(int(i) for i in np.argwhere(mask)[0])


__all__ = ["not_finite", "partly", "signs"]

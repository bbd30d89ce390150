"""The true gradient in another order, summed, or times something that is at hand."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from gradproof.numeric.problem import Array
from gradproof.numeric.relations.factors import factor
from gradproof.numeric.relations.relation_case import Case, Relation
from gradproof.slip_kinds import Kind
from gradproof.text import Text

# Larger arrays are not searched for another order of their rows.
_MANY = 200_000


def reordered(case: Case) -> Relation | None:
    """The right numbers in other places, perhaps with a factor."""
    if not case.sharp:
        return None
    for kind, moved, bound, words in _orders(case):
        found = factor(case.got, moved, bound)
        if found is None or not found.narrow:
            continue
        en, ko = words.en, words.ko
        if found.holds(1.0):
            return case.said(
                kind, f" is the true gradient {en}", f"은(는) 참 기울기를 {ko} 것이에요"
            )
        why, because, written = case.named(found)
        if found.holds(-1.0):
            why, because, written = "", "", "-1"
        if found.holds(-1.0) or why or written in ("2", "1/2"):
            return case.said(
                kind,
                f" is {written} times the true gradient {en}{why}",
                f"은(는) 참 기울기를 {ko} 것의 {written}배예요{because}",
                written,
            )
    return None


def _orders(case: Case) -> Iterator[tuple[Kind, Array, Array, Text]]:
    shape, true, bound = case.got.shape, case.true, case.bound
    for axes in itertools.permutations(range(len(shape))) if len(shape) <= 4 else ():
        if axes != tuple(range(len(shape))) and true.transpose(axes).shape == shape:
            en = "with its axes in the order " + ", ".join(map(str, axes))
            ko = f"축 순서를 {', '.join(map(str, axes))}(으)로 바꾼"
            if len(shape) == 2:
                en, ko = "transposed: a transpose is missing, or one too many", "전치한"
            yield Kind.TRANSPOSED, true.transpose(axes), bound.transpose(axes), Text(en, ko)
    for axis, n in enumerate(shape):
        if n < 2:
            continue
        words = Text(f"reversed along axis {axis}", f"축 {axis}을(를) 따라 뒤집은")
        yield Kind.WRONG_VARIABLE, np.flip(true, axis), np.flip(bound, axis), words
        for by in (1, -1) if n > 2 else ():
            words = Text(f"shifted by {by} along axis {axis}", f"축 {axis}을(를) 따라 {by}칸 민")
            yield Kind.WRONG_VARIABLE, np.roll(true, by, axis), np.roll(bound, by, axis), words
    if len(shape) > 1:
        words = Text(
            "in another order of memory: reshaped where it should be transposed",
            "메모리 순서를 바꿔 놓은(전치할 것을 reshape한)",
        )
        yield Kind.WRONG_SHAPE, true.T.reshape(shape), bound.T.reshape(shape), words
        back = shape[::-1]
        yield Kind.WRONG_SHAPE, true.reshape(back).T, bound.reshape(back).T, words
    for axis, n in enumerate(shape):
        order = _order(case, axis) if n > 2 else None
        if order is not None:
            words = Text(f"in another order along axis {axis}", f"축 {axis}의 순서를 바꾼")
            yield (Kind.WRONG_VARIABLE, np.take(true, order, axis),
                   np.take(bound, order, axis), words)  # fmt: skip


def _order(case: Case, axis: int) -> Array | None:
    """The index along an axis that each slice of ``got`` has in ``true``."""
    if case.got.size > _MANY or not case.known.all():
        return None
    rng = np.random.default_rng(0)
    weights = rng.normal(size=[n for a, n in enumerate(case.got.shape) if a != axis])
    one = (np.moveaxis(case.got, axis, 0) * weights).reshape(case.got.shape[axis], -1).sum(1)
    two = (np.moveaxis(case.true, axis, 0) * weights).reshape(len(one), -1).sum(1)
    order = np.empty(len(one), int)
    order[np.argsort(one, kind="stable")] = np.argsort(two, kind="stable")
    return order


def reduced(case: Case) -> Relation | None:
    """A sum, mean or cumulative sum of the true gradient."""
    if not case.sharp:
        return None
    for axis, n in enumerate(case.got.shape):
        if n < 2:
            continue
        total = case.true.sum(axis, keepdims=True)
        room = case.bound.sum(axis, keepdims=True)
        ways: list[tuple[Array, Array, str, str]] = [
            (total + 0 * case.true, room, "sum", "합"),
            (total / n + 0 * case.true, room / n, "mean", "평균"),
        ]
        for like, wide, en, ko in ways:
            if (np.abs(case.got - like) <= wide + case.bound).all():
                return case.said(
                    Kind.WRONG_REDUCTION,
                    f" is the {en} of the true gradient over axis {axis}, at every index of it",
                    f"은(는) 축 {axis}에 대한 참 기울기의 {ko}이 자리마다 들어 있는 것이에요",
                )
        for back in (False, True):
            if _cumulated(case, axis, back):
                end, rear = (" from its end", "끝에서부터 ") if back else ("", "")
                return case.said(
                    Kind.WRONG_REDUCTION,
                    f" is the cumulative sum of the true gradient along axis {axis}{end}",
                    f"은(는) 축 {axis}을(를) 따라 {rear}참 기울기를 누적해서 더한 것이에요",
                )
    return None


def _cumulated(case: Case, axis: int, back: bool) -> bool:
    true, bound = case.true, case.bound
    if back:
        true, bound = np.flip(true, axis), np.flip(bound, axis)
    like, room = true.cumsum(axis), bound.cumsum(axis)
    if back:
        like, room = np.flip(like, axis), np.flip(room, axis)
    return bool((np.abs(case.got - like) <= room + case.bound).all())


def multiplied(case: Case) -> Relation | None:
    """The true gradient times or divided by something that is at hand."""
    if not case.sharp:
        return None
    for name, values in case.setting.known.items():
        factors = _broadcast(case, name, values)
        if factors is None or np.ptp(factors) == 0:
            continue
        if case.fits(case.true * factors, factors):
            return case.said(
                Kind.EXTRA_FACTOR,
                f" is the true gradient times `{name}`, a factor too many",
                f"은(는) 참 기울기에 `{name}`을(를) 한 번 더 곱한 것이에요",
                name,
            )
        wide = np.abs(case.got * factors - case.true) <= case.bound * np.maximum(
            1.0, np.abs(factors)
        )
        if bool(wide[case.known].all()) and (factors != 0).all():
            return case.said(
                Kind.MISSING_FACTOR,
                f" is the true gradient divided by `{name}`, a factor that is missing",
                f"은(는) 참 기울기를 `{name}`(으)로 나눈 것이에요. 이 인수가 빠졌어요",
                name,
            )
    return None


def _broadcast(case: Case, name: str, values: Array) -> Array | None:
    if values.dtype.kind not in "fiu" or not np.isfinite(values).all():
        return None
    try:
        return np.asarray(np.broadcast_to(values, case.got.shape), float)
    except ValueError:
        return None


def shifted_alike(case: Case) -> Relation | None:
    """Too much or too little by an amount that does not change along an axis."""
    if not case.sharp or not case.known.all():
        return None
    apart = case.got - case.true
    same = []
    for axis, n in enumerate(case.got.shape):
        spread = np.abs(apart - apart.mean(axis, keepdims=True))
        room = case.bound + case.bound.mean(axis, keepdims=True)
        if n > 1 and (spread <= room).all():
            same.append(axis)
    if not same or not case.telling.all():
        return None
    word = "axis" if len(same) == 1 else "axes"
    axes = ", ".join(map(str, same))
    return case.said(
        Kind.MISSING_PATH,
        f" minus the true gradient is the same all along {word} {axes}: a term that does not "
        "change there, such as the path through a mean, is missing or one too many",
        f"에서 참 기울기를 뺀 값이 축 {axes}을(를) 따라 모두 같아요. 평균을 지나는 경로처럼 "
        "그 축에서 변하지 않는 항이 빠졌거나 더 들어갔어요",
    )


__all__ = ["multiplied", "reduced", "reordered", "shifted_alike"]

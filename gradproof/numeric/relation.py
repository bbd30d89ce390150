"""What a wrong gradient is, compared with the true one, where only their numbers are to be had.

A reading is told only where every element fits it within the error bounds; several that fit are
all told. It is a fact about numbers: what in the code leads to it is for the author to find.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from gradproof.diagnosis.kinds import Kind
from gradproof.numeric import regions
from gradproof.numeric.factors import Interval, factor, readings
from gradproof.numeric.problem import Array
from gradproof.text import Text

# Larger arrays are not searched for another order of their rows.
_MANY = 200_000
# An order of elements is recognised where they are known to so many digits, and no fewer.
_SHARP = 1e-3


@dataclass(frozen=True)
class Setting:
    """What a gradient stands among.

    name:    of the input; shapes: of all inputs and of the output, by name.
    known:   arrays that a gradient may be multiplied with: inputs and dy, by name.
    numbers: scalar parameters; others: the true gradients of other inputs.
    """

    name: str
    shapes: Mapping[str, Sequence[int]]
    known: Mapping[str, Array] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)
    others: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class Relation:
    """A sentence about a gradient, the kind of slip it shows, and the term it is about."""

    kind: Kind
    text: Text
    term: str = ""


def relations(got: Array, true: Array, bound: Array, setting: Setting) -> Relation | None:
    """Say what ``got`` is, compared with ``true``; None where nothing simple fits.

    got, true: gradients of one shape; bound: by how much they may differ where ``got`` is right,
    infinite where nothing is known about an element.

    >>> true = np.array([0.5, -1.25, 2.0])
    >>> found = relations(2 * true, true, np.full(3, 1e-12), Setting("w", {"w": (3,)}))
    >>> found.text.en
    'dw is 2 times the true gradient.'
    """
    case = _Case(np.asarray(got, float), np.asarray(true, float), np.asarray(bound, float), setting)
    if not case.wrong.any():
        return None
    if (case.wrong & ~np.isfinite(case.got)).any():
        return case.not_finite()
    with np.errstate(all="ignore"):
        for way in (
            case.flat, case.zero, case.scaled, case.other_argument, case.reordered, case.reduced,
            case.multiplied, case.shifted_alike, case.partly, case.signs,
        ):  # fmt: skip
            found = way()
            if found is not None:
                return found
    return None


class _Case:
    """One gradient beside the true one."""

    def __init__(self, got: Array, true: Array, bound: Array, setting: Setting) -> None:
        self.got, self.true, self.setting = got, true, setting
        self.bound = np.where(np.isfinite(true), bound, np.inf)
        self.known = np.isfinite(self.bound)
        with np.errstate(invalid="ignore"):
            self.wrong = self.known & ~(np.abs(got - true) <= self.bound)
            self.telling = self.known & ((np.abs(true) > self.bound) | (np.abs(got) > self.bound))
        self.called = f"d{setting.name}"

    def said(self, kind: Kind, en: str, ko: str, term: str = "") -> Relation:
        """A sentence that begins with the gradient's name."""
        return Relation(kind, Text(f"{self.called}{en}.", f"{self.called}{ko}."), term)

    def fits(self, like: Array, times: float | Array = 1.0) -> bool:
        """Whether ``got`` is another array at every element, whose bound is so many times as
        wide."""
        room = self.bound * np.maximum(1.0, np.abs(times))
        known = np.isfinite(room) & np.isfinite(like)
        return bool(known.any()) and bool((np.abs(self.got - like) <= room)[known].all())

    @property
    def sharp(self) -> bool:
        """Whether most elements are known to three digits: then a coincidence is none."""
        size = np.abs(self.true[self.known])
        return self.true.size > 1 and float(np.median(self.bound[self.known])) < _SHARP * float(
            np.median(size)
        )

    def not_finite(self) -> Relation:
        """NaN or infinity where the derivative is finite."""
        bad = self.wrong & ~np.isfinite(self.got)
        where = _first(bad)
        value = "NaN" if np.isnan(self.got[where]) else "infinite"
        at = f"{self.called}{regions.shown(where)}" if where else self.called
        count = regions.counted(bad, np.ones_like(bad))
        return Relation(
            Kind.LOST_DIGITS,
            Text(
                f"{at} is {value}, where the derivative is finite; so it is at {count.en}.",
                f"{at}이(가) {'NaN' if value == 'NaN' else '무한대'}인데 도함수는 유한해요. "
                f"{count.ko}가 그래요.",
            ),
        )

    def flat(self) -> Relation | None:
        """The forward does not depend on the input here, and yet the gradient is not zero."""
        if (np.abs(self.true) > self.bound)[self.known].any():
            return None
        for name, values in self.setting.known.items():
            if values.shape != self.got.shape:
                continue
            found = factor(self.got, np.asarray(values, float), self.bound)
            if found is not None and found.narrow:
                written = "" if found.holds(1.0) else f"{found.middle:.12g} * "
                return self._flat_and_equal(f"{written}{name}")
        return self.said(
            Kind.DOUBLED_PATH,
            " is not zero, but forward is flat here: its derivative is zero at every element",
            "은(는) 0이 아닌데, forward는 이 점에서 평평해서 도함수가 모든 원소에서 0이에요",
        )

    def _flat_and_equal(self, what: str) -> Relation:
        return self.said(
            Kind.OTHER_FUNCTION,
            f" equals `{what}`, but forward is flat here: its derivative is zero at every element. "
            "A straight-through estimator does this on purpose; it is then the gradient of another "
            "function than forward",
            f"은(는) `{what}`과 같은데, forward는 이 점에서 평평해서 도함수가 모든 원소에서 0이에요. "
            "straight-through 추정기라면 일부러 그렇게 한 것이고, 그 기울기는 forward가 아닌 다른 "
            "함수의 기울기예요",
            what,
        )

    def zero(self) -> Relation | None:
        """Nothing but zeros, to rounding."""
        if not (np.abs(self.got) <= self.bound).all():
            return None
        return self.said(
            Kind.MISSING_PATH,
            " is zero, but the true gradient is not: no path from this input is followed",
            "은(는) 0인데 참 기울기는 0이 아니에요. 이 입력에서 나오는 경로를 따라가지 않았어요",
        )

    def scaled(self) -> Relation | None:
        """One factor at every element."""
        found = factor(self.got, self.true, self.bound)
        return None if found is None or not found.narrow else self._times(found)

    def _times(self, found: Interval) -> Relation:
        if found.holds(-1.0):
            return self.said(
                Kind.WRONG_SIGN,
                " has the wrong sign: it is -1 times the true gradient",
                "의 부호가 반대예요. 참 기울기의 -1배예요",
                "-1",
            )
        en, ko, written = self._named(found)
        return self.said(
            Kind.WRONG_FACTOR,
            f" is {written} times the true gradient{en}",
            f"은(는) 참 기울기의 {written}배예요{ko}",
            written,
        )

    def _named(self, found: Interval) -> tuple[str, str, str]:
        """What a factor may be, in words, and how it is written."""
        known = readings(found, self.setting.shapes, self.setting.numbers)
        if not known:
            written = f"{found.middle:.12g}"
            return "", "", written
        first = known[0]
        en: list[str] = []
        ko: list[str] = []
        for each in known:
            if each.why.en:
                also = "" if each.written == first.written else f"{each.written}, where "
                en.append("or " * bool(en) + also + each.why.en)
                also = "" if each.written == first.written else f"{each.written}: "
                ko.append("또는 " * bool(ko) + also + each.why.ko)
        if not en:
            return "", "", first.written
        return "; " + "; ".join(en), " (" + "; ".join(ko) + ")", first.written

    def other_argument(self) -> Relation | None:
        """The true gradient of another input."""
        for name, other in self.setting.others.items():
            if other.shape == self.got.shape and self.sharp and self.fits(other):
                return self.said(
                    Kind.OTHER_ARGUMENT,
                    f" is the true gradient by `{name}`: two gradients are exchanged",
                    f"은(는) `{name}`에 대한 참 기울기예요. 두 기울기가 서로 바뀌었어요",
                    f"d{name}",
                )
        return None

    def reordered(self) -> Relation | None:
        """The right numbers in other places, perhaps with a factor."""
        if not self.sharp:
            return None
        for kind, moved, bound, words in self._orders():
            found = factor(self.got, moved, bound)
            if found is None or not found.narrow:
                continue
            en, ko = words.en, words.ko
            if found.holds(1.0):
                return self.said(
                    kind, f" is the true gradient {en}", f"은(는) 참 기울기를 {ko} 것이에요"
                )
            why, because, written = self._named(found)
            if found.holds(-1.0):
                why, because, written = "", "", "-1"
            if found.holds(-1.0) or why or written in ("2", "1/2"):
                return self.said(
                    kind,
                    f" is {written} times the true gradient {en}{why}",
                    f"은(는) 참 기울기를 {ko} 것의 {written}배예요{because}",
                    written,
                )
        return None

    def _orders(self) -> Iterator[tuple[Kind, Array, Array, Text]]:
        shape, true, bound = self.got.shape, self.true, self.bound
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
                words = Text(
                    f"shifted by {by} along axis {axis}", f"축 {axis}을(를) 따라 {by}칸 민"
                )
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
            order = self._order(axis) if n > 2 else None
            if order is not None:
                words = Text(f"in another order along axis {axis}", f"축 {axis}의 순서를 바꾼")
                yield (Kind.WRONG_VARIABLE, np.take(true, order, axis),
                       np.take(bound, order, axis), words)  # fmt: skip

    def _order(self, axis: int) -> Array | None:
        """The index along an axis that each slice of ``got`` has in ``true``."""
        if self.got.size > _MANY or not self.known.all():
            return None
        rng = np.random.default_rng(0)
        weights = rng.normal(size=[n for a, n in enumerate(self.got.shape) if a != axis])
        one = (np.moveaxis(self.got, axis, 0) * weights).reshape(self.got.shape[axis], -1).sum(1)
        two = (np.moveaxis(self.true, axis, 0) * weights).reshape(len(one), -1).sum(1)
        order = np.empty(len(one), int)
        order[np.argsort(one, kind="stable")] = np.argsort(two, kind="stable")
        return order

    def reduced(self) -> Relation | None:
        """A sum, mean or cumulative sum of the true gradient."""
        if not self.sharp:
            return None
        for axis, n in enumerate(self.got.shape):
            if n < 2:
                continue
            total = self.true.sum(axis, keepdims=True)
            room = self.bound.sum(axis, keepdims=True)
            ways: list[tuple[Array, Array, str, str]] = [
                (total + 0 * self.true, room, "sum", "합"),
                (total / n + 0 * self.true, room / n, "mean", "평균"),
            ]
            for like, wide, en, ko in ways:
                if (np.abs(self.got - like) <= wide + self.bound).all():
                    return self.said(
                        Kind.WRONG_REDUCTION,
                        f" is the {en} of the true gradient over axis {axis}, at every index of it",
                        f"은(는) 축 {axis}에 대한 참 기울기의 {ko}이 자리마다 들어 있는 것이에요",
                    )
            for back in (False, True):
                if self._cumulated(axis, back):
                    end, rear = (" from its end", "끝에서부터 ") if back else ("", "")
                    return self.said(
                        Kind.WRONG_REDUCTION,
                        f" is the cumulative sum of the true gradient along axis {axis}{end}",
                        f"은(는) 축 {axis}을(를) 따라 {rear}참 기울기를 누적해서 더한 것이에요",
                    )
        return None

    def _cumulated(self, axis: int, back: bool) -> bool:
        true, bound = self.true, self.bound
        if back:
            true, bound = np.flip(true, axis), np.flip(bound, axis)
        like, room = true.cumsum(axis), bound.cumsum(axis)
        if back:
            like, room = np.flip(like, axis), np.flip(room, axis)
        return bool((np.abs(self.got - like) <= room + self.bound).all())

    def multiplied(self) -> Relation | None:
        """The true gradient times or divided by something that is at hand."""
        if not self.sharp:
            return None
        for name, values in self.setting.known.items():
            factors = self._broadcast(name, values)
            if factors is None or np.ptp(factors) == 0:
                continue
            if self.fits(self.true * factors, factors):
                return self.said(
                    Kind.EXTRA_FACTOR,
                    f" is the true gradient times `{name}`, a factor too many",
                    f"은(는) 참 기울기에 `{name}`을(를) 한 번 더 곱한 것이에요",
                    name,
                )
            wide = np.abs(self.got * factors - self.true) <= self.bound * np.maximum(
                1.0, np.abs(factors)
            )
            if bool(wide[self.known].all()) and (factors != 0).all():
                return self.said(
                    Kind.MISSING_FACTOR,
                    f" is the true gradient divided by `{name}`, a factor that is missing",
                    f"은(는) 참 기울기를 `{name}`(으)로 나눈 것이에요. 이 인수가 빠졌어요",
                    name,
                )
        return None

    def _broadcast(self, name: str, values: Array) -> Array | None:
        if values.dtype.kind not in "fiu" or not np.isfinite(values).all():
            return None
        try:
            return np.asarray(np.broadcast_to(values, self.got.shape), float)
        except ValueError:
            return None

    def shifted_alike(self) -> Relation | None:
        """Too much or too little by an amount that does not change along an axis."""
        if not self.sharp or not self.known.all():
            return None
        apart = self.got - self.true
        same = []
        for axis, n in enumerate(self.got.shape):
            spread = np.abs(apart - apart.mean(axis, keepdims=True))
            room = self.bound + self.bound.mean(axis, keepdims=True)
            if n > 1 and (spread <= room).all():
                same.append(axis)
        if not same or not self.telling.all():
            return None
        word = "axis" if len(same) == 1 else "axes"
        axes = ", ".join(map(str, same))
        return self.said(
            Kind.MISSING_PATH,
            f" minus the true gradient is the same all along {word} {axes}: a term that does not "
            "change there, such as the path through a mean, is missing or one too many",
            f"에서 참 기울기를 뺀 값이 축 {axes}을(를) 따라 모두 같아요. 평균을 지나는 경로처럼 "
            "그 축에서 변하지 않는 항이 빠졌거나 더 들어갔어요",
        )

    def partly(self) -> Relation | None:
        """Right in one place and wrong in another: where, and what it is there."""
        if not (self.telling & ~self.wrong).any():
            return None
        single = regions.element(self.setting.name, self.wrong)
        place = single or regions.slices(self.wrong, self.telling)
        where = None if place else regions.condition(self.wrong, self.telling, self.setting.known)
        kind, en, ko, term = self._inside()
        if place is not None:
            at = "" if single else "at "
            return Relation(
                kind,
                Text(
                    f"{self.called} is wrong {at}{place.en}; {en}it is right elsewhere."
                    if single is None
                    else f"{place.en} is wrong; {en}all other elements are right.",
                    f"{place.ko}에서 {self.called}이(가) 틀렸어요. {ko}나머지는 맞아요.",
                ),
                term,
            )
        count = regions.counted(self.wrong, self.telling)
        if where is not None:
            return Relation(
                Kind.WRONG_MASK,
                Text(
                    f"{self.called} is wrong at {count.en}, exactly those where {where.en}; "
                    f"{en}it is right elsewhere.",
                    f"{self.called}은(는) {where.ko}, 곧 {count.ko}에서만 틀렸어요. "
                    f"{ko}나머지는 맞아요.",
                ),
                term,
            )
        if not en:
            return None
        return Relation(
            kind,
            Text(
                f"{self.called} is wrong at {count.en} only; {en}it is right elsewhere.",
                f"{self.called}은(는) {count.ko}에서만 틀렸어요. {ko}나머지는 맞아요.",
            ),
            term,
        )

    def _inside(self) -> tuple[Kind, str, str, str]:
        """What the wrong elements are among themselves: zero, or a factor."""
        at = self.wrong & self.telling
        got, true, bound = self.got[at], self.true[at], self.bound[at]
        if (np.abs(got) <= bound).all():
            return Kind.MISSING_PATH, "it is zero there; ", "그곳에서는 0이에요. ", "0"
        if (np.abs(true) <= bound).all():
            return (Kind.DOUBLED_PATH, "the true gradient is zero there; ",
                    "그곳의 참 기울기는 0이에요. ", "")  # fmt: skip
        found = factor(got, true, bound)
        if found is None or not found.narrow or (len(got) < 2 and not self._plain(found)):
            return Kind.UNEXPLAINED, "", "", ""
        if found.holds(-1.0):
            return (Kind.WRONG_SIGN, "it has the wrong sign there; ",
                    "그곳에서는 부호가 반대예요. ", "-1")  # fmt: skip
        why, because, written = self._named(found)
        return (Kind.WRONG_FACTOR, f"it is {written} times the true gradient there{why}; ",
                f"그곳에서는 참 기울기의 {written}배예요{because}. ", written)  # fmt: skip

    def _plain(self, found: Interval) -> bool:
        return any(found.holds(each) for each in (-1.0, 2.0, 0.5))

    def signs(self) -> Relation | None:
        """Right but for the sign of some elements."""
        if not (np.abs(np.abs(self.got) - np.abs(self.true)) <= self.bound)[self.known].all():
            return None
        count = regions.counted(self.wrong, self.telling)
        return self.said(
            Kind.WRONG_SIGN,
            f" has the wrong sign at {count.en}, and the right size everywhere",
            f"은(는) 크기는 모두 맞지만 {count.ko}의 부호가 반대예요",
        )


def _first(mask: Array) -> tuple[int, ...]:
    return tuple(int(i) for i in np.argwhere(mask)[0])


Way = Callable[[], Relation | None]
__all__ = ["Relation", "Setting", "relations"]

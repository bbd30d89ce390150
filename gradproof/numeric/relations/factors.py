"""A number that all elements share, and what it may be: a constant, a length, a root of one."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from gradproof.numeric.problem import Array
from gradproof.text import Text

# A ratio is known well enough to be called by a name where its interval is as narrow as this,
# relatively: with many elements that agree, or with one alone.
_NARROW, _NARROW_ALONE, _FEW = 1e-3, 1e-5, 4
# What there is much of (fractions, ratios of lengths) is named where it is narrower still.
_FINE = 1e-5
# So many readings are told; further ones are counted.
_TOLD = 4


@dataclass(frozen=True)
class Interval:
    """All numbers c for which ``got`` is c times ``true`` at every element, within the bounds."""

    low: float
    high: float
    elements: int

    @property
    def middle(self) -> float:
        """A number in it, the shortest one."""
        for digits in range(1, 17):
            short = float(f"{(self.low + self.high) / 2:.{digits}g}")
            if self.low <= short <= self.high:
                return short
        return (self.low + self.high) / 2

    @property
    def narrow(self) -> bool:
        """Whether it tells one number from another."""
        size = max(abs(self.low), abs(self.high))
        limit = _NARROW if self.elements >= _FEW else _NARROW_ALONE
        return bool(size > 0 and self.high - self.low <= limit * size)

    def holds(self, value: float) -> bool:
        """Whether a number lies in it, but for the rounding of its ends."""
        slack = 4 * np.finfo(float).eps * abs(value)
        return bool(self.low - slack <= value <= self.high + slack)


def factor(got: Array, true: Array, bound: Array) -> Interval | None:
    """The factor between two arrays; None if no number is one, or every number may be.

    bound: by how much ``got`` may differ from ``true`` where it is right; infinite where nothing
    is known.
    """
    known = np.isfinite(bound) & np.isfinite(got) & np.isfinite(true)
    got, true, bound = got[known], true[known], bound[known]
    telling = np.abs(true) > 4 * bound
    if not telling.any():
        return None
    weight = 1 / np.maximum(bound, np.finfo(float).tiny ** 0.25) ** 2
    weight /= weight.max()
    square = float((weight * true * true).sum())
    if not square or not np.isfinite(square):
        return None
    near = float((weight * got * true).sum()) / square
    room = bound * max(1.0, abs(near))
    if (np.abs(got - near * true) > 2 * room).any():
        return None
    ratio, half = got[telling] / true[telling], room[telling] / np.abs(true[telling])
    low, high = float((ratio - half).max()), float((ratio + half).min())
    rest = ~telling
    middle = (low + high) / 2
    if low > high or (np.abs(got[rest] - middle * true[rest]) > room[rest]).any():
        return None
    return Interval(low, high, int(telling.sum()))


@dataclass(frozen=True)
class Reading:
    """What a factor may be: how it is written ("1/6"), and why ("6 is the length of ...")."""

    written: str
    value: float
    why: Text


_NO_WHY = Text("", "")
_PLAIN = [Fraction(2), Fraction(1, 2), Fraction(3), Fraction(1, 3), Fraction(4), Fraction(1, 4)]


def readings(
    found: Interval, shapes: Mapping[str, Sequence[int]], numbers: Mapping[str, float]
) -> list[Reading]:
    """What the factor may be, simplest first; none where it is not known well enough."""
    if not found.narrow:
        return []
    sign = -1 if found.high < 0 else 1
    low, high = sorted((sign * found.low, sign * found.high))
    size = Interval(low, high, found.elements)
    fits: list[Reading] = []
    for level in (_plain(), _of_numbers(numbers), _of_lengths(shapes), _of_counts(shapes)):
        fits += [each for each in level if size.holds(each.value)]
    fine = size.high - size.low <= _FINE * size.high
    for further in (_nearly_lengths(shapes), _of_two(shapes), _rational()):
        if not fits and fine:
            fits = [each for each in further if size.holds(each.value)][:2]
    minus = "-" if sign < 0 else ""
    said: dict[str, Reading] = {}
    for each in fits:
        said.setdefault(each.why.en, Reading(minus + each.written, sign * each.value, each.why))
    return list(said.values())[:_TOLD]


def _plain() -> Iterator[Reading]:
    yield Reading("1", 1.0, _NO_WHY)
    for each in _PLAIN:
        yield Reading(str(each), float(each), _NO_WHY)


def _rational() -> Iterator[Reading]:
    for below, above in itertools.product(range(1, 13), range(1, 13)):
        if math.gcd(above, below) == 1:
            yield Reading(str(Fraction(above, below)), above / below, _NO_WHY)
    for name, value in (("pi", math.pi), ("2*pi", 2 * math.pi), ("sqrt(2)", math.sqrt(2)),
                        ("sqrt(pi)", math.sqrt(math.pi)), ("log(2)", math.log(2)),
                        ("e", math.e)):  # fmt: skip
        yield Reading(name, value, _NO_WHY)
        yield Reading(f"1/{name}" if "*" not in name else f"1/({name})", 1 / value, _NO_WHY)


def _of_numbers(numbers: Mapping[str, float]) -> Iterator[Reading]:
    for name, p in numbers.items():
        why = Text(f"{name} is {p:.6g}", f"{name}은(는) {p:.6g}이에요")
        for written, value in _powers(name, p):
            yield Reading(written, value, why)
        for written, value in _powers(f"(1 - {name})", 1 - p):
            yield Reading(written, value, why)


def _powers(name: str, n: float) -> Iterator[tuple[str, float]]:
    """A number and what is made of it: its inverse, root, square."""
    bare = name.strip("()") if name.startswith("(") else name
    if n > 0:
        yield bare, n
        yield f"1/{name}", 1 / n
        yield f"sqrt({bare})", math.sqrt(n)
        yield f"1/sqrt({bare})", 1 / math.sqrt(n)
        yield f"{name}**2", n * n
        yield f"1/{name}**2", 1 / (n * n)


def _of_lengths(shapes: Mapping[str, Sequence[int]]) -> Iterator[Reading]:
    for n, words in lengths(shapes).items():
        why = Text(f"{n} is the length of {words.en}", f"{n}은(는) {words.ko}의 길이예요")
        for written, value in _powers(str(n), n):
            yield Reading(_exact(written, n), value, why)


def _nearly_lengths(shapes: Mapping[str, Sequence[int]]) -> Iterator[Reading]:
    """Twice or half a length, as squares bring them; one less, as unbiased variances do."""
    for n, words in lengths(shapes).items():
        why = Text(f"{n} is the length of {words.en}", f"{n}은(는) {words.ko}의 길이예요")
        if n > 2:
            yield Reading(f"{n}/{n - 1}", n / (n - 1), why)
            yield Reading(f"{n - 1}/{n}", (n - 1) / n, why)
        yield Reading(f"2/{n}", 2 / n, why)
        yield Reading(f"{n}/2", n / 2, why)


def _exact(written: str, n: int) -> str:
    """``36`` for ``6**2``."""
    return written.replace(f"{n}**2", str(n * n))


def _of_counts(shapes: Mapping[str, Sequence[int]]) -> Iterator[Reading]:
    """The number of elements of an array, by which a mean over all of them divides."""
    counts: dict[int, list[str]] = {}
    for name, shape in shapes.items():
        if sum(n > 1 for n in shape) > 1:
            counts.setdefault(math.prod(shape), []).append(name)
    for n, names in counts.items():
        listed = ", ".join(names)
        why = Text(
            f"{n} is the number of elements of {listed}", f"{n}은(는) {listed}의 원소 수예요"
        )
        for written, value in list(_powers(str(n), n))[:4]:
            yield Reading(written, value, why)


def _of_two(shapes: Mapping[str, Sequence[int]]) -> Iterator[Reading]:
    """Products and ratios of two lengths."""
    known = lengths(shapes)
    for (n, one), (m, two) in itertools.permutations(known.items(), 2):
        why = Text(
            f"{n} is the length of {one.en}, {m} that of {two.en}",
            f"{n}은(는) {one.ko}의 길이, {m}은(는) {two.ko}의 길이예요",
        )
        yield Reading(f"{n}/{m}", n / m, why)
        if n < m:
            yield Reading(f"{n}*{m}", n * m, why)
            yield Reading(f"1/({n}*{m})", 1 / (n * m), why)


def lengths(shapes: Mapping[str, Sequence[int]]) -> dict[int, Text]:
    """Every length of more than one, with the axes that have it: "axis 0 of x, y"."""
    found: dict[int, dict[int, list[str]]] = {}
    for name, shape in shapes.items():
        for axis, n in enumerate(shape):
            if n > 1:
                found.setdefault(n, {}).setdefault(axis, []).append(name)
    return {
        n: Text(
            " and of ".join(f"axis {axis} of {', '.join(names)}" for axis, names in axes.items()),
            ", ".join(f"{', '.join(names)}의 축 {axis}" for axis, names in axes.items()),
        )
        for n, axes in found.items()
    }


__all__ = ["Interval", "Reading", "factor", "lengths", "readings"]

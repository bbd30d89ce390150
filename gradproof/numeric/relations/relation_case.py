"""A wrong gradient beside the true one, and what is needed to say how they are related."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from gradproof.arguments.returned import gradient_name
from gradproof.numeric.problem import Array
from gradproof.numeric.relations.factors import Interval, readings
from gradproof.slip_kinds import Kind
from gradproof.text import Text

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


class Case:
    """One gradient beside the true one."""

    def __init__(self, got: Array, true: Array, bound: Array, setting: Setting) -> None:
        self.got, self.true, self.setting = got, true, setting
        self.bound = np.where(np.isfinite(true), bound, np.inf)
        self.known = np.isfinite(self.bound)
        with np.errstate(invalid="ignore"):
            self.wrong = self.known & ~(np.abs(got - true) <= self.bound)
            self.telling = self.known & ((np.abs(true) > self.bound) | (np.abs(got) > self.bound))
        self.called = gradient_name(setting.name)

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

    def named(self, found: Interval) -> tuple[str, str, str]:
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


__all__ = ["Case", "Relation", "Setting"]

"""Read a number that was solved for as one that a person would write: 2, -1/2, 1/m, (m - 1)/m."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from fractions import Fraction

import numpy as np

from gradproof.diagnosis.quantities.terms import level_of

_RELATIVE = 1e-8
_FAR_FETCHED, _MOST_READINGS = 0.4, 3
# Simple fractions: the value, the text, and the numerator and denominator.
_SIMPLE = [
    (float(f), str(f), {f.numerator, f.denominator}) for f in sorted(
        {Fraction(p, q) for p in range(1, 9) for q in range(1, 9)} | {Fraction(10),
         Fraction(1, 10), Fraction(1, 100), Fraction(100)},
        key=lambda f: (f.numerator + f.denominator, f),
    )
]  # fmt: skip


class Numbers:
    """The numbers that a formula may hold: simple fractions, lengths of axes, parameters.

    names: name -> value of the author's own numbers (N, m, eps, slope); lengths: of axes.
    """

    def __init__(self, names: Mapping[str, float], lengths: Mapping[str, int]) -> None:
        # The sign of a number that is read is told apart from the number: -1.702 is 1.702 here.
        names = {k[1:] if k[0] == "-" else k: -v if k[0] == "-" else v for k, v in names.items()}
        self.known: dict[str, float] = {**lengths, **names}
        self.lengths: dict[str, float] = {}
        taken: set[float] = set()
        whole = {k: v for k, v in names.items()
                 if v > 1 and (v in lengths.values() or type(v) is int)}  # fmt: skip
        for name, value in [*whole.items(), *lengths.items()]:
            if value > 1 and value not in taken:
                taken.add(value)
                self.lengths[name] = float(value)
        self.parameters = {k: v for k, v in names.items() if v not in taken and v not in (0, 1, -1)}
        self.expressions = {text for _, text, _ in self._of_parameters()}
        self._table = list(self._entries())
        self._values = np.array([value for value, _, _ in self._table])

    def _entries(self) -> Iterator[tuple[float, str, float]]:
        """Yield (value, text, how unlikely)."""
        yield 1.0, "1", 0.0
        for name, value in self.lengths.items():
            yield 1 / value, f"1/{name}", 0.1
            yield value, name, 0.15
            for factor in (2, 0.5):
                text = "2" if factor == 2 else "1/2"
                yield factor / value, f"{text}/{name}" if factor == 2 else f"1/(2*{name})", 0.3
                yield factor * value, f"{text}*{name}", 0.4
            yield value - 1, f"({name} - 1)", 0.3
            yield value / (value - 1), f"{name}/({name} - 1)", 0.4
            yield (value - 1) / value, f"({name} - 1)/{name}", 0.4
            yield 1 / (value - 1), f"1/({name} - 1)", 0.4
            yield 1 / value**2, f"1/{name}**2", 0.5
            yield value**2, f"{name}**2", 0.6
            yield value**0.5, f"np.sqrt({name})", 0.6
            yield value**-0.5, f"1/np.sqrt({name})", 0.6
        values = list(self.lengths.items())
        for k, (a, x) in enumerate(values):
            for b, y in values[k + 1 :]:
                yield x * y, f"{a}*{b}", 0.5
                yield 1 / (x * y), f"1/({a}*{b})", 0.4
                yield x / y, f"{a}/{b}", 0.5
                yield y / x, f"{b}/{a}", 0.5
        yield from self._of_parameters()
        axes = set(self.lengths.values()) | {n - 1 for n in self.lengths.values() if n > 6}
        known = {value for value, _, unlikely in self._of_parameters() if unlikely > 0}
        for simple, text, parts in _SIMPLE:
            if parts & axes - {1, 2, 3}:
                continue
            unlikely = 0.02 * (sum(parts) if len(parts) > 1 else 2)  # 1/1 has one part
            if parts & axes - {1}:
                unlikely += 0.1
            named = max(parts) > 3 and any(abs(simple - value) < 1e-12 for value in known)
            yield simple, text, unlikely + 0.4 * named

    def _of_parameters(self) -> Iterator[tuple[float, str, float]]:
        """Yield the parameters and what is made of them: 2 * lam, 1 - rate, scale * alpha."""
        for name, value in self.parameters.items():
            inner = name if level_of(name) == 9 else f"({name})"
            yield value, inner, 0.15
            if value:
                yield 1 / value, f"1/{inner}", 0.4
            yield 2 * value, f"2*{inner}", 0.4
            yield value / 2, f"{inner}/2", 0.45
            yield 1 - value, f"(1 - {inner})", 0.4
            if value != 1:
                yield 1 / (1 - value), f"1/(1 - {inner})", 0.45
            for other, length in self.lengths.items():
                yield value / length, f"{inner}/{other}", 0.5
        for (a, x), (b, y) in itertools.combinations(self.parameters.items(), 2):
            yield x * y, f"{a}*{b}", 0.45

    def read(self, value: float) -> tuple[float, str, float] | None:
        """Return the likeliest number that a value stands for, its text and how unlikely it is."""
        return next(iter(self.readings(value)), None)

    def readings(self, value: float) -> list[tuple[float, str, float]]:
        """Return the numbers that a value may stand for, the likeliest first; a plain one alone.

        1/9 may be 1/k**2 or 1/(n - 1): other lengths of axes tell which.
        """
        found = []
        for sign in (1, -1):
            near = np.abs(value - sign * self._values) <= _RELATIVE * np.abs(self._values)
            for known, text, unlikely in map(self._table.__getitem__, np.flatnonzero(near)):
                found.append((sign * known, text if sign > 0 else f"-{text}", unlikely))
        found.sort(key=lambda each: each[2])
        if found and found[0][2] >= _FAR_FETCHED:
            return found[:_MOST_READINGS]
        # An axis that is as long as a window is large: the square of what has a name may be meant.
        squares = [each for each in found[1:] if "**2" in each[1] and ".shape[" not in each[1]]
        return found[:1] + squares[: "shape[" in "".join(text for _, text, _ in found[:1])]

    def candidates(self) -> list[tuple[float, str, float]]:
        """Return the numbers to try where none can be solved for, with both signs."""
        seen: dict[float, tuple[float, str, float]] = {}
        for value, text, unlikely in sorted(self._table, key=lambda e: e[2]):
            for signed, shown in ((value, text), (-value, f"-{text}")):
                seen.setdefault(round(signed, 12), (signed, shown, unlikely))
        return [*seen.values(), (0.0, "0", 0.1)]

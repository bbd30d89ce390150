"""Weights that know their names: floats that remember which weights they are a sum of."""

from __future__ import annotations

from collections.abc import Mapping


class Known(float):
    """A float, the weights it is made of with their factors, and the rest of it.

    >>> cost = 2 * Known.of("sign", 0.5) + 1.0 - Known.of("agrees", 0.25)
    >>> float(cost), cost.rest, cost.made_of
    (1.75, 1.0, {'sign': 2.0, 'agrees': -1.0})
    """

    rest: float
    made_of: Mapping[str, float]

    def __new__(cls, value: float, made_of: Mapping[str, float] | None = None,
                rest: float | None = None) -> Known:  # fmt: skip
        made = super().__new__(cls, value)
        made.rest = float(value) if rest is None else rest
        made.made_of = dict(made_of or {})
        return made

    @classmethod
    def of(cls, name: str, value: float) -> Known:
        """Return a weight."""
        return cls(value, {name: 1.0}, 0.0)

    def _with(self, other: float, sign: float) -> Known:
        given = other if isinstance(other, Known) else Known(other)
        made = dict(self.made_of)
        for name, times in given.made_of.items():
            made[name] = made.get(name, 0.0) + sign * times
        return Known(float(self) + sign * float(other), made, self.rest + sign * given.rest)

    def __add__(self, other: float) -> Known:
        return self._with(other, 1.0)

    __radd__ = __add__

    def __sub__(self, other: float) -> Known:
        return self._with(other, -1.0)

    def __rsub__(self, other: float) -> Known:
        return (-self)._with(other, 1.0)

    def __mul__(self, by: float) -> Known:
        times = float(by)
        made = {name: times * each for name, each in self.made_of.items()}
        return Known(float(self) * times, made, self.rest * times)

    __rmul__ = __mul__

    def __neg__(self) -> Known:
        return self * -1.0

"""Exact derivatives of a forward written with NumPy: run it on arrays of recorded 50-digit numbers.

``np.exp(a)`` of an array of objects calls ``exp`` of each element, so a formula in NumPy runs as
it is. Every operation is recorded with its local derivatives; one pass backwards gives the
gradient of <dy, y>, and the sum of the absolute values of all terms that meet in each element,
which is what the rounding of any way to compute it is measured by.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mpmath
import numpy as np

Array = np.ndarray[Any, Any]
DIGITS = 50
# A step for derivatives of functions that are known by value only; 25 digits remain.
_STEP = mpmath.mpf(10) ** -25


class Tape:
    """The operations of one run; ``tied`` if two equal numbers were compared (a kink)."""

    def __init__(self) -> None:
        self.nodes: list[Number] = []
        self.tied = False

    def array(self, values: Array) -> Array:
        """An array of recorded numbers, exactly as they are."""
        found = np.empty(np.shape(values), dtype=object)
        for index in np.ndindex(found.shape):
            found[index] = self.number(exactly(np.asarray(values)[index]))
        return found

    def number(self, value: Any, *parents: tuple[Number, Any]) -> Number:
        node = Number(self, value, parents)
        self.nodes.append(node)
        return node

    def pull(self, outputs: Array, dy: Array) -> None:
        """Write the gradient of <dy, outputs> into ``slope`` and its magnitude into ``size``."""
        for node in self.nodes:
            node.slope = node.size = mpmath.mpf(0)
        for y, each in zip(outputs.ravel(), dy.ravel()):
            if isinstance(y, Number):
                y.slope += exactly(each)
                y.size += abs(exactly(each))
        for node in reversed(self.nodes):
            if node.size:
                for parent, local in node.parents:
                    parent.slope += node.slope * local
                    parent.size += node.size * abs(local)


def exactly(value: Any) -> Any:
    """A float of any width as an mpf with every bit of it."""
    if isinstance(value, (mpmath.mpf, int)):
        return mpmath.mpf(value)
    high = float(value)
    rest = float(value - type(value)(high)) if isinstance(value, np.longdouble) else 0.0
    return mpmath.mpf(high) + mpmath.mpf(rest)


class Number:
    """A 50-digit number that remembers how it came about; only what NumPy asks of an object."""

    __slots__ = ("parents", "size", "slope", "tape", "value")

    def __init__(self, tape: Tape, value: Any, parents: Sequence[tuple[Number, Any]]) -> None:
        self.tape, self.value, self.parents = tape, value, parents
        self.slope = self.size = mpmath.mpf(0)

    def of(self, value: Any, local: Any) -> Number:
        return self.tape.number(value, (self, local))

    def through(self, f: Callable[[Any], Any], slope: Callable[[Any], Any] | None = None) -> Number:
        """f of this number; its derivative from values at 25 digits where no formula is given."""
        local = slope(self.value) if slope else derivative(f, self.value)
        return self.of(f(self.value), local)

    def _with(self, other: Any, value: Any, mine: Any, its: Any) -> Number:
        parents = [(self, mine)]
        if isinstance(other, Number):
            parents.append((other, its))
        return self.tape.number(value, *parents)

    def __add__(self, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        return self._with(other, self.value + plain(other), 1, 1)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        return self._with(other, self.value - plain(other), 1, -1)

    def __rsub__(self, other: Any) -> Any:
        return (-self) + other

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        return self._with(other, self.value * plain(other), plain(other), self.value)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        value = self.value / plain(other)
        return self._with(other, value, 1 / plain(other), -value / plain(other))

    def __rtruediv__(self, other: Any) -> Any:
        value = plain(other) / self.value
        return self.of(value, -value / self.value)

    def __mod__(self, other: Any) -> Any:
        whole = mpmath.floor(self.value / plain(other))
        if whole == self.value / plain(other):
            self.tape.tied = True
        return self._with(other, self.value - whole * plain(other), 1, -whole)

    def __pow__(self, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        exponent = plain(other)
        value = self.value**exponent
        mine = exponent * self.value ** (exponent - 1) if exponent else mpmath.mpf(0)
        if not isinstance(other, Number):
            return self.of(value, mine)
        its = value * mpmath.log(self.value) if self.value > 0 else mpmath.mpf(0)
        return self._with(other, value, mine, its)

    def __rpow__(self, other: Any) -> Any:
        value = plain(other) ** self.value
        return self.of(value, value * mpmath.log(plain(other)))

    def __neg__(self) -> Number:
        return self.of(-self.value, -1)

    def __pos__(self) -> Number:
        return self

    def __abs__(self) -> Number:
        return self.of(abs(self.value), self.compared(0))

    def compared(self, other: Any) -> int:
        """-1, 0 or 1; notes a tie."""
        value = plain(other)
        if self.value == value:
            self.tape.tied = self.tape.tied or self is not other
            return 0
        return 1 if self.value > value else -1

    def __lt__(self, other: Any) -> bool:
        return self.compared(other) < 0

    def __le__(self, other: Any) -> bool:
        return self.compared(other) <= 0

    def __gt__(self, other: Any) -> bool:
        return self.compared(other) > 0

    def __ge__(self, other: Any) -> bool:
        return self.compared(other) >= 0

    def __eq__(self, other: object) -> bool:
        return self is other or self.compared(other) == 0

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return self.compared(0) != 0

    def conjugate(self) -> Number:
        return self

    @property
    def real(self) -> Number:
        return self

    def square(self) -> Number:
        return self * self

    def reciprocal(self) -> Number:
        return 1 / self

    def hypot(self, other: Any) -> Number:
        return (self * self + other * other).sqrt()

    def arctan2(self, other: Any) -> Number:
        y, x = self.value, plain(other)
        r2 = x * x + y * y
        return self._with(other, mpmath.atan2(y, x), x / r2, -y / r2)


def plain(value: Any) -> Any:
    """The 50-digit value of a number, recorded or not."""
    if isinstance(value, Number):
        return value.value
    if isinstance(value, np.ndarray) and value.ndim == 0:
        return plain(value[()])
    return exactly(value)


def derivative(f: Callable[[Any], Any], x: Any) -> Any:
    """Central differences of f at 100 digits."""
    with mpmath.workdps(2 * DIGITS):
        h = _STEP * (abs(x) or mpmath.mpf(1))
        return (f(x + h) - f(x - h)) / (2 * h)


def _method(f: Callable[[Any], Any], slope: Callable[[Any], Any]) -> Callable[[Number], Number]:
    return lambda self: self.through(f, slope)


_LOCAL: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "exp": (mpmath.exp, mpmath.exp),
    "exp2": (lambda x: mpmath.mpf(2) ** x, lambda x: mpmath.mpf(2) ** x * mpmath.log(2)),
    "expm1": (mpmath.expm1, mpmath.exp),
    "log": (mpmath.log, lambda x: 1 / x),
    "log2": (lambda x: mpmath.log(x, 2), lambda x: 1 / (x * mpmath.log(2))),
    "log10": (mpmath.log10, lambda x: 1 / (x * mpmath.log(10))),
    "log1p": (mpmath.log1p, lambda x: 1 / (1 + x)),
    "sin": (mpmath.sin, mpmath.cos),
    "cos": (mpmath.cos, lambda x: -mpmath.sin(x)),
    "tan": (mpmath.tan, lambda x: 1 / mpmath.cos(x) ** 2),
    "arcsin": (mpmath.asin, lambda x: 1 / mpmath.sqrt(1 - x * x)),
    "arccos": (mpmath.acos, lambda x: -1 / mpmath.sqrt(1 - x * x)),
    "arctan": (mpmath.atan, lambda x: 1 / (1 + x * x)),
    "sinh": (mpmath.sinh, mpmath.cosh),
    "cosh": (mpmath.cosh, mpmath.sinh),
    "tanh": (mpmath.tanh, lambda x: 1 / mpmath.cosh(x) ** 2),
    "arcsinh": (mpmath.asinh, lambda x: 1 / mpmath.sqrt(1 + x * x)),
    "arccosh": (mpmath.acosh, lambda x: 1 / mpmath.sqrt(x * x - 1)),
    "arctanh": (mpmath.atanh, lambda x: 1 / (1 - x * x)),
    "sqrt": (mpmath.sqrt, lambda x: 1 / (2 * mpmath.sqrt(x))),
    "cbrt": (
        lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)), lambda x: 1 / (3 * mpmath.cbrt(abs(x)) ** 2)
    ),
    "rad2deg": (lambda x: x * 180 / mpmath.pi, lambda x: 180 / mpmath.pi),
    "deg2rad": (lambda x: x * mpmath.pi / 180, lambda x: mpmath.pi / 180),
}  # fmt: skip
_LOCAL["degrees"], _LOCAL["radians"] = _LOCAL["rad2deg"], _LOCAL["deg2rad"]
for _name, (_f, _slope) in _LOCAL.items():
    setattr(Number, _name, _method(_f, _slope))
Number.fabs = Number.__abs__  # type: ignore[attr-defined]


def elementwise(f: Callable[..., Any], at: int = 0) -> Callable[..., Array]:
    """A function of mpf as one of arrays, differentiated by argument ``at`` only."""

    def mapped(*arrays: Any) -> Array:
        wide = np.broadcast_arrays(*[np.asarray(each, dtype=object) for each in arrays])
        found = np.empty(wide[0].shape, dtype=object)
        for index in np.ndindex(found.shape):
            values = [each[index] for each in wide]
            fixed = [plain(each) for each in values]
            found[index] = values[at].through(
                lambda x, fixed=fixed: f(*fixed[:at], x, *fixed[at + 1 :])
            )
        return found

    return mapped

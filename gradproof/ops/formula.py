"""Formulas of one element, written once and read by everyone: slopes, and what functions mean.

A formula is data: a variable, a number, or the name of an operation with the formulas it is applied
to. Python's operators build it, ``read`` carries it out in any arithmetic: on NumPy arrays, with 50
digits, on the nodes of a proof, on the terms of a diagnosis, on SymPy's expressions.

>>> from gradproof.ops.formula import Y, named
>>> slope = 1 - Y**2
>>> slope.read(lambda name, *parts: f"{name}({', '.join(parts)})", str, y="y")
'subtract(1, power(y, 2))'
>>> named("exp")(Y).names()
{'exp'}
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

Number = int | Fraction


@dataclass(frozen=True)
class Formula:
    """A formula: ``name`` is "variable" (called ``label``), "number" (``value``), or an operation.

    "pi" is an operation of no arguments.
    """

    name: str
    parts: tuple[Formula, ...] = ()
    label: str = ""
    value: Number = 0

    def read(self, apply: Callable[..., Any], number: Callable[[Number], Any], **given: Any) -> Any:
        """Return its value: ``apply(name, *parts)`` carries out an operation, ``number`` makes one.

        given: the value of each variable: of x (or a and b), the arguments, and of y, the result.
        """
        if self.name == "variable":
            return given[self.label]
        if self.name == "number":
            return number(self.value)
        return apply(self.name, *(part.read(apply, number, **given) for part in self.parts))

    def names(self) -> set[str]:
        """Return the operations it is made of."""
        found = set() if self.name in ("variable", "number") else {self.name}
        return found.union(*(part.names() for part in self.parts))

    def variables(self) -> set[str]:
        """Return the variables that occur in it."""
        found = {self.label} if self.name == "variable" else set()
        return found.union(*(part.variables() for part in self.parts))

    def __add__(self, other: Formula | Number) -> Formula:
        return Formula("add", (self, formula(other)))

    def __radd__(self, other: Number) -> Formula:
        return Formula("add", (formula(other), self))

    def __sub__(self, other: Formula | Number) -> Formula:
        return Formula("subtract", (self, formula(other)))

    def __rsub__(self, other: Number) -> Formula:
        return Formula("subtract", (formula(other), self))

    def __mul__(self, other: Formula | Number) -> Formula:
        return Formula("multiply", (self, formula(other)))

    def __rmul__(self, other: Number) -> Formula:
        return Formula("multiply", (formula(other), self))

    def __truediv__(self, other: Formula | Number) -> Formula:
        return Formula("divide", (self, formula(other)))

    def __rtruediv__(self, other: Number) -> Formula:
        return Formula("divide", (formula(other), self))

    def __pow__(self, other: Formula | Number) -> Formula:
        return Formula("power", (self, formula(other)))

    def __rpow__(self, other: Number) -> Formula:
        return Formula("power", (formula(other), self))

    def __neg__(self) -> Formula:
        return Formula("negative", (self,))


def formula(value: Formula | Number) -> Formula:
    """Return a number as a formula, and a formula as it is."""
    return value if isinstance(value, Formula) else Formula("number", value=value)


def named(name: str) -> Callable[..., Formula]:
    """Return the operation of this name, to be applied to formulas and numbers."""
    return lambda *parts: Formula(name, tuple(map(formula, parts)))


X, Y = Formula("variable", label="x"), Formula("variable", label="y")
A, B = Formula("variable", label="a"), Formula("variable", label="b")
PI = Formula("pi")
HALF = formula(Fraction(1, 2))

__all__ = ["HALF", "PI", "A", "B", "Formula", "Number", "X", "Y", "formula", "named"]

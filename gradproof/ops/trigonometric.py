"""Circular functions, their inverses, angles."""

from __future__ import annotations

from gradproof.ops.formula import HALF, PI, A, B, X, Y, named
from gradproof.ops.function_record import Elementwise

_sin, _cos, _sqrt, _arctan = named("sin"), named("cos"), named("sqrt"), named("arctan")
_SQUARES = A**2 + B**2

RECORDS = [
    Elementwise(name="sin", slopes=(_cos(X),), digits="sin", math="sin", sympy="sin",
                family=("circular",), common=True),
    Elementwise(name="cos", slopes=(-_sin(X),), digits="cos", math="cos", sympy="cos",
                family=("circular",), common=True),
    Elementwise(name="tan", slopes=(1 + Y**2,), meaning=_sin(X) / _cos(X), digits="tan",
                math="tan", sympy="tan", family=("circular",)),
    Elementwise(name="arctan", also=("atan",), slopes=(1 / (1 + X**2),), digits="atan", math="atan",
                sympy="atan", sign="argument", family=("saturating",)),
    Elementwise(name="arcsin", also=("asin",), slopes=(1 / _sqrt(1 - X**2),),
                meaning=_arctan(X / _sqrt(1 - X**2)), digits="asin", math="asin", sympy="asin"),
    Elementwise(name="arccos", also=("acos",), slopes=(-(1 / _sqrt(1 - X**2)),),
                meaning=HALF * PI - named("arcsin")(X), digits="acos", math="acos", sympy="acos"),
    # Half the angle: one expression for all directions but the cut, where b < 0 and a = 0.
    Elementwise(name="arctan2", also=("atan2",), slopes=(B / _SQUARES, -(A / _SQUARES)),
                meaning=2 * _arctan(A / (_sqrt(_SQUARES) + B)), digits="atan2", sympy="atan2",
                math="atan2"),
    Elementwise(name="sinc", slopes=((_cos(PI * X) - Y) / X,), meaning=_sin(PI * X) / (PI * X),
                digits="sincpi"),
]  # fmt: skip
__all__ = ["RECORDS"]

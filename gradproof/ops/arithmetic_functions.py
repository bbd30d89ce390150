"""Arithmetic, powers and roots, absolute values, rounding."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from gradproof.ops.formula import PI, A, B, X, Y, formula, named
from gradproof.ops.function_record import Elementwise

_exp, _log, _sign, _sqrt = named("exp"), named("log"), named("sign"), named("sqrt")
_where, _greater, _equal = named("where"), named("greater"), named("equal")
_ONE, _ZERO = formula(1), formula(0)
_STEP = {"proof": "a step of a real argument; of numbers and of cases it is carried out",
         "latex": "it occurs in no derivation"}  # fmt: skip


def _of(function: Any) -> Any:
    """Return a function of numbers as a rule for 50 digits, which is given mpmath first."""
    return lambda mp, *args: function(*args)


def _positive(array: Any) -> Any:
    return array if np.result_type(array).kind == "b" else np.positive(array)


def _cut(mp: Any, x: Any) -> Any:
    return mp.sign(x) * mp.floor(abs(x))


ARITHMETIC = [
    Elementwise(name="add", slopes=(_ONE, _ONE), digits=_of(operator.add), symbol=(1, " + "),
                sympy=_of(operator.add), integers=True, reduces="sum",
                accumulates="cumsum"),
    Elementwise(name="subtract", slopes=(_ONE, -_ONE), digits=_of(operator.sub),
                sympy=_of(operator.sub), symbol=(1, " - "), integers=True),
    Elementwise(name="multiply", slopes=(B, A), digits=_of(operator.mul), symbol=(2, " * "),
                sympy=_of(operator.mul), integers=True, reduces="prod", accumulates="cumprod"),
    Elementwise(name="divide", also=("true_divide",), slopes=(1 / B, -(Y / B)),
                digits=_of(operator.truediv), sympy=_of(operator.truediv), symbol=(2, " / ")),
    Elementwise(name="negative", slopes=(-_ONE,), digits=_of(operator.neg),
                sympy=_of(operator.neg), integers=True),
    Elementwise(name="positive", numbers=_positive, slopes=(_ONE,), digits=_of(lambda x: x),
                sympy=_of(lambda x: x), meaning=X, integers=True),
    Elementwise(name="conjugate", also=("conj",), slopes=(_ONE,), meaning=X,
                digits=_of(lambda x: x), sympy=_of(lambda x: x), integers=True),
    Elementwise(name="nan_to_num", slopes=(_ONE,), meaning=X, digits=_of(lambda x: x),
                sympy=_of(lambda x: x)),
    Elementwise(name="reciprocal", slopes=(-(Y**2),), digits=_of(lambda x: 1 / x),
                sympy=_of(lambda x: 1 / x), meaning=1 / X, family=("powers",)),
    Elementwise(name="floor_divide", slopes=(None, None), digits=lambda mp, a, b: mp.floor(a / b),
                integers=True, without=_STEP),
    Elementwise(name="remainder", also=("mod",), slopes=(_ONE, -named("floor")(A / B)),
                digits=_of(operator.mod), integers=True, without=_STEP),
    Elementwise(name="fmod", slopes=(_ONE, -named("trunc")(A / B)), without=_STEP,
                digits=lambda mp, a, b: a - b * _cut(mp, a / b)),
]  # fmt: skip

POWERS = [
    Elementwise(name="sqrt", slopes=(1 / (2 * Y),), digits="sqrt", math="sqrt", sympy="sqrt",
                family=("powers",), common=True),
    Elementwise(name="square", slopes=(2 * X,), digits=_of(lambda x: x * x),
                sympy=_of(lambda x: x * x), meaning=X**2, family=("powers",), integers=True),
    Elementwise(name="power", also=("pow",), slopes=(B * A ** (B - 1), Y * _log(A)),
                digits=_of(operator.pow), sympy=_of(operator.pow), symbol=(4, "**"),
                integers=True),
    Elementwise(name="float_power", slopes=(B * A ** (B - 1), Y * _log(A)), meaning=A**B,
                digits=_of(operator.pow), sympy=_of(operator.pow)),
    Elementwise(name="cbrt", slopes=(1 / (3 * Y**2),), digits=lambda mp, x: mp.sign(x) * mp.cbrt(
                abs(x)), math="cbrt", sympy=lambda sp, x: sp.real_root(x, 3), sign="argument"),
    Elementwise(name="hypot", slopes=(A / Y, B / Y), meaning=_sqrt(A**2 + B**2), digits="hypot"),
    Elementwise(name="deg2rad", also=("radians",), slopes=(PI / 180,), meaning=X * PI / 180,
                math="radians"),
    Elementwise(name="rad2deg", also=("degrees",), slopes=(180 / PI,), meaning=X * 180 / PI,
                math="degrees"),
]  # fmt: skip

SIZES = [
    Elementwise(name="abs", also=("absolute",), slopes=(_sign(X),), digits=_of(abs), sympy="Abs",
                family=("sizes",), integers=True, common=True),
    Elementwise(name="fabs", slopes=(_sign(X),), digits=_of(abs), sympy="Abs", math="fabs",
                meaning=named("abs")(X)),
    Elementwise(name="sign", slopes=(None,), digits="sign", sympy="sign", family=("sizes",),
                integers=True, common=True),
    Elementwise(name="copysign", slopes=(Y / A, None), meaning=named("abs")(A) * _where(
                named("signbit")(B), formula(-1), _ONE)),
    Elementwise(name="heaviside", slopes=(None, _equal(A, 0)),
                meaning=_where(_greater(A, 0), _ONE, _where(_equal(A, 0), B, _ZERO))),
    Elementwise(name="floor", digits="floor", without=_STEP),
    Elementwise(name="ceil", digits="ceil", without=_STEP),
    Elementwise(name="rint", digits="nint", without=_STEP),
    Elementwise(name="trunc", digits=_cut, without=_STEP),
]  # fmt: skip

RECORDS = [*ARITHMETIC, *POWERS, *SIZES]
__all__ = ["RECORDS"]

"""Exponentials, logarithms, hyperbolic functions and their inverses, and sigmoids.

What is algebraic in another is written so (tanh through exp): that is what lets a proof decide
identities between them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradproof.ops.formula import HALF, A, B, X, Y, named
from gradproof.ops.function_record import Elementwise

_exp, _log, _log1p, _sqrt = named("exp"), named("log"), named("log1p"), named("sqrt")
_cosh, _sinh, _expit = named("cosh"), named("sinh"), named("expit")


# From here on cosh x, and sinh x but for its sign, are e^|x| / 2 to any number of digits asked for.
_HUGE = 2**64


def _exact_exp(mp: Any, x: Any) -> Any:
    """e^x. For a huge whole number, mpmath multiplies e with itself a thousand times instead."""
    if not abs(x) > _HUGE or mp.isinf(x):
        return mp.exp(x)
    with mp.workprec(mp.prec + mp.mag(x) + 20):
        twos = int(mp.floor(x / mp.ln2))
        rest = x - twos * mp.ln2
    return mp.ldexp(mp.exp(rest), twos)


def _exact_expm1(mp: Any, x: Any) -> Any:
    return _exact_exp(mp, x) - 1 if abs(x) > _HUGE else mp.expm1(x)


def _exact_sinh(mp: Any, x: Any) -> Any:
    return mp.sign(x) * _exact_exp(mp, abs(x)) / 2 if abs(x) > _HUGE else mp.sinh(x)


def _exact_cosh(mp: Any, x: Any) -> Any:
    return _exact_exp(mp, abs(x)) / 2 if abs(x) > _HUGE else mp.cosh(x)


def _logaddexp(mp: Any, a: Any, b: Any) -> Any:
    return max(a, b) + mp.log1p(mp.exp(-abs(a - b)))


def _cfunction(name: str) -> Any:
    """Return a function that SymPy keeps among those of C."""

    def made(sp: Any, x: Any) -> Any:
        from sympy.codegen import cfunctions

        return getattr(cfunctions, name)(x)

    return made  # fmt: skip


EXPONENTIALS = [
    Elementwise(name="exp", slopes=(Y,), digits=_exact_exp, math="exp", sympy="exp",
                sign="positive", family=("exponentials",), common=True, growing=True),
    Elementwise(name="expm1", slopes=(_exp(X),), meaning=_exp(X) - 1, digits=_exact_expm1,
                math="expm1", sympy=_cfunction("expm1"), latex=r"\operatorname{expm1}",
                family=("exponentials",), seldom=True, growing=True),
    Elementwise(name="exp2", slopes=(Y * _log(2),), meaning=2**X,
                digits=lambda mp, x: mp.mpf(2) ** x, math="exp2",
                family=("exponentials",), seldom=True, growing=True),
    Elementwise(name="log", slopes=(1 / X,), digits="log", math="log", sympy="log",
                family=("logarithms",), common=True),
    Elementwise(name="log1p", slopes=(1 / (1 + X),), meaning=_log(1 + X), digits="log1p",
                math="log1p", sympy=_cfunction("log1p"), latex=r"\operatorname{log1p}",
                family=("logarithms",), seldom=True),
    Elementwise(name="log2", slopes=(1 / (X * _log(2)),), meaning=_log(X) / _log(2),
                digits=lambda mp, x: mp.log(x, 2), math="log2", family=("logarithms",)),
    Elementwise(name="log10", slopes=(1 / (X * _log(10)),), meaning=_log(X) / _log(10),
                digits="log10", math="log10", family=("logarithms",)),
    Elementwise(name="logaddexp", slopes=(_exp(A - Y), _exp(B - Y)),
                meaning=A + _log1p(_exp(B - A)), digits=_logaddexp, growing=True),
    Elementwise(name="logaddexp2", slopes=(2 ** (A - Y), 2 ** (B - Y)),
                meaning=A + _log1p(2 ** (B - A)) / _log(2),
                digits=lambda mp, a, b: _logaddexp(mp, a * mp.log(2), b * mp.log(2)) / mp.log(2),
                growing=True),
]  # fmt: skip

HYPERBOLIC = [
    Elementwise(name="sinh", slopes=(_cosh(X),), meaning=HALF * _exp(X) - HALF * _exp(-X),
                digits=_exact_sinh, math="sinh", sympy="sinh", family=("hyperbolic",),
                growing=True),
    Elementwise(name="cosh", slopes=(_sinh(X),), meaning=HALF * _exp(X) + HALF * _exp(-X),
                digits=_exact_cosh, math="cosh", sympy="cosh", family=("hyperbolic",),
                growing=True),
    Elementwise(name="tanh", slopes=(1 - Y**2,), meaning=(_exp(2 * X) - 1) / (_exp(2 * X) + 1),
                digits="tanh", math="tanh", sympy="tanh", family=("hyperbolic", "saturating"),
                common=True, growing=True),
    Elementwise(name="arcsinh", also=("asinh",), slopes=(1 / _sqrt(1 + X**2),),
                meaning=_log(X + _sqrt(X**2 + 1)), digits="asinh", math="asinh", sympy="asinh"),
    Elementwise(name="arccosh", also=("acosh",), slopes=(1 / _sqrt(X**2 - 1),),
                meaning=_log(X + _sqrt(X**2 - 1)), digits="acosh", math="acosh", sympy="acosh"),
    Elementwise(name="arctanh", also=("atanh",), slopes=(1 / (1 - X**2),),
                meaning=HALF * _log((1 + X) / (1 - X)), digits="atanh", math="atanh",
                sympy="atanh"),
]  # fmt: skip


def _sigmoid(x: Any) -> Any:
    return np.exp(-np.logaddexp(0, np.negative(x)))


# SciPy's, with a form of their own that loses no digits where SciPy is not installed.
SIGMOIDS = [
    Elementwise(name="expit", home="scipy.special", numbers=_sigmoid, slopes=(Y * (1 - Y),),
                meaning=1 / (1 + _exp(-X)), sign="positive", latex=r"\sigma"),
    Elementwise(name="log_expit", home="scipy.special", slopes=(1 - _exp(Y),),
                numbers=lambda x: -np.logaddexp(0, np.negative(x)), meaning=-_log1p(_exp(-X)),
                latex=r"\log \sigma"),
    Elementwise(name="logit", home="scipy.special", slopes=(1 / (X * (1 - X)),),
                numbers=lambda p: np.log(p) - np.log1p(np.negative(p)),
                meaning=_log(X / (1 - X)), latex=r"\operatorname{logit}"),
]  # fmt: skip

RECORDS = [*EXPONENTIALS, *HYPERBOLIC, *SIGMOIDS]
__all__ = ["RECORDS"]

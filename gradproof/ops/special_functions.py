"""SciPy's special functions: of errors, of gammas, of entropies, and softmax.

SciPy is optional: these are known where the user's code has imported it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradproof.ops.formula import HALF, PI, A, B, X, Y, formula, named
from gradproof.ops.function_record import ArrayOperation, Elementwise, Kind, function_of

_exp, _log, _log1p, _sqrt = named("exp"), named("log"), named("log1p"), named("sqrt")
_erf, _gammaln, _digamma = named("erf"), named("gammaln"), named("digamma")
_BELL = 2 / _sqrt(PI) * _exp(-(X**2))
_ROOT = _sqrt(formula(2))
HOME = "scipy.special"
POLYGAMMAS = 4  # how many derivatives of digamma are known


def _each(name: str) -> Any:
    """Return a function of Python's ``math`` on each element."""
    return np.vectorize(getattr(math, name), otypes=[float])


def _digits(name: str, *before: int) -> Any:
    """Return a function of mpmath on each element of an array of floats."""

    def one(x: float) -> float:
        import mpmath

        return float(getattr(mpmath, name)(*before, x))

    return np.vectorize(one, otypes=[float])


def _one(name: str, **more: Any) -> Elementwise:
    return Elementwise(name=name, home=HOME, **more)


ERRORS = [
    _one("erf", numbers=_each("erf"), slopes=(_BELL,), digits="erf", math="erf", sympy="erf",
         sign="argument", family=("errors",)),
    _one("erfc", numbers=_each("erfc"), slopes=(-_BELL,), meaning=1 - _erf(X), digits="erfc",
         math="erfc", sympy="erfc", family=("errors",)),
    _one("ndtr", slopes=(_exp(-(X**2) / 2) / _sqrt(2 * PI),), meaning=HALF * (1 + _erf(X / _ROOT)),
         digits="ncdf", latex=r"\Phi"),
    _one("log_ndtr", slopes=(_exp(-(X**2) / 2 - Y) / _sqrt(2 * PI),), meaning=_log(
         named("ndtr")(X)), latex=r"\log \Phi"),
    _one("erfcx", slopes=(2 * X * Y - 2 / _sqrt(PI),), meaning=_exp(X**2) * (1 - _erf(X)),
         digits=lambda mp, x: mp.exp(x * x) * mp.erfc(x), growing=True),
]  # fmt: skip


def _polygamma_record(n: int) -> Elementwise:
    """The n-th derivative of digamma, which SciPy writes polygamma(n, x)."""
    last = n == POLYGAMMAS
    return _one(
        f"polygamma_{n}", numbers=_digits("polygamma", n), text=f"polygamma({n}, {{}})",
        digits=lambda mp, x: mp.polygamma(n, x), sympy=lambda sp, x: sp.polygamma(n, x),
        slopes=(None if last else named(f"polygamma_{n + 1}")(X),), where_positive=True,
        without={"slope": "the next derivative has no record"} if last else {},
    )  # fmt: skip


GAMMAS = [
    _one("gammaln", numbers=_each("lgamma"), slopes=(_digamma(X),), digits="loggamma",
         math="lgamma", sympy="loggamma", where_positive=True),
    _one("digamma", also=("psi",), numbers=_digits("digamma"), slopes=(named("polygamma_1")(X),),
         digits="digamma", sympy="digamma", where_positive=True),
    *(_polygamma_record(n) for n in range(1, POLYGAMMAS + 1)),
    _one("gamma", numbers=_each("gamma"), slopes=(Y * _digamma(X),), meaning=_exp(_gammaln(X)),
         digits="gamma", math="gamma", sympy="gamma", growing=True),
    _one("betaln", slopes=(_digamma(A) - _digamma(A + B), _digamma(B) - _digamma(A + B)),
         meaning=_gammaln(A) + _gammaln(B) - _gammaln(A + B)),
    _one("beta", slopes=(Y * (_digamma(A) - _digamma(A + B)), Y * (_digamma(B) - _digamma(A + B))),
         meaning=_exp(named("betaln")(A, B)), digits="beta"),
]  # fmt: skip

ENTROPIES = [
    _one("xlogy", slopes=(_log(B), A / B), meaning=A * _log(B)),
    _one("xlog1py", slopes=(_log1p(B), A / (1 + B)), meaning=A * _log1p(B)),
    _one("entr", slopes=(-_log(X) - 1,), meaning=-(X * _log(X))),
    _one("rel_entr", slopes=(_log(A / B) + 1, -(A / B)), meaning=A * _log(A / B)),
    _one("kl_div", slopes=(_log(A / B), 1 - A / B), meaning=A * _log(A / B) - A + B),
    _one("boxcox", slopes=(A ** (B - 1), (_log(A) * A**B - Y) / B), meaning=(A**B - 1) / B),
    _one("pseudo_huber", slopes=(
         2 * A * (_sqrt(1 + (B / A) ** 2) - 1) - B**2 / A / _sqrt(1 + (B / A) ** 2),
         B / _sqrt(1 + (B / A) ** 2)), meaning=A**2 * (_sqrt(1 + (B / A) ** 2) - 1)),
    _one("exp10", slopes=(Y * _log(10),), meaning=10**X, growing=True),
]  # fmt: skip


# --- of whole arrays ------------------------------------------------------------------------------


def _softmax(x: Any, axis: Any = None) -> Any:
    powers = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return powers / np.sum(powers, axis=axis, keepdims=True)


def _log_softmax(x: Any, axis: Any = None) -> Any:
    moved = x - np.max(x, axis=axis, keepdims=True)
    return moved - np.log(np.sum(np.exp(moved), axis=axis, keepdims=True))


def _logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False) -> Any:
    powers = np.exp(a) if b is None else b * np.exp(a)
    return np.log(np.sum(powers, axis=axis, keepdims=keepdims))


def _d_softmax(step: Any, v: tuple[Any, ...], a: Any, k: int) -> Any:
    return step.value * (a - np.sum(a * step.value, axis=_axis(step, v), keepdims=True))


def _d_log_softmax(step: Any, v: tuple[Any, ...], a: Any, k: int) -> Any:
    return a - np.exp(step.value) * np.sum(a, axis=_axis(step, v), keepdims=True)


def _axis(step: Any, v: tuple[Any, ...]) -> Any:
    return step.kwargs.get("axis", v[1] if len(v) > 1 else None)


def _exact_softmax(x: Any, axis: Any = None) -> Any:
    powers = np.exp(x)
    return powers / np.sum(powers, axis=axis, keepdims=True)


def _exact_log_softmax(x: Any, axis: Any = None) -> Any:
    return x - np.log(np.sum(np.exp(x), axis=axis, keepdims=True))


def _array(name: str, meaning: Any, numbers: Any, adjoint: Any = None) -> ArrayOperation:
    return ArrayOperation(name=name, kind=Kind.SUMMARY, home=HOME, meaning=meaning,
                          numbers=numbers, adjoint=adjoint)  # fmt: skip


def _polygamma(n: Any, x: Any) -> Any:
    """The derivatives of digamma have a record each."""
    return function_of("digamma" if not int(n) else f"polygamma_{int(n)}")(x)


def _log_of_sum(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False) -> Any:
    largest = np.max(a, axis=axis, keepdims=True)
    powers = np.exp(a - largest) if b is None else b * np.exp(a - largest)
    kept = np.max(a, axis=axis, keepdims=keepdims)
    return np.log(np.sum(powers, axis=axis, keepdims=keepdims)) + kept


ARRAYS = [
    _array("softmax", _exact_softmax, _softmax, _d_softmax),
    _array("log_softmax", _exact_log_softmax, _log_softmax, _d_log_softmax),
    _array("logsumexp", _logsumexp, _log_of_sum),
    ArrayOperation(name="polygamma", kind=Kind.SUMMARY, home=HOME, meaning=_polygamma,
                   written_out=True),
]  # fmt: skip

RECORDS = [*ERRORS, *GAMMAS, *ENTROPIES, *ARRAYS]
__all__ = ["RECORDS"]

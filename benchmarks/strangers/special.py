"""Special functions at 50 digits, as functions of arrays of recorded numbers."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
from scipy import special

from benchmarks.strangers.tape import elementwise

mp = mpmath.mp
exact_erf = elementwise(mpmath.erf)


def _betainc(a: Any, b: Any, x: Any) -> Any:
    return mpmath.betainc(a, b, 0, x, regularized=True)


def _gammainc(a: Any, x: Any) -> Any:
    return mpmath.gammainc(a, 0, x, regularized=True)


def _gammaincc(a: Any, x: Any) -> Any:
    return mpmath.gammainc(a, x, mpmath.inf, regularized=True)  # 1 minus the other has no digits


def _ndtr(x: Any) -> Any:
    return mpmath.erfc(-x / mpmath.sqrt(2)) / 2


def _log_ndtr(x: Any) -> Any:
    return mpmath.log(_ndtr(x)) if x < 1 else mpmath.log1p(-_ndtr(-x))


def _erfcinv(x: Any) -> Any:
    return mpmath.erfinv(1 - x)


def _loggamma(x: Any) -> Any:
    return mpmath.log(abs(mpmath.gamma(x)))


def _sinc(x: Any) -> Any:
    y = mpmath.mpf(np.pi) * x
    return mpmath.sin(y) / y if y else mpmath.mpf(1)


# By the name that SciPy gives them; the argument that is differentiated.
EXACT = {
    "erf": exact_erf,
    "erfc": elementwise(mpmath.erfc),
    "erfinv": elementwise(mpmath.erfinv),
    "erfcinv": elementwise(_erfcinv),
    "gamma": elementwise(mpmath.gamma),
    "gammaln": elementwise(_loggamma),
    "rgamma": elementwise(mpmath.rgamma),
    "psi": elementwise(mpmath.digamma),
    "j0": elementwise(lambda x: mpmath.besselj(0, x)),
    "j1": elementwise(lambda x: mpmath.besselj(1, x)),
    "y0": elementwise(lambda x: mpmath.bessely(0, x)),
    "y1": elementwise(lambda x: mpmath.bessely(1, x)),
    "i0": elementwise(lambda x: mpmath.besseli(0, x)),
    "i1": elementwise(lambda x: mpmath.besseli(1, x)),
    "jn": elementwise(mpmath.besselj, 1),
    "yn": elementwise(mpmath.bessely, 1),
    "iv": elementwise(mpmath.besseli, 1),
    "ive": elementwise(lambda n, x: mpmath.besseli(n, x) * mpmath.exp(-abs(x)), 1),
    "polygamma": elementwise(lambda n, x: mpmath.psi(int(n), x), 1),
    "betainc": elementwise(_betainc, 2),
    "gammainc": elementwise(_gammainc, 1),
    "gammaincc": elementwise(_gammaincc, 1),
    "logit": elementwise(lambda x: mpmath.log(x / (1 - x))),
    "expit": elementwise(lambda x: 1 / (1 + mpmath.exp(-x))),
    "sinc": elementwise(_sinc),
    "logaddexp": lambda x, y: np.log(np.exp(x) + np.exp(y)),
    "logaddexp2": lambda x, y: np.log2(np.exp2(x) + np.exp2(y)),
    "log_ndtr": elementwise(_log_ndtr),
    "ndtr": elementwise(_ndtr),
    "exprel": elementwise(lambda x: mpmath.expm1(x) / x if x else mpmath.mpf(1)),
    "entr": lambda x: -x * np.log(x),
    "spence": elementwise(lambda x: mpmath.polylog(2, 1 - x)),
    "dawsn": elementwise(
        lambda x: mpmath.sqrt(mpmath.pi) / 2 * mpmath.exp(-x * x) * mpmath.erfi(x)
    ),
    "fresnel_s": elementwise(mpmath.fresnels),
    "lambertw": elementwise(lambda x: mpmath.lambertw(x).real),
    "expi": elementwise(mpmath.ei),
    "exp1": elementwise(mpmath.e1),
    "sici_s": elementwise(mpmath.si),
    "cosm1": elementwise(lambda x: mpmath.cos(x) - 1),
}


def _log_beta(a: Any, b: Any) -> Any:
    log_gamma = EXACT["gammaln"]
    return log_gamma(a) + log_gamma(b) - log_gamma(a + b)


def _log_normal(x: Any, loc: Any, scale: Any) -> Any:
    z = (x - loc) / scale
    return -0.5 * z * z - np.log(scale) - 0.5 * np.log(2 * np.pi)


def _log_beta_density(x: Any, a: Any, b: Any) -> Any:
    return (a - 1) * np.log(x) + (b - 1) * np.log(1 - x) - _log_beta(a, b)


def _log_gamma_density(x: Any, a: Any) -> Any:
    return (a - 1) * np.log(x) - x - EXACT["gammaln"](a)


def _log_t(x: Any, df: Any, loc: Any, scale: Any) -> Any:
    # Only x is differentiated, so what does not depend on it is a factor known to double precision.
    z = (x - loc) / scale
    constant = special.gammaln((df + 1) / 2) - special.gammaln(df / 2)
    constant = constant - 0.5 * np.log(df * np.pi) - np.log(scale)
    return constant - (df + 1) / 2 * np.log(1 + z * z / df)


EXACT |= {
    "beta": lambda a, b: np.exp(_log_beta(a, b)),
    "betaln": _log_beta,
    "norm.logpdf": _log_normal,
    "norm.pdf": lambda x, loc, scale: np.exp(_log_normal(x, loc, scale)),
    "norm.cdf": lambda x, loc, scale: EXACT["ndtr"]((x - loc) / scale),
    "norm.logcdf": lambda x, loc, scale: EXACT["log_ndtr"]((x - loc) / scale),
    "norm.sf": lambda x, loc, scale: EXACT["ndtr"]((loc - x) / scale),
    "norm.logsf": lambda x, loc, scale: EXACT["log_ndtr"]((loc - x) / scale),
    "beta.logpdf": _log_beta_density,
    "beta.pdf": lambda x, a, b: np.exp(_log_beta_density(x, a, b)),
    "beta.cdf": lambda x, a, b: EXACT["betainc"](a, b, x),
    "gamma.logpdf": _log_gamma_density,
    "gamma.pdf": lambda x, a: np.exp(_log_gamma_density(x, a)),
    "gamma.cdf": lambda x, a: EXACT["gammainc"](a, x),
    "t.logpdf": _log_t,
    "t.pdf": lambda x, df, loc, scale: np.exp(_log_t(x, df, loc, scale)),
}

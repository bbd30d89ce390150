"""The functions that differentiators are tried on: their own test suites' kinds, with derivatives.

Rosenbrock and the functions of scipy.special; exponentials, roots, powers, products and
oscillations near 0, at poles, and far out, as the tests of numdifftools, scipy.differentiate and
finite difference packages have them. All are written out here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import optimize, special

from benchmarks.strangers.draws import Draw
from benchmarks.strangers.kinds import Array, Drawn, Kind
from benchmarks.strangers.special import EXACT
from benchmarks.strangers.textbook import LARGE, elementwise, one


def positive(draw: Draw) -> Drawn:
    return (draw.positive(draw.shape()),), {}


def nonzero(draw: Draw) -> Drawn:
    return (draw.nonzero(draw.shape()),), {}


def within(low: float, high: float) -> Callable[[Draw], Drawn]:
    return lambda draw: ((draw.within(draw.shape(), low, high),), {})


def above(low: float) -> Callable[[Draw], Drawn]:
    return lambda draw: ((draw.above(draw.shape(), low),), {})


def _vector(draw: Draw) -> Drawn:
    return (draw.real((max(2, min(draw.count, 60)),)),), {}


def _runge(x: Any) -> Any:
    return 1 / (1 + 25 * x * x)


PLAIN = (
    elementwise("1 / x", lambda x: 1 / x, lambda x: -1 / x**2, draw=nonzero),
    elementwise("1 / x**2", lambda x: x**-2.0, lambda x: -2 * x**-3.0, draw=nonzero),
    elementwise("log|x|", lambda x: np.log(np.abs(x)), lambda x: 1 / x, draw=nonzero),
    elementwise("x log x", lambda x: x * np.log(x), lambda x: np.log(x) + 1, draw=positive),
    elementwise("sqrt", np.sqrt, lambda x: 0.5 / np.sqrt(x), draw=positive),
    elementwise("cbrt", np.cbrt, lambda x: 1 / (3 * np.cbrt(x) ** 2), draw=nonzero),
    elementwise("x**1.5", lambda x: x**1.5, lambda x: 1.5 * x**0.5, draw=positive),
    elementwise("x**x", lambda x: x**x, lambda x: x**x * (np.log(x) + 1), draw=positive),
    elementwise("Runge", _runge, lambda x: -50 * x / (1 + 25 * x * x) ** 2),
    elementwise("exp(-x*x)", lambda x: np.exp(-x * x), lambda x: -2 * x * np.exp(-x * x)),
    elementwise("sin(x)/x", lambda x: np.sin(x) / x, lambda x: np.cos(x) / x - np.sin(x) / x**2,
                draw=nonzero),
    elementwise("(1 - cos x)/x**2", lambda x: (1 - np.cos(x)) / x**2,
                lambda x: np.sin(x) / x**2 - 2 * (1 - np.cos(x)) / x**3, draw=nonzero),
    elementwise("(exp(x) - 1)/x", lambda x: (np.exp(x) - 1) / x,
                lambda x: np.exp(x) / x - (np.exp(x) - 1) / x**2, draw=nonzero),
    elementwise("exp(x)/sqrt(sin(x)**3 + cos(x)**3)",
                lambda x: np.exp(x) / np.sqrt(np.sin(x) ** 3 + np.cos(x) ** 3),
                lambda x: np.exp(x) / np.sqrt(np.sin(x) ** 3 + np.cos(x) ** 3)
                - 1.5 * np.exp(x) * np.sin(x) * np.cos(x) * (np.sin(x) - np.cos(x))
                / (np.sin(x) ** 3 + np.cos(x) ** 3) ** 1.5,
                draw=within(0, 2.0)),
    elementwise("sin(100 x)", lambda x: np.sin(100 * x), lambda x: 100 * np.cos(100 * x)),
    elementwise("x sin(1/x)", lambda x: x * np.sin(1 / x),
                lambda x: np.sin(1 / x) - np.cos(1 / x) / x, draw=nonzero),
    elementwise("polynomial", lambda x: ((2 * x - 3) * x + 1) * x - 7,
                lambda x: (6 * x - 6) * x + 1),
    elementwise("(x - 1)**7 expanded",
                lambda x: ((((((x - 7) * x + 21) * x - 35) * x + 35) * x - 21) * x + 7) * x - 1,
                lambda x: 7 * (x - 1) ** 6),
    elementwise("constant", lambda x: 0 * x + 3.0, lambda x: 0 * x),
    elementwise("steep tanh", lambda x: np.tanh(1e4 * x), lambda x: 1e4 / np.cosh(1e4 * x) ** 2),
    elementwise("log(1 + x) by sum", lambda x: np.log(1 + x), lambda x: 1 / (1 + x),
                draw=above(-1)),
    elementwise("x sqrt(1 - x*x)", lambda x: x * np.sqrt(1 - x * x),
                lambda x: (1 - 2 * x * x) / np.sqrt(1 - x * x), draw=within(-1, 1)),
    elementwise("x**3 + x**2", lambda x: x**3 + x**2, lambda x: 3 * x**2 + 2 * x),
    elementwise("sin rounded to 6 digits", lambda x: np.round(np.sin(x), 6), np.cos, exact=np.sin),
    elementwise("|x|", np.abs, np.sign),
    elementwise("x|x|", lambda x: x * np.abs(x), lambda x: 2 * np.abs(x)),
    elementwise("arctan(1/x)", lambda x: np.arctan(1 / x), lambda x: -1 / (1 + x * x),
                draw=nonzero),
)  # fmt: skip


def _special(
    name: str, f: Callable[[Any], Any], df: Callable[[Any], Any],
    draw: Callable[[Draw], Drawn] = one,
) -> Kind:  # fmt: skip
    return elementwise(f"scipy.special.{name}", f, df, draw=draw, exact=EXACT[name])


_INV_ROOT_PI = float(1 / np.sqrt(np.pi))
SPECIAL = (
    _special("ndtr", special.ndtr, lambda x: np.exp(-x * x / 2) / np.sqrt(2 * np.pi)),
    _special("log_ndtr", special.log_ndtr,
             lambda x: np.exp(-x * x / 2 - special.log_ndtr(x)) / np.sqrt(2 * np.pi)),
    _special("entr", special.entr, lambda x: -np.log(x) - 1, positive),
    _special("dawsn", special.dawsn, lambda x: 1 - 2 * x * special.dawsn(x)),
    _special("expi", special.expi, lambda x: np.exp(x) / x, nonzero),
    _special("exp1", special.exp1, lambda x: -np.exp(-x) / x, positive),
    # SciPy's is constant from 36974 on, where floats do not resolve its waves.
    _special("fresnel_s", lambda x: special.fresnel(x)[0], lambda x: np.sin(np.pi * x * x / 2),
             within(-3e4, 3e4)),
    _special("sici_s", lambda x: special.sici(x)[0], lambda x: np.sin(x) / x, nonzero),
    _special("lambertw", lambda x: special.lambertw(x).real,
             lambda x: np.exp(-special.lambertw(x).real) / (1 + special.lambertw(x).real),
             positive),
    _special("cosm1", special.cosm1, lambda x: -np.sin(x)),
)  # fmt: skip


def _rosen(x: Any) -> Any:
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def _booth(x: Any) -> Any:
    return (x[0] + 2 * x[1] - 7) ** 2 + (2 * x[0] + x[1] - 5) ** 2


def _booth_slope(x: Array) -> Array:
    a, b = x[0] + 2 * x[1] - 7, 2 * x[0] + x[1] - 5
    return np.array([2 * a + 4 * b, 4 * a + 2 * b])


def _on_simplex(draw: Draw) -> Drawn:
    p = draw.rng.uniform(0.1, 1, size=max(2, min(draw.count, 60)))
    return (p / p.sum(),), {}


def _refusing(p: Any) -> Any:
    """As densities on a simplex do: any point beside it is an error."""
    if abs(p.sum() - 1) > 1e-10:
        raise ValueError("p must lie on the simplex")
    return (p * p).sum()


def _two(draw: Draw) -> Drawn:
    return (draw.real((2,)),), {}


VECTORS = (
    Kind("scipy.optimize.rosen", _vector, optimize.rosen,
         lambda dy, x: (dy * optimize.rosen_der(x),), _rosen),
    Kind("product of all", _vector, lambda x: np.prod(x),
         lambda dy, x: (dy * np.array([np.prod(np.delete(x, i)) for i in range(x.size)]),)),
    Kind("log-sum-exp, bare", _vector, lambda x: np.log(np.exp(x).sum()),
         lambda dy, x: (dy * np.exp(x) / np.exp(x).sum(),)),
    Kind("norm of a vector", _vector, lambda x: np.sqrt((x * x).sum()),
         lambda dy, x: (dy * x / np.sqrt((x * x).sum()),)),
    Kind("refuses points beside the simplex", _on_simplex, _refusing, lambda dy, p: (2 * dy * p,),
         lambda p: (p * p).sum()),
    Kind("Booth", _two, _booth, lambda dy, x: (dy * _booth_slope(x),)),
    Kind("polar to Cartesian", _two,
         lambda x: x[0] * np.array([np.cos(x[1]), np.sin(x[1])]),
         lambda dy, x: (np.array([
             dy[0] * np.cos(x[1]) + dy[1] * np.sin(x[1]),
             x[0] * (dy[1] * np.cos(x[1]) - dy[0] * np.sin(x[1])),
         ]),)),
)  # fmt: skip
KINDS = (*PLAIN, *SPECIAL, *VECTORS)
__all__ = ["KINDS", "LARGE"]

"""Arguments for every primitive of autograd: shapes, domains, axes; which are differentiated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.strangers.draws import Draw

# All arguments, the keywords, and the places of those that are differentiated.
Made = tuple[tuple[Any, ...], dict[str, Any], tuple[int, ...]]
Maker = Callable[[Draw], Made]
NUMPY, LINALG = "autograd.numpy", "autograd.numpy.linalg"
SPECIAL, STATS = "autograd.scipy.special", "autograd.scipy.stats"
PLACES = (
    NUMPY, LINALG, SPECIAL, "autograd.scipy.linalg", "autograd.scipy.signal",
    *(f"{STATS}.{n}" for n in ("norm", "beta", "gamma", "chi2", "t", "poisson", "dirichlet",
                               "multivariate_normal")),
)  # fmt: skip


def _unary(domain: Callable[[Draw, tuple[int, ...]], Any]) -> Maker:
    return lambda d: ((domain(d, d.shape()),), {}, (0,))


def _real(d: Draw, shape: tuple[int, ...]) -> Any:
    return d.real(shape)


def _within(low: float, high: float) -> Callable[[Draw, tuple[int, ...]], Any]:
    return lambda d, shape: d.within(shape, low, high)


def _above(low: float) -> Callable[[Draw, tuple[int, ...]], Any]:
    return lambda d, shape: d.above(shape, low)


_POSITIVE: Callable[[Draw, tuple[int, ...]], Any] = lambda d, shape: d.positive(shape)  # noqa: E731
_NONZERO: Callable[[Draw, tuple[int, ...]], Any] = lambda d, shape: d.nonzero(shape)  # noqa: E731
_UNARY = {
    **dict.fromkeys(
        [
        "negative", "absolute", "fabs", "exp", "exp2", "expm1", "sin", "cos", "tan", "arctan",
        "sinh", "cosh", "tanh", "arcsinh", "rad2deg", "degrees", "deg2rad", "radians", "square",
        "sinc", "nan_to_num",
    ], _real
    ),
    **dict.fromkeys(["log", "log2", "log10", "sqrt"], _POSITIVE),
    "reciprocal": _NONZERO, "log1p": _above(-1), "arccosh": _above(1),
    "arcsin": _within(-1, 1), "arccos": _within(-1, 1), "arctanh": _within(-1, 1),
}  # fmt: skip


def _binary(first: Any = _real, second: Any = _real) -> dict[str, Maker]:
    def same(d: Draw) -> Made:
        shape = d.shape()
        return (first(d, shape), second(d, shape)), {}, (0, 1)

    def broadcast(d: Draw) -> Made:
        n, m = d.shape(2)
        other = [(m,), (1, m), (n, 1), ()][int(d.rng.integers(4))]
        shapes = [(n, m), other]
        if d.rng.random() < 0.5:
            shapes.reverse()
        return (first(d, shapes[0]), second(d, shapes[1])), {}, (0, 1)

    return {"": same, "broadcast": broadcast}


def _array(make: Callable[[Draw, Any], tuple[tuple[Any, ...], dict[str, Any]]],
           ndim: int | None = None, domain: Any = _real) -> dict[str, Maker]:  # fmt: skip
    """x of ``ndim`` axes, with what else ``make`` gives after it."""

    def maker(d: Draw) -> Made:
        x = domain(d, d.shape(ndim))
        rest, kwargs = make(d, x)
        return (x, *rest), kwargs, (0,)

    return {"": maker}


def _reduction(ndim: int | None = None) -> dict[str, Maker]:
    def maker(d: Draw) -> Made:
        x = d.real(d.shape(2 if ndim is None else ndim))
        axis = d.axis_or_none(x.shape)
        return (x,), {"axis": axis, "keepdims": bool(d.rng.integers(2))}, (0,)

    return {"": maker}


def _with_axis(d: Draw, x: Any) -> Any:
    return (), {"axis": d.axis(x.shape)}


def _even(x: Any, axis: int = 0) -> Any:
    """x with an even length along an axis."""
    return np.concatenate([x, x * 1.25], axis)


def _split(ndim: int, axis: int, pass_axis: bool) -> dict[str, Maker]:
    def maker(d: Draw) -> Made:
        x = _even(d.real(d.shape(ndim)), axis)
        return (x, 2), {"axis": axis} if pass_axis else {}, (0,)

    return {"": maker}


def _transpose(d: Draw, x: Any) -> Any:
    axes = None if d.rng.random() < 0.3 else tuple(int(i) for i in d.rng.permutation(x.ndim))
    return (axes,), {}


def _product(kind: str) -> Maker:
    def maker(d: Draw) -> Made:
        n, m = d.shape(2, most=400)
        k = int(d.rng.integers(1, 5))
        shapes = {
            "mm": ((n, m), (m, k)), "mv": ((n, m), (m,)), "vv": ((m,), (m,)),
            "vm": ((m,), (m, k)), "stack": ((2, n, m), (2, m, k)), "inner": ((n, m), (k, m)),
            "outer": ((n,), (m,)), "kron": ((min(n, 9), k), (k, min(m, 9))),
        }[kind]  # fmt: skip
        return (d.real(shapes[0]), d.real(shapes[1])), {}, (0, 1)

    return maker


def _einsum(d: Draw) -> Made:
    n, m = d.shape(2, most=200)
    k = int(d.rng.integers(1, 5))
    text, shapes = [
        ("ij,jk->ik", ((n, m), (m, k))), ("ij,ij->i", ((n, m), (n, m))), ("i,j->ij", ((n,), (m,))),
        ("ij,j->", ((n, m), (m,))), ("bij,bjk->bik", ((2, n, m), (2, m, k))),
    ][int(d.rng.integers(5))]  # fmt: skip
    return (text, *(d.real(s) for s in shapes)), {}, (1, 2)


def _tensordot(d: Draw) -> Made:
    n, m = d.shape(2, most=200)
    return (d.real((2, n, m)), d.real((n, m, 3))), {"axes": 2}, (0, 1)


def _where(d: Draw) -> Made:
    shape = d.shape()
    return (d.rng.random(shape) < 0.5, d.real(shape), d.real(shape)), {}, (1, 2)


def _distinct(d: Draw) -> Made:
    return (d.real(d.shape(1)),), {}, (0,)


def _gradient(d: Draw) -> Made:
    n, m = d.shape(2)
    return (d.real((n + 5, m + 5)),), {}, (0,)


def _square(d: Draw, most: int = 36) -> Any:
    n = max(1, round(min(d.count, most) ** 0.5))
    spread = d.scale if 1e-3 <= d.scale <= 1e3 else 1.0
    return spread * (d.rng.normal(size=(n, n)) + 2 * np.sqrt(n) * np.eye(n))


def _spd(d: Draw) -> Any:
    a = _square(d)
    return a @ a.T


def _of_square(d: Draw) -> Made:
    return (_square(d),), {}, (0,)


def _solve(d: Draw) -> Made:
    a = _square(d)
    return (a, d.real((len(a), int(d.rng.integers(1, 4))))), {}, (0, 1)


def _norm(d: Draw) -> Made:
    x = d.real(d.shape(2))
    order = [None, "fro", "axis"][int(d.rng.integers(3))]
    return (x,), {"axis": 1} if order == "axis" else {"ord": order}, (0,)


def _order_and(domain: Any, low: int = 0) -> dict[str, Maker]:
    def maker(d: Draw) -> Made:
        return (int(d.rng.integers(low, 5)), domain(d, d.shape())), {}, (1,)

    return {"": maker}


def _two_positive(d: Draw) -> Made:
    shape = d.shape()
    return (d.moderate(shape), d.moderate(shape)), {}, (0, 1)


def _betainc(d: Draw) -> Made:
    shape = d.shape()
    return (d.moderate(shape), d.moderate(shape), d.within(shape, 0, 1)), {}, (2,)


def _gammainc(d: Draw) -> Made:
    shape = d.shape()
    return (d.moderate(shape), d.positive(shape)), {}, (1,)


def _logsumexp(d: Draw) -> Made:
    x = d.real(d.shape(2))
    return (x,), {"axis": d.axis_or_none(x.shape)}, (0,)


def _clip(d: Draw) -> Made:
    return (d.real(d.shape()), -1.0, 1.0), {}, (0,)


def _normal(d: Draw) -> Made:
    shape = d.shape()
    return (d.real(shape), d.real(shape), d.moderate(shape)), {}, (0, 1, 2)


def _density(domain: Any, parameters: int, at: tuple[int, ...]) -> Maker:
    def maker(d: Draw) -> Made:
        shape = d.shape()
        return (domain(d, shape), *(d.moderate(shape) for _ in range(parameters))), {}, at

    return maker


def _normal_density(d: Draw) -> Made:
    n = min(d.count, 4)
    a = d.rng.normal(size=(n, n)) + 2 * np.sqrt(n) * np.eye(n)
    return (d.real((n,)), d.real((n,)), a @ a.T / n), {}, (0, 1)


def _banded(d: Draw) -> Made:
    n = max(3, min(d.count, 12))
    a = d.rng.normal(size=(3, n))
    a[1] += 5
    return ((1, 1), a, d.real((n,))), {}, (2,)


def _broadcast_to(d: Draw) -> Made:
    (n,) = d.shape(1)
    return (d.real((1, n)), (3, n)), {}, (0,)


def _convolve(d: Draw) -> Made:
    n = max(3, min(d.count, 40))
    return (d.real((n,)), d.real((3,))), {}, (0, 1)


MAKERS: dict[str, dict[str, dict[str, Maker]]] = {
    NUMPY: {
        **{name: {"": _unary(domain)} for name, domain in _UNARY.items()},
        **{n: _binary() for n in ("add", "multiply", "subtract", "maximum", "minimum", "fmax",
                                  "fmin", "logaddexp", "logaddexp2", "hypot", "arctan2")},
        "divide": _binary(_real, _NONZERO), "remainder": _binary(_real, _NONZERO),
        "power": _binary(_POSITIVE, _real),
        "reshape": _array(lambda d, x: ((-1,), {})),
        "roll": _array(lambda d, x: ((int(d.rng.integers(-3, 4)),), {"axis": d.axis(x.shape)}), 2),
        "array_split": _split(2, 0, True), "split": _split(2, 1, True),
        "vsplit": _split(2, 0, False), "hsplit": _split(2, 1, False), "dsplit": _split(3, 2, False),
        "ravel": _array(lambda d, x: ((), {})),
        "expand_dims": _array(lambda d, x: ((), {"axis": 0})),
        "squeeze": _array(lambda d, x: ((), {})),
        "diag": _array(lambda d, x: ((), {}), 1), "flipud": _array(lambda d, x: ((), {}), 2),
        "fliplr": _array(lambda d, x: ((), {}), 2),
        "rot90": _array(lambda d, x: ((int(d.rng.integers(1, 4)),), {}), 2),
        "trace": _array(lambda d, x: ((), {}), 2),
        "triu": _array(lambda d, x: ((int(d.rng.integers(-1, 2)),), {}), 2),
        "tril": _array(lambda d, x: ((int(d.rng.integers(-1, 2)),), {}), 2),
        "clip": {"": _clip},
        "swapaxes": _array(lambda d, x: ((0, 2), {}), 3),
        "moveaxis": _array(lambda d, x: ((0, 2), {}), 3),
        "rollaxis": _array(lambda d, x: ((2, 0), {}), 3),
        "where": {"": _where},
        "cross": {"": lambda d: ((d.real((min(d.count, 50), 3)), d.real((min(d.count, 50), 3))),
                                 {}, (0, 1))},
        "diff": _array(lambda d, x: ((), {"axis": d.axis(x.shape)}), 2),
        "gradient": {"": _gradient},
        "repeat": _array(lambda d, x: ((int(d.rng.integers(1, 4)),), {"axis": d.axis(x.shape)}), 2),
        "tile": _array(lambda d, x: (((2, 1),), {}), 2),
        "broadcast_to": {"": _broadcast_to}, "kron": {"": _product("kron")},
        "transpose": _array(_transpose),
        "sum": _reduction(), "mean": _reduction(), "prod": _reduction(), "var": _reduction(),
        "std": _reduction(), "max": _reduction(), "min": _reduction(),
        "cumsum": _array(_with_axis, 2),
        "inner": {"": _product("inner")}, "outer": {"": _product("outer")},
        "matmul": {k: _product(k) for k in ("mm", "mv", "stack")},
        "dot": {k: _product(k) for k in ("mm", "mv", "vm", "vv")},
        "tensordot": {"": _tensordot}, "einsum": {"": _einsum},
        "sort": {"": _distinct}, "partition": {"": lambda d: ((d.real(d.shape(1)), 0), {}, (0,))},
        "diagonal": {"": lambda d: ((_square(d, 200),), {"offset": 0, "axis1": -1, "axis2": -2},
                                    (0,))},
        "pad": _array(lambda d, x: ((((1, 2),) * x.ndim, "constant"), {}), 2),
        "atleast_2d": _array(lambda d, x: ((), {}), 1),
    },
    LINALG: {
        "det": {"": _of_square}, "slogdet": {}, "inv": {"": _of_square},
        "pinv": {"": _of_square}, "solve": {"": _solve},
        "cholesky": {"": lambda d: ((_spd(d),), {}, (0,))},
        "_primitive_norm": {},
    },
    SPECIAL: {
        **{n: {"": _unary(_real)} for n in ("erf", "erfc", "expit", "j0", "j1", "i0", "i1")},
        "erfinv": {"": _unary(_within(-1, 1))}, "erfcinv": {"": _unary(_within(0, 2))},
        "logit": {"": _unary(_within(0, 1))}, "gamma": {"": _unary(_POSITIVE)},
        "gammaln": {"": _unary(_POSITIVE)}, "rgamma": {"": _unary(_POSITIVE)},
        "psi": {"": _unary(_POSITIVE)}, "y0": {"": _unary(_POSITIVE)},
        "y1": {"": _unary(_POSITIVE)}, "jn": _order_and(_real), "yn": _order_and(_POSITIVE),
        "iv": _order_and(_real), "ive": _order_and(_NONZERO),
        "polygamma": _order_and(_POSITIVE, 1), "beta": {"": _two_positive},
        "betaln": {"": _two_positive}, "betainc": {"": _betainc}, "gammainc": {"": _gammainc},
        "gammaincc": {"": _gammainc}, "logsumexp": {"": _logsumexp},
    },
    "autograd.scipy.linalg": {"sqrtm": {"": lambda d: ((_spd(d),), {}, (0,))},
                              "solve_banded": {"": _banded}},
    "autograd.scipy.signal": {"convolve": {"": _convolve}},
    f"{STATS}.norm": {n: {"": _normal} for n in ("pdf", "logpdf", "cdf", "logcdf", "sf", "logsf")},
    f"{STATS}.beta": {"pdf": {"": _density(_within(0, 1), 2, (0, 1, 2))},
                      "logpdf": {"": _density(_within(0, 1), 2, (0, 1, 2))},
                      "cdf": {"": _density(_within(0, 1), 2, (0,))}},
    f"{STATS}.gamma": {"pdf": {"": _density(_POSITIVE, 1, (0, 1))},
                       "logpdf": {"": _density(_POSITIVE, 1, (0, 1))},
                       "cdf": {"": _density(_POSITIVE, 1, (0,))}},
    f"{STATS}.t": {"pdf": {"": _density(_real, 3, (0,))},
                   "logpdf": {"": _density(_real, 3, (0,))}},
    f"{STATS}.multivariate_normal": {"pdf": {"": _normal_density}, "logpdf": {"": _normal_density}},
}  # fmt: skip

"""Arguments for every primitive of autograd: shapes, domains, axes; which are differentiated."""

from __future__ import annotations

from benchmarks.strangers import autograd_makers as make
from benchmarks.strangers.autograd_makers import Made, Maker

NUMPY, LINALG = "autograd.numpy", "autograd.numpy.linalg"
SPECIAL, STATS = "autograd.scipy.special", "autograd.scipy.stats"
PLACES = (
    NUMPY, LINALG, SPECIAL, "autograd.scipy.linalg", "autograd.scipy.signal",
    *(f"{STATS}.{n}" for n in ("norm", "beta", "gamma", "chi2", "t", "poisson", "dirichlet",
                               "multivariate_normal")),
)  # fmt: skip


_UNARY = {
    **dict.fromkeys(
        [
            "negative",
            "absolute",
            "fabs",
            "exp",
            "exp2",
            "expm1",
            "sin",
            "cos",
            "tan",
            "arctan",
            "sinh",
            "cosh",
            "tanh",
            "arcsinh",
            "rad2deg",
            "degrees",
            "deg2rad",
            "radians",
            "square",
            "sinc",
            "nan_to_num",
        ],
        make.real,
    ),
    **dict.fromkeys(["log", "log2", "log10", "sqrt"], make.POSITIVE),
    "reciprocal": make.NONZERO,
    "log1p": make.above(-1),
    "arccosh": make.above(1),
    "arcsin": make.within(-1, 1),
    "arccos": make.within(-1, 1),
    "arctanh": make.within(-1, 1),
}


MAKERS: dict[str, dict[str, dict[str, Maker]]] = {
    NUMPY: {
        **{name: {"": make.unary(domain)} for name, domain in _UNARY.items()},
        **{
            n: make.binary()
            for n in (
                "add",
                "multiply",
                "subtract",
                "maximum",
                "minimum",
                "fmax",
                "fmin",
                "logaddexp",
                "logaddexp2",
                "hypot",
                "arctan2",
            )
        },
        "divide": make.binary(make.real, make.NONZERO),
        "remainder": make.binary(make.real, make.NONZERO),
        "power": make.binary(make.POSITIVE, make.real),
        "reshape": make.array(lambda d, x: ((-1,), {})),
        "roll": make.array(
            lambda d, x: ((int(d.rng.integers(-3, 4)),), {"axis": d.axis(x.shape)}), 2
        ),
        "array_split": make.split(2, 0, True),
        "split": make.split(2, 1, True),
        "vsplit": make.split(2, 0, False),
        "hsplit": make.split(2, 1, False),
        "dsplit": make.split(3, 2, False),
        "ravel": make.array(lambda d, x: ((), {})),
        "expand_dims": make.array(lambda d, x: ((), {"axis": 0})),
        "squeeze": make.array(lambda d, x: ((), {})),
        "diag": make.array(lambda d, x: ((), {}), 1),
        "flipud": make.array(lambda d, x: ((), {}), 2),
        "fliplr": make.array(lambda d, x: ((), {}), 2),
        "rot90": make.array(lambda d, x: ((int(d.rng.integers(1, 4)),), {}), 2),
        "trace": make.array(lambda d, x: ((), {}), 2),
        "triu": make.array(lambda d, x: ((int(d.rng.integers(-1, 2)),), {}), 2),
        "tril": make.array(lambda d, x: ((int(d.rng.integers(-1, 2)),), {}), 2),
        "clip": {"": make.clip},
        "swapaxes": make.array(lambda d, x: ((0, 2), {}), 3),
        "moveaxis": make.array(lambda d, x: ((0, 2), {}), 3),
        "rollaxis": make.array(lambda d, x: ((2, 0), {}), 3),
        "where": {"": make.where},
        "cross": {
            "": lambda d: (
                (d.real((min(d.count, 50), 3)), d.real((min(d.count, 50), 3))),
                {},
                (0, 1),
            )
        },
        "diff": make.array(lambda d, x: ((), {"axis": d.axis(x.shape)}), 2),
        "gradient": {"": make.gradient},
        "repeat": make.array(
            lambda d, x: ((int(d.rng.integers(1, 4)),), {"axis": d.axis(x.shape)}), 2
        ),
        "tile": make.array(lambda d, x: (((2, 1),), {}), 2),
        "broadcast_to": {"": make.broadcast_to},
        "kron": {"": make.product("kron")},
        "transpose": make.array(make.transpose),
        "sum": make.reduction(),
        "mean": make.reduction(),
        "prod": make.reduction(),
        "var": make.reduction(),
        "std": make.reduction(),
        "max": make.reduction(),
        "min": make.reduction(),
        "cumsum": make.array(make.with_axis, 2),
        "inner": {"": make.product("inner")},
        "outer": {"": make.product("outer")},
        "matmul": {k: make.product(k) for k in ("mm", "mv", "stack")},
        "dot": {k: make.product(k) for k in ("mm", "mv", "vm", "vv")},
        "tensordot": {"": make.tensordot},
        "einsum": {"": make.einsum},
        "sort": {"": make.distinct},
        # partition is left out: where NumPy uses wide instructions, np.partition puts the rest in
        # another order than np.argpartition, from which autograd takes it: its rule is wrong there.
        "diagonal": {
            "": lambda d: ((make.square(d, 200),), {"offset": 0, "axis1": -1, "axis2": -2}, (0,))
        },
        "pad": make.array(lambda d, x: ((((1, 2),) * x.ndim, "constant"), {}), 2),
        "atleast_2d": make.array(lambda d, x: ((), {}), 1),
    },
    LINALG: {
        "det": {"": make.of_square},
        "slogdet": {},
        "inv": {"": make.of_square},
        "pinv": {"": make.of_square},
        "solve": {"": make.solve},
        "cholesky": {"": lambda d: ((make.spd(d),), {}, (0,))},
        "_primitive_norm": {},
    },
    SPECIAL: {
        **{
            n: {"": make.unary(make.real)} for n in ("erf", "erfc", "expit", "j0", "j1", "i0", "i1")
        },
        "erfinv": {"": make.unary(make.within(-1, 1))},
        "erfcinv": {"": make.unary(make.within(0, 2))},
        "logit": {"": make.unary(make.within(0, 1))},
        "gamma": {"": make.unary(make.POSITIVE)},
        "gammaln": {"": make.unary(make.POSITIVE)},
        "rgamma": {"": make.unary(make.POSITIVE)},
        "psi": {"": make.unary(make.POSITIVE)},
        "y0": {"": make.unary(make.POSITIVE)},
        "y1": {"": make.unary(make.POSITIVE)},
        "jn": make.order_and(make.real),
        "yn": make.order_and(make.POSITIVE),
        "iv": make.order_and(make.real),
        "ive": make.order_and(make.NONZERO),
        "polygamma": make.order_and(make.POSITIVE, 1),
        "beta": {"": make.two_positive},
        "betaln": {"": make.two_positive},
        "betainc": {"": make.betainc},
        "gammainc": {"": make.gammainc},
        "gammaincc": {"": make.gammainc},
        "logsumexp": {"": make.logsumexp},
    },
    "autograd.scipy.linalg": {
        "sqrtm": {"": lambda d: ((make.spd(d),), {}, (0,))},
        "solve_banded": {"": make.banded},
    },
    "autograd.scipy.signal": {"convolve": {"": make.convolve}},
    f"{STATS}.norm": {
        n: {"": make.normal} for n in ("pdf", "logpdf", "cdf", "logcdf", "sf", "logsf")
    },
    f"{STATS}.beta": {
        "pdf": {"": make.density(make.within(0, 1), 2, (0, 1, 2))},
        "logpdf": {"": make.density(make.within(0, 1), 2, (0, 1, 2))},
        "cdf": {"": make.density(make.within(0, 1), 2, (0,))},
    },
    f"{STATS}.gamma": {
        "pdf": {"": make.density(make.POSITIVE, 1, (0, 1))},
        "logpdf": {"": make.density(make.POSITIVE, 1, (0, 1))},
        "cdf": {"": make.density(make.POSITIVE, 1, (0,))},
    },
    f"{STATS}.t": {
        "pdf": {"": make.density(make.real, 3, (0,))},
        "logpdf": {"": make.density(make.real, 3, (0,))},
    },
    f"{STATS}.multivariate_normal": {
        "pdf": {"": make.normal_density},
        "logpdf": {"": make.normal_density},
    },
}

__all__ = ["LINALG", "MAKERS", "NUMPY", "PLACES", "Made", "Maker"]

"""The elementary functions, each as an expression in exp, log, powers, sin, cos and arctan.

Functions that are algebraic in another are written so (tanh through exp), which is what lets
``gradproof.proof`` decide identities between them.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from gradproof.tracing import conditions as co
from gradproof.tracing import expression as ex
from gradproof.tracing.errors import NotTraceableError
from gradproof.tracing.nodes import ANY_SIGN, NEG, POS, ZERO, Node, number, table, truth

HALF = Fraction(1, 2)


def power(base: Node, exponent: Node) -> Node:
    """base ** exponent; exp(exponent * log(base)) unless the exponent is rational."""
    if exponent.kind == "case":
        return ex.over_cases(lambda branch: power(base, branch), exponent)
    if exponent.kind == "const":
        return ex.power(base, exponent.payload)
    if base.kind == "call" and base.payload == "exp":
        return ex.exp(ex.mul(base.args[0], exponent))
    return ex.exp(ex.mul(exponent, ex.log(base)))


def cbrt(x: Node) -> Node:
    """The real cube root, which every real has."""
    obligations = dict(table().obligations)
    root = ex.power(x, Fraction(1, 3))
    table().obligations = obligations
    return root


def tanh(x: Node) -> Node:
    """(exp(2x) - 1) / (exp(2x) + 1)."""
    squared = ex.exp(ex.linear([(2, x)]))
    return ex.div(ex.sub(squared, ex.one()), ex.add(squared, ex.one()))


def sinh(x: Node) -> Node:
    """(exp(x) - exp(-x)) / 2."""
    return ex.linear([(HALF, ex.exp(x)), (-HALF, ex.exp(ex.neg(x)))])


def cosh(x: Node) -> Node:
    """(exp(x) + exp(-x)) / 2."""
    return ex.linear([(HALF, ex.exp(x)), (HALF, ex.exp(ex.neg(x)))])


def sigmoid(x: Node) -> Node:
    """1 / (1 + exp(-x))."""
    return ex.power(ex.add(ex.one(), ex.exp(ex.neg(x))), -1)


def softplus(x: Node) -> Node:
    """log(1 + exp(x)), from which every form of softplus is built."""
    coefficient, _ = ex.terms(x)[0] if ex.terms(x) else (Fraction(1), x)
    if x.kind == "case":
        return ex.over_cases(softplus, x)
    if coefficient < 0:  # log(1 + exp(-t)) = log(1 + exp(t)) - t
        return ex.add(softplus(ex.neg(x)), x)
    return ex.log(ex.add(ex.one(), ex.exp(x)))


def log(x: Node) -> Node:
    """The natural logarithm; log(1 + exp(t)) is recognised however it is written."""
    parts = ex.terms(x)
    if len(parts) == 2 and any(ex.is_const(t) and c == 1 for c, t in parts):
        ((other, core),) = [(c, t) for c, t in parts if not ex.is_const(t)] or [(Fraction(0), x)]
        exponent = _exponent(core)
        if other == 1 and exponent is not None:
            return softplus(exponent)
    if x.kind == "mul":
        known = all(base.signs == POS for base in x.args)
        if known:
            return ex.linear([(e, log(b)) for b, e in zip(x.args, x.payload)])
    return ex.log(x)


def _exponent(core: Node) -> Node | None:
    """Return t where core is exp(t)."""
    pairs = zip(core.args, core.payload) if core.kind == "mul" else [(core, Fraction(1))]
    parts = []
    for base, exponent in pairs:
        if base.kind != "call" or base.payload != "exp":
            return None
        parts.append((exponent, base.args[0]))
    return ex.linear(parts)


def logaddexp(a: Node, b: Node) -> Node:
    """log(exp(a) + exp(b)) = a + softplus(b - a)."""
    return ex.add(a, softplus(ex.sub(b, a)))


def arctan(x: Node) -> Node:
    """The arc tangent."""
    if x.kind == "case":
        return ex.over_cases(arctan, x)
    if ex.is_const(x, 0):
        return x
    return ex.call("arctan", x)


def trigonometric(name: str) -> Callable[[Node], Node]:
    """Return the constructor of sin or cos."""

    def function(x: Node) -> Node:
        if x.kind == "case":
            return ex.over_cases(function, x)
        if ex.is_const(x, 0):
            return ex.zero() if name == "sin" else ex.one()
        return ex.call(name, x)

    return function


sin, cos = trigonometric("sin"), trigonometric("cos")


def erf(x: Node) -> Node:
    """The error function."""
    if x.kind == "case":
        return ex.over_cases(erf, x)
    return x if ex.is_const(x, 0) else ex.call("erf", x)


def _asin(x: Node) -> Node:
    root = ex.sqrt(ex.sub(ex.one(), ex.power(x, 2)))
    return arctan(ex.div(x, root))


def _asinh(x: Node) -> Node:
    return ex.log(ex.add(x, ex.sqrt(ex.add(ex.power(x, 2), ex.one()))))


def _acosh(x: Node) -> Node:
    return ex.log(ex.add(x, ex.sqrt(ex.sub(ex.power(x, 2), ex.one()))))


def _atanh(x: Node) -> Node:
    ratio = ex.div(ex.add(ex.one(), x), ex.sub(ex.one(), x))
    return ex.linear([(HALF, ex.log(ratio))])


def _of_base(base: int) -> Callable[[Node], Node]:
    return lambda x: ex.div(log(x), ex.log(number(base)))


def _degrees(x: Node, scale: Fraction) -> Node:
    return ex.linear([(scale, ex.mul(x, ex.power(ex.pi(), 1 if scale < 1 else -1)))])


def heaviside(x: Node, middle: Node) -> Node:
    """0, the given value or 1 for a negative, zero or positive x."""
    at_zero = co.select(co.compare(x, ex.zero(), ZERO), middle, ex.zero())
    return co.select(co.compare(x, ex.zero(), POS), ex.one(), at_zero)


def _quotient(a: Node, b: Node) -> Fraction:
    if a.kind != "const" or b.kind != "const" or b.payload == 0:
        raise NotTraceableError("floor division or remainder of a traced value")
    return Fraction(a.payload / b.payload)


def floor_divide(a: Node, b: Node) -> Node:
    """a // b of numbers."""
    return number(_quotient(a, b).__floor__())


def remainder(a: Node, b: Node) -> Node:
    """a % b of numbers."""
    return ex.sub(a, ex.mul(b, floor_divide(a, b)))


UNARY: dict[str, Callable[[Node], Node]] = {
    "negative": ex.neg,
    "positive": lambda x: x,
    "conjugate": lambda x: x,
    "absolute": ex.absolute,
    "fabs": ex.absolute,
    "sign": co.signum,
    "square": lambda x: ex.power(x, 2),
    "sqrt": ex.sqrt,
    "cbrt": cbrt,
    "reciprocal": lambda x: ex.power(x, -1),
    "exp": ex.exp,
    "expm1": lambda x: ex.sub(ex.exp(x), ex.one()),
    "exp2": lambda x: power(number(2), x),
    "log": log,
    "log1p": lambda x: log(ex.add(ex.one(), x)),
    "log2": _of_base(2),
    "log10": _of_base(10),
    "sin": sin,
    "cos": cos,
    "tan": lambda x: ex.div(sin(x), cos(x)),
    "arctan": arctan,
    "arcsin": _asin,
    "arccos": lambda x: ex.sub(ex.linear([(HALF, ex.pi())]), _asin(x)),
    "sinh": sinh,
    "cosh": cosh,
    "tanh": tanh,
    "arcsinh": _asinh,
    "arccosh": _acosh,
    "arctanh": _atanh,
    "deg2rad": lambda x: _degrees(x, Fraction(1, 180)),
    "radians": lambda x: _degrees(x, Fraction(1, 180)),
    "rad2deg": lambda x: _degrees(x, Fraction(180)),
    "degrees": lambda x: _degrees(x, Fraction(180)),
    # SciPy's, recognised by the name of their ufunc.
    "erf": erf,
    "erfc": lambda x: ex.sub(ex.one(), erf(x)),
    "expit": sigmoid,
    "log_expit": lambda x: ex.neg(softplus(ex.neg(x))),
}

BINARY: dict[str, Callable[[Node, Node], Node]] = {
    "add": ex.add,
    "subtract": ex.sub,
    "multiply": ex.mul,
    "divide": ex.div,
    "true_divide": ex.div,
    "power": power,
    "float_power": power,
    "maximum": co.maximum,
    "fmax": co.maximum,
    "minimum": co.minimum,
    "fmin": co.minimum,
    "logaddexp": logaddexp,
    "hypot": lambda a, b: ex.sqrt(ex.add(ex.power(a, 2), ex.power(b, 2))),
    "heaviside": heaviside,
    "floor_divide": floor_divide,
    "remainder": remainder,
    "mod": remainder,
    "xlogy": lambda a, b: ex.mul(a, log(b)),
}

COMPARISONS: dict[str, int] = {
    "less": NEG,
    "less_equal": NEG | ZERO,
    "greater": POS,
    "greater_equal": POS | ZERO,
    "equal": ZERO,
    "not_equal": NEG | POS,
}

LOGIC: dict[str, Callable[[Node, Node], Node]] = {
    "logical_and": co.both,
    "bitwise_and": co.both,
    "logical_or": co.either,
    "bitwise_or": co.either,
    "logical_xor": co.differ,
    "bitwise_xor": co.differ,
}

# Questions about floating point, answered for real numbers.
PREDICATES: dict[str, Callable[[Node], Node]] = {
    "isfinite": lambda x: truth(True),
    "isnan": lambda x: truth(False),
    "isinf": lambda x: truth(False),
    "signbit": lambda x: co.compare(x, ex.zero(), NEG),
}

__all__ = ["ANY_SIGN", "BINARY", "COMPARISONS", "LOGIC", "PREDICATES", "UNARY"]

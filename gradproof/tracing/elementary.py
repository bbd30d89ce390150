"""The functions of one element, as expressions: primitives here, the others by what they mean.

What is algebraic in another is written so by its record (tanh through exp), which is what lets
``gradproof.proof`` decide identities between them. A function without a simpler form, such as
erf, is a node of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial

from gradproof.ops import Elementwise, elementwise, read
from gradproof.tracing import conditions as co
from gradproof.tracing import expression as ex
from gradproof.tracing.errors import NotTraceableError
from gradproof.tracing.nodes import NEG, POS, ZERO, Node, number, table, truth, undefined
from gradproof.tracing.upwards import up


def power(base: Node, exponent: Node) -> Node:
    """base ** exponent; exp(exponent * log(base)) unless the exponent is rational."""
    if exponent.kind == "case":
        return ex.over_cases(lambda branch: power(base, branch), exponent, "power of", base)
    if exponent.kind == "const":
        return ex.power(base, exponent.payload)
    whole = base.kind == "call" and base.payload == "exp"
    logarithm = base.args[0] if whole else ex.log(base)
    # Term by term, so that a**(b - 1) and a**b / a are one expression.
    return ex.exp(ex.linear([(c, ex.mul(t, logarithm)) for c, t in ex.terms(exponent)]))


def cbrt(x: Node) -> Node:
    """The real cube root, which every real has."""
    obligations = dict(table().obligations)
    root = ex.power(x, Fraction(1, 3))
    table().obligations = obligations
    return root


def softplus(x: Node) -> Node:
    """log(1 + exp(x)), from which every form of softplus is built."""
    coefficient, _ = ex.terms(x)[0] if ex.terms(x) else (Fraction(1), x)
    if x.kind == "case":
        return ex.over_cases(softplus, x, "softplus")
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


def trigonometric(name: str) -> Callable[[Node], Node]:
    """Return the constructor of sin or cos."""

    def function(x: Node) -> Node:
        if x.kind == "case":
            return ex.over_cases(function, x, name)
        if ex.is_const(x, 0):
            return ex.zero() if name == "sin" else ex.one()
        return ex.call(name, x)

    return function


sin, cos = trigonometric("sin"), trigonometric("cos")


def erf(x: Node) -> Node:
    """The error function, which is odd: erf(-t) = -erf(t)."""
    if x.kind == "case":
        return ex.over_cases(erf, x, "erf")
    parts = ex.terms(x)
    if not parts:
        return ex.zero()
    return ex.neg(erf(ex.neg(x))) if parts[0][0] < 0 else ex.call("erf", x)


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


def _truth_of(signs: int) -> Callable[[Node, Node], Node]:
    return lambda a, b: co.compare(a, b, signs)


# What is not written in simpler functions: the record of everything else says what it means.
PRIMITIVES: dict[str, Callable[..., Node]] = {
    "pi": ex.pi, "add": ex.add, "subtract": ex.sub, "multiply": ex.mul, "divide": ex.div,
    "negative": ex.neg, "power": power, "sqrt": ex.sqrt, "cbrt": cbrt, "exp": ex.exp, "log": log,
    "sin": sin, "cos": cos, "erf": erf, "abs": co.absolute, "sign": co.signum,
    "maximum": co.maximum, "minimum": co.minimum, "where": co.select,
    "floor_divide": floor_divide, "remainder": remainder,
    "less": _truth_of(NEG), "less_equal": _truth_of(NEG | ZERO),
    "greater": _truth_of(POS), "greater_equal": _truth_of(POS | ZERO),
    "equal": _truth_of(ZERO), "not_equal": _truth_of(NEG | POS),
    "logical_and": co.both, "bitwise_and": co.both, "logical_or": co.either,
    "bitwise_or": co.either, "logical_xor": co.differ, "bitwise_xor": co.differ,
    "logical_not": co.negate, "invert": co.negate,
    # Questions about floating point, answered for real numbers.
    "isfinite": lambda x: truth(True), "isnan": lambda x: truth(False),
    "isinf": lambda x: truth(False), "signbit": lambda x: co.compare(x, ex.zero(), NEG),
}  # fmt: skip


def rule_of(name: str) -> Callable[..., Node]:
    """Return the operation on expressions. Raises NotTraceableError where there is none."""
    record = elementwise(name)
    if record is None:
        raise NotTraceableError(f"np.{name}")
    return PRIMITIVES.get(record.name) or partial(scalar, record.name)


def scalar(name: str, *args: Node) -> Node:
    """Carry out an operation of the table on expressions. Raises NotTraceableError without one."""
    primitive = PRIMITIVES.get(name)
    if primitive is not None:
        return primitive(*args)
    record = elementwise(name)
    if record is not None and record.meaning is not None:
        made: Node = read(record.meaning, scalar, number, args)
        return made
    if record is None or record.arity != 1 or "proof" in record.without:
        raise NotTraceableError(f"np.{name}")
    return _opaque(record, args[0])


def _opaque(record: Elementwise, x: Node) -> Node:
    """A function that has no simpler form: a node of its own."""
    if x.kind == "case":
        return ex.over_cases(lambda branch: _opaque(record, branch), x, record.name)
    if record.where_positive:
        if x.signs & POS == 0:
            return undefined()
        table().oblige(x, POS)
    return x if record.sign == "argument" and ex.is_const(x, 0) else ex.call(record.name, x)


def slope(name: str, x: Node, value: Node) -> Node:
    """Return the derivative of a function of one argument, which has a node of its own."""
    record = elementwise(name)
    found = None if record is None else record.derivative(0, scalar, number, (x,), value)
    if found is None:
        raise NotTraceableError(f"the derivative of {name}")
    slope_: Node = found
    return slope_


def is_function(name: str) -> bool:
    """Whether a function of one argument has a node of its own."""
    record = elementwise(name)
    return name in _OWN_NODES or (
        record is not None and record.arity == 1 and record.meaning is None
        and name not in PRIMITIVES and "proof" not in record.without
    )  # fmt: skip


_OWN_NODES = ("exp", "log", "sin", "cos")
up.call = scalar
__all__ = ["PRIMITIVES", "is_function", "rule_of", "scalar", "slope"]

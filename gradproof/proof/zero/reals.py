"""Values of expressions at real points, in floats or with 50 digits."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import mpmath

from gradproof.ops import Elementwise, digits_of, elementwise
from gradproof.tracing.nodes import Node, postorder
from gradproof.work import EVALUATED, PRECISELY, spend

DIGITS = 50
# With 50 digits, a subject of a condition smaller than this is zero.
ZERO_TOLERANCE = mpmath.mpf(10) ** -35


class _Floats:
    """Arithmetic of Python floats."""

    pi: Any = math.pi

    @staticmethod
    def function(name: str, x: Any) -> Any:
        record = elementwise(name)
        _in_domain(record, x)
        if record is not None and record.math:
            return getattr(math, record.math)(x)
        return float(digits_of(name, mpmath.mpf(x)))

    @staticmethod
    def number(value: Fraction) -> Any:
        return value.numerator / value.denominator

    @staticmethod
    def sign(value: Any) -> int:
        return (value > 0) - (value < 0)

    @staticmethod
    def finite(value: Any) -> bool:
        return math.isfinite(value)


class _Digits(threading.local):
    """Arithmetic of 50 digits: in a context of each thread, so that no other changes its digits."""

    def __init__(self) -> None:
        self.context = mpmath.MPContext()
        self.context.dps = DIGITS

    def function(self, name: str, x: Any) -> Any:
        _in_domain(elementwise(name), x)
        return digits_of(name, x, mp=self.context)

    @property
    def pi(self) -> Any:
        return +self.context.pi

    def number(self, value: Fraction) -> Any:
        return self.context.mpf(value.numerator) / value.denominator

    @staticmethod
    def sign(value: Any) -> int:
        return 0 if abs(value) < ZERO_TOLERANCE else (1 if value > 0 else -1)

    def finite(self, value: Any) -> bool:
        return bool(self.context.isfinite(value))


def _in_domain(record: Elementwise | None, x: Any) -> None:
    if record is not None and record.where_positive and not x > 0:
        raise ValueError(f"{record.name} is taken to exist for positive numbers")


FLOATS, PRECISE = _Floats(), _Digits()
Arithmetic = _Floats | _Digits
Point = Mapping[str, Any]


def evaluate(
    roots: Sequence[Node], point: Point, arithmetic: Arithmetic = FLOATS, size: int = 0
) -> list[Any]:
    """Return the values of expressions at a point; None where a value does not exist.

    ``point`` gives a Fraction or float for the name of each symbol, and a list of ``size`` of them
    for a symbol of the batch element; expressions with such symbols are lists as well.
    """
    values: dict[Node, Any] = {}
    order = postorder(roots)
    spend((PRECISELY if arithmetic is PRECISE else EVALUATED) * len(order) * max(size, 1))
    for node in order:
        values[node] = _value(node, values, point, arithmetic, size)
    return [values[root] for root in roots]


def _value(node: Node, values: dict[Node, Any], point: Point, ar: Arithmetic, size: int) -> Any:
    if node.kind == "symbol":
        return _symbol(node, point, ar, size)
    if node.kind == "sum":
        body = values[node.args[0]]
        return None if any(v is None for v in body) else sum(body, ar.number(Fraction(0)))
    if not node.indexed:
        return _one(node, [values[arg] for arg in node.args], ar)
    columns = [v if isinstance(v, list) else [v] * size for v in (values[a] for a in node.args)]
    return [_one(node, [column[k] for column in columns], ar) for k in range(size)]


def _symbol(node: Node, point: Point, ar: Arithmetic, size: int) -> Any:
    name = node.payload.name
    if name == "pi":
        return ar.pi
    if name == "m":
        return ar.number(Fraction(size))
    given = point[name]
    if isinstance(given, list):
        return [ar.number(Fraction(v)) for v in given]
    return ar.number(Fraction(given))


def _one(node: Node, args: list[Any], ar: Arithmetic) -> Any:
    match node.kind:
        case "const":
            return ar.number(node.payload)
        case "case":
            return _chosen(node, args, ar)
        case "bool":
            return node.payload
        case "undefined":
            return None
    if any(arg is None for arg in args):
        return None
    try:
        value = _operation(node, args, ar)
    except (ArithmeticError, ValueError):
        return None
    real = not isinstance(value, complex) and not hasattr(value, "_mpc_")
    return value if real and ar.finite(value) else None


def _chosen(node: Node, args: list[Any], ar: Arithmetic) -> Any:
    if args[0] is None:
        return None
    return args[1 + (int(args[0]) if node.payload == "label" else ar.sign(args[0]) + 1)]


def _operation(node: Node, args: list[Any], ar: Arithmetic) -> Any:
    if node.kind == "add":
        return sum(ar.number(c) * a for c, a in zip(node.payload, args))
    if node.kind == "mul":
        total: Any = 1
        for base, exponent in zip(args, node.payload):
            total = total * _power(base, exponent, ar)
        return total
    return ar.function(node.payload, args[0])


def _power(base: Any, exponent: Fraction, ar: Arithmetic) -> Any:
    if exponent.denominator == 1:
        return base if exponent == 1 else base**exponent.numerator
    if base < 0:
        if exponent.denominator % 2 == 0:
            raise ValueError("a root of a negative number")
        return (-1) ** (exponent.numerator % 2) * (-base) ** ar.number(exponent)
    if base == 0 and exponent < 0:
        raise ZeroDivisionError
    return base ** ar.number(exponent)

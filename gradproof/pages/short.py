"""The two lines that a student would write: forward and backward of an elementwise function.

The code of an operation also takes care of NaN, infinities and overflow. Here stands the formula
alone, written from the derivation's closed form, and held against that code at ordinary numbers.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import sympy as sp
from sympy.printing.numpy import NumPyPrinter

from gradproof.operation.derivation import Mode
from gradproof.operation.operations import Operation

_POINTS = (-2.5, -1.0, -0.25, 0.5, 1.0, 3.0)
_ROUNDED = 1e-12
# A function that NumPy has not: nothing that a student would write in two lines.
_NOT_NUMPY = re.compile(r"\b(math|scipy)\.|# Not supported")


class _Printer(NumPyPrinter):
    """np.exp and not numpy.exp; a choice of two as np.where, a larger of two as np.maximum."""

    _module = "np"

    def _print_Relational(self, relation: Any) -> str:
        return f"{self._print(relation.lhs)} {relation.rel_op} {self._print(relation.rhs)}"

    def _print_Pow(self, power: sp.Pow, **settings: Any) -> str:
        if power.exp == -1:
            return f"1 / ({self._print(power.base)})"
        return str(super()._print_Pow(power, **settings))

    def _print_Piecewise(self, pieces: sp.Piecewise) -> str:
        (value, when), *rest = pieces.args
        if not rest or when == sp.true:
            return str(self._print(value))
        other = self._print(sp.Piecewise(*rest))
        return f"np.where({self._print(when)}, {self._print(value)}, {other})"


def short_code(operation: Operation, mode: Mode) -> str:
    """The lines, or "" for an operation on more than single elements.

    ArithmeticError where they do not give what the operation's code gives.
    """
    if (
        not mode.local
        or len(mode.inputs) != 1
        or mode.outputs != 1
        or not mode.chains
        or not mode.backwards
    ):
        return ""
    (item,) = mode.inputs
    slopes = {chain.branch.label: chain.closed_form for chain in mode.chains}
    wheres = {chain.branch.label: chain.branch.where for chain in mode.chains}
    slope = _joined(item.symbol, slopes, wheres)
    called = {each.symbol: sp.Symbol(each.name) for each in mode.parameters}
    lines = [f"{each.symbol} = {_written(each.expression.subs(called))}" for each in mode.graph]
    lines.append(f"dx = dy * {_factor(_written(slope.subs(called)))}")
    code = "\n".join(lines)
    if not all(str(each.symbol).isidentifier() for each in mode.graph) or _NOT_NUMPY.search(code):
        return ""
    _compare(operation, mode, item.name, code)
    return code


def _joined(x: sp.Symbol, slopes: dict[str, sp.Expr], wheres: dict[str, Any]) -> sp.Expr:
    """The slope of every branch as one expression in x and y."""
    if len(slopes) == 1:
        return next(iter(slopes.values()))
    positive = next(label for label in slopes if ">" in label)
    other = next(label for label in slopes if label != positive)
    back = [dict.fromkeys(wheres[label].values(), x) for label in (positive, other)]
    values = [slopes[label].subs(each) for label, each in zip((positive, other), back)]
    return sp.Piecewise((values[0], x > 0), (values[1], True), evaluate=False)


def _written(expression: sp.Expr) -> str:
    text = _Printer({"fully_qualified_modules": True}).doprint(expression)
    return str(text).replace("numpy.", "np.")


def _factor(text: str) -> str:
    return f"({text})" if " + " in text or " - " in text else text


def _compare(operation: Operation, mode: Mode, name: str, code: str) -> None:
    x, dy = np.array(_POINTS), np.linspace(-1.0, 2.0, len(_POINTS))
    parameters = {each.name: each.default for each in mode.parameters}
    names: dict[str, Any] = {"np": np, name: x, "dy": dy}
    names |= parameters
    exec(code, names)  # the two lines written above
    y, cache = operation.forward(mode)(x, **parameters)
    found = operation.backward(mode.backwards[0])(dy, cache)
    dx = found[0] if isinstance(found, tuple) else found
    for what, short, long in (("y", names["y"], y), ("dx", names["dx"], dx)):
        if not np.allclose(short, long, rtol=_ROUNDED, atol=_ROUNDED):
            raise ArithmeticError(f"{what}: the short code gives {short}, the code {long}")


__all__ = ["short_code"]

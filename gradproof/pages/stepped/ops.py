"""The elementary steps: what each computes, how it is written, and its local derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy as sp

from gradproof.pages.stepped.step_records import Local, Op

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

SUM = Op("sum", "Σ", lambda u: u[0], (Local("1", lambda u: sp.Integer(1)),))
PICK = Op("pick", "pick", lambda u: u[0], (Local("1", lambda u: sp.Integer(1)),))
WINNER = Op("winner", "max", lambda u: u[0], (Local("1", lambda u: sp.Integer(1)),))
DOT = Op("dot", "Σ×", lambda u: u[0] * u[1],
          (Local("b", lambda u: u[1]), Local("a", lambda u: u[0])))  # fmt: skip
TIMES = Op("times", "×", lambda u: u[0] * u[1],
            (Local("b", lambda u: u[1]), Local("a", lambda u: u[0])))  # fmt: skip
DIVIDED = Op("divided", "÷", lambda u: u[0] / u[1],
             (Local("1/b", lambda u: 1 / u[1]),
              Local("−a/b²", lambda u: -u[0] / u[1] ** 2)))  # fmt: skip
ONE_OVER = Op("one over", "1/u", lambda u: 1 / u[0], (Local("−1/u²", lambda u: -1 / u[0] ** 2),))
ROOT = Op(
    "root", "√", lambda u: sp.sqrt(u[0]), (Local("1/(2√u)", lambda u: 1 / (2 * sp.sqrt(u[0]))),)
)
SQUARE = Op("square", "u²", lambda u: u[0] ** 2, (Local("2u", lambda u: 2 * u[0]),))


def power(exponent: int) -> Op:
    """u to a whole number."""
    raised = str(exponent).translate(_RAISED)
    below = str(exponent - 1).translate(_RAISED)
    return Op(
        f"power {exponent}", f"u{raised}", lambda u: u[0] ** exponent,
        (Local(f"{exponent}u{below}", lambda u: exponent * u[0] ** (exponent - 1)),),
    )  # fmt: skip


def _constant(written: str, value: sp.Expr) -> Local:
    return Local(written, lambda u: value)


def mean(of: sp.Expr) -> Op:
    return Op("mean", "mean", lambda u: u[0] / of, (Local(f"1/{of}", lambda u: 1 / of),))


def add(signs: tuple[int, ...], constant: sp.Expr) -> Op:
    def value(u: Sequence[sp.Expr]) -> sp.Expr:
        return constant + sp.Add(*(sign * each for sign, each in zip(signs, u)))

    slopes = tuple(_constant("1" if sign > 0 else "−1", sp.Integer(sign)) for sign in signs)
    minus = signs == (1, -1) and constant == 0
    sign = "−" if minus else "+"
    if len(signs) == 1:
        sign = f"{constant}−u" if signs[0] < 0 else f"u+{constant}".replace("+-", "−")
    return Op(f"add {signs}", sign, value, slopes)


def times_number(number: sp.Expr) -> Op:
    short = str(number) if number.is_Rational else f"{float(number):.3g}"
    written = short.replace("-", "−")
    sign = "−u" if number == -1 else f"{written}·u"
    return Op("scale", sign, lambda u: number * u[0], (Local(written, lambda u: number),))


def named(function: Any, u: sp.Symbol) -> Op:
    slope = sp.diff(function(u), u)
    known = {sp.exp: "eᵘ", sp.log: "1/u", sp.tanh: "1 − tanh² u"}
    written = known.get(function, "f′")
    return Op(
        "function", function.__name__, lambda v: function(v[0]),
        (Local(written, lambda v: slope.subs(u, v[0])),),
    )  # fmt: skip


def pieces(of: sp.Piecewise, parts: Sequence[sp.Basic]) -> Op:
    def at(expression: sp.Expr, values: Sequence[sp.Expr]) -> sp.Expr:
        return expression.subs(dict(zip(parts, values)))

    def slope(part: sp.Basic) -> Local:
        return Local("f′", lambda u: at(sp.diff(of, part), u))

    return Op(
        "pieces", "f", lambda u: at(of, u),
        tuple(slope(part) for part in parts),
    )  # fmt: skip

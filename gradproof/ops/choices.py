"""Comparisons, logic, and choices between elements."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from gradproof.ops.formula import A, B, named
from gradproof.ops.function_record import ArrayOperation, Elementwise, Kind
from gradproof.ops.summations import fitted

_greater, _less = named("greater"), named("less")
_greater_equal, _less_equal = named("greater_equal"), named("less_equal")


def _comparison(name: str, symbol: str, rule: Any, sympy: str) -> Elementwise:
    return Elementwise(name=name, slopes=(None, None), symbol=(0, f" {symbol} "), truth=True,
                       digits=lambda mp, a, b: rule(a, b), sympy=sympy)  # fmt: skip


COMPARISONS = [
    _comparison("greater", ">", operator.gt, "Gt"), _comparison("less", "<", operator.lt, "Lt"),
    _comparison("greater_equal", ">=", operator.ge, "Ge"),
    _comparison("less_equal", "<=", operator.le, "Le"),
    _comparison("equal", "==", operator.eq, "Eq"),
    _comparison("not_equal", "!=", operator.ne, "Ne"),
]  # fmt: skip


def _logic(name: str, rule: Any, also: tuple[str, ...] = (), reduces: str = "",
           arity: int = 2) -> Elementwise:  # fmt: skip
    return Elementwise(name=name, also=also, slopes=(None,) * arity, truth=True, reduces=reduces,
                       digits=lambda mp, *args: rule(*map(bool, args)))  # fmt: skip


LOGIC = [
    _logic("logical_and", operator.and_, reduces="all"),
    _logic("bitwise_and", operator.and_, reduces="all"),
    _logic("logical_or", operator.or_, reduces="any"),
    _logic("bitwise_or", operator.or_, reduces="any"),
    _logic("logical_xor", operator.xor), _logic("bitwise_xor", operator.xor),
    _logic("logical_not", operator.not_, arity=1),
    _logic("invert", operator.not_, also=("bitwise_not", "bitwise_invert"), arity=1),
]  # fmt: skip


def _question(name: str, rule: Any, math: str = "", sympy: Any = None) -> Elementwise:
    """A question about floating point, answered for real numbers."""
    return Elementwise(name=name, digits=rule, math=math, truth=True, sympy=sympy)


QUESTIONS = [
    _question("isfinite", "isfinite", "isfinite"), _question("isnan", "isnan", "isnan"),
    _question("isinf", "isinf", "isinf"), _question("signbit", lambda mp, x: x < 0,
                                               sympy=lambda sp, x: x < 0),
]  # fmt: skip

EXTREMES = [
    Elementwise(name="maximum", slopes=(_greater(A, B), _greater_equal(B, A)), sympy="Max",
                digits=lambda mp, a, b: max(a, b), family=("bounds",), integers=True, ordered=True,
                reduces="max"),
    Elementwise(name="minimum", slopes=(_less(A, B), _less_equal(B, A)), sympy="Min",
                digits=lambda mp, a, b: min(a, b), family=("bounds",), integers=True, ordered=True,
                reduces="min"),
    Elementwise(name="fmax", slopes=(_greater(A, B), _greater_equal(B, A)), sympy="Max",
                meaning=named("maximum")(A, B), integers=True, reduces="max"),
    Elementwise(name="fmin", slopes=(_less(A, B), _less_equal(B, A)), sympy="Min",
                meaning=named("minimum")(A, B), integers=True, reduces="min"),
]  # fmt: skip


def _where(step: Any, v: tuple[Any, ...], a: Any, k: int) -> Any:
    if k == 0:  # as if the condition were a number: true 1, false 0
        return fitted(a * (np.asarray(v[1], float) - np.asarray(v[2], float)), v[0])
    return fitted(np.where(v[0], a, 0) if k == 1 else np.where(v[0], 0, a), v[k])


def _clip(step: Any, v: tuple[Any, ...], a: Any, k: int) -> Any:
    return fitted(a * (step.value == v[0]), v[0]) if k == 0 else fitted(0 * a, v[k])


SELECTIONS = [
    ArrayOperation(name="where", kind=Kind.ELEMENTWISE, adjoint=_where),
    ArrayOperation(name="clip", kind=Kind.ELEMENTWISE, adjoint=_clip),
    ArrayOperation(name="select", kind=Kind.SELECTION),
    ArrayOperation(name="piecewise", kind=Kind.SELECTION,
                   without={"text": "its functions have no text of their own"}),
]  # fmt: skip

RECORDS = [*COMPARISONS, *LOGIC, *QUESTIONS, *EXTREMES, *SELECTIONS]
__all__ = ["RECORDS"]

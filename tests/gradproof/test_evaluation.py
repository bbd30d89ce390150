"""Fifty digits: values are right, and the running error bound holds without being idle."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp
from sympy.codegen.cfunctions import expm1, log1p

from gradproof.operation.derivation import Input, Mode, Node
from gradproof.operation.evaluation import DIGITS, Evaluator
from gradproof.operation.layouts import ELEMENTWISE

x, y, dy = sp.symbols("x y dy", real=True)
n, i = sp.symbols("n i", integer=True)
A = sp.IndexedBase("a")
MODE = Mode("default", (Input("x", x),), (Node(y, x),), (ELEMENTWISE,), dy, dy * y)
UNIT = float(np.finfo(np.float64).eps) / 2

FUNCTIONS = {
    "polynomial": (x**3 - 3 * x**2 + 3 * x - 1, lambda v: v**3 - 3 * v**2 + 3 * v - 1),
    "exp": (sp.exp(-x), lambda v: np.exp(-v)),
    "expm1": (expm1(x), np.expm1),
    "log1p": (log1p(x), np.log1p),
    "tanh": (sp.tanh(x), np.tanh),
    "sech": (sp.sech(x), lambda v: 1 / np.cosh(v)),
    "root": (1 / sp.sqrt(1 + x**2), lambda v: 1 / np.sqrt(1 + v**2)),
    "cancellation": (1 - 1 / (1 + sp.exp(-x)), lambda v: 1 - 1 / (1 + np.exp(-v))),
    "piecewise": (sp.Piecewise((x, x > 1), (x**2, True)), lambda v: v if v > 1 else v**2),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("value", [0.001, 0.9999, 1.0001, 2.5, 20.0])
def test_floating_point_stays_within_the_running_error(name: str, value: float) -> None:
    expression, function = FUNCTIONS[name]
    with mpmath.workdps(DIGITS):
        found = Evaluator(MODE, {x: mpmath.mpf(value)}, {})(expression)
        error = abs(mpmath.mpf(float(function(value))) - found.value)
        assert error <= 2 * UNIT * found.error
        wanted = mpmath.mpf(str(sp.N(expression.subs(x, sp.Rational(value)), 60)))
        assert abs(found.value - wanted) <= mpmath.mpf(10) ** -50 * (1 + abs(wanted))


def test_the_bound_tells_a_cancelling_form_from_a_stable_one() -> None:
    with mpmath.workdps(DIGITS):
        evaluate = Evaluator(MODE, {x: mpmath.mpf(40)}, {})
        sigma = 1 / (1 + sp.exp(-x))
        cancelling, stable = evaluate(sigma * (1 - sigma)), evaluate(sigma / (1 + sp.exp(x)))
        assert cancelling.error / cancelling.value > 1e15
        assert stable.error / stable.value < 100


def test_sums_run_over_bound_arrays_from_one() -> None:
    numbers = np.array([mpmath.mpf(v) for v in (1, 2, 4)], dtype=object)
    evaluate = Evaluator(MODE, {A: numbers}, {n: 3})
    assert evaluate(sp.Sum(A[i] * i, (i, 1, n))).value == 1 + 4 + 12
    assert evaluate(A[i], {i: 3}).value == 4
    k = sp.Symbol("k", integer=True)
    assert evaluate(sp.Sum(A[i] * k, (i, 1, k), (k, 1, n))).value == 1 + 2 * 3 + 3 * 7
    assert evaluate(sp.Sum(A[i] * sp.KroneckerDelta(i, 2), (i, 1, n))).value == 2


def test_an_unbound_symbol_and_an_unknown_function_are_errors_that_name_them() -> None:
    evaluate = Evaluator(MODE, {x: mpmath.mpf(1)}, {})
    with pytest.raises(LookupError, match="no value for the symbol q"):
        evaluate(sp.Symbol("q"))
    with pytest.raises(NotImplementedError, match="no rule to evaluate zeta"):
        evaluate(sp.zeta(x))


@pytest.mark.parametrize("name", ["exp", "expm1", "sinh", "cosh", "sech", "tanh"])
@pytest.mark.parametrize("value", [1e300, -1e300, 2.0**70, -(2.0**65), 2.0**63, 709.8, -3.0])
def test_huge_arguments_have_as_many_digits(name: str, value: float) -> None:
    expression = {**vars(sp), "expm1": expm1}[name](x)
    with mpmath.workdps(1300):
        wanted = getattr(mpmath, name)(mpmath.mpf(value))
        found = Evaluator(MODE, {x: mpmath.mpf(value)}, {})(expression).value
        assert abs(found - wanted) <= mpmath.mpf(10) ** -1290 * abs(wanted)

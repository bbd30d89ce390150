"""SymPy's gradient equals the NumPy backward: the cross-check, written out.

``derivations/sigmoid.py`` says what the sigmoid is, as a formula. ``impl/sigmoid.py`` computes it,
and its gradient, with arrays. Neither was made from the other, and here they are compared. So it is
with every *operation*; ``tests/catalogue.py`` finds them by their files. Three questions:

    code and mathematics    is forward the definition, and backward SymPy's derivative of it?
    the code alone          is backward the slope of forward, measured in two ways?
    the mathematics alone   is every line of the derivation that derivative?

Arguments are drawn by Hypothesis, a library that runs a test many times, each time with others:
``@given(data=...)`` hands the test something to draw from, ``data.draw(cases(mode), "at")`` draws
arguments that ``mode`` takes, and ``assume(condition)`` has others drawn where the condition does
not hold. What fails is drawn again, smaller, until a person can do it by hand.

What the names mean:

operation   ``operation.derivation`` is the mathematics; ``operation.forward(mode)`` is a function
            of ``impl``, and ``operation.formula(mode)`` the same without its check of arguments
mode        one way to run an operation: batch norm has training and inference, most have one
backward    the name of a function that computes its gradients: batch norm in training has two
EACH_...    for ``parametrize``: EACH_MODE is every mode of every operation, EACH_BACKWARD every
            backward; of EACH_ANALYTIC, forward can be run with complex numbers
at          what was drawn: ``at.inputs`` (x, W, ...), ``at.parameters`` (eps), and ``at.dy``, the
            upstream gradient
run         ``run_forward(operation, mode, at)`` calls the function of ``impl`` with these arguments
            and returns its outputs, and the cache that it keeps for backward; ``run_backward``
            hands ``dy`` and that cache to backward and returns its gradients, by names of inputs
gradient    of l = sum(dy * y): what ``backward(dy, cache)`` returns, here by the name of the input
exact       ``exact_outputs`` evaluates the definition, ``exact_gradients`` SymPy's derivative of
            it: ``exact.value`` has 50 digits, and ``exact.bound(dtype)`` says how far from it a
            careful evaluation in floats may be. ``agree`` asks whether the code is within that,
            element by element; ``lie_between``, whether each element is between two others.
            Nobody chose a tolerance
rounding    ``rounding_of(mode, at)``: how far apart rounding may put two ways to compute the same
            gradient, element by element. It comes from exact evaluation, as the bound above
kink        where a slope jumps, as that of ReLU at 0: any slope in between is right there. Where
            values jump as well, or the larger of two wins, rounding may take floats to the other
            side. That is asked before anything is compared:
            ``is_decided``          at no jump does it do so
            ``has_clear_winners``   of no two that compete does it choose the other
            ``is_certain``          both, and ``at`` is at no kink itself; inputs that are equal
                                    may compete: without rounding, code and definition take the same
            ``is_smooth``           all of them: there is one slope, whoever looks for it
chain       the lines that a derivation has for one gradient, that of the element ``chain.of``, on
            the part of the definition ``chain.branch``, such as x > 0
layout      which axes the arrays have: "rows of features" is x with rows to average over
finding     what the engine for exact algebra, :mod:`gradproof.algebra`, says of one statement

How many examples are drawn is said in ``tests/conftest.py``; ``some_examples(1 / 3)`` is a third.
``sampled(1, each="operation")``: ``make test`` runs one case of each, ``make campaigns`` the rest.
"""

from __future__ import annotations

import inspect
from dataclasses import replace

import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given
from hypothesis import strategies as st

from gradproof import jacobian
from gradproof.operation.derivation import Chain, HardCase, Kink, Mode
from gradproof.operation.exact_outcome import exact_gradients, exact_outputs
from gradproof.operation.operations import Operation
from gradproof.operation.strategies import arrays, cases, finite_floats
from gradproof.verdicts import Status
from gradproof.witnesses.exactly import exactly
from gradproof.witnesses.runs import run_backward, run_forward
from gradproof.witnesses.special import check_special_value
from gradproof.witnesses.symbolic import (
    fact_finding,
    form_finding,
    kink_findings,
    limit_finding,
)
from impl import sigmoid
from tests.agreement import agree, equal_to_fifty_digits, lie_between, some_examples
from tests.catalogue import (
    EACH_ANALYTIC,
    EACH_BACKWARD,
    EACH_CHAIN,
    EACH_HARD_CASE,
    EACH_KINK,
    EACH_LOSS,
    EACH_MODE,
    EACH_TEXTBOOK,
)
from tests.exactly import (
    case_of,
    derivation_of,
    each_value,
    has_clear_winners,
    is_certain,
    is_decided,
    is_smooth,
    parameters_of,
    rounding_of,
)

FLOATS = (np.float64, np.float32, np.float16)

# Short decimals; numbers of every size, 1e-310 and 1e300 among them; powers of 2 whose products
# overflow, and cancel.
NUMBERS = ["ordinary", "extreme", "balanced"]


# --- the idea ---------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [-2.0, 0.0, 0.5, 3.0])
def test_the_idea_with_nothing_in_between(at: float) -> None:
    """One operation, one number, and the two libraries themselves."""
    x = sp.Symbol("x")
    derivative = sp.diff(1 / (1 + sp.exp(-x)), x)  # SymPy: what the mathematics says

    _, cache = sigmoid.forward(np.array(at))  # NumPy: what the code computes
    dx = sigmoid.backward(np.array(-1.5), cache)

    expected = -1.5 * derivative.subs(x, at).evalf(50)
    # e^x, 1 + e^x, the quotient and the product each round once, by half a unit in the last place;
    # below, how far rounding can go is worked out for each operation and each number.
    assert abs(float(dx) - expected) <= 4 * np.spacing(abs(dx))


# --- code and mathematics ---------------------------------------------------------------------


@pytest.mark.sampled(1, each="operation")
@pytest.mark.parametrize("numbers", NUMBERS)
@pytest.mark.parametrize(("operation", "mode"), EACH_MODE)
@given(data=st.data())
def test_forward_is_the_definition(
    operation: Operation, mode: Mode, numbers: str, data: st.DataObject
) -> None:
    at = data.draw(cases(mode, numbers, dtypes=FLOATS), "at")
    assume(is_decided(mode, at))  # next to a jump, rounding decides the side

    computed, _ = run_forward(operation, mode, at)

    for node, y, expected in zip(mode.output_nodes, computed, exact_outputs(mode, at)):
        agree(str(node.symbol), y, expected, at)


@pytest.mark.sampled(1, each="operation")
@pytest.mark.parametrize("numbers", NUMBERS)
@pytest.mark.parametrize(("operation", "mode", "backward"), EACH_BACKWARD)
@given(data=st.data())
def test_backward_is_sympys_derivative_of_the_definition(
    operation: Operation, mode: Mode, backward: str, numbers: str, data: st.DataObject
) -> None:
    at = data.draw(cases(mode, numbers, dtypes=FLOATS), "at")
    assume(is_certain(mode, at))  # kinks have a test of their own, below

    _, cache = run_forward(operation, mode, at)
    computed = run_backward(operation, mode, backward, at.dy, cache)

    expected = exact_gradients(mode, at)  # sympy.diff of the definition, evaluated to 50 digits
    for name, gradient in computed.items():
        agree(f"d{name}", gradient, expected[name], at)


@pytest.mark.parametrize(("operation", "mode", "hard"), EACH_HARD_CASE)
def test_what_failed_once_holds(operation: Operation, mode: Mode, hard: HardCase) -> None:
    at = case_of(mode, mode.layouts[0].label, **hard.arguments)

    (y,), cache = run_forward(operation, mode, at)

    agree("y", y, exact_outputs(mode, at)[0], at)
    for backward in mode.backwards:
        for wrt, gradient in run_backward(operation, mode, backward, at.dy, cache).items():
            agree(f"d{wrt}", gradient, exact_gradients(mode, at)[wrt], at)


@pytest.mark.parametrize(("operation", "mode", "backward", "kink"), EACH_KINK)
@given(data=st.data())
def test_at_a_kink_backward_is_between_the_slopes_of_both_sides(
    operation: Operation, mode: Mode, backward: str, kink: Kink, data: st.DataObject
) -> None:
    """ReLU has slope 0 left of x = 0 and 1 right of it; at 0 every number from 0 to 1 is right."""
    at = data.draw(cases(mode), "at")
    values = parameters_of(mode, at)
    for item in mode.inputs:
        # At the kink; other inputs have a value where they have none themselves.
        chosen = float(kink.at.subs(values)) if item.symbol == kink.variable else 0.25
        at.inputs[item.name][...] = chosen
        values[item.symbol] = chosen
    name = next(item.name for item in mode.inputs if item.symbol == kink.variable)

    _, cache = run_forward(operation, mode, at)
    gradient = run_backward(operation, mode, backward, at.dy, cache)[name]

    # Formulas: beside 0, leaky ReLU has the slopes ``slope`` and 1. With the numbers drawn:
    left, right = (float(side.subs(values)) for side in (kink.left, kink.right))
    ends = [at.dy * left, at.dy * right]
    lie_between(f"d{name}", gradient, np.minimum(*ends), np.maximum(*ends), at)


@pytest.mark.parametrize(("operation", "mode"), EACH_MODE)
@pytest.mark.parametrize("dtype", FLOATS)
def test_at_zeros_infinities_and_nan_the_code_returns_what_is_stated(
    operation: Operation, mode: Mode, dtype: type
) -> None:
    for stated in mode.special_values:  # "at x = -inf forward returns 0, and backward 0"
        wrong = check_special_value(operation, mode, stated, dtype)
        assert wrong is None, str(wrong)


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("operation", "mode"), EACH_TEXTBOOK)
def test_the_lines_of_a_book_are_proved_to_be_the_same_function(
    operation: Operation, mode: Mode
) -> None:
    """``textbook_forward`` may lose digits that the code keeps: so no numbers are compared."""
    verdict = exactly(operation, seed=1)
    assert verdict.status is Status.PROVED, str(verdict)


# --- the code alone ---------------------------------------------------------------------------


@pytest.mark.sampled(12)
@pytest.mark.parametrize(("operation", "mode", "backward"), EACH_ANALYTIC)
@given(data=st.data())
def test_backward_is_the_slope_of_forward_by_complex_step(
    operation: Operation, mode: Mode, backward: str, data: st.DataObject
) -> None:
    """f(x + ih) = f(x) + ih f'(x), but for h squared, so f'(x) = Im f(x + ih) / h.

    Nothing is subtracted, so h may be as small as 1e-60, and what is left is rounding alone.
    """
    at = data.draw(cases(mode), "at")
    assume(is_smooth(mode, at))  # a complex step sees one side of a kink only
    formula = operation.formula(mode)  # forward, without the check that refuses complex numbers

    _, cache = run_forward(operation, mode, at)
    computed = run_backward(operation, mode, backward, at.dy, cache)

    rounding = rounding_of(mode, at)
    for name, gradient in computed.items():
        slope = np.empty_like(gradient)
        for place in np.ndindex(gradient.shape):
            x = np.array(at.inputs[name], dtype=complex)
            x[place] += 1e-60j
            y, _ = formula(**{**at.inputs, name: x}, **at.parameters)
            slope[place] = np.sum(at.dy * np.imag(y)) / 1e-60
        lowest, highest = slope - rounding[name], slope + rounding[name]
        lie_between(f"d{name}", gradient, lowest, highest, at)


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("operation", "mode", "backward"), EACH_BACKWARD)
@some_examples(1 / 6)  # each takes hundreds of calls of forward
@given(data=st.data())
def test_backward_is_the_slope_of_forward_by_finite_differences(
    operation: Operation, mode: Mode, backward: str, data: st.DataObject
) -> None:
    """Between (f(x + h) - f(x)) / h and (f(x) - f(x - h)) / h for h towards 0: also at kinks."""
    at = data.draw(cases(mode), "at")
    forward = operation.forward(mode)

    _, cache = run_forward(operation, mode, at)
    computed = run_backward(operation, mode, backward, at.dy, cache)

    rounding = rounding_of(mode, at)
    for name, gradient in computed.items():
        slope = jacobian(
            lambda x, name=name: forward(**{**at.inputs, name: x}, **at.parameters)[0],
            at.inputs[name],
        )  # of every element of y by every element of x: from slope.low to slope.high
        assume(np.isfinite(slope.error).all())  # at a jump there is nothing to find
        # The axes of slope are those of y, then those of x: dy goes along the first, and the sum
        # over them is left with those of x, as the gradient is.
        dy = at.dy.reshape(at.dy.shape + (1,) * gradient.ndim)
        ends, of_y = [dy * slope.low, dy * slope.high], tuple(range(at.dy.ndim))
        lowest = np.minimum(*ends).sum(axis=of_y)
        highest = np.maximum(*ends).sum(axis=of_y)
        error = (np.abs(dy) * slope.error).sum(axis=of_y) + rounding[name]
        lie_between(f"d{name}", gradient, lowest - error, highest + error, at)


@pytest.mark.parametrize(("operation", "mode", "backward"), EACH_BACKWARD)
@some_examples(1 / 3)
@given(data=st.data())
def test_backward_is_linear_in_the_upstream_gradient(
    operation: Operation, mode: Mode, backward: str, data: st.DataObject
) -> None:
    """It multiplies dy by the Jacobian, a matrix: what holds of sums of dy holds of gradients."""
    at = data.draw(cases(mode), "at")
    assume(has_clear_winners(mode, at))  # else code and definition may differentiate two pieces
    other = replace(at, dy=data.draw(arrays(at.dy.shape, finite_floats()), "another dy"))
    _, cache = run_forward(operation, mode, at)

    first, second, both, none = (
        run_backward(operation, mode, backward, dy, cache)
        for dy in (at.dy, other.dy, at.dy - 2 * other.dy, np.zeros_like(at.dy))
    )

    rounding, of_other = rounding_of(mode, at), rounding_of(mode, other)
    for name in both:
        expected, error = first[name] - 2 * second[name], rounding[name] + 2 * of_other[name]
        error = error + error  # of what is expected, and of what is computed at once
        lie_between(f"d{name}", both[name], expected - error, expected + error, at)
        assert not none[name].any(), f"d{name} of a zero upstream gradient is not zero"


# --- the mathematics alone --------------------------------------------------------------------


@pytest.mark.sampled(1, each="operation")
@pytest.mark.parametrize(("operation", "mode", "chain"), EACH_CHAIN)
@some_examples(1 / 3)  # of an identity: where it is wrong, it is wrong almost everywhere
@given(data=st.data())
def test_every_line_of_a_derivation_is_sympys_derivative(
    operation: Operation, mode: Mode, chain: Chain, data: st.DataObject
) -> None:
    at = data.draw(cases(mode), "at")
    derivative, lines = derivation_of(mode, chain)  # formulas, the derivative by sympy.diff

    values = list(each_value(mode, at, chain.of, (derivative, *lines), chain.branch))

    assume(values)  # some element of the arguments lies on this branch of the definition
    for expected, *computed in values:
        for number, (value, line) in enumerate(zip(computed, lines), start=1):
            assert equal_to_fifty_digits(value, expected), f"line {number}, {line}, is not equal"


@pytest.mark.sampled(6)
@pytest.mark.parametrize(("operation", "mode"), EACH_MODE)
def test_whatever_else_a_derivation_states_is_proved(operation: Operation, mode: Mode) -> None:
    """Other ways to write a result, its consequences, its limits, the slopes beside its kinks."""
    findings = [
        *(form_finding(mode, form) for form in mode.forms),
        *(fact_finding(mode, fact) for fact in mode.facts),
        *(limit_finding(mode, limit) for limit in mode.limits),
        *(each for kink in mode.kinks for each in kink_findings(mode, kink)),
    ]
    for finding in findings:
        assert finding.holds, f"{finding.name}: {finding.detail}"


@pytest.mark.parametrize(("operation", "mode"), EACH_LOSS)
def test_the_loss_is_dy_times_y_and_every_number_is_real(operation: Operation, mode: Mode) -> None:
    """What all lines above are derivatives of: of another loss, they would be right and no use."""
    loss, y, dy = mode.loss, mode.output_nodes[0].symbol, mode.dy
    if isinstance(loss, sp.Sum):  # of dy[n] * y[n] over n: one of the products
        (y,) = (each for each in loss.function.atoms(sp.Indexed) if each.base == y.base)
        dy = dy[y.indices]
        assert set(y.indices) == set(loss.variables)
        loss = loss.function
    assert loss == dy * y

    chained = [part for chain in mode.chains for part in (chain.of, chain.gradient)]
    defined = [part for node in mode.graph for part in (node.symbol, node.expression)]
    stated = [loss, *chained, *defined]
    symbols = {each for part in stated if part is not None for each in part.free_symbols}
    assert [each for each in symbols if each.is_real is False] == []


@pytest.mark.parametrize(("operation", "mode"), EACH_MODE)
def test_derivation_and_code_have_the_same_parameters(operation: Operation, mode: Mode) -> None:
    arguments = inspect.signature(operation.formula(mode)).parameters.values()
    in_code = {each.name: each.default for each in arguments if each.default is not each.empty}
    assert in_code == {item.name: item.default for item in mode.parameters}

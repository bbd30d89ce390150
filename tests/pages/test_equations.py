"""What is printed is what was checked: every equation is read back and compared exactly."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import pytest
import sympy as sp

from gradproof.algebra import Decision, decide_zero
from gradproof.algebra.indexed_sums import evaluate_derivatives
from gradproof.operation.derivation import Mode
from gradproof.pages.equations import EquationPrinter, Notation, mathml, settled
from tests.catalogue import EACH_MODE
from tests.pages.latex_reader import LatexReader

x, y, a = sp.symbols("x y a", real=True)
i, j, m = sp.symbols("i j m", integer=True, positive=True)
g, z = sp.IndexedBase("g"), sp.IndexedBase("z")


def _expressions(mode: Mode) -> Iterator[sp.Expr]:
    yield from (node.expression for node in mode.graph)
    yield from (step.expression for chain in mode.chains for step in chain.steps)
    yield from (form.expression for form in mode.forms)
    for fact in mode.facts:
        yield from (fact.left, fact.right)


def _readable(expression: sp.Expr) -> list[sp.Expr]:
    """The expression, or the pieces of its tables of cases, which are not read as tables."""
    tables = expression.atoms(sp.Piecewise)
    return [value for table in tables for value, _ in table.args] or [expression]


def _atoms(expression: sp.Expr, notation: Notation) -> dict[str, sp.Expr]:
    return {notation.latex(atom): atom for atom in expression.atoms(sp.Symbol, sp.Indexed)}


def _same(printed: sp.Expr, read: sp.Expr) -> bool:
    if printed == read:
        return True
    difference = evaluate_derivatives(printed) - evaluate_derivatives(read)
    return bool(difference == 0 or decide_zero(difference) is Decision.ZERO)


@pytest.mark.parametrize(("operation", "mode"), EACH_MODE)
def test_every_equation_reads_back_as_what_was_checked(operation: object, mode: Mode) -> None:
    notation = Notation(mode)
    for expression in _expressions(mode):
        for part in _readable(expression):
            latex = notation.latex(part)
            read = LatexReader(latex, _atoms(part, notation)).read()
            assert _same(part, read), f"{part} was printed as {latex}, which reads {read}"


@pytest.mark.parametrize(("operation", "mode"), EACH_MODE)
def test_every_equation_becomes_mathml(operation: object, mode: Mode) -> None:
    notation = Notation(mode)
    for expression in _expressions(mode):
        latex = notation.latex(expression)
        markup = mathml(latex)
        assert markup.startswith("<math"), f"{expression} fell back to {markup}"
        # What a reader copies is the LaTeX; nothing of it is left in what is shown.
        assert f'data-latex="{escape(latex)}"' in markup
        assert "\\" not in markup.replace(escape(latex), "", 1)


@pytest.mark.parametrize(
    ("expression", "latex"),
    [
        (1 / sp.Sum(z[i], (i, 1, m)), r"\frac{1}{\sum\limits_{i=1}^{m} {z}_{i}}"),
        (-x + y, "y - x"),
        (a * sp.Sum(z[i] - x, (i, 1, m)), r"a \, \sum\limits_{i=1}^{m} ({z}_{i} - x)"),
        (sp.Mul(x - y, x + y, evaluate=False), r"(x - y) \, (x + y)"),
        (sp.sqrt(x) ** 3, "x^{3/2}"),
        (sp.KroneckerDelta(i, j), r"\delta_{i, j}"),
        (sp.Derivative(x * y, x), r"\frac{\partial}{\partial x} (x \, y)"),
    ],
)  # fmt: skip
def test_equations_are_written_as_on_paper(expression: sp.Expr, latex: str) -> None:
    assert settled(EquationPrinter().doprint(expression)) == latex


def test_a_gradient_is_a_fraction_and_stands_beside_its_factor() -> None:
    printer = EquationPrinter({g: (r"\ell", z[i])})
    assert printer.doprint(g[j] / m) == (r"\frac{1}{m} \, \frac{\partial \ell}{\partial {z}_{j}}")


def test_cases_state_their_conditions() -> None:
    pieces = sp.Piecewise((x, x > 0), (a * x, True))
    latex = EquationPrinter().doprint(pieces)
    assert latex == r"\begin{cases} x & x > 0 \\ a \, x & \text{otherwise} \end{cases}"
    markup = mathml(latex)
    assert '<span lang="en">otherwise</span><span lang="ko">그 밖의 경우</span>' in markup


def test_the_reader_sees_a_lost_reciprocal() -> None:
    total = sp.Sum(z[i], (i, 1, m))
    atoms = {"i": i, "m": m, "{z}_{i}": z[i]}
    wrong = LatexReader(r"\sum\limits_{i=1}^{m} {z}_{i}", atoms).read()
    assert not _same(1 / total, wrong)


def test_what_cannot_be_converted_is_shown_as_code() -> None:
    assert mathml(r"\nosuchcommand{x}").startswith("<code>")

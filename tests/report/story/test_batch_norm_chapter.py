"""The six equations as they are printed, and what is left where a path is forgotten."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp

from derivations.batch_norm import TRAINING
from gradproof.algebra import Decision, decide_zero
from gradproof.pages.equations import Notation
from gradproof.verdicts import Status
from report.story.chapters import normal
from report.story.six_equations import SIX, Equation
from tests.pages.latex_reader import LatexReader


@pytest.mark.parametrize("equation", SIX, ids=lambda each: each.name)
def test_what_is_printed_is_what_is_proved(equation: Equation) -> None:
    notation = Notation(TRAINING)
    atoms = {notation.latex(atom): atom for atom in equation.says.atoms(sp.Symbol, sp.Indexed)}
    latex = equation.latex.replace(r"\cdot", "").replace("{m} -2", r"{m} \left(-2\right)")
    read = LatexReader(latex, atoms).read()
    assert read == equation.says or decide_zero(read - equation.says) is Decision.ZERO


def test_the_course_s_form_is_visible() -> None:
    by_name = {each.name: each.latex for each in SIX}
    assert r"\frac{-1}{2}" in by_name["var"]
    assert "^{-3/2}" in by_name["var"]
    assert [each.name for each in SIX] == ["x_hat", "var", "mu", "x", "gamma", "beta"]
    assert all("_{j}" not in each.latex for each in SIX)


def test_a_wrong_one_among_the_six_is_refuted() -> None:
    assert normal.six_claim(TRAINING, SIX[:1]).verdict.status is Status.PROVED
    wrong = replace(SIX[0], says=2 * SIX[0].says)
    assert normal.six_claim(TRAINING, (wrong,)).verdict.status is Status.REFUTED


def test_each_way_that_is_left_out_breaks_its_own_fact() -> None:
    ways = {(way.var, way.mu): way for way in normal.ways()}
    found = {kept: [str(each) for each in way.dx] for kept, way in ways.items()}
    assert found == {
        (True, True): ["-64/75", "44/75", "4/15"],
        (True, False): ["236/75", "344/75", "64/15"],
        (False, True): ["0", "4", "-4"],
        (False, False): ["4", "8", "0"],
    }
    assert ways[True, True].total == ways[False, True].total == 0
    assert ways[True, False].total != 0
    assert ways[True, True].along == sp.Rational(16, 375)
    assert ways[False, True].along > 9

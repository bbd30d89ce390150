"""The tool that plants errors calls a change harmless only where it is."""

from __future__ import annotations

import ast
import os
import subprocess
import sys

import numpy as np
import pytest
import sympy as sp

from tests import test_cross_check as cross_check
from tests.changes import Change
from tests.mutants import ROOT, Mutant, _equal, files, found_by, mutants, proved_equal, users_of

X, S = sp.symbols("x s", real=True)
RELU = sp.Piecewise((X, X > 0), (0, True))


def the(file: str, change: str) -> Mutant:
    """The first change of a file that is told so."""
    return next(each for each in mutants(file) if str(each.change).startswith(change))


@pytest.mark.parametrize(
    ("change", "harmless"),
    [
        ("GtE instead: x > 0", True),  # at x = 0 both pieces are 0
        ("LtE instead: x > 0", False),
        ("operator swapped: dy * y", False),
        ("constant changed: 5e-324", True),  # 1.1 times the smallest float there is, rounded
    ],
)
def test_a_change_of_a_derivation_is_compared_with_what_it_was(change: str, harmless: bool) -> None:
    assert proved_equal(the("derivations/relu.py", change)) is harmless


@pytest.mark.parametrize("name", ["softmax_cross_entropy", "maxout"])
def test_a_change_that_changes_nothing_is_not_found(name: str) -> None:
    """Of operations whose hard cases leave the range of floats: all of impl/ is loaded anew."""
    tree = ast.parse((ROOT / "impl" / f"{name}.py").read_text("utf-8"))
    nothing = Change(tree, 0, lambda twin: twin, 1, "nothing")
    with Mutant(f"impl/{name}.py", nothing, (name,)).planted() as operations:
        for mode in operations[name].derivation.modes:
            assert mode.hard_cases
            for hard in mode.hard_cases:
                cross_check.test_what_failed_once_holds(operations[name], mode, hard)


@pytest.mark.parametrize("file", files())
def test_every_file_is_tried_on_an_operation(file: str) -> None:
    assert users_of(file), "with none, nothing would be compared, and every change called right"


def test_no_proof_about_real_numbers_excuses_what_lies_beyond_floats() -> None:
    assert not proved_equal(the("impl/_wide_functions.py", "operator swapped: a * b"))


def test_a_change_of_a_witness_is_planted_where_it_is_imported() -> None:
    file, planted = "gradproof/witnesses/textbook.py", "import tests.planted\n"
    number, change = next(
        (number, each.change)
        for number, each in enumerate(mutants(file))
        if str(each.change) == "constant changed: 0.5"
    )
    code = f"{planted}from gradproof.witnesses.textbook import _HALF\nprint(_HALF)"
    environment = {**os.environ, "MUTANT": f"{file}:{number}"}
    said = subprocess.check_output([sys.executable, "-c", code], env=environment)
    assert float(said) == np.finfo(float).eps ** 0.55, change


def test_a_change_of_code_is_found() -> None:
    assert found_by(the("impl/relu.py", "LtE instead")) is not None


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (sp.Piecewise((X, X >= 0), (0, True)), True),
        (sp.Piecewise((X, X > 1), (0, True)), False),
        (sp.Max(X, 0).rewrite(sp.Piecewise), True),
        (sp.Piecewise((X, X > 0), (S, True)), False),
        (sp.Piecewise((1, X > 0), (0, True)), False),
    ],
)
def test_pieces_are_compared_where_they_hold(other: sp.Expr, same: bool) -> None:
    assert _equal(RELU, other) is same

"""The tool that plants errors calls a change harmless only where it is."""

from __future__ import annotations

import pytest
import sympy as sp

from tests.mutants import Mutant, _equal, found_by, mutants, proved_equal

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

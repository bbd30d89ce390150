"""Linear inequalities: added up, and decided to contradict each other or not."""

from __future__ import annotations

import pytest
import sympy as sp

from gradproof.algebra.inequalities import added, contradict, contradiction, slack

x, y = sp.symbols("x y", real=True)


def test_every_relation_is_read_as_a_slack() -> None:
    assert slack(sp.Gt(x, 1)) == (x - 1, True)
    assert slack(sp.Ge(x, 1)) == (x - 1, False)
    assert slack(sp.Lt(x, 1)) == (1 - x, True)
    assert slack(sp.Le(x, 1)) == (1 - x, False)


@pytest.mark.parametrize("wrong", [sp.Eq(x, 1), sp.Ne(x, 1), x])
def test_what_is_no_inequality_is_refused(wrong: sp.Basic) -> None:
    with pytest.raises(TypeError, match="expected one of <, <=, >, >="):
        slack(wrong)


def test_a_sum_is_strict_only_if_a_strict_relation_takes_part() -> None:
    assert added([sp.Gt(x, 0), sp.Ge(y, 0)]) == (x + y, True)
    assert added([sp.Ge(x, 0), sp.Ge(y, 0)]) == (x + y, False)
    assert added([sp.Gt(x, 0), sp.Ge(y, 0)], [0, 2]) == (2 * y, False)


def test_a_multiplier_below_0_or_missing_is_refused() -> None:
    with pytest.raises(ValueError, match="expected none below 0"):
        added([sp.Gt(x, 0), sp.Gt(y, 0)], [1, -1])
    with pytest.raises(ValueError, match="expected 2, got 1"):
        added([sp.Gt(x, 0), sp.Gt(y, 0)], [1])


def test_a_contradiction_is_found_with_its_multipliers() -> None:
    relations = [sp.Gt(2 * x, 0), sp.Le(x, 0)]
    found = contradiction(relations, [x])
    assert found is not None
    assert contradict(relations, found)
    assert not contradict(relations, [1, 1])


def test_what_can_hold_has_no_contradiction() -> None:
    assert contradiction([sp.Ge(x, 0), sp.Le(x, 0)], [x]) is None  # x = 0
    assert contradiction([sp.Gt(x, 0), sp.Gt(y, 0)], [x, y]) is None

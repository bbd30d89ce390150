"""Where rounding decides what is computed, nothing is compared; elsewhere it is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.catalogue import OPERATIONS
from tests.exactly import case_of, has_clear_winners

# Both pieces are 1.2 in floats. Exactly, the second is larger, by 0.0000000000000001.
A_TIE = {"x": [[1.9999999999999998]], "W": [[[0.1]], [[0.1]]], "b": [[0.9999999999999999], [1]]}


@pytest.mark.parametrize(("b", "clear"), [(A_TIE["b"], False), ([[0.5], [1]], True)])
def test_a_tie_that_rounding_decides_is_seen(b: Any, clear: bool) -> None:
    """Linearity failed here once: rounding was bounded for one piece, the code took the other."""
    mode = OPERATIONS["maxout"].derivation.modes[0]
    at = case_of(mode, mode.layouts[0].label, **{**A_TIE, "b": b}, dy=[[1]])
    assert has_clear_winners(mode, at) is clear

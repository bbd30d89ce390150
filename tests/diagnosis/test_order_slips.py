"""A sum from the wrong end, a function along the wrong axis: told where they are the slip, and not
where they are not."""

from __future__ import annotations

import numpy as np
import pytest

from gradproof import diagnose, prove_gradient

Array = np.ndarray
X = np.array([0.3, 1.2, -0.7, 0.4])
ROWS = np.array([[0.3, 1.2, -0.7], [0.4, -0.1, 0.9]])


def forward(x: Array) -> tuple[Array, Array]:
    return np.cumsum(x * x), x


def backward(dy: Array, x: Array) -> Array:
    return 2 * x * np.cumsum(dy)


def rows_forward(x: Array) -> tuple[Array, Array]:
    return np.cumsum(np.exp(x), axis=1), np.exp(x)


def rows_backward(dy: Array, e: Array) -> Array:
    return e * np.cumsum(dy, axis=1)


def right(dy: Array, x: Array) -> Array:
    return 2 * x * np.cumsum(dy[::-1])[::-1]


def other(dy: Array, x: Array) -> Array:
    return 3 * x * np.cumsum(dy[::-1])[::-1]


@pytest.mark.parametrize(
    ("functions", "x", "fix"),
    [((forward, backward), X, "np.cumsum(dy[::-1])[::-1]"),
     ((rows_forward, rows_backward), ROWS, "np.flip(np.cumsum(np.flip(dy, 1), 1), 1)")],
)  # fmt: skip
def test_a_sum_from_the_wrong_end_is_told(functions: tuple, x: Array, fix: str) -> None:
    found = diagnose(*functions, x)
    assert found is not None
    assert found.exact
    assert fix in found.fix


def test_where_the_order_is_right_it_is_not_blamed() -> None:
    assert prove_gradient(forward, right, X).holds
    found = diagnose(forward, other, X)
    assert found is not None
    assert "[::-1])[::-1]" not in found.fix.replace("np.cumsum(dy[::-1])[::-1]", "")
    assert found.kind == "wrong factor"


def ranked(x: Array) -> tuple[Array, Array]:
    e = np.exp(x)
    return np.cumsum(np.sort(e, axis=1), axis=1), e


def unranked(dy: Array, e: Array, *, factor: float = 1.0) -> Array:
    later = np.flip(np.cumsum(np.flip(dy, axis=1), axis=1), axis=1)
    return factor * e * np.take_along_axis(later, np.argsort(np.argsort(e, axis=1), axis=1), axis=1)


def across(dy: Array, e: Array) -> Array:
    later = np.flip(np.cumsum(np.flip(dy, axis=1), axis=0), axis=1)
    return e * np.take_along_axis(later, np.argsort(np.argsort(e, axis=1), axis=1), axis=1)


def test_a_function_along_another_axis_is_told() -> None:
    found = diagnose(ranked, across, ROWS)
    assert found is not None
    assert found.kind == "wrong axis"
    assert "np.cumsum(np.flip(dy, axis=1), axis=1)" in found.fix


def test_where_the_axis_is_right_it_is_not_blamed() -> None:
    assert prove_gradient(ranked, unranked, ROWS).holds
    found = diagnose(ranked, lambda dy, e: unranked(dy, e, factor=2.0), ROWS)
    assert found is not None
    assert found.kind == "extra factor"

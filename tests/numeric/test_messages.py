"""Messages: which element of which gradient, got and wanted, and a snippet that runs."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy as np
import pytest

from gradproof import check_gradient
from tests.numeric.examples import relu, tanh, tanh_backward

Array = np.ndarray[Any, Any]


def doubled(dy: Array, y: Array) -> Array:
    dx = tanh_backward(dy, y)
    dx[0, 1] *= 2
    return dx


def test_a_refutation_says_where_and_how_much() -> None:
    x = np.array([[0.5, -1.0], [2.0, 0.25]])
    verdict = check_gradient(tanh, doubled, x, dy=np.ones((2, 2)), names=("x",))
    lines = verdict.reason.splitlines()
    assert lines[0] == (
        "dx: 1 of 4 elements differ from the derivative by more than the error bound"
    )
    assert lines[1].startswith("    dx[0, 1]: got 0.839948683, wanted 0.419974342, error 4.2e-01")
    assert len(lines) == 2


def test_only_the_worst_few_are_listed() -> None:
    verdict = check_gradient(tanh, lambda dy, y: 2 * tanh_backward(dy, y), np.ones((5, 5)))
    assert "25 of 25 elements" in verdict.reason
    assert len(verdict.reason.splitlines()) == 4


def test_the_snippet_reproduces_the_element() -> None:
    x = np.array([[0.5, -1.0], [2.0, 0.25]])
    verdict = check_gradient(tanh, doubled, x, names=("x",))
    assert verdict.counterexample is not None
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(verdict.counterexample.snippet, {"tanh": tanh, "doubled": doubled})
    printed = float(out.getvalue())
    assert f"{printed:.9g}" == verdict.counterexample.got
    assert verdict.counterexample.snippet.splitlines()[-1] == (
        f"print(dx[0, 1])  # wanted: {verdict.counterexample.wanted}"
    )


def test_large_arrays_are_described_not_printed() -> None:
    verdict = check_gradient(relu, lambda dy, x: dy, np.ones((40, 40)) * -1, names=("x",))
    assert verdict.counterexample is not None
    assert verdict.counterexample.inputs["x"] == "<array of shape (40, 40), float64>"
    assert verdict.counterexample.snippet == ""


def test_names_that_do_not_fit_are_errors() -> None:
    with pytest.raises(ValueError, match="names: expected 1, one per input, got 2"):
        check_gradient(relu, relu, np.ones(2), names=("x", "y"))
    with pytest.raises(ValueError, match="wrt: 'z' is no input of forward: it has x"):
        check_gradient(relu, relu, np.ones(2), names=("x",), wrt=("z",))
    with pytest.raises(ValueError, match="order: expected 1 or 2, got 3"):
        check_gradient(relu, relu, np.ones(2), order=3)


def test_halves_of_complex_gradients_are_named_in_the_first_line() -> None:
    z = np.array([1 + 2j, 0.5 - 0.3j])

    def squared(z: Any) -> Any:
        return (z * z.conj()).real, z

    halved = check_gradient(squared, lambda dy, z: dy * z, z)
    assert halved.holds
    assert "Wirtinger's" in str(halved).splitlines()[0].split(":")[0]
    whole = check_gradient(squared, lambda dy, z: 2 * dy * z, z)
    assert whole.holds
    assert "Wirtinger" not in str(whole)


def test_a_gradient_of_zero_has_no_relative_floor_of_its_own() -> None:
    x = np.random.default_rng(0).normal(size=(6, 3))

    def forward(x: Any, b: Any) -> Any:  # the shift b is taken out again
        moved = x + b
        return moved - moved.mean(0), None

    def backward(dy: Any, cache: Any) -> Any:
        dx = dy - dy.mean(0)
        return dx, dx.sum(0)

    verdict = check_gradient(forward, backward, x, np.ones(3), mode="full")
    assert verdict.holds
    assert verdict.details["relative_floor"] < 1e-8

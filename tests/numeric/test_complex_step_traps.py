"""Complex step is exact for analytic functions, and silently wrong for NumPy's that are not.

np.var, np.abs, np.linalg.norm, .real and casts take the imaginary part away, np.maximum and
comparisons order complex numbers by their real part: the step's derivative is another number, with
no warning. Given such a formula, the check must believe the real differences.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest

from gradproof import check_gradient
from gradproof.verdicts import Status
from tests.numeric.examples import normal

Array = np.ndarray[Any, Any]
STEP = 1e-60
CONFIRMED = "complex step, confirmed by central differences"
DISAGREES = "central differences (complex step disagrees and is not used)"


class Trap(NamedTuple):
    """A function of (5, 3) arrays, and its right backward."""

    f: Any
    backward: Any


def batch_norm_with_var(x: Array) -> Array:
    return (x - x.mean(axis=0)) / np.sqrt(np.var(x, axis=0) + 1e-5)


def batch_norm_backward(dy: Array, x: Array) -> Array:
    std = np.sqrt(np.var(x, axis=0) + 1e-5)
    x_hat = (x - x.mean(axis=0)) / std
    return (dy - dy.mean(axis=0) - x_hat * (dy * x_hat).mean(axis=0)) / std


def rows(x: Array) -> Array:
    return np.linalg.norm(x, axis=1)


TRAPS = {
    "np.var": Trap(
        lambda x: np.var(x, axis=0), lambda dy, x: dy * 2 * (x - x.mean(axis=0)) / len(x)
    ),
    "np.std": Trap(
        lambda x: np.std(x, axis=0),
        lambda dy, x: dy * (x - x.mean(axis=0)) / len(x) / np.std(x, axis=0),
    ),
    "batch norm with np.var": Trap(batch_norm_with_var, batch_norm_backward),
    "np.abs": Trap(np.abs, lambda dy, x: dy * np.sign(x)),
    "np.abs squared": Trap(lambda x: np.abs(x) ** 2, lambda dy, x: 2 * dy * x),
    "np.linalg.norm": Trap(rows, lambda dy, x: (dy / rows(x))[:, None] * x),
    "np.vdot": Trap(
        lambda x: np.array([np.vdot(row, row) for row in x]), lambda dy, x: 2 * dy[:, None] * x
    ),
    ".real": Trap(lambda x: np.tanh(x.real), lambda dy, x: dy / np.cosh(x) ** 2),
    "np.conj": Trap(lambda x: (x * np.conj(x)).real, lambda dy, x: 2 * dy * x),
    "np.sign": Trap(lambda x: x * np.sign(x), lambda dy, x: dy * np.sign(x)),
    "a cast": Trap(lambda x: x.astype(float) ** 2, lambda dy, x: 2 * dy * x),
}


def by_complex_step(f: Any, dy: Array, x: Array) -> Array:
    """The gradient of <dy, f> by a complex step for each element."""
    found = np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        moved = x.astype(complex)
        moved[at] += 1j * STEP
        found[at] = np.sum(dy * np.imag(f(moved))) / STEP
    return found


@pytest.mark.sampled(4)
@pytest.mark.filterwarnings("ignore:.*discards the imaginary part")
@pytest.mark.parametrize("name", TRAPS)
def test_a_wrong_complex_step_is_not_believed(name: str) -> None:
    f, backward = TRAPS[name]
    x = normal(5, 3)
    dy = np.round(normal(*np.shape(f(x)), seed=1), 2)
    right, trapped = backward(dy, x), by_complex_step(f, dy, x)
    assert np.abs(trapped - right).max() > 0.1 * np.abs(right).max(), "it is a trap"

    verdict = check_gradient(lambda x: (f(x), x), backward, x, formula=f)
    assert verdict.holds, str(verdict)
    assert verdict.method == DISAGREES
    wrong = check_gradient(
        lambda x: (f(x), x), lambda dy, x: by_complex_step(f, dy, x), x, formula=f
    )
    assert wrong.status is Status.REFUTED


@pytest.mark.parametrize("f", [lambda x: np.maximum(x, 0), lambda x: np.where(x > 0, x, 0 * x)])
def test_comparisons_are_right_beside_a_kink_and_no_derivative_at_it(f: Any) -> None:
    def backward(dy: Array, x: Array) -> Array:
        return np.asarray(dy * (x > 0))

    x = normal(5, 3)
    assert np.allclose(by_complex_step(f, np.ones(x.shape), x), x > 0)
    smooth = check_gradient(lambda x: (f(x), x), backward, x, formula=f)
    assert smooth.holds
    assert smooth.method == CONFIRMED
    x[0] = 0
    verdict = check_gradient(lambda x: (f(x), x), backward, x, formula=f)
    assert verdict.holds
    assert verdict.details["kinks"] == 3
    assert not check_gradient(
        lambda x: (f(x), x), lambda dy, x: dy * np.where(x == 0, 2, x > 0), x, formula=f
    ).holds


def test_a_formula_that_takes_no_complex_numbers_is_differentiated_all_the_same() -> None:
    def formula(x: Array) -> Array:
        if np.iscomplexobj(x):
            raise TypeError("real numbers only")
        return x**2

    verdict = check_gradient(
        lambda x: (x**2, x), lambda dy, x: 2 * dy * x, normal(4), formula=formula
    )
    assert verdict.holds
    assert verdict.method == "central differences"

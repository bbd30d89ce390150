"""How people write these functions: right code is proved, and each slip is refuted."""

from __future__ import annotations

import numpy as np
import pytest

from gradproof import prove_gradient
from gradproof.verdicts import Status
from tests.ops.usage import CASES


@pytest.mark.sampled(8)
@pytest.mark.parametrize("name", CASES)
def test_right_code_is_proved(name: str) -> None:
    case = CASES[name]
    verdict = prove_gradient(case.forward, case.right, *case.inputs.values(),
                             positive=getattr(case, "positive", ()))  # fmt: skip
    assert verdict.status is Status.PROVED, str(verdict)


@pytest.mark.sampled(8)
@pytest.mark.parametrize("name", CASES)
def test_a_slip_is_refuted(name: str) -> None:
    case = CASES[name]
    verdict = prove_gradient(case.forward, case.slip, *case.inputs.values(),
                             positive=getattr(case, "positive", ()))  # fmt: skip
    assert verdict.status is Status.REFUTED, str(verdict)


def test_what_depends_on_how_a_side_is_ordered_is_not_proved() -> None:
    """Of np.partition, the order before and after the chosen place is open; sums are not."""
    x = np.array([0.5, -1.2, 2.0, 0.9])

    def forward(x):
        return np.partition(x, 1)[2] * 1.0

    def backward(dy, x):
        dx = np.zeros_like(x)
        dx[np.argsort(x)[2]] = dy
        return dx

    verdict = prove_gradient(forward, backward, x)
    assert verdict.status is Status.UNDECIDED
    assert "np.partition" in str(verdict)


def test_what_is_chosen_by_the_order_of_other_numbers_jumps() -> None:
    """x in the order of z: continuous in x, and not where two elements of z are equal."""
    x, z = np.array([0.5, -1.2, 2.0]), np.array([0.3, 0.1, -0.4])

    def backward(dy, x, z):
        dx = np.zeros_like(x)
        dx[np.argsort(z)] = dy
        return dx, np.zeros_like(z)

    verdict = prove_gradient(lambda x, z: x[np.argsort(z)], backward, x, z)
    assert verdict.status is Status.PROVED
    assert "jumps" in verdict.scope
    wrong = prove_gradient(lambda x, z: x[np.argsort(z)], lambda dy, x, z: (dy, 0 * z), x, z)
    assert wrong.status is Status.REFUTED


def test_what_a_sort_leaves_open_is_not_held_against_the_trace() -> None:
    """Of equal elements argsort may put either first: then a run says nothing about the order."""
    x = np.array([1.0, 0.0, 1.0, 0.0, 1.0, 0.0])

    def backward(dy, x):
        dx = np.zeros_like(x)
        dx[np.argsort(x)[::-1][::-1]] = dy
        return dx

    assert prove_gradient(np.sort, backward, x).status is Status.PROVED


def test_a_scope_has_no_conditions_on_numbers() -> None:
    """log(2) is not 0 for any input, and nobody needs to be told."""
    verdict = prove_gradient(np.exp2, lambda dy, x: dy * np.exp2(x) * np.log(2), np.ones(2) / 2)
    assert verdict.status is Status.PROVED
    assert "where" not in verdict.scope
    half = prove_gradient(lambda a: np.logaddexp2(a, 0.0),
                          lambda dy, a: dy / (1 + 2.0 ** -a), np.ones(2) / 2)  # fmt: skip
    assert half.status is Status.PROVED
    assert "where" not in half.scope
    zero = prove_gradient(lambda x: x / np.log(1.0), lambda dy, x: dy / np.log(1.0), np.ones(2))
    assert zero.status is not Status.PROVED


def test_a_view_that_reaches_outside_its_array_is_not_proved() -> None:
    x = np.array([0.5, -1.2, 2.0])

    def forward(x):
        return np.lib.stride_tricks.as_strided(x, (2, 3), (x.strides[0], x.strides[0]))

    verdict = prove_gradient(forward, lambda dy, x: x, x)
    assert verdict.status is Status.UNDECIDED
    assert "outside" in str(verdict)


def test_a_function_of_the_same_name_is_not_taken_for_numpys() -> None:
    """A ufunc of one's own called ``exp``: its values are others."""
    exp = np.frompyfunc(lambda x: x, 1, 1)
    assert prove_gradient(lambda x: exp(x), lambda dy, x: dy, np.array([0.5])).status is not (
        Status.REFUTED
    )


@pytest.mark.parametrize("n", [3, pytest.param(12, marks=pytest.mark.campaign)])
def test_the_largest_of_a_dozen_by_equality(n: int) -> None:
    x = np.round(np.linspace(-1, 2, n), 2)
    right = prove_gradient(np.max, lambda dy, x: dy * (x == np.max(x)), x)
    assert right.status is Status.PROVED
    wrong = prove_gradient(np.max, lambda dy, x: dy * (x == np.min(x)), x)
    assert wrong.status is Status.REFUTED


def test_two_indices_to_one_place_act_one_after_the_other() -> None:
    """Traced positions that may be equal: the last one that is stored stays."""
    x = np.array([0.5, -1.2, 2.0])

    def forward(x):
        return x * 1.0

    def backward(dy, x):
        out = np.zeros_like(x)
        out[np.array([0, 0, 1])] = dy  # out[0] is dy[1], out[1] is dy[2]
        moved = np.zeros_like(x)
        moved[np.argsort(x)] = dy[np.argsort(x)]
        return moved + 0 * out

    assert prove_gradient(forward, backward, x).status is Status.PROVED

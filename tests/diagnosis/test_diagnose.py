"""What diagnose says: of slips one by one, of two at once, of right code and of lost digits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gradproof import check_gradient, diagnose, prove_gradient
from gradproof.diagnosis import Kind
from gradproof.diagnosis.floats.stable_forms import error_at
from gradproof.text import Text
from gradproof.verdicts import Diagnosis, Status
from gradproof.work import PER_SECOND

RNG = np.random.default_rng(0)
BATCH = (RNG.normal(size=(6, 3)), RNG.normal(size=3), RNG.normal(size=3))
VECTOR = (np.array([0.3, -1.2, 0.7]),)
Backward = Callable[..., Any]


def tanh(x):
    y = np.tanh(x)
    return y, (x, y)


def tanh_at_y(dy, cache):
    _, y = cache
    return dy * (1 - y)


def tanh_without_dy(dy, cache):
    _, y = cache
    return 1 - y**2


def tanh_doubled(dy, cache):
    _, y = cache
    return 2 * dy * (1 - y**2)


def tanh_of_half(dy, cache):
    x, _ = cache
    return dy * 0.5 * (1 - np.tanh(x / 2) ** 2)


def tanh_rewritten(dy, cache):
    _, y = cache
    return (1 - y) * (1 + y) * dy


def relu(x):
    return np.maximum(x, 0), x


def relu_reversed(dy, x):
    return dy * (x < 0)


def relu_in_place(dy, x):
    dx = dy
    dx[x <= 0] = 0
    return dx


def batch_norm(x, gamma, beta, eps=1e-5):
    mu = x.mean(axis=0)
    var = ((x - mu) ** 2).mean(axis=0)
    x_hat = (x - mu) / np.sqrt(var + eps)
    return gamma * x_hat + beta, (x, mu, var, x_hat, gamma, eps)


def batch_norm_backward(dy, cache):
    x, mu, var, x_hat, gamma, eps = cache
    m = len(x)
    dx_hat = dy * gamma
    dvar = np.sum(dx_hat * (x - mu) * -0.5 * (var + eps) ** -1.5, axis=0)
    dmu = np.sum(-dx_hat / np.sqrt(var + eps), axis=0)
    dx = dx_hat / np.sqrt(var + eps) + dvar * 2 * (x - mu) / m + dmu / m
    return dx, np.sum(dy * x_hat, axis=0), np.sum(dy, axis=0)


def wrong_power(dy, cache):
    x, mu, var, x_hat, gamma, eps = cache
    m = len(x)
    dx_hat = dy * gamma
    dvar = np.sum(dx_hat * (x - mu) * -0.5 * (var + eps) ** -0.5, axis=0)
    dmu = np.sum(-dx_hat / np.sqrt(var + eps), axis=0)
    dx = dx_hat / np.sqrt(var + eps) + dvar * 2 * (x - mu) / m + dmu / m
    return dx, np.sum(dy * x_hat, axis=0), np.sum(dy, axis=0)


def no_dvar(dy, cache):
    x, mu, var, x_hat, gamma, eps = cache
    m = len(x)
    dx_hat = dy * gamma
    dvar = np.sum(dx_hat * (x - mu) * -0.5 * (var + eps) ** -1.5, axis=0)
    dmu = np.sum(-dx_hat / np.sqrt(var + eps), axis=0)
    dx = dx_hat / np.sqrt(var + eps) + dmu / m
    return dx, np.sum(dy * x_hat, axis=0) + 0 * dvar, np.sum(dy, axis=0)


def as_in_inference(dy, cache):
    _, _, var, x_hat, gamma, eps = cache
    dx = dy * gamma / np.sqrt(var + eps)
    return dx, np.sum(dy * x_hat, axis=0), np.sum(dy, axis=0)


def mean_for_sum(dy, cache):
    dx, dgamma, _ = batch_norm_backward(dy, cache)
    return dx, dgamma, np.mean(dy, axis=0)


def nonsense(dy, cache):
    x, mu, var, x_hat, gamma, eps = cache
    m = len(x)
    dx_hat = dy * gamma
    dvar = np.sum(dx_hat * (x - mu) * -0.5 * (var + eps) ** -1.5, axis=0)
    dmu = np.sum(np.sin(dx_hat**2), axis=0) * np.cos(dvar) + np.exp(-var)
    dx = dx_hat / np.sqrt(var + eps) + dvar * 2 * (x - mu) / m + dmu / m
    return dx, np.sum(dy * x_hat, axis=0), np.sum(dy, axis=0)


SLIPS: list[tuple[Any, Backward, tuple[Any, ...], Kind, str]] = [
    (tanh, tanh_at_y, VECTOR, Kind.WRONG_EXPONENT, "dy * (1 - y ** 2)"),
    (tanh, tanh_without_dy, VECTOR, Kind.MISSING_FACTOR, "(1 - y ** 2) * dy"),
    (tanh, tanh_doubled, VECTOR, Kind.WRONG_FACTOR, "dy * (1 - y ** 2)"),
    (relu, relu_reversed, VECTOR, Kind.WRONG_MASK, "dy * (x > 0)"),
    (batch_norm, wrong_power, BATCH, Kind.WRONG_EXPONENT, "(var + eps) ** (-1.5)"),
    (batch_norm, no_dvar, BATCH, Kind.MISSING_PATH, "dvar"),
    (batch_norm, mean_for_sum, BATCH, Kind.MEAN_FOR_SUM, "np.sum(dy, axis=0)"),
]


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("forward", "backward", "inputs", "kind", "fix"), SLIPS)
def test_a_slip_is_named_with_its_line_and_what_to_write(
    forward: Any, backward: Backward, inputs: tuple[Any, ...], kind: Kind, fix: str
) -> None:
    found = diagnose(forward, backward, *inputs)
    assert found is not None
    assert (found.kind, found.exact) == (kind, True)
    assert fix.replace("np.sum(dy, axis=0)", "dy") in found.fix
    first = backward.__code__.co_firstlineno
    assert found.line is not None
    assert first < found.line <= first + 10
    assert found.message.en != found.message.ko
    assert "^" in found.equation


@pytest.mark.parametrize(
    ("forward", "backward", "inputs"),
    [(tanh, tanh_rewritten, VECTOR), (batch_norm, batch_norm_backward, BATCH)],
)
def test_right_code_has_no_diagnosis(forward: Any, backward: Backward, inputs: Any) -> None:
    assert diagnose(forward, backward, *inputs) is None


def test_the_gradient_of_another_function_is_recognised() -> None:
    found = diagnose(tanh, tanh_of_half, *VECTOR)
    assert found is not None
    assert found.kind == Kind.OTHER_FUNCTION
    assert "np.tanh(x / 2)" in found.message.en


@pytest.mark.campaign
def test_statistics_taken_for_constants_are_recognised() -> None:
    found = diagnose(batch_norm, as_in_inference, *BATCH)
    assert found is not None
    assert found.kind == Kind.STALE_STATISTICS
    assert found.term == "mu, var"


@pytest.mark.campaign
def test_what_nothing_explains_is_said_to_be_so_with_the_first_wrong_step() -> None:
    found = diagnose(batch_norm, nonsense, *BATCH, work_limit=PER_SECOND)
    assert found is not None
    assert (found.kind, found.exact) == (Kind.UNEXPLAINED, False)
    assert "`dx_hat`, `dvar` are right; `dmu`" in found.message.en
    assert "`dmu`" in found.message.ko
    formula = "`-(-dx_hat / np.sqrt(var + eps)).sum(axis=0)/m + dmu/m`"
    assert all(formula in text for text in found.message)
    assert found.confirmation.en == ""


def test_an_array_of_the_caller_changed_in_place_is_named() -> None:
    found = diagnose(relu, relu_in_place, *VECTOR)
    assert found is not None
    assert (found.kind, found.term, found.fix) == (Kind.IN_PLACE, "dy", "dy.copy()")


def sigmoid(x):
    y = 1 / (1 + np.exp(-x))
    return y, y


def sigmoid_backward(dy, y):
    return dy * y * (1 - y)


def test_lost_digits_are_told_from_a_wrong_formula_and_only_where_they_are_lost() -> None:
    found = diagnose(sigmoid, sigmoid_backward, np.array([40.0, 1.0]))
    assert found is not None
    assert (found.kind, found.fix) == (Kind.LOST_DIGITS, "1 / (1 + np.exp(x))")
    assert "x = 40" in found.message.en
    assert diagnose(sigmoid, sigmoid_backward, np.array([4.0, 1.0])) is None


def test_every_refuted_verdict_has_its_diagnosis_and_prints_it() -> None:
    proof = prove_gradient(tanh, tanh_at_y, *VECTOR)
    check = check_gradient(tanh, tanh_at_y, *VECTOR)
    for verdict in (proof, check, proof.details["gradients"]["x"]):
        assert verdict.status is Status.REFUTED
        assert verdict.diagnosis is not None
        assert verdict.diagnosis.kind == Kind.WRONG_EXPONENT
        assert verdict.diagnosis.message.en in str(verdict) or "y ** 2" in str(verdict)
    assert prove_gradient(tanh, tanh_rewritten, *VECTOR).diagnosis is None


def test_code_that_cannot_be_followed_leaves_the_check_inconclusive() -> None:
    def forward(x):
        return np.array([float(v) ** 2 for v in x.tolist()]), x

    found = diagnose(forward, lambda dy, x: 3 * dy * x, *VECTOR)
    assert found is not None
    assert (found.kind, found.exact) == (Kind.INCONCLUSIVE, False)


def test_what_mends_the_same_line_is_told_once() -> None:
    told = Diagnosis("missing factor", Text("a", "가"), line=3, term="1/m")
    again = replace(told, message=Text("b", "나"))
    another = replace(told, message=Text("c", "다"), term="2", line=4)
    same = replace(told, message=Text("d", "라"), kind="wrong sign", term="x")
    lines = replace(told, others=(again, same, another, another)).lines("en")
    assert [line for line in lines if line.startswith("also fits")] == ["also fits: c"]


def test_marks_stand_below_names_in_hangul() -> None:
    equation = "yours: 평균 * x\n            ^\ntrue:  평균 * y\n            ^"
    told = Diagnosis("wrong variable", Text("a", "가"), equation)
    assert told.rows("en")[1] == " " * (7 + 4 + 3) + "^"  # two letters, four columns


def test_a_right_gradient_of_zeros_beside_zeros_is_no_crash() -> None:
    """Its digits are measured by the largest true value, which is zero as well."""
    w = np.array([1.0, 2.0, 3.0])

    def forward(x: np.ndarray) -> np.ndarray:
        kept = w.copy()
        w[...] = 0  # and so it is for whoever looks at it meanwhile
        y = x * kept
        w[...] = kept
        return y

    assert diagnose(forward, lambda dy, x: dy * w, np.ones((4, 3))) is None
    assert error_at(np.zeros(1), 0.0, (0,), 0.0) == 0
    assert error_at(np.ones(1), 0.0, (0,), 0.0) == np.inf

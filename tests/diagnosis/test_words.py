"""What a fix is written with: names that backward has, forward's numbers as such, no drawn ones."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np
import pytest

from gradproof import diagnose
from gradproof.diagnosis import Kind
from gradproof.diagnosis.floats.lost_digits import lost_digits
from gradproof.diagnosis.source.simplify_source import merged
from gradproof.proof.prove import program_of

ROWS = np.array([[0.3, -1.2], [0.7, 0.4], [-0.5, 1.1]])
VECTOR = np.array([0.3, -1.2, 0.7])
EPS = 1e-5


def leaky(x, slope=0.1):
    return np.where(x > 0, x, slope * x), x


def leaky_of_another_slope(dy, x):
    return dy * np.where(x > 0, 1, 0.01)


def scaled(x, scale=0.5):
    return np.tanh(scale * x), x


def scaled_by_number(dy, x):
    return dy * (1 - np.tanh(0.5 * x) ** 2)


def elu(x, alpha=1.0):
    y = np.where(x > 0, x, alpha * (np.exp(x) - 1))
    return y, (x, y, alpha)


def elu_with_one(dy, cache):
    x, y, _ = cache
    return dy * np.where(x > 0, 1, y + 1)


def elu_backward(dy, cache):
    x, y, alpha = cache
    return dy * np.where(x > 0, 1, y + alpha)


def bare_elu(x, alpha=1.0):
    y = np.where(x > 0, x, alpha * (np.exp(x) - 1))
    return y, (x, y)


def bare_elu_backward(dy, cache):
    x, y = cache
    return dy * np.where(x > 0, 1, y + 1)


def centred(x):
    std = np.sqrt(x.var(axis=0) + EPS)
    return (x - x.mean(axis=0)) / std, x


def centred_without_eps(dy, x):
    std = np.sqrt(x.var(axis=0))
    y = (x - x.mean(axis=0)) / std
    return (dy - dy.mean(axis=0) - y * (dy * y).mean(axis=0)) / std


def product(a, b):
    return a * b, (a, b)


def product_swapped(dy, cache):
    a, b = cache
    return dy * a, dy * b


def product_swapped_in_a_list(dy, cache):
    a, b = cache
    da, db = dy * b, dy * a
    grads = [db, da]
    return grads  # noqa: RET504 - as people write it


def rows(W, ids):
    return W[ids], (W.shape, ids)


def rows_counted_once(dy, cache):
    shape, ids = cache
    dW = np.zeros(shape)
    dW[ids] += dy
    return dW


def halved(x):
    return np.tanh(x) / 2, x


def halved_twice_too_large(dy, x):
    return 2 * dy * (1 - np.tanh(x) ** 2) / 2


FIXES: list[tuple[Any, Any, tuple[Any, ...], str, str]] = [
    (leaky, leaky_of_another_slope, (VECTOR,), "dy * np.where(x > 0, 1, 0.1)", "forward's `slope`"),
    (scaled, scaled_by_number, (VECTOR,), "dy / 2 * (1 - np.tanh(0.5 * x) ** 2)", "`1/2`"),
    (centred, centred_without_eps, (ROWS,), "np.sqrt(x.var(axis=0) + EPS)", "`EPS`"),
    (product, product_swapped, (ROWS, ROWS[::-1].copy()), "(dy * b, dy * a)", "another argument"),
    (product, product_swapped_in_a_list, (ROWS, ROWS[::-1].copy()), "[da, db]", "`db`"),
    (rows, rows_counted_once, (ROWS, np.array([2, 0, 2])), "np.add.at(dW, ids, dy)", "added up"),
    (halved, halved_twice_too_large, (VECTOR,), "dy * (1 - np.tanh(x) ** 2) / 2", "`2 * dy`"),
]


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("forward", "backward", "inputs", "fix", "words"), FIXES)
def test_a_fix_has_what_backward_has_and_is_proved_at_the_inputs_as_given(
    forward: Any, backward: Any, inputs: tuple[Any, ...], fix: str, words: str
) -> None:
    found = diagnose(forward, backward, *inputs)
    assert found is not None
    assert (found.fix, found.exact) == (fix, True)
    assert words in found.message.en
    first = next(name for name in ("x", "a", "W") if name in found.confirmation.en.split())
    assert found.confirmation.en.startswith(f"proved for {first} of shape {inputs[0].shape}")


def test_a_constant_that_is_right_for_the_parameters_of_the_call_is_not_wrong() -> None:
    found = diagnose(bare_elu, bare_elu_backward, VECTOR)
    assert found is None or found.kind == Kind.LOST_DIGITS
    assert diagnose(bare_elu, bare_elu_backward, VECTOR, alpha=0.7) is not None
    assert diagnose(elu, elu_with_one, VECTOR, alpha=0.7) is not None


def test_a_stable_form_keeps_the_parameter_of_what_it_replaces() -> None:
    found = diagnose(elu, elu_backward, VECTOR)
    assert found is not None
    assert (found.kind, found.fix) == (Kind.LOST_DIGITS, "alpha * np.exp(x)")
    assert "not 4.24835e-18" in found.message.en  # with alpha = 1, as it is called


@pytest.mark.parametrize(
    ("text", "one"),
    [
        ("2 * x / 4", "x / 2"),
        ("-(-1 / s)", "1 / s"),
        ("2 * (0.5 / s)", "1 / s"),
        ("x / 2 * (2 * a)", "x * a"),
        ("-2 * x * 3", "-6 * x"),
        ("0.25 * x / 0.5", "0.5 * x"),
    ],
)
def test_the_numbers_of_a_product_become_one(text: str, one: str) -> None:
    made = merged(ast.parse(text, mode="eval").body)
    assert made is not None
    assert ast.unparse(made) == one
    assert merged(ast.parse(one, mode="eval").body) is None


# --- float32 --------------------------------------------------------------------------------------


def narrow(x):
    y = np.tanh(x.astype(np.float32))
    return y, y


def narrow_wrong(dy, y):
    dx = np.zeros(y.shape, dtype="float32")
    dx += (dy * (1 - y)).astype(np.float32)
    return dx


def narrow_right(dy, y):
    return np.asarray(dy * (1 - y**2), dtype=np.float32)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_slips_in_float32_code_are_named_and_right_code_is_not(dtype: Any) -> None:
    found = diagnose(narrow, narrow_wrong, VECTOR.astype(dtype))
    assert found is not None
    assert (found.kind, found.exact) == (Kind.WRONG_EXPONENT, True)
    assert "y ** 2" in found.fix
    assert diagnose(narrow, narrow_right, VECTOR.astype(dtype)) is None


def softplus(x):
    return np.log(1 + np.exp(x)), x


def softplus_backward(dy, x):
    s = 1 / (1 + np.exp(-x))
    return dy * s


def sigmoid(x):
    s = 1 / (1 + np.exp(-x))
    return s, s


def sigmoid_backward(dy, s):
    return dy * s * (1 - s)


def test_float32_loses_digits_at_limits_of_its_own() -> None:
    single = VECTOR.astype(np.float32)
    found = diagnose(softplus, softplus_backward, single)
    assert found is not None
    assert (found.kind, found.fix) == (Kind.LOST_DIGITS, "np.logaddexp(0, x)")
    assert "float32 loses it at x = 100" in found.message.en  # float64 holds exp(100)
    given = np.array([17.0, 0.5])
    for dtype, lost in ((np.float32, True), (np.float64, False)):
        inputs = [given.astype(dtype)]
        program = program_of(sigmoid, sigmoid_backward, inputs, None, None, None, (), {})
        assert (lost_digits(program) is not None) is lost


# --- arguments ------------------------------------------------------------------------------------

WRONG_ARGUMENTS: list[tuple[tuple[Any, ...], dict[str, Any], type[Exception], str]] = [
    ((leaky, 3, VECTOR), {}, TypeError, "backward: expected a function"),
    ((leaky, leaky_of_another_slope, "text"), {}, ValueError, "no input is an array of floats"),
    ((leaky, leaky_of_another_slope, None), {}, ValueError, "x: NoneType"),
    ((leaky, leaky_of_another_slope, VECTOR.astype(object)), {}, TypeError, "array of objects"),
    ((leaky, leaky_of_another_slope, VECTOR * 1j), {}, TypeError, "x: expected real numbers"),
    ((leaky, leaky_of_another_slope, VECTOR > 0), {}, ValueError, "no input is an array of floats"),
    ((leaky, leaky_of_another_slope), {}, TypeError, "missing a required argument"),
    ((leaky, leaky_of_another_slope, VECTOR), {"tilt": 1.0}, TypeError, "unexpected keyword"),
    ((leaky, leaky_of_another_slope, VECTOR), {"wrt": 0}, TypeError, "wrt: expected names"),
    ((leaky, leaky_of_another_slope, VECTOR), {"wrt": "z"}, ValueError, "no input of forward"),
    ((leaky, leaky_of_another_slope, VECTOR), {"labels": ["x"]}, TypeError, "labels: expected"),
    ((leaky, leaky_of_another_slope, VECTOR), {"seed": -1}, ValueError, "seed: expected"),
]


@pytest.mark.parametrize(("arguments", "options", "error", "words"), WRONG_ARGUMENTS)
def test_arguments_that_do_not_fit_are_said_clearly(
    arguments: tuple[Any, ...], options: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        diagnose(*arguments, **options)


@pytest.mark.parametrize(
    ("backward", "words"),
    [
        (lambda dy, x: 1 / 0, "the code raises ZeroDivisionError: division by zero (test_words.py"),
        (lambda dy, x: None, "what backward returns as dx is no array of numbers, but `None`"),
        (lambda dy, x: (dy, dy), "backward returned 2 gradients, expected 1: dx"),
    ],
)
def test_why_code_cannot_be_run_is_said(backward: Any, words: str) -> None:
    found = diagnose(leaky, backward, VECTOR)
    assert found is not None
    assert (found.kind, found.exact) == (Kind.INCONCLUSIVE, False)
    assert words in found.message.en
    assert found.message.en != found.message.ko

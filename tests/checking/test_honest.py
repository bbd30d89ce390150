"""Honest code is treated well, and what says nothing is no pass."""

import pytest

from tests.checking.test_decides import AFFINE, HOLDS, SQUARE, checked, held


def verdicts(report):
    return {g.backward: g.verdict for g in report.gradients}


def test_what_is_kept_of_a_run_on_symbols_meets_no_numbers(tmp_path):
    text = (
        SQUARE.format(forward="x**2", backward="seen.append(dout)\n    return dout * 2 * x")
        + """
seen, total, memo = [], None, {}
def double_forward(x):
    return x * 2, x
def double_backward(dout, x):
    global total
    total = np.zeros_like(x) if total is None else total
    total = total + dout * 2
    return dout * 2
def cube_forward(x):
    return x**3, x
def cube_backward(dout, x):
    memo["dx"] = memo.get("dx", 0) + dout * 3 * x**2
    return dout * 3 * x**2
"""
    )
    report = checked(tmp_path, text)
    assert set(verdicts(report).values()) == {"PROVED"}, report
    assert report.errors == report.unmatched == []


def test_gradients_that_are_summed_in_a_variable_cost_their_own_function_alone(tmp_path):
    text = (
        SQUARE.format(forward="x**2", backward="return dout * 2 * x")
        + """
total = 0
def double_forward(x):
    return x * 2, x
def double_backward(dout, x):
    global total
    total = total + dout * 2
    return total
"""
    )
    report = checked(tmp_path, text)
    assert verdicts(report)["square_backward"] == "PROVED"
    assert report.errors == []
    assert verdicts(report).get("double_backward", "UNDECIDED") not in HOLDS


def test_none_in_place_of_a_gradient_is_no_pass(tmp_path):
    text = AFFINE.replace(
        "return 2 * dout @ w.T, x.T @ dout * 2, dout.sum(axis=0)",
        "dx, dw, db = dout @ w.T, None, None\n    return dx, dw, db",
    )
    report = checked(tmp_path, text)
    assert [g.of for g in report.gradients] == ["x"]
    assert report.status == 3
    assert "w" in " ".join(each.name + each.reason for each in report.unmatched)


def test_shapes_of_a_docstring_as_large_as_a_data_set(tmp_path):
    text = '''
import numpy as np

pytestmark = pytest.mark.sampled(3, of="file")
def affine_forward(x, w, b):
    """
    x: input, shape (100, 784)
    w: weights, shape (784, 100)
    b: bias, shape (100,)
    """
    return x @ w + b, (x, w)
def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)
'''
    assert "larger sample" not in str(checked(tmp_path, text, prove=False))


FEW_DIGITS = {
    "a gradient 5 % off": (
        "np.exp(x.astype(np.float16))",
        "return (dout * np.exp(x.astype(np.float16)) * 1.05).astype(np.float16)",
    ),
    "half of it": ("x.astype(np.float16) ** 2", "return (dout * x).astype(np.float16)"),
    "a tenth": ("np.tanh(x.astype(np.float16))", "return dout * (1 - np.tanh(x) ** 2) * 0.9"),
}  # fmt: skip


@pytest.mark.sampled(1)
@pytest.mark.parametrize("case", FEW_DIGITS)
def test_a_bound_larger_than_the_gradient_is_no_pass(tmp_path, case):
    forward, backward = FEW_DIGITS[case]
    report = checked(tmp_path, SQUARE.format(forward=forward, backward=backward))
    assert not held(report), report


MASKS = {
    "maximum": ("np.maximum(x, 1e-8)", False),
    "clip": ("np.clip(x, 1e-4, 1 - 1e-4)", False),
    "below a root": ("np.sqrt(np.maximum((x**2).sum(axis=1), 1e-12))", True),
}


@pytest.mark.sampled(1)
@pytest.mark.parametrize("case", MASKS)
def test_a_mask_forgotten_behind_what_looks_like_a_guard(tmp_path, case):
    forward, honest = MASKS[case]
    backward = "return dout[:, None] * x / np.sqrt((x**2).sum(axis=1))[:, None]" if honest else (
        "return dout")  # fmt: skip
    report = checked(tmp_path, SQUARE.format(forward=forward, backward=backward))
    assert bool(held(report)) == honest, report


@pytest.mark.sampled(1, each="holds")
@pytest.mark.parametrize(
    ("forward", "backward", "holds"),
    [
        ("np.tanh(1e6 * x)", "return 0 * dout", False),
        ("1 / (1 + np.exp(-1e5 * np.sort(x, axis=1)))", "return 0 * dout", False),
        ("np.sign(np.sort(x, axis=1))", "return 0 * dout", True),
    ],
    ids=["tanh", "sigmoid", "sign"],
)
def test_steep_close_to_zero_and_flat_elsewhere(tmp_path, forward, backward, holds):
    report = checked(tmp_path, SQUARE.format(forward=forward, backward=backward))
    assert bool(held(report)) == holds, report

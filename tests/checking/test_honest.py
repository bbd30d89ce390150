"""Honest code is treated well, and what says nothing is no pass."""

import pytest

from tests.checking.test_decides import HOLDS, SQUARE, checked, held

pytestmark = [
    pytest.mark.usefixtures("unexplained"),
    pytest.mark.sampled(1, of="file"),
]


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


# Nones, with which a file says that a gradient is missing: of weights, under a key, of what is no
# array; shapes as large as a data set, or of one row; two that are equal, and both get a gradient.
SORTS = '''
import numpy as np
def none_forward(x, w, b):
    return x @ w + b, (x, w)
def none_backward(dout, cache):
    return dout @ cache[1].T, None, None
def key_forward(x, w, b):
    return x @ w + b, (x, w)
def key_backward(dout, cache):
    grads = {"dx": dout @ cache[1].T, "dw": None}
    grads["db"] = dout.sum(axis=0)
    return grads
def stride_forward(x, stride=1):
    return x * stride, stride
def stride_backward(dout, stride):
    return dout * stride, None
def large_forward(x, w, b):
    """
    x: input, shape (60000, 784)
    w: weights, shape (784, 10)
    b: bias, shape (10,)
    """
    return x @ w + b, (x, w)
def large_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)
def row_loss(x, y):
    """x: scores of shape (1, 4); y: labels of shape (1,)."""
    p = np.exp(x - x.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    n = x.shape[0]
    dx = p.copy()
    dx[np.arange(n), y] -= 1
    return -np.log(p[np.arange(n), y]).sum() / n, dx / n
def tie_forward(x, b):
    v = x + b
    return v.max(axis=0), v
def tie_backward(dout, v):
    dv = dout * (v == v.max(0))
    db = dv.sum(0)
    return dv, db
def mean_forward(x, b):
    v = x + b
    return v.max(axis=0), v
def mean_backward(dout, v):
    dv = dout * (v == v.max(0))
    return dv, dv.mean(0)
'''


def test_sorts_of_honest_code(tmp_path):
    report = checked(tmp_path, SORTS)
    found = {f"{g.backward} {g.of}": g.verdict for g in report.gradients}
    wrong = found.pop("mean_backward b")
    assert wrong == "REFUTED"
    assert set(found.values()) == {"PROVED"}, report
    assert set(found) == {
        "none_backward x", "key_backward x", "key_backward b", "stride_backward x",
        "large_backward x", "large_backward w", "large_backward b", "row_loss x", "tie_backward x",
        "tie_backward b", "mean_backward x",
    }  # fmt: skip
    assert [(each.name, each.reason) for each in report.unmatched] == [
        ("none_backward", "it returns None in place of the gradient of w, b"),
        ("key_backward", "it returns None in place of the gradient of w"),
    ]


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

"""At which values of settings a pair is judged, and what is listed rather than passed over."""

import ast

import pytest

from gradproof.checking.reading.listed import speaks_of_derivative, stepped_by_hand
from gradproof.checking.reading.settings import generic, settings_of, with_defaults
from gradproof.checking.source.discover import discover
from tests.checking.test_reading import examined_text, verdicts

pytestmark = [
    pytest.mark.usefixtures("unexplained"),
    pytest.mark.sampled(12, of="file"),
]

NUMBER = """
def elu(x, alpha=1.0):
    return np.where(x > 0, x, alpha * (np.exp(x) - 1))
def elu_derivative(x, alpha=1.0):
    return np.where(x > 0, 1.0, {0})
"""
FLAG = """
class Norm:
    def __init__(self, n):
        self.mean, self.scale = np.zeros(n), np.ones(n)
    def forward(self, x, training=True):
        self.training = training
        mean = x.mean(axis=0) if training else self.mean
        return (x - mean) * 2
    def backward(self, dout):
        {0}
"""
WORD = """
class Act:
    def __init__(self, kind="relu"):
        self.kind = kind
    def forward(self, x):
        self.x = x
        if self.kind == "relu":
            return np.maximum(x, 0)
        elif self.kind == "tanh":
            return np.tanh(x)
        else:
            return 3 * x
    def backward(self, dout):
        if self.kind == "relu":
            return dout * (self.x > 0)
        elif self.kind == "tanh":
            return dout * (1 - {0} ** 2)
        else:
            return {1} * dout
"""


def test_a_number_is_given_another_value_than_its_default(tmp_path):
    right = verdicts(tmp_path, NUMBER.format("alpha * np.exp(x)"))["x"]
    assert right["verdict"] == "PROVED"
    assert "with alpha = 0.35" in right["scope"]


def test_what_is_right_at_the_default_alone_is_refuted(tmp_path):
    wrong = verdicts(tmp_path, NUMBER.format("np.exp(x)"))["x"]
    assert wrong["verdict"] == "REFUTED"
    assert wrong["reason"].startswith("wrong for alpha = 0.35; otherwise right")


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ("return 2 * (dout - dout.mean(axis=0)) if self.training else 2 * dout", "PROVED"),
        ("return 2 * (dout - dout.mean(axis=0))", "REFUTED"),
    ],
)
def test_flags_are_varied(tmp_path, body, verdict):
    found = verdicts(tmp_path, FLAG.format(body))["x"]
    assert found["verdict"] == verdict
    assert "training = False" in found["scope"] + found["reason"]


@pytest.mark.parametrize(
    ("slope", "factor", "verdict"),
    [("np.tanh(self.x)", "3", "PROVED"), ("self.x", "3", "REFUTED"),
     ("np.tanh(self.x)", "1", "REFUTED")],
)  # fmt: skip
def test_every_word_is_judged_and_what_stands_under_else(tmp_path, slope, factor, verdict):
    assert verdicts(tmp_path, WORD.format(slope, factor))["x"]["verdict"] == verdict


@pytest.mark.parametrize("number", [0.0, 1.0, 0.5, 2.0, 0.3, -1.0])
def test_generic_numbers_hide_nothing(number):
    assert generic(number) not in (0.0, 1.0, number)
    assert (0 < number < 1) <= (0 < generic(number) < 1)


def test_guards_seeds_and_rates_are_left_alone():
    def forward(x, eps=1e-5, seed=0, lr=0.1, deriv=False, stride=1, slope=0.2):
        return x

    assert [each.name for each in settings_of([forward], "")] == ["stride", "slope"]
    assert with_defaults(lambda x, a=1: (x, a), {"a": 3})(2) == (2, 3)
    assert with_defaults(lambda x, a=1: (x, a), {"a": 3})(2, 5) == (2, 5)


DENSE = """
def dense_forward(x, w, b):
    return x @ w + b, (x, w)
def dense_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, {0}
"""


def test_a_bias_summed_over_everything_is_refuted_with_both_shapes(tmp_path):
    names = DENSE.replace(
        "return dout @ w.T, x.T @ dout, {0}",
        "dx, dw, db = dout @ w.T, x.T @ dout, {0}\n    return dx, dw, db",
    )
    found = verdicts(tmp_path, names.format("dout.sum()"))
    assert found["b"]["verdict"] == "REFUTED"
    assert "()" in found["b"]["reason"]
    assert "(5,)" in found["b"]["reason"]
    assert {found[of]["verdict"] for of in "xw"} == {"PROVED"}
    held = verdicts(tmp_path, names.format("dout.sum(axis=0)"))
    assert {each["verdict"] for each in held.values()} == {"PROVED"}


@pytest.mark.parametrize(
    ("total", "verdict"),
    [("np.sum(dy * self.x, axis=0)", "PROVED"), ("np.sum(dy, axis=0)", "REFUTED")],
)
def test_a_shape_that_a_step_broadcasts_holds_with_a_note(tmp_path, total, verdict):
    text = """
class Scale:
    def __init__(self, n):
        self.W = np.ones((1, n))
    def forward(self, x):
        self.x = x
        return x * self.W
    def backward(self, dy):
        self.dW = {0}
        return dy * self.W
"""
    found = verdicts(tmp_path, text.format(total))
    assert found["W"]["verdict"] == verdict
    if verdict == "PROVED":
        assert "dW has shape (4,), and W has shape (1, 4)" in found["W"]["scope"]


def test_a_parameter_without_gradient_is_listed(tmp_path):
    text = """
class Linear:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.zeros((n_in, n_out)), np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, dout):
        self.dW = self.x.T @ dout
        return dout @ self.W.T
"""
    messages = examined_text(tmp_path, text)
    (listed,) = [m["value"] for m in messages if m["type"] == "unmatched"]
    assert listed["name"] == "Linear.backward: b"


@pytest.mark.parametrize(
    "name",
    ["tanh_derivative", "lossGrad", "jacob_f", "backword", "cost_gradient",
     "hess", "calc_backprop", "compute_partials"],
)  # fmt: skip
def test_names_that_speak_of_derivatives(name):
    assert speaks_of_derivative(name)
    assert name in discover(f"def {name}(x):\n    return 2 * x\n").unmatched


@pytest.mark.parametrize(
    "name", ["gradient_descent", "numerical_gradient", "check_grad", "clip_gradients", "upgrade",
             "gradients_to_vector", "update_with_grads", "partial_fit"],
)  # fmt: skip
def test_names_that_do_not(name):
    assert not speaks_of_derivative(name)


def test_weights_stepped_by_hand_are_listed():
    by_hand = """
def train(X, y, w, lr):
    for _ in range(9):
        delta = X @ w - y
        w -= lr * X.T @ delta
    return w
def fit(X, y, w, lr):
    g = gradient(w, X, y).sum(axis=0)
    return w - lr * g
def count(total, n, step):
    total = total + step * n
    return total
"""
    found = stepped_by_hand(ast.parse(by_hand), ("gradient",))
    assert list(found) == ["train: w"]
    assert "line 5" in found["train: w"]


def test_the_penalty_of_a_layer_is_no_setting_of_its_forward(tmp_path):
    text = """
class Linear:
    def __init__(self, n_in, n_out, l2=0.0):
        self.W, self.l2 = np.ones((n_in, n_out)), l2
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, dout):
        self.dW = self.x.T @ dout + self.l2 * self.W
        return dout @ self.W.T
"""
    found = verdicts(tmp_path, text)
    assert {each["verdict"] for each in found.values()} == {"PROVED"}


@pytest.mark.campaign
@pytest.mark.parametrize(("sign", "verdict"), [("", "PROVED"), ("-", "REFUTED")])
def test_what_is_wrong_by_one_argument_is_no_gradient_of_another(tmp_path, sign, verdict):
    text = """
class L1:
    def forward(self, y_out, y_truth):
        return np.mean(np.abs(y_out - y_truth))
    def backward(self, y_out, y_truth):
        return {0}np.sign(y_out - y_truth) / y_out.size
"""
    found = verdicts(tmp_path, text.format(sign))
    assert {of: each["verdict"] for of, each in found.items()} == {"y_out": verdict}

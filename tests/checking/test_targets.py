"""Targets, flags and sizes with which code sees all of itself: a slip cannot hide behind zeros."""

import numpy as np
import pytest

from gradproof.checking.reading.observed import Observed
from gradproof.checking.source.discover import discover
from gradproof.checking.source.docstring_shapes import stated_shapes
from gradproof.checking.trials.target_values import Use, fitting, others, uses_of
from tests.checking.test_reading import examined_text, verdicts

pytestmark = pytest.mark.usefixtures("unexplained")

SERIES = """
import numpy as np
def cost(p, y):
    a, b = p
    r = y[1:] - a * np.sin(b) - b * y[:-1]
    return np.sum(r ** 2)
def cost_gradient(p, y):
    a, b = p
    r = y[1:] - a * np.sin(b) - b * y[:-1]
    return np.array([-2 * np.sum(r) * np.sin(b), -2 * np.sum(r * (a * np.cos(b) + y[:-1]))])
"""


def test_numbers_of_a_series_are_no_zeros_and_ones(tmp_path):
    assert verdicts(tmp_path, SERIES)["p"]["verdict"] == "PROVED"
    assert "y" in verdicts(tmp_path, SERIES)["p"]["scope"]
    wrong = SERIES.replace("(a * np.cos(b) + y[:-1])", "a * np.cos(b)")
    assert verdicts(tmp_path, wrong)["p"]["verdict"] == "REFUTED"


WEIGHED = """
import numpy as np
class WeighedLoss:
    def __init__(self, share=0.3):
        self.share = share
    def forward(self, scores, marks_true):
        self.t = marks_true
        self.q = 1 / (1 + np.exp(-scores))
        side = np.where(marks_true == 1, self.q, 1 - self.q)
        self.k = np.where(marks_true == 1, self.share, 1 - self.share)
        return -np.mean(self.k * np.log(side))
    def backward(self):
        sign = np.where(self.t == 1, 1, -1)
        return self.k * sign * (np.where(self.t == 1, self.q, 1 - self.q) - 1) / self.t.size
"""


@pytest.mark.parametrize(("old", "new", "verdict"), [
    ("", "", "CHECKED"),
    ("sign = np.where(self.t == 1, 1, -1)", "sign = np.where(self.t == 1, 2, -1)", "REFUTED"),
    ("sign = np.where(self.t == 1, 1, -1)", "sign = np.where(self.t == 1, 1, -2)", "REFUTED"),
])  # fmt: skip
def test_both_sides_of_a_comparison_are_seen(tmp_path, old, new, verdict):
    found = verdicts(tmp_path, WEIGHED.replace(old, new))["scores"]["verdict"]
    assert found == verdict or (verdict == "CHECKED" and found == "PROVED")


KEPT = """
import numpy as np
class Centre:
    def __init__(self, width):
        self.average = np.zeros((1, width))
        self.learning = True
    def forward(self, x):
        if self.learning:
            self.average = x.mean(axis=0, keepdims=True)
            return np.tanh(x - self.average)
        self.out = 2 * (x - self.average)
        return self.out
    def backward(self, dout):
        if self.learning:
            raise_ = dout * (1 - np.tanh(self.x - self.average) ** 2)
            return raise_ - raise_.mean(axis=0, keepdims=True)
        return 2 * dout
""".replace("    def forward(self, x):\n", "    def forward(self, x):\n        self.x = x\n")


def test_a_flag_on_self_is_a_setting(tmp_path):
    assert verdicts(tmp_path, KEPT)["x"]["verdict"] in ("PROVED", "CHECKED")
    found = verdicts(tmp_path, KEPT.replace("return 2 * dout", "return dout"))["x"]
    assert found["verdict"] == "REFUTED"
    assert "wrong for self.learning = False" in found["reason"]


def test_a_flag_that_forward_alone_asks_for_is_named(tmp_path):
    text = KEPT.replace(
        "        if self.learning:\n            raise_", "        if True:\n            raise_"
    )
    found = verdicts(tmp_path, text)["x"]
    assert found["verdict"] in ("PROVED", "CHECKED")
    assert "self.learning = True" in found["scope"]


def test_a_mask_that_is_none_by_default_is_drawn(tmp_path):
    text = """
def thin_forward(x, share, kept=None):
    return x * kept / share, (kept, share)
def thin_backward(dout, cache):
    kept, share = cache
    return dout * kept / share
"""
    assert verdicts(tmp_path, text)["x"]["verdict"] == "PROVED"
    wrong = text.replace("return dout * kept / share", "return dout * kept")
    assert verdicts(tmp_path, wrong)["x"]["verdict"] == "REFUTED"


def test_one_number_more_than_columns(tmp_path):
    text = """
import numpy as np
def error(v, X, y):
    D = X.shape[1]
    return np.sum((X @ v[:D] + v[D] ** 2 * v[D + 1] - y) ** 2)
def error_gradient(v, X, y):
    D = X.shape[1]
    r = 2 * (X @ v[:D] + v[D] ** 2 * v[D + 1] - y)
    return np.concatenate([X.T @ r, [r.sum() * 2 * v[D] * v[D + 1], r.sum() * v[D] ** 2]])
"""
    assert verdicts(tmp_path, text)["v"]["verdict"] == "PROVED"
    wrong = text.replace("2 * v[D] * v[D + 1]", "v[D] * v[D + 1]")
    assert verdicts(tmp_path, wrong)["v"]["verdict"] == "REFUTED"


def test_no_two_symbols_of_a_docstring_are_alike():
    found = stated_shapes("x: data of shape (N, D)\nh: state of shape (N, H)\nW: shape (D, 4H)")
    assert len({*found["x"], *found["h"]}) == 3
    images = stated_shapes("x: of shape (N, C, H, W)\nw: of shape (F, C, HH, WW)")
    assert len(set(images["x"])) == 4


def test_numbers_of_which_there_are_few_come_again():
    observed = Observed({"f": [{"y": np.array([-1.0, 1.0, 1.0, -1.0, 1.0, -1.0])}]})
    drawn = observed.examples("f", np.random.default_rng(0))[0]["y"]
    assert set(drawn) == {-1.0, 1.0}


def test_what_is_done_with_targets():
    code = "def f(x, y, z, k):\n    return x[k] * (z > 0) + np.sum(y ** 2) / len(z)"
    found = uses_of(code, ["y", "z", "k"])
    assert found["y"] == Use(True)
    assert not found["z"].numbers
    assert not found["k"].numbers
    assert all(set(np.unique(v)) == {-1, 1}
               for v in fitting([np.array([1, 0, 2, 1])], Use(False, (-1.0,))))  # fmt: skip
    assert any((other != np.eye(3)).any() for other in others(np.eye(3)))
    assert list(others(np.array([0.3, 0.4]))) == []


LOOPED = """
class Marks:
    def forward(self, z, marks_true):
        self.z, self.marks = z, marks_true
        total = 0.0
        for i in range(z.shape[0]):
            total += np.exp(z[i]) if marks_true[i] == 1 else z[i] ** 2
        return total
    def backward(self):
        g = np.zeros_like(self.z)
        for i in range(self.z.shape[0]):
            g[i] = np.exp(self.z[i]) if self.marks[i] == 1 else 2 * self.z[i]
        return g
"""


def test_a_comparison_in_a_loop_is_seen_on_both_sides(tmp_path):
    assert verdicts(tmp_path, LOOPED)["z"]["verdict"] in ("PROVED", "CHECKED")
    wrong = LOOPED.replace("g[i] = np.exp(self.z[i])", "g[i] = -np.exp(self.z[i])")
    assert verdicts(tmp_path, wrong)["z"]["verdict"] == "REFUTED"


def test_a_mask_stays_one_of_zeros_and_ones(tmp_path):
    text = """
def fit_loss(P, Q, known, mask):
    return np.sum((mask * (known - P @ Q)) ** 2)
def fit_loss_gradients(P, Q, known, mask):
    E = mask * (known - P @ Q)
    dP, dQ = -2 * E @ Q.T, -2 * P.T @ E
    return dP, dQ
"""
    assert {v["verdict"] for v in verdicts(tmp_path, text).values()} == {"PROVED"}
    wrong = text.replace("-2 * P.T @ E", "-P.T @ E")
    assert verdicts(tmp_path, wrong)["Q"]["verdict"] == "REFUTED"


def test_two_defaults_of_one_name_are_tried_as_they_are(tmp_path):
    text = """
def ridge_loss(w, X, y, lam=0.1):
    return np.sum((X @ w - y) ** 2) + lam * np.sum(w * w)
def ridge_loss_grad(w, X, y, lam=0.1):
    return 2 * X.T @ (X @ w - y) + 2 * lam * w
"""
    assert verdicts(tmp_path, text)["w"]["verdict"] == "PROVED"
    wrong = text.replace("ridge_loss_grad(w, X, y, lam=0.1)", "ridge_loss_grad(w, X, y, lam=0.01)")
    found = verdicts(tmp_path, wrong)["w"]
    assert found["verdict"] == "REFUTED"
    assert "lam = 0.1 in ridge_loss and 0.01 in ridge_loss_grad" in found["reason"]


def test_a_loop_that_returns_at_the_first_entry_is_for_one_entry(tmp_path):
    text = """
class Out:
    def forward(self, x):
        self.x = x
        return np.tanh(x) * x.sum()
    def backward(self, d_out):
        for i, g in enumerate(d_out):
            if g == 0:
                continue
            found = np.full_like(self.x, np.tanh(self.x[i]))
            found[i] += self.x.sum() * (1 - np.tanh(self.x[i]) ** 2)
            return g * found
"""
    found = verdicts(tmp_path, text)["x"]
    assert found["verdict"] in ("PROVED", "CHECKED")
    assert "a single nonzero entry, as line 9 passes over zeros" in found["scope"]
    wrong = verdicts(tmp_path, text.replace("(1 - np.tanh", "(1 + np.tanh"))["x"]
    assert wrong["verdict"] == "REFUTED"


def test_a_loss_behind_predictions(tmp_path):
    text = """
def forward(params, X, y):
    pred = np.tanh(X @ params["W"])
    loss = np.sum((pred - y) ** 2)
    return pred, loss
def backward(params, pred, X, y):
    d = 2 * (pred - y) * (1 - pred ** 2)
    grads = {"W": X.T @ d}
    return grads
"""
    assert [v["verdict"] for v in verdicts(tmp_path, text).values()] == ["PROVED"]
    wrong = text.replace("d = 2 * (pred", "d = (pred")
    assert [v["verdict"] for v in verdicts(tmp_path, wrong).values()] == ["REFUTED"]


def test_operators_are_not_blamed_for_the_backprop_that_sets(tmp_path):
    text = """
class Node:
    def __init__(self, data, parents=()):
        self.data, self.parents, self.grad = data, parents, 0.0
    def __add__(self, other):
        return Node(self.data + other.data, ((self, 1.0), (other, 1.0)))
    def __mul__(self, other):
        return Node(self.data * other.data, ((self, other.data), (other, self.data)))
    def backward(self):
        order, seen = [], set()
        def visit(node):
            if id(node) not in seen:
                seen.add(id(node))
                for parent, _ in node.parents:
                    visit(parent)
                order.append(node)
        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            for parent, slope in node.parents:
                parent.grad = slope * node.grad
"""
    found = [m["value"] for m in examined_text(tmp_path, text)]
    refuted = {v["backward"] for v in found if v["verdict"] == "REFUTED"}
    assert refuted == {"Node.backward"}
    right = text.replace("parent.grad = slope", "parent.grad += slope")
    assert all(m["value"]["verdict"] == "PROVED" for m in examined_text(tmp_path, right))


def test_a_value_with_its_gradient_is_what_the_call_or_the_name_says(tmp_path):
    text = """
def packed(p, X, y):
    W = p[:6].reshape(3, 2)
    r = X @ W + p[6:] - y
    return np.sum(r ** 2), np.concatenate([(2 * X.T @ r).ravel(), 2 * r.sum(axis=0)])
if __name__ == "__main__":
    from scipy.optimize import minimize
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
    minimize(packed, np.zeros(8), args=(X, y), jac=True)
"""
    assert verdicts(tmp_path, text)["p"]["verdict"] in ("PROVED", "CHECKED")
    wrong = text.replace("2 * r.sum(axis=0)", "r.sum(axis=0)")
    assert verdicts(tmp_path, wrong)["p"]["verdict"] == "REFUTED"
    two = "def loss(w, b):\n    return w @ b\ndef loss_gradient(w, b):\n    return dw, db"
    assert [each.kind for each in discover(two).candidates] == ["derivative"]


def test_a_part_of_an_argument_is_as_long_as_what_an_instance_keeps(tmp_path):
    text = """
class Heights:
    def __init__(self):
        self.seen = np.array([1.2, 0.4, -0.3, 2.2, 0.7])
    def __call__(self, v):
        return np.sum((v[2:] - self.seen) ** 2) * v[0] + v[1] ** 2
    def value_and_gradient(self, v):
        g = np.zeros(len(v))
        g[0], g[1] = np.sum((v[2:] - self.seen) ** 2), 2 * v[1]
        g[2:] = 2 * v[0] * (v[2:] - self.seen)
        return self(v), g
"""
    assert verdicts(tmp_path, text)["v"]["verdict"] == "PROVED"
    wrong = verdicts(tmp_path, text.replace("g[1] = np.sum", "g[1] = np.mean"))
    assert wrong["v"]["verdict"] == "REFUTED"


def test_a_subgradient_and_a_misspelt_backward_are_derivatives(tmp_path):
    text = """
def tilted(r, tau):
    return np.sum(np.maximum(tau * r, (tau - 1) * r))
def tilted_subgradient(r, tau):
    return np.where(r > 0, tau, tau - 1)
class Square:
    def forward(self, x):
        self.x = x
        return x ** 2
    def backwrd(self, dy):
        return 2 * dy * self.x
"""
    assert {v["verdict"] for v in verdicts(tmp_path, text).values()} == {"PROVED"}
    wrong = text.replace("return 2 * dy", "return dy").replace("tau, tau - 1)", "tau, 1 - tau)")
    assert {v["verdict"] for v in verdicts(tmp_path, wrong).values()} == {"REFUTED"}

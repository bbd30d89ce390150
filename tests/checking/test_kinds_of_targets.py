"""One-hot rows, rows that sum to 1, classes -1 and 1: found by what the loss does with them."""

import pytest

from gradproof.checking.reading.listed import speaks_of_derivative
from tests.checking.test_reading import verdicts

pytestmark = pytest.mark.usefixtures("unexplained")

CLASSIFIER = """
import numpy as np
def risk(theta, X, Y):
    P = np.exp(X @ theta)
    P /= P.sum(axis=1, keepdims=True)
    return -(Y * np.log(P)).sum() / len(X)
def risk_grad(theta, X, Y):
    P = np.exp(X @ theta)
    P /= P.sum(axis=1, keepdims=True)
    return X.T @ (P - Y) / len(X)
"""


def test_a_softmax_has_as_many_columns_of_targets_as_of_weights(tmp_path):
    found = verdicts(tmp_path, CLASSIFIER)["theta"]
    assert (found["verdict"], "normalised" in found["scope"]) == ("PROVED", True)
    wrong = CLASSIFIER.replace("(P - Y) / len(X)", "(P - Y)")
    assert verdicts(tmp_path, wrong)["theta"]["verdict"] == "REFUTED"


def test_targets_of_a_squared_error_are_any_numbers(tmp_path):
    squared = """
import numpy as np
def misfit(w, X, y):
    return ((X @ w - y) ** 2).sum()
def misfit_grad(w, X, y):
    return 2 * X.T @ (X @ w - y)
"""
    assert verdicts(tmp_path, squared)["w"]["verdict"] == "PROVED"
    hidden = squared.replace("(X @ w - y)\n", "(X @ w - y ** 2)\n")  # zeros and ones do not see it
    assert verdicts(tmp_path, hidden)["w"]["verdict"] == "REFUTED"


MARGIN = """
import numpy as np
def slack(w, X, y):
    return np.sum(np.maximum(0, 1 - y * (X @ w)) ** 2) + 0.5 * w @ w
def slack_grad(w, X, y):
    on = 1 - y * (X @ w) > 0
    return w + 2 * X[on].T @ (X[on] @ w - y[on])
"""


def test_margins_have_classes_of_minus_one_and_one(tmp_path):
    found = verdicts(tmp_path, MARGIN)["w"]
    assert found["verdict"] in ("CHECKED", "PROVED")
    assert "-1" in found["scope"]
    wrong = MARGIN.replace("w + 2 * X", "w + X")
    assert verdicts(tmp_path, wrong)["w"]["verdict"] == "REFUTED"
    plain = MARGIN.replace("np.maximum(0, 1 - y * (X @ w))", "(X @ w - y)")
    plain = plain.replace("1 - y * (X @ w) > 0", "X @ w > -99")
    no_margin = plain.replace("@ w - y[on]", "@ w - y[on] ** 3")
    assert verdicts(tmp_path, no_margin)["w"]["verdict"] == "REFUTED"


OBJECT = """
import numpy as np
class Regression:
    def __init__(self, dim):
        self.w = np.zeros(dim)
        self.b = 0.0
    def prob(self, X):
        return 1 / (1 + np.exp(-(X @ self.w + self.b)))
    def nll(self, X, y):
        return -np.sum(y * np.log(self.prob(X)) + (1 - y) * np.log(1 - self.prob(X)))
    def grad(self, X, y):
        d = self.prob(X) - y
        return X.T @ d, d.sum()
"""


@pytest.mark.parametrize(("old", "new", "verdict"), [
    ("", "", "PROVED"), ("d.sum()", "d.mean()", "REFUTED"),
    ("self.b = 0.0", "self.b = np.zeros(1)", "PROVED"),  # a number for an array of one
])  # fmt: skip
def test_gradients_without_names_belong_to_what_the_object_keeps(tmp_path, old, new, verdict):
    found = verdicts(tmp_path, OBJECT.replace(old, new))
    assert {*found} == {"w", "b"} or verdict == "REFUTED"
    assert found["w"]["verdict"] == "PROVED" if "w" in found else True
    assert verdict in {each["verdict"] for each in found.values()}


def test_a_loss_of_what_another_method_predicts(tmp_path):
    columns = """
import numpy as np
class Net:
    def __init__(self, sizes):
        self.weights = [np.random.randn(n, m) for m, n in zip(sizes, sizes[1:])]
        self.biases = [np.zeros((n, 1)) for n in sizes[1:]]
    def outcome(self, x):
        h = np.tanh(self.weights[0] @ x + self.biases[0])
        e = np.exp(self.weights[1] @ h + self.biases[1])
        return h, e / e.sum(axis=0)
    def guess(self, x):
        return self.outcome(x)[1]
    def cost(self, x, y):
        return -np.sum(y * np.log(self.guess(x)))
    def backprop(self, x, y):
        h, p = self.outcome(x)
        d2 = p - y
        d1 = self.weights[1].T @ d2 * (1 - h ** 2)
        nabla_w, nabla_b = [d1 @ x.T, d2 @ h.T], [d1, d2]
        return nabla_w, nabla_b
"""
    assert {each["verdict"] for each in verdicts(tmp_path, columns).values()} == {"PROVED"}
    wrong = verdicts(tmp_path, columns.replace("(1 - h ** 2)", "(1 - h)"))
    assert "REFUTED" in {each["verdict"] for each in wrong.values()}


def test_no_word_that_begins_with_d_is_a_derivative():
    assert not any(map(speaks_of_derivative, ("dice_loss", "dual_cost", "dense_log")))
    assert all(map(speaks_of_derivative, ("dloss", "d_my_loss", "dtanh", "d_f", "dlecun_tanh")))


CENTERS = """
import numpy as np
def spread(features, labels, centers):
    return 0.5 * np.sum((features - centers[labels]) ** 2)
def spread_grad(features, labels, centers):
    diff = features - centers[labels]
    dcenters = np.zeros_like(centers)
    for i, c in enumerate(labels):
        dcenters[c] -= diff[i]
    return diff, dcenters
"""


def test_a_class_may_come_twice(tmp_path):
    assert {each["verdict"] for each in verdicts(tmp_path, CENTERS).values()} == {"PROVED"}
    last = verdicts(tmp_path, CENTERS.replace("dcenters[c] -= diff", "dcenters[c] = -diff"))
    assert last["centers"]["verdict"] == "REFUTED"


def test_what_is_named_like_a_bias_may_be_a_matrix(tmp_path):
    product = """
class Product:
    def forward(self, A, B):
        self.A, self.B = A, B
        return A @ B
    def backward(self, d):
        return d @ self.B.T, self.A.T @ d
"""
    assert {n: v["verdict"] for n, v in verdicts(tmp_path, product).items()} == {
        "A": "PROVED", "B": "PROVED",
    }  # fmt: skip
    wrong = verdicts(tmp_path, product.replace("d @ self.B.T, self", "2 * d @ self.B.T, self"))
    assert wrong["A"]["verdict"] == "REFUTED"


def test_a_loss_says_whose_gradient_stands_beside_it(tmp_path):
    policy = """
import numpy as np
def policy_gradient_loss(theta, states, y):
    return -np.mean(np.log(1 / (1 + np.exp(-states @ theta))) * y)
def policy_gradient(theta, states, y):
    p = 1 / (1 + np.exp(-states @ theta))
    return -states.T @ ((1 - p) * y) / len(y)
"""
    assert verdicts(tmp_path, policy)["theta"]["verdict"] == "PROVED"
    wrong = verdicts(tmp_path, policy.replace("(1 - p) * y", "p * y"))
    assert wrong["theta"]["verdict"] == "REFUTED"

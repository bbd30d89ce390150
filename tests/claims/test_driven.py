"""Training loops that a file defines and never runs are called with made-up arguments."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradproof.checking.processes.isolate import Options, check_file
from gradproof.claims.claim_words import claims_of
from gradproof.claims.driven import read_driven
from gradproof.verdicts import Status

REGRESSION = """
import numpy as np
class Regression:
    '''fit: x (n, d), y (n,)'''
    def __init__(self, eta=0.01, epochs=50):
        self.eta, self.epochs = eta, epochs
    def fit(self, X, y):
        self.w = np.zeros(X.shape[1]); self.b = np.zeros(1)
        for _ in range(self.epochs):
            miss = y - self.predict(X)
            self.w += self.eta * 2 * X.T.dot(miss) / len(X)
            self.b += self.eta * 2 * miss.mean()
            self.loss = (miss ** 2).mean()
        return self
    def predict(self, X):
        return X @ self.w + self.b
"""
DESCENT = """
import numpy as np
def cost(theta, X, y):
    return ((X.dot(theta) - y) ** 2).sum() / (2 * len(y))
def descend(X, y, theta, alpha, num_iters):
    history = []
    for i in range(num_iters):
        history.append(cost(theta, X, y))
        theta = theta - alpha / len(y) * X.T.dot(X.dot(theta) - y)
    return theta, history
"""
COLUMNS = """
import numpy as np
class Deep:
    def __init__(self, nx, layers):
        if type(nx) is not int:
            raise TypeError("nx must be an integer")
        sizes = [nx, *layers]
        self.weights = {}
        for k in range(1, len(sizes)):
            self.weights["W" + str(k)] = np.random.randn(sizes[k], sizes[k - 1])
            self.weights["b" + str(k)] = np.zeros((sizes[k], 1))
        self.L = len(layers)
    def forward(self, X):
        self.A = [X]
        for k in range(1, self.L + 1):
            z = self.weights["W" + str(k)] @ self.A[-1] + self.weights["b" + str(k)]
            self.A.append(1 / (1 + np.exp(-z)))
        return self.A[-1]
    def cost(self, Y, A):
        return -np.mean(np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A), axis=0))
    def descend(self, Y, alpha=0.05):
        if type(alpha) is not float:
            raise TypeError("alpha must be a float")
        dz = self.A[-1] - Y
        for k in range(self.L, 0, -1):
            dW = dz @ self.A[k - 1].T / Y.shape[1]
            db = dz.mean(axis=1, keepdims=True)
            dz = (self.weights["W" + str(k)].T @ dz) * self.A[k - 1] * (1 - self.A[k - 1])
            self.weights["W" + str(k)] -= alpha * dW
            self.weights["b" + str(k)] -= alpha * db
    def train(self, X, Y, iterations=5000):
        for i in range(iterations):
            print(self.cost(Y, self.forward(X)))
            self.descend(Y)
"""
ONE_STEP = """
import numpy as np
class Neuron:
    def __init__(self, nx):
        self.W, self.b = np.random.randn(1, nx), np.zeros((1, 1))
    def forward_prop(self, X):
        return 1 / (1 + np.exp(-(self.W @ X + self.b)))
    def cost(self, Y, A):
        return -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / Y.shape[1]
    def gradient_descent(self, X, Y, A, alpha=0.05):
        dz = A - Y
        self.W = self.W - alpha * dz @ X.T / Y.shape[1]
        self.b = self.b - alpha * np.sum(dz) / Y.shape[1]
"""
WORDS = """
import numpy as np
class Reader:
    def __init__(self, vocab_size, hidden_dim=4):
        self.U = np.random.randn(hidden_dim, vocab_size)
        self.W = np.random.randn(hidden_dim, hidden_dim)
        self.V = np.random.randn(vocab_size, hidden_dim)
    def forward(self, x):
        s, o = np.zeros((len(x) + 1, len(self.W))), np.zeros((len(x), len(self.V)))
        for t in range(len(x)):
            s[t] = np.tanh(self.U[:, x[t]] + self.W @ s[t - 1])
            e = np.exp(self.V @ s[t])
            o[t] = e / e.sum()
        return o, s
    def bptt(self, x, y):
        o, s = self.forward(x)
        self.loss = -np.sum(np.log(o[np.arange(len(y)), y]))
        self.dU, self.dW, self.dV = [np.zeros_like(p) for p in (self.U, self.W, self.V)]
        d = o.copy()
        d[np.arange(len(y)), y] -= 1
        back = np.zeros(len(self.W))
        for t in reversed(range(len(y))):
            self.dV += np.outer(d[t], s[t])
            dz = (self.V.T @ d[t] + back) * (1 - s[t] ** 2)
            self.dW += np.outer(dz, s[t - 1])
            self.dU[:, x[t]] += dz
            back = self.W.T @ dz
    def train_step(self, x, y, learning_rate):
        self.bptt(x, y)
        self.U -= learning_rate * self.dU
        self.W -= learning_rate * self.dW
        self.V -= learning_rate * self.dV
"""
CASES = {
    "words": (WORDS, "back = self.W.T @ dz", "back = self.W @ dz", 3, {30, 31}),
    "fit": (REGRESSION, "miss.mean()\n", "miss.sum()\n", 2, {12}),
    "descend": (DESCENT, "", "", 1, set()),
    "columns": (COLUMNS, "* (1 - self.A[k - 1])", "", 6, {29, 30}),
    "one step": (ONE_STEP, "np.sum(dz) / Y.shape[1]", "np.sum(dz)", 2, {13}),
}


@pytest.mark.parametrize("case", CASES)
def test_a_loop_that_is_never_run_is_read(case: str, tmp_path: Path) -> None:
    text, old, new, count, lines = CASES[case]
    path = tmp_path / "model.py"
    path.write_text(text)
    (reading,) = read_driven(path, text)
    right = claims_of(reading)
    assert len(right) == count
    assert {each.status for each in right} == {Status.CHECKED}
    assert "in place of the arguments of" in right[0].said.en
    if old:
        assert old in text
        (reading,) = read_driven(path, text.replace(old, new, 1))
        found = claims_of(reading)
        assert {each.place.line for each in found if each.status is Status.REFUTED} == lines


def test_what_one_layout_has_right_is_not_accused_for_another(tmp_path: Path) -> None:
    # A column of labels beside a row of guesses makes a square, which nobody means.
    path = tmp_path / "model.py"
    text = REGRESSION.replace("np.zeros(X.shape[1])", "np.zeros((X.shape[1], 1))")
    (reading,) = read_driven(path, text)
    assert {each.status for each in claims_of(reading)} == {Status.CHECKED}


def test_the_report_tells_a_loop_by_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text(REGRESSION)
    report = check_file(path, Options(seconds=60.0))
    assert (report.status, report.unmatched) == (0, [])
    assert [(each.of, each.line) for each in report.gradients] == [("self.w", 11), ("self.b", 12)]
    path.write_text(REGRESSION.replace("def fit(self, X, y)", "def fit(self, X, y, q)"))
    report = check_file(path, Options(seconds=60.0))  # q is not understood: nothing is run
    assert report.status == 3
    assert not report.gradients


def test_a_package_of_the_authors_is_found_above_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "lib" / "models"
    folder.mkdir(parents=True)
    (tmp_path / "lib" / "__init__.py").write_text("")
    (tmp_path / "lib" / "slopes.py").write_text(
        "import numpy as np\ndef logistic(z):\n    return 1 / (1 + np.exp(-z))\n"
    )
    text = REGRESSION.replace(
        "import numpy as np", "import numpy as np\nfrom lib.slopes import logistic"
    ).replace("return X @ self.w + self.b", "return logistic(X @ self.w + self.b)")
    path = folder / "model.py"
    path.write_text(text)
    (reading,) = read_driven(path, text)
    # The slope of logistic is not in the steps: they are of no squares, but of a cross-entropy.
    assert all("binary cross-entropy" in each.said.en for each in claims_of(reading))


def test_a_step_that_gets_a_name_of_its_own_is_listed(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text(
        "import numpy as np\ndef descend(X, y, theta, alpha, steps):\n    history = []\n"
        "    for _ in range(steps):\n"
        "        new_theta = theta - alpha * X.T.dot(X.dot(theta) - y)\n"
        "        history.append(new_theta)\n        theta = history[-1].copy()\n"
        "    return history\n"
    )
    report = check_file(path, Options(seconds=60.0))
    assert report.status == 3 or report.gradients

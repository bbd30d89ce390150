"""Which sums are steps, and which parameter each is of."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradproof.checking.processes.isolate import Options, check_file
from gradproof.claims.claim_words import Claim, claims_of
from gradproof.claims.script_reading import read_script
from gradproof.verdicts import Status


def read(folder: Path, text: str) -> list[Claim]:
    path = folder / "train.py"
    path.write_text(text)
    return claims_of(read_script(path, text))


BANDIT = """
import numpy as np
gain = np.random.RandomState(0).randn(5)
{init}
for t in range(300):
    p = np.exp(theta - theta.max()); p /= p.sum()
    J = (p * gain).sum()
    {step}
print(J)
"""


def test_a_sum_inside_a_step_is_no_step_of_its_own(tmp_path: Path) -> None:
    for step in (
        "theta += 0.1 * p * (gain - J)",
        "theta = theta + 0.1 * p * (gain - J)",
        "theta = 0.1 * p * (gain - J) + theta",
    ):
        text = BANDIT.format(init="theta = np.zeros(5)", step=step)
        assert [(c.target, c.status) for c in read(tmp_path, text)] == [("theta", Status.CHECKED)]
        wrong = read(tmp_path, text.replace("p * (gain - J)", "(gain - J)"))
        assert Status.CHECKED not in {each.status for each in wrong}


LAYERS = """
import numpy as np
class Layer:
    def __init__(self, n_in, n_out):
        self.W = np.random.normal(0, 1 / np.sqrt(n_in), (n_out, n_in))
        self.b = np.zeros((n_out, 1))
    def forward(self, a):
        self.a_in, self.a = a, np.tanh(self.W @ a + self.b)
        return self.a
    def backward(self, da, lr):
        dz = da * (1 - self.a ** 2)
        back = self.W.T @ dz
        self.W = self.W - lr * dz @ self.a_in.T
        self.b = self.b - lr * dz.sum(axis=1, keepdims=True)
        return back
layers = [Layer(3, 5), Layer(5, 2)]
X, Y = np.random.randn(3, 20), np.random.randn(2, 20)
for i in range(200):
    a = X
    for layer in layers:
        a = layer.forward(a)
    cost = np.sum((a - Y) ** 2)
    d = 2 * (a - Y)
    for layer in layers[::-1]:
        d = layer.backward(d, 0.01)
    print(cost)
"""


def test_layers_of_one_class_are_told_apart_by_their_shapes(tmp_path: Path) -> None:
    right = read(tmp_path, LAYERS)
    names = {"self.W (2, 5)", "self.b (2, 1)", "self.W (5, 3)", "self.b (5, 1)"}
    assert {(c.target, c.status) for c in right} == {(n, Status.CHECKED) for n in names}
    wrong = read(tmp_path, LAYERS.replace("back = self.W.T @ dz", "back = self.W.T @ da"))
    accused = {c.target for c in wrong if c.status is Status.REFUTED}
    assert accused == {"self.W (5, 3)", "self.b (5, 1)"}


BY_NAME = """
import numpy as np
class Net:
    def __init__(self):
        rs = np.random.RandomState(0)
        self.w1, self.w2 = rs.uniform(-1, 1, (2, 4)), rs.uniform(-1, 1, (4, 1))
        self.b1 = np.zeros(4)
        self.b2 = np.zeros(1)
    def step(self, x, t):
        h = 1 / (1 + np.exp(-(x @ self.w1 + self.b1)))
        err = h @ self.w2 + self.b2 - t
        self.loss = 0.5 * np.mean(err ** 2)
        d2 = err / len(x)
        d1 = d2 @ self.w2.T * h * (1 - h)
        for k, g in {"w2": h.T @ d2, "b2": d2.sum(0), "w1": x.T @ d1, "b1": d1.sum(0)}.items():
            setattr(self, k, getattr(self, k) - 0.5 * g)
net = Net()
for _ in range(200):
    net.step(np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float), np.array([[0], [1], [1], [0]]))
"""


def test_steps_by_setattr_have_the_names_of_the_attributes(tmp_path: Path) -> None:
    found = read(tmp_path, BY_NAME)
    assert {c.target for c in found} == {"self.w1", "self.w2", "self.b1", "self.b2"}
    assert {c.status for c in found} == {Status.CHECKED}


def test_why_a_run_was_not_read_is_said_beside_the_steps(tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    path.write_text(
        "import numpy as np\ndef train(X, y, q):\n    w = np.zeros(X.shape[1])\n"
        "    for _ in range(9):\n        w -= 0.1 * X.T @ (X @ w - y)\n    return w\n"
        "print(train(np.eye(3), np.ones(4), 1))\n"
    )
    report = check_file(path, Options(seconds=60.0))
    (listed,) = report.unmatched
    assert "could not be read: it raises ValueError in line 5" in listed.reason
    assert report.status == 3


SPELLED = """
import numpy as np
W, b = np.random.randn(3, 2), np.zeros(2)
X, Y = np.random.randn(9, 3), np.random.randn(9, 2)
for _ in range(50):
    e = np.subtract(np.add(np.matmul(X, W), b), Y)
    print(np.sum(e ** 2))
    W = np.subtract(W, 0.01 * np.matmul(X.T, 2 * e))
    b = np.subtract(b, 0.01 * np.{of}(2 * e, axis=0))
"""


def test_functions_in_place_of_operators_are_the_same_step(tmp_path: Path) -> None:
    for of, verdict in (("sum", Status.CHECKED), ("mean", Status.REFUTED)):
        found = {c.target: c.status for c in read(tmp_path, SPELLED.format(of=of))}
        assert found == {"W": Status.CHECKED, "b": verdict}
    path = tmp_path / "function.py"
    path.write_text(
        "import numpy as np\ndef fit(X, Y, W, lr):\n    for _ in range(9):\n"
        "        W = np.subtract(W, lr * np.matmul(X.T, np.matmul(X, W) - Y))\n    return W\n"
    )
    (step,) = check_file(path, Options(seconds=60.0)).gradients  # was silently left
    assert (step.of, step.verdict) == ("W", "CHECKED")


FILTER = """
import numpy as np
def move(x, dt):
    return np.array([x[0] + dt * np.cos(x[1]), x[1] + 0.1 * dt])
def jacob_move(x, dt):
    return np.array([[1.0, {slope}], [0.0, 1.0]])
if __name__ == "__main__":
    x, P = np.array([0.5, 0.2]), np.eye(2)
    for z in np.random.randn(20):
        F = jacob_move(x, 0.3)
        x = move(x, 0.3)
        P = F @ P @ F.T + 0.1 * np.eye(2)
        K = P[:, :1] / (P[0, 0] + 0.5)
        x = x + K[:, 0] * (z - x[0])
        P = (np.eye(2) - K @ np.eye(2)[:1]) @ P
"""


def test_a_filter_that_uses_judged_jacobians_makes_no_gradient_step(tmp_path: Path) -> None:
    path = tmp_path / "filter.py"
    for slope, status in (("-dt * np.sin(x[1])", 0), ("dt * np.sin(x[1])", 1)):
        path.write_text(FILTER.format(slope=slope))
        report = check_file(path, Options(seconds=60.0))
        assert {each.backward for each in report.gradients} == {"jacob_move"}
        assert report.status == status


HALVES = """
import numpy as np
rng = np.random.default_rng(4)
A, t = rng.normal(size=(30, 3)), rng.normal(size=30)
v, bias = np.zeros(3), 0.1
for _ in range(60):
    r = A @ v + bias - t
    if OUTER:
        cost = 0.5 * np.sum(r ** 2) / len(t)
    else:
        cost = 0.0
        for k in range(len(r)):
            cost += 0.5 * r[k] ** 2 / len(t)
    v -= 0.3 * A.T @ r / len(t)
    bias -= 0.3 * r.mean()
print(cost)
"""


@pytest.mark.parametrize("outer", [True, False])
def test_the_factor_is_that_of_the_whole_line_and_not_of_a_part_of_it(tmp_path: Path, outer: bool):
    found = read(tmp_path, HALVES.replace("OUTER", str(outer)))
    assert {each.target for each in found} == {"v", "bias"}
    assert [each.factor for each in found] == pytest.approx([-0.3, -0.3])

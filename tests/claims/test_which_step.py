"""Which sums are steps, and which parameter each is of."""

from __future__ import annotations

from pathlib import Path

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
        "import numpy as np\ndef train(X, y):\n    w = np.zeros(X.shape[1])\n"
        "    for _ in range(9):\n        w -= 0.1 * X.T @ (X @ w - y)\n    return w\n"
        "print(train(np.eye(3), np.ones(4)))\n"
    )
    report = check_file(path, Options(seconds=60.0))
    (listed,) = report.unmatched
    assert "could not be read: it raises ValueError in line 5" in listed.reason
    assert report.status == 3

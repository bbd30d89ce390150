"""Scripts whose data or libraries are not there are read with data made up in their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradproof.checking.processes.isolate import Options, check_file
from gradproof.claims.claim_words import Claim, claims_of
from gradproof.claims.script_reading import read_script
from gradproof.verdicts import Status


def read(folder: Path, text: str) -> dict[str, Claim]:
    path = folder / "train.py"
    path.write_text(text)
    return {each.target: each for each in claims_of(read_script(path, text))}


LOGISTIC = """
X = (X - X.mean(axis=0)) / X.std(axis=0)
w = np.zeros((X.shape[1], 1)); b = 0.0
for step in range(300):
    p = 1 / (1 + np.exp(-(X @ w + b)))
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    w -= 0.3 * X.T @ (p - y) / len(y)
    b -= 0.3 * np.{of}(p - y)
    if step % 50 == 0:
        print(loss)
"""
DATA = {
    "a table of pandas": """
import numpy as np, pandas as pd
import matplotlib.pyplot as plt
frame = pd.read_csv("patients.csv").dropna()
X = frame.drop("sick", axis=1).values
y = frame["sick"].values.reshape(-1, 1)
line, = plt.plot(y)
""",
    "columns by name": """
import numpy as np
import pandas as pd
frame = pd.read_csv("patients.csv")
frame["age"] = frame["age"] / 10
X, y = frame[["age", "weight"]].to_numpy(), frame.iloc[:, -1:].values
""",
    "numbers in a text": """
import numpy as np
import numpy.typing as npt
table = np.loadtxt("patients.txt", delimiter=",", skiprows=1)
X, y = table[:, :-1], table[:, -1].reshape(-1, 1)
""",
    "four columns": """
import numpy as np
table = np.genfromtxt("patients.txt")
X, y = table[:, [0, 1, 3]], table[:, 4:5]
""",
    "a data set of scikit-learn": """
import numpy as np
from sklearn.datasets import make_moons
from sklearn.model_selection import train_test_split
X, y = make_moons(n_samples=200, noise=0.1)
X, _, y, _ = train_test_split(X, y, test_size=0.2)
y = y.reshape(-1, 1)
""",
    "lines of a file": """
import numpy as np
rows = [[float(v) for v in line.split(",")] for line in open("patients.data")]
rows = np.array(rows)
X, y = rows[:, :2], rows[:, 2:]
""",
}


@pytest.mark.parametrize("case", DATA)
def test_data_that_are_not_there_are_made_up(case: str, tmp_path: Path) -> None:
    right = read(tmp_path, DATA[case] + LOGISTIC.format(of="mean"))
    assert {name: each.status for name, each in right.items()} == {
        "w": Status.CHECKED, "b": Status.CHECKED,
    }  # fmt: skip
    if "scikit" not in case:  # which may be installed, and draws data of its own then
        assert "made up in place of patients" in right["w"].said.en
        assert "지어낸" in right["w"].said.ko


def test_a_slip_is_told_with_data_made_up(tmp_path: Path) -> None:
    wrong = read(tmp_path, DATA["a table of pandas"] + LOGISTIC.format(of="sum"))
    assert (wrong["w"].status, wrong["b"].status) == (Status.CHECKED, Status.REFUTED)
    assert "summed where the others are means" in wrong["b"].said.en


LETTERS = """
import numpy as np
text = open("poems.txt").read()
letters = sorted(set(text)); code = {c: k for k, c in enumerate(letters)}
V, H = len(letters), 7
rng = np.random.default_rng(0)
Wx, Wh = rng.normal(size=(H, V)) * 0.1, rng.normal(size=(H, H)) * 0.1
model = {"out": rng.normal(size=(V, H)) * 0.1, "bias": np.zeros((H, 1))}
def run(inputs, targets, state):
    hs, ps, loss = {-1: state}, {}, 0
    for t, k in enumerate(inputs):
        hs[t] = np.tanh(Wx[:, k:k + 1] + Wh @ hs[t - 1] + model["bias"])
        e = np.exp(model["out"] @ hs[t])
        ps[t] = e / e.sum()
        loss -= np.log(ps[t][targets[t], 0])
    dWx, dWh, dbias, dnext = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros((H, 1)), 0
    dout = np.zeros_like(model["out"])
    for t in reversed(range(len(inputs))):
        d = ps[t].copy(); d[targets[t]] -= 1
        dout += d @ hs[t].T
        da = (1 - hs[t] ** 2) * (model["out"].T @ d + dnext)
        dWx[:, inputs[t]] += da[:, 0]
        dWh += da @ hs[{when}].T
        dbias += da
        dnext = Wh.T @ da
    return loss, [dWx, dWh, dout, dbias], hs[len(inputs) - 1]
state = np.zeros((H, 1))
for n in range(40):
    part = [code[c] for c in text[4 * n:4 * n + 5]]
    loss, grads, state = run(part[:-1], part[1:], state)
    for p, g in zip([Wx, Wh, model["out"], model["bias"]], grads):
        p -= 0.1 * g
    print(loss)
"""


@pytest.mark.parametrize(("when", "wrong"), [("t - 1", set()), ("t", {"Wh"})])
def test_weights_stepped_on_one_line_have_the_names_they_were_made_by(
    when: str, wrong: set[str], tmp_path: Path
) -> None:
    found = read(tmp_path, LETTERS.replace("{when}", when))
    assert set(found) == {"Wx", "Wh", "model['out']", "model['bias']"}
    assert {name for name, each in found.items() if each.status is Status.REFUTED} == wrong
    others = {each.status for name, each in found.items() if name not in wrong}
    assert others == {Status.CHECKED}


def test_the_steps_of_an_optimiser_of_scipy_are_not_the_authors(tmp_path: Path) -> None:
    pytest.importorskip("scipy")
    text = (
        "import numpy as np\nfrom scipy.optimize import minimize\n"
        "def cost(x):\n    return np.sum((x - 2.0) ** 4)\n"
        "def slope(x):\n    return 4.0 * (x - 2.0) ** 3\n"
        "found = minimize(cost, np.array([1.0, 2.5]), jac=slope, method='BFGS')\nprint(found.x)\n"
    )
    assert read(tmp_path, text) == {}


def test_files_on_a_path_that_the_script_adds_are_its_own(tmp_path: Path) -> None:
    (tmp_path / "lib" / "model").mkdir(parents=True)
    (tmp_path / "lib" / "model" / "line.py").write_text(
        "class Line:\n    def __init__(self):\n        self.slope = 0.5\n"
        "    def step(self, x, y):\n        e = x * self.slope - y\n"
        "        self.slope -= 0.1 * 2 * (e * x).mean()\n        return (e * e).mean()\n"
    )
    text = (
        "import os, sys\nimport numpy as np\nsys.path.append(os.path.join(os.getcwd(), 'lib'))\n"
        "from model.line import Line\nline = Line()\nx = np.arange(6.0)\n"
        "for _ in range(30):\n    print(line.step(x, 3 * x + 1))\n"
    )
    (claim,) = read(tmp_path, text).values()
    assert claim.factor == pytest.approx(-0.1)
    assert Path(claim.place.file).name == "line.py"


def test_a_class_derived_from_what_is_not_there_and_a_file_further_up(tmp_path: Path) -> None:
    (tmp_path / "pieces.py").write_text(
        "import numpy as np\nfrom nowhere_installed import Module\nclass Line(Module):\n"
        "    def __init__(self):\n        super().__init__()\n        self.w = np.zeros((2, 1))\n"
        "    def step(self, x, y):\n        e = x @ self.w - y\n"
        "        self.w -= 0.1 * x.T @ e / len(y)\n        return np.mean(e ** 2) / 2\n"
    )
    folder = tmp_path / "runs"
    folder.mkdir()
    path = folder / "train.py"
    path.write_text(
        "import sys\nfrom pathlib import Path\nimport numpy as np\n"
        "sys.path.insert(0, str(Path(__file__).resolve().parent.parent))\n"
        "from pieces import Line\n"
        "def main():\n    line, x = Line(), np.random.randn(9, 2)\n"
        "    for _ in range(40):\n        print(line.step(x, x[:, :1] * 3))\n"
        "if __name__ == '__main__':\n    main()\n"
    )
    report = check_file(path, Options(seconds=60.0))
    assert [(each.of, each.verdict) for each in report.gradients] == [("self.w", "CHECKED")]
    assert "of pieces.py" not in report.gradients[0].scope  # the line of the loss is in that file


def test_a_run_without_steps_ends_early(tmp_path: Path) -> None:
    path = tmp_path / "long.py"
    text = "import numpy as np\nx = np.ones(3)\nwhile True:\n    y = np.sin(x) * 2.0\n"
    path.write_text(text)
    reading = read_script(path, text)
    assert (reading.rounds, "20000 operations" in reading.ended) == ([], True)

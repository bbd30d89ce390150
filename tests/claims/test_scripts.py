"""Training scripts are read by their run: right ones are not accused, slips are, in their line."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradproof.checking.processes.isolate import Options, check_file
from gradproof.checking.records import GradientResult, Report, Unmatched
from gradproof.checking.scripts import Ran, runs_by_itself, without_read
from gradproof.claims.claim_words import Claim, claims_of
from gradproof.claims.script_reading import read_script
from gradproof.claims.unread_steps import steps_of
from gradproof.trace.script import run_script
from gradproof.verdicts import Status
from tests.claims.slips import SLIPS, Slip

SCRIPTS = Path(__file__).parent / "scripts"
NAMES = sorted(path.stem for path in SCRIPTS.glob("*.py"))


def claims(path: Path, text: str) -> list[Claim]:
    return claims_of(read_script(path, text))


def written(folder: Path, text: str) -> list[Claim]:
    path = folder / "train.py"
    path.write_text(text)
    return claims(path, text)


@pytest.mark.sampled(8)
@pytest.mark.parametrize("name", NAMES)
def test_right_scripts_are_read_whole(name: str) -> None:
    path = SCRIPTS / f"{name}.py"
    found = claims(path, path.read_text())
    assert found
    assert {each.status for each in found} == {Status.CHECKED}
    for each in found:
        assert str(each.factor is not None and f"{each.factor:.4g}") in each.said.en
        assert each.said.ko
        assert each.loss.en


ON_ONE_LINE = """
import numpy as np
rng = np.random.default_rng(3)
x, t = rng.normal(size=(9, 3)), rng.normal(size=(9, 1))
w, b, lr = rng.normal(size=(3, 1)), np.zeros(1), 0.1
for _ in range(9):
    e = x @ w + b - t
    cost = (e * e).mean()
    w -= lr * 2 * x.T @ e / 9; b -= {of}
"""
ON_ITS_OWN = {
    "right": ("lr * 2 * e.mean()", 0, "CHECKED"),
    "a rate of its own": ("3 * lr * 2 * e.mean()", 0, "CHECKED"),
    "a sum at the rate of the others": ("lr * e.sum()", 1, "REFUTED"),
    "no gradient": ("lr * (e * e).mean()", 1, "REFUTED"),
    "a gradient times another number": ("lr * e.max() * e.mean()", 1, "REFUTED"),
}


@pytest.mark.parametrize("case", ON_ITS_OWN)
def test_steps_that_share_a_line_have_their_own_names(case: str, tmp_path: Path) -> None:
    of, status, verdict = ON_ITS_OWN[case]
    path = tmp_path / "train.py"
    path.write_text(ON_ONE_LINE.format(of=of))
    report = check_file(path, Options())
    assert [(e.of, e.verdict) for e in report.gradients] == [("w", "CHECKED"), ("b", verdict)]
    assert (report.status, report.unmatched) == (status, [])  # all steps were judged


@pytest.mark.sampled(10)
@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: f"{slip.script}: {slip.new.strip()[:30]}")
def test_slips_are_told_by_the_line_of_the_update(slip: Slip) -> None:
    path = SCRIPTS / f"{slip.script}.py"
    text = path.read_text()
    assert slip.old in text
    changed = text.replace(slip.old, slip.new)
    wrong = [e.place.line for e in claims(path, changed) if e.status is Status.REFUTED]
    lines = changed.splitlines()
    told = {next((u for u in slip.lines if u in lines[n - 1]), lines[n - 1]) for n in wrong}
    assert told == set(slip.lines)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", ["two_layers_mse", "neuron_objects", "norm_layer_net"])
def test_a_script_computes_to_the_bit_what_it_computes_without(name: str) -> None:
    path = SCRIPTS / f"{name}.py"
    text = path.read_text()
    space: dict[str, Any] = {"__name__": "__main__"}
    np.random.seed(0)  # noqa: NPY002
    with redirect_stdout(io.StringIO()):
        exec(compile(text, str(path), "exec"), space)
    program = run_script(path, text)
    last = {"two_layers_mse": "V", "norm_layer_net": "W1"}.get(name)
    seen = [step.value for step in program.steps]
    wanted = space[last] if last else np.array(space["top"].bias)
    assert any(np.shape(v) == wanted.shape and np.array_equal(v, wanted) for v in seen)


def test_an_order_of_two_single_numbers_is_not_accused(tmp_path: Path) -> None:
    # Scores of a comparison: each is right, and no loss is computed; anything fits one number.
    text = (
        "import math, random\nr = [0.1, 0.3]\n"
        "for _ in range(40):\n"
        "    p = 1.0 / (1.0 + math.exp(r[1] - r[0]))\n"
        "    r[0] += 0.5 * (1 - p)\n"
        "    r[1] -= 0.5 * (1 - p)\n"
    )
    assert Status.REFUTED not in {each.status for each in written(tmp_path, text)}


def test_an_assumed_loss_accuses_nothing_that_it_does_not_depend_on(tmp_path: Path) -> None:
    # Two terms of one loss that is never computed: the update of V serves the second alone.
    text = (
        "import numpy as np\nr = np.random.RandomState(0)\nx, y = r.randn(9, 3), r.randn(9, 2)\n"
        "W, V = r.randn(3, 2), r.randn(3, 2)\n"
        "for _ in range(9):\n"
        "    e = x @ W - y\n    s = 1 / (1 + np.exp(x @ V))\n"
        "    W -= 0.1 * x.T @ e\n    V -= 0.1 * x.T @ (1 - s)\n"
    )
    found = {each.target: each.status for each in written(tmp_path, text)}
    assert Status.REFUTED not in found.values()


@pytest.mark.parametrize(
    "body",
    [
        "X = X - X.mean(axis=0)\nprint(X.sum())",
        "for _ in range(9):\n    z = X @ W\n    z = z - z.max(axis=1, keepdims=True)\n",
        "m = np.zeros(3)\nfor row in X:\n    m += 0.1 * (row - m)\nprint(m.sum())",
        "for _ in range(9):\n    W *= 0.99\nprint(W.sum())",
        "t = 0.0\nfor row in X:\n    t += row.sum()\nprint(t)",
    ],
    ids=["data moved", "softmax shifted", "running mean", "decay", "total"],
)
def test_what_only_looks_like_an_update_is_none(tmp_path: Path, body: str) -> None:
    head = "import numpy as np\nX = np.random.randn(6, 3)\nW = np.random.randn(3, 2)\n"
    assert written(tmp_path, head + body) == []


def test_a_value_of_unknown_making_withholds_the_verdict(tmp_path: Path) -> None:
    text = (
        "import numpy as np\nfrom scipy import ndimage\nw = np.ones(5)\nx = np.arange(5.0)\n"
        "for _ in range(9):\n"
        "    y = ndimage.gaussian_filter1d(w * x, 1.0)\n"
        "    loss = (y**2).sum()\n    print(loss)\n    w = w - 0.1 * y * x\n"
    )
    pytest.importorskip("scipy")
    (claim,) = written(tmp_path, text)
    assert claim.status is Status.UNDECIDED
    assert "line 6" in claim.said.en


def test_a_change_that_is_always_zero_has_words_of_its_own(tmp_path: Path) -> None:
    text = (
        "import numpy as np\nw = np.array([1.0, 2.0])\nout = np.zeros(2)\n"
        "for _ in range(9):\n    w = w - 0.1 * w * out\n"
    )
    (claim,) = written(tmp_path, text)
    assert claim.status is Status.UNDECIDED
    assert "always zero" in claim.said.en


def test_the_command_tells_the_wrong_update(tmp_path: Path) -> None:
    text = (SCRIPTS / "two_layers_mse.py").read_text()
    path = tmp_path / "train.py"
    path.write_text(text.replace("du0 = d_out.sum(axis=0)", "du0 = err.sum(axis=0)"))
    report = check_file(path, Options(seconds=60.0))
    assert [each.verdict for each in report.gradients].count("REFUTED") == 1
    wrong = next(each for each in report.gradients if each.verdict == "REFUTED")
    assert (wrong.of, wrong.line) == ("u0", 23)
    assert "summed where the others are means" in wrong.reason
    assert "평균" in wrong.korean
    assert report.status == 1


def test_a_training_loop_that_cannot_be_run_is_listed(tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    path.write_text(
        "import numpy as np\nX = np.frombuffer(open('none.bin', 'rb').read())\nw = np.zeros(3)\n"
        "for _ in range(9):\n    w -= 0.1 * X.T @ (X @ w)\n"
    )
    report = check_file(path, Options(seconds=60.0))
    (listed,) = report.unmatched
    assert listed.name == "line 5: w"
    assert "line 2" in listed.reason
    assert report.status == 3


def test_a_method_that_steps_is_judged_by_the_run() -> None:
    path = SCRIPTS / "class_holds_data.py"
    report = check_file(path, Options(seconds=60.0))
    assert [each.of for each in report.gradients] == ["self.w1", "self.w2"]
    assert report.unmatched == []  # backprop returns nothing: its steps say what it computes
    assert report.status == 0


def test_steps_in_a_file_beside_the_script_are_told_by_that_file() -> None:
    path = SCRIPTS / "train_layers.py"
    report = check_file(path, Options(seconds=60.0))
    assert {Path(each.file).name for each in report.gradients} == {"blocks.py"}
    assert report.status == 0


def test_steps_of_another_file_take_no_line_from_this_one() -> None:
    text = "\n" * 3 + "class Net:\n    def backprop(self):\n        pass\n"
    missed = [Unmatched("net.py", "Net.backprop", "no inputs")]
    step = GradientResult("blocks.py", 5, "", "W", "W", "loss", "step", None, "CHECKED", "", "")
    assert without_read(missed, text, Ran(Report([step]))) == missed
    assert without_read(missed, text, Ran(Report([replace(step, file="net.py")]))) == []


def test_a_script_right_below_the_root_has_its_lines(tmp_path: Path) -> None:
    text = "import numpy as np\nw = np.ones(3)\nfor _ in range(3):\n    w -= 0.1 * w * w\n"
    root = Path(tmp_path.anchor)
    below = next(each for each in (root / "tmp", root / "usr", root) if each.is_dir())
    for folder in (tmp_path, below):
        program = run_script(folder / "train.py", text, lambda program: False)
        assert {step.place.line for step in program.steps if step.name == "multiply"} == {4}


def test_a_file_of_functions_is_no_script() -> None:
    assert not runs_by_itself("def step(w, dw):\n    w -= 0.1 * dw\n    return w\n")
    assert runs_by_itself("w = 1.0\nfor _ in range(3):\n    w -= 0.1 * w\n")
    assert list(steps_of("w = w - rate * g\nt -= 1\n")) == [(1, "w")]


@pytest.mark.parametrize("index", ["0", "()", "...", "None", "'a'"])
def test_an_index_on_a_number_is_what_numpy_makes_of_it(index: str, tmp_path: Path) -> None:
    text = f"import numpy as np\np = np.ones(3).sum()\nq = p[{index}]\n"
    program = run_script(tmp_path / "train.py", text, lambda program: False)
    assert bool(program.ended) == (index in ("0", "'a'"))  # an IndexError there, and no crash


def test_a_method_that_only_passes_on_is_judged_by_the_steps_of_the_others(tmp_path: Path) -> None:
    text = """
import numpy as np
rng = np.random.default_rng(0)
class Affine:
    def __init__(self, n, m):
        self.W = rng.normal(size=(n, m))
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, g, rate):
        back = g @ self.W.T
        self.W -= rate * self.x.T @ g
        return back
class Chain:
    def __init__(self, *parts):
        self.parts = parts
    def forward(self, x):
        for part in self.parts:
            x = part.forward(x)
        return x
    def backward(self, g, rate):
        for part in reversed(self.parts):
            g = part.backward(g, rate)
x, y = rng.normal(size=(5, 3)), rng.normal(size=(5, 1))
chain = Chain(Affine(3, 4), Affine(4, 1))
for step in range(20):
    out = chain.forward(x)
    loss = np.mean((out - y) ** 2)
    print("loss", loss)
    chain.backward(2 * (out - y) / out.size, 0.01)
"""
    path = tmp_path / "train.py"
    path.write_text(text)
    report = check_file(path, Options(seconds=60.0))
    assert (report.status, report.unmatched) == (0, [])
    path.write_text(text.replace("return back", "return back * 2"))
    assert check_file(path, Options(seconds=60.0)).status == 1


PARTS = """
import numpy as np
rng = np.random.default_rng(1)
def run(x, w, v):
    return {"x": x, "h": np.tanh(x @ w), "out": np.tanh(x @ w) @ v}
def error_of(out, t):
    return np.mean((out - t) ** 2)
def backprop(kept, t, v):
    d = 2 * (kept["out"] - t) / t.size
    dv = kept["h"].T @ d
    dw = kept["x"].T @ (d @ v.T * (1 - kept["h"] ** 2))
    return dw, dv
x, t = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
w, v = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
for step in range(9):
    kept = run(x, w, v)
    print(error_of(kept["out"], t))
    dw, dv = backprop(kept, t, v)
    w -= 0.1 * dw
    v -= 0.1 * dv
"""


def test_a_function_whose_values_are_all_checked_as_steps_is_not_listed(tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    path.write_text(PARTS)
    report = check_file(path, Options(seconds=60.0))
    assert (report.status, report.unmatched) == (0, [])
    path.write_text(PARTS.replace("    v -= 0.1 * dv\n", ""))  # and dv is nobody's then
    assert [each.name for each in check_file(path, Options(seconds=60.0)).unmatched] == ["backprop"]


def test_a_step_beside_one_that_fits_is_never_left_out(tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    path.write_text("""
import numpy as np
rng = np.random.default_rng(1)
def squash(x, deriv=False):
    return x * (1 - x) if deriv else 1 / (1 + np.exp(-x))
X, y = rng.normal(size=(6, 3)), rng.integers(0, 2, (6, 1))
u, v = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
for step in range(30):
    h = squash(X @ u)
    out = squash(h @ v)
    miss = y - out
    v += h.T @ (miss * squash(out, deriv=True))
    u += X.T @ (miss @ v.T * squash(h, deriv=True))
""")
    report = check_file(path, Options(seconds=60.0))
    assert {"u", "v"} <= {each.of for each in report.gradients}
    assert report.status != 0

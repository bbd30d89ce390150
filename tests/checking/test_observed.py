"""What the file's own calls say: shapes, pairs, what a derivative is given, what a step does."""

import ast

import numpy as np
import pytest

from gradproof.checking.processes.evaluator import Evaluator
from gradproof.checking.reading.callsites import call_sites, climbs
from gradproof.checking.reading.indexed import indexed_shapes
from gradproof.checking.reading.uses import used_together
from gradproof.checking.source.discover import discover
from tests.checking.test_reading import examined_text, verdicts

pytestmark = [
    pytest.mark.usefixtures("unexplained"),
    pytest.mark.sampled(12, of="file"),
]


def observed(tmp_path, text):
    path = tmp_path / "observed_file.py"
    path.write_text("import numpy as np\n" + text)
    side = Evaluator(path, 20.0)
    side.load(path.read_text())
    return side.observed


def test_calls_are_noted_and_others_are_drawn_like_them(tmp_path):
    text = """
def loss(w, X, y, names=None):
    return np.sum((X @ w - y) ** 2)
if __name__ == "__main__":
    loss(np.zeros(4), np.random.randn(50, 4), (np.arange(50) % 2).astype(float))
"""
    found = observed(tmp_path, text)
    example, whole = found.examples("loss", np.random.default_rng(0))
    assert whole["X"].shape == (50, 4)
    assert example["w"].shape == (4,)
    assert example["X"].shape == (len(example["y"]), 4)
    assert len(example["y"]) not in (1, 4, 50)
    assert set(example["y"]) == {0.0, 1.0}
    assert example["w"].all()  # zeros hide whatever is wrong


def test_a_file_that_ends_in_an_error_is_observed_up_to_there(tmp_path):
    found = observed(tmp_path, "def f(x):\n    return x\nf(np.ones(3))\nraise SystemExit\n")
    assert [call["x"].shape for call in found.calls["f"]] == [(3,)]


@pytest.mark.parametrize(
    ("code", "shape"),
    [
        ("def f(x):\n    a, b = x\n    return a * b", (2,)),
        ("def f(x):\n    return x[0] * x[2]", (3,)),
        ("def f(x):\n    return x[1, 0]", (2, 1)),
        ("def f(x):\n    return x[0] + x[1:].sum()", None),
        ("def f(x):\n    return [x[i] for i in range(3)]", None),
        ("def f(x):\n    (a, b), c = x\n    return c", None),
    ],
)
def test_shapes_by_how_an_argument_is_taken_apart(code, shape):
    assert indexed_shapes(code, ["x"]).get("x") == shape


def test_what_is_given_to_one_call_belongs_together():
    text = """
minimize(cost, x0, jac=slope, hess=curvature)
leastsq(misfit, p0, Dfun=matrix)
check_grad(energy, force, x0)
con = {"type": "eq", "fun": ball, "jac": normal}
"""
    names = ["cost", "slope", "curvature", "misfit", "matrix", "energy", "force", "ball", "normal"]
    assert used_together(ast.parse(text), names) == {
        "slope": "cost", "curvature": "slope", "matrix": "misfit", "force": "energy",
        "normal": "ball",
    }  # fmt: skip


MOTION = """
def motion(x, u, dt):
    return np.array([x[0] + dt * u[0] * np.cos(x[2]), x[1] + dt * u[0] * np.sin(x[2]),
                     x[2] + dt * u[1]])
def jacob_motion(x, u, dt):
    return [[1, 0, {0}dt * u[0] * np.sin(x[2])], [0, 1, dt * u[0] * np.cos(x[2])], [0, 0, 1]]
"""


@pytest.mark.parametrize(("sign", "verdict"), [("-", "PROVED"), ("", "REFUTED")])
def test_a_jacobian_of_nested_lists_is_no_batch(tmp_path, sign, verdict):
    (found,) = verdicts(tmp_path, MOTION.format(sign)).values()
    assert found["verdict"] in (verdict, "CHECKED" if verdict == "PROVED" else verdict)
    assert found["of"] == "x"


@pytest.mark.campaign
def test_a_transposed_jacobian_is_judged_as_that(tmp_path):
    text = """
def residual(p, t):
    return p[0] * np.exp(-p[1] * t) - 1
def residual_jac(p, t):
    e = np.exp(-p[1] * t)
    return np.array([e, {0}p[0] * t * e])
residual(np.array([1.0, 2.0]), np.linspace(0, 1, 5))
"""
    right = verdicts(tmp_path, text.format("-"))["p"]
    assert right["verdict"] in ("PROVED", "CHECKED")
    assert "transposed" in right["scope"]
    assert verdicts(tmp_path, text.format(""))["p"]["verdict"] == "REFUTED"


SLOPE = """
def tanh(z):
    return np.tanh(z)
def tanh_derivative(z):
    return {0}
def step(x, w):
    z = x @ w
    a = tanh(z)
    return x.T @ tanh_derivative({1})
"""


@pytest.mark.parametrize(
    ("body", "given", "verdict"),
    [("1 - z ** 2", "a", "PROVED"), ("1 - z ** 2", "z", "REFUTED"),
     ("1 - np.tanh(z) ** 2", "z", "PROVED"), ("1 - np.tanh(z) ** 2", "a", "REFUTED")],
)  # fmt: skip
def test_what_a_derivative_is_given_decides(tmp_path, body, given, verdict):
    found = verdicts(tmp_path, SLOPE.format(body, given))["z"]
    assert found["verdict"] == verdict


def test_call_sites():
    tree = ast.parse(
        "def f(theta):\n    theta -= lr / m * g(theta)\n    return theta + rate * g(1)\n"
    )
    assert call_sites(tree, "cost", "g").steps == ((2, -1, True), (3, 1, False))
    assert climbs("cost", 1)
    assert not climbs("cost", -1)
    assert climbs("log_likelihood", -1)


ASCENT = """
def cost(theta, X, y):
    return np.mean((X @ theta - y) ** 2) / 2
def gradient(theta, X, y):
    return {0}X.T @ (X @ theta - y){1}
def train(theta, X, y, alpha):
    for _ in range(9):
        theta {2}= alpha{3} * gradient(theta, X, y)
    return theta
"""


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    ("sign", "mean", "step", "divided", "holds"),
    [
        ("", " / len(y)", "-", "", True),
        ("-", " / len(y)", "+", "", True),
        ("-", " / len(y)", "-", "", False),
        ("", "", "-", " / len(y)", True),
        ("", "", "-", "", False),
    ],
)
def test_a_sign_or_a_count_needs_a_step_that_shows_it(tmp_path, sign, mean, step, divided, holds):
    found = verdicts(tmp_path, ASCENT.format(sign, mean, step, divided))["theta"]
    assert (found["verdict"] in ("PROVED", "CHECKED")) == holds


@pytest.mark.parametrize(("gradient", "holds"), [("p - y", True), ("p + y", False)])
def test_a_gradient_by_the_logits_is_judged_as_that(tmp_path, gradient, holds):
    text = f"""
def cross_entropy(p, y):
    return -np.sum(y * np.log(p)) / len(p)
def cross_entropy_grad(p, y):
    return ({gradient}) / len(p)
"""
    found = verdicts(tmp_path, text)["p"]
    assert (found["verdict"] in ("PROVED", "CHECKED")) == holds
    assert ("by the logits" in found["scope"]) == holds


def test_complex_costs(tmp_path):
    text = """
A = np.array([[1 + 2j, 0.5], [0.3j, 2 - 1j], [1.0, 1j]])
def cost(z):
    return np.sum(np.abs(A @ z - 1) ** 2)
def cost_grad(z):
    return 2 * A{0}.T @ (A @ z - 1)
cost(np.zeros(2, dtype=complex))
"""
    assert verdicts(tmp_path, text.format(".conj()"))["z"]["verdict"] == "CHECKED"
    assert verdicts(tmp_path, text.format(""))["z"]["verdict"] == "REFUTED"


def test_what_the_file_gives_complex_numbers_is_never_judged_for_real_ones(tmp_path):
    text = """
def cost(z, M, t):
    return np.sum(np.abs(M @ z - t) ** 2)
def cost_grad(z, M, t):
    return 2 * M.T @ (M @ z - t)
rng = np.random.default_rng(0)
M, t = rng.normal(size=(5, 3)) + 1j * rng.normal(size=(5, 3)), 1j * rng.normal(size=5)
cost_grad(np.zeros(3, dtype=complex), M, t)
"""
    (found,) = examined_text(tmp_path, text)
    assert found["value"].get("verdict") not in ("PROVED", "CHECKED")


@pytest.mark.parametrize(("e", "verdict"), [("2.7182818", "CHECKED"), ("2.5", "REFUTED")])
def test_a_number_of_few_digits_is_named(tmp_path, e, verdict):
    text = f"e = {e}\ndef sigmoid(z):\n    return 1 / (1 + e ** -z)\n" \
           "def sigmoid_prime(z):\n    return sigmoid(z) * (1 - sigmoid(z))\n"  # fmt: skip
    found = verdicts(tmp_path, text)["z"]
    assert found["verdict"] == verdict
    assert ("2.7182818 in line 2" in found["scope"]) == (verdict == "CHECKED")


def test_the_authors_own_error_has_its_line(tmp_path):
    text = "def f_forward(x):\n    return x * 2, x\ndef f_backward(dout, cache):\n" \
           "    return dout * undefined_name\n"  # fmt: skip
    (found,) = examined_text(tmp_path, text)
    assert "your code raises NameError" in found["value"]["reason"]
    assert "line 5" in found["value"]["reason"]


def test_a_step_is_no_derivative():
    text = "class M:\n    def gradient(self, w, dw):\n        return w - 0.1 * dw\n" \
           "    def error(self, y, out):\n        return ((y - out) ** 2).sum()\n"  # fmt: skip
    assert discover(text).candidates == []


def test_a_derivative_in_local_coordinates_is_listed():
    text = """
def retract(pose, xi):
    return pose + xi
def error(pose, z):
    return pose - z
def jacobian(pose, z):
    return 1
"""
    found = discover(text)
    assert found.candidates == []
    assert "local coordinates (retract)" in found.unmatched["jacobian"]

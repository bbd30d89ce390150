"""The conventions that need judgement: guards, means over the batch, contracts, vectors."""

import pytest

from gradproof.checking.source.guards import without_guards
from gradproof.checking.trials.input_trials import gates_of
from tests.checking.corpus import examined

pytestmark = pytest.mark.sampled(14, of="file")

IMPORT = "import numpy as np\n"


def verdicts(tmp_path, text, **options):
    path = tmp_path / "checked_file.py"
    path.write_text(IMPORT + text)
    messages = examined(path, **options)
    assert [m for m in messages if m["type"] in ("unmatched", "error")] == []
    return [m["value"] for m in messages if m["type"] == "gradient"]


@pytest.mark.parametrize(
    ("guarded", "bare"),
    [
        ("np.clip(z, -500, 500)", "z"),
        ("np.clip(p, 1e-7, 1 - 1e-7)", "p"),
        ("np.log(p + 1e-8)", "np.log(p)"),
        ("np.log(1e-12 + p)", "np.log(p)"),
        ("np.maximum(p, 1e-12)", "p"),
    ],
)
def test_guards_are_removed(guarded, bare):
    assert without_guards(guarded) == (bare, [1])


@pytest.mark.parametrize(
    "code",
    ["np.clip(x, -1, 1)", "np.clip(x, 0, 6)", "np.maximum(x, 0)", "np.sqrt(var + 1e-5)",
     "np.log(1 + np.exp(x))", "np.minimum(x, 6)", "max(0.01 * x, x)"],
)  # fmt: skip
def test_what_is_no_guard_stays(code):
    assert without_guards(code) == (code, [])


def test_a_named_eps_is_a_guard():
    text, lines = without_guards("eps = 1e-15\np = np.clip(p, eps, 1 - eps)")
    assert lines == [2]
    assert text.endswith("p = p")


def test_hard_tanh_without_its_corners_is_refuted(tmp_path):
    (found,) = verdicts(
        tmp_path,
        "def hard(x):\n    return np.clip(x, -1, 1)\ndef dhard(x):\n    return np.ones_like(x)\n",
    )
    assert found["verdict"] == "REFUTED"


def test_the_guards_are_named(tmp_path):
    text = """
def bce(y_true, y_pred):
    y_pred = np.clip(y_pred, 1e-7, 1 - 1e-7)
    return -np.mean(y_true * np.log(y_pred) + (1 - y_true) * np.log(1 - y_pred))
def bce_prime(y_true, y_pred):
    return (y_pred - y_true) / (y_pred * (1 - y_pred)) / y_true.size
"""
    (found,) = verdicts(tmp_path, text)
    assert found["verdict"] == "CHECKED"
    assert "without the guard in line 4" in found["scope"]


LAYER = """
def linear_forward(A, W, b):
    return W @ A + b, (A, W, b)
def linear_backward(dZ, cache):
    A, W, b = cache
    m = A.shape[1]
    return W.T @ dZ, dZ @ A.T {dw}, dZ.sum(axis=1, keepdims=True) {db}
"""


def test_means_over_the_batch_are_a_convention_if_all_parameters_keep_it(tmp_path):
    found = verdicts(tmp_path, LAYER.format(dw="/ m", db="/ m"))
    assert {g["verdict"] for g in found} == {"PROVED"}
    assert all("means over the batch" in g["scope"] for g in found)


@pytest.mark.parametrize(("dw", "db", "wrong"), [("/ m", "", "W"), ("", "/ m", "b")])
def test_one_mean_alone_is_a_slip(tmp_path, dw, db, wrong):
    found = verdicts(tmp_path, LAYER.format(dw=dw, db=db))
    assert [g["of"] for g in found if g["verdict"] == "REFUTED"] == [wrong]


@pytest.mark.parametrize(("returned", "holds"), [("b, dout * a", True), ("a, dout * b", False)])
def test_gradients_without_names_come_in_the_order_of_the_arguments(tmp_path, returned, holds):
    text = f"""
def mul_forward(a, b):
    return a * b, (a, b)
def mul_backward(dout, cache):
    a, b = cache
    return dout * {returned}
"""
    assert {g["verdict"] for g in verdicts(tmp_path, text)} == {"PROVED" if holds else "REFUTED"}


def test_the_contract_is_reported(tmp_path):
    text = "def tanh(x):\n    return np.tanh(x)\ndef dtanh({0}):\n    return 1 - {1} ** 2\n"
    (by_output,) = verdicts(tmp_path, text.format("y", "y"))
    (by_input,) = verdicts(tmp_path, text.format("x", "np.tanh(x)"))
    assert (by_output["contract"], by_input["contract"]) == ("output", "input")
    assert "takes the output" in by_output["scope"]


def test_the_upstream_gradient_may_be_named_after_the_output(tmp_path):
    """Wrong code cannot show by its values which argument is which: dp is the gradient by p."""
    text = """
def softmax_forward(x):
    e = np.exp(x)
    p = e / e.sum(axis=1, keepdims=True)
    return p, p
def softmax_backward(dp, p):
    return {}
"""
    (right,) = verdicts(tmp_path, text.format("p * (dp - (dp * p).sum(axis=1, keepdims=True))"))
    assert right["verdict"] == "PROVED"
    (wrong,) = verdicts(tmp_path, text.format("dp * p * (1 - p)"))
    assert wrong["verdict"] == "REFUTED"
    assert wrong["diagnosis"]["kind"] == "elementwise or matrix"


def test_a_loss_for_one_number_per_example(tmp_path):
    text = """
def mse(y, y_pred):
    return np.mean((y - y_pred) ** 2)
def mse_prime(y, y_pred):
    return 2 * (y_pred - y) / len(y)
"""
    (found,) = verdicts(tmp_path, text)
    assert found["verdict"] == "PROVED"
    assert "for one number per example; it is wrong for shape (3, 4)" in found["scope"]


def test_the_missing_factor_of_a_loss_is_no_matter_of_shape(tmp_path):
    text = """
def mse(y, y_pred):
    return np.mean((y - y_pred) ** 2)
def mse_prime(y, y_pred):
    return (y_pred - y) / y.size
"""
    (found,) = verdicts(tmp_path, text)
    assert found["verdict"] == "REFUTED"
    assert found["of"] == "y_pred"


def test_what_cannot_be_called_is_listed_with_the_reason(tmp_path):
    path = tmp_path / "checked_file.py"
    path.write_text("def f(x):\n    return x.nothing\ndef df(x):\n    return 1\n")
    (found,) = [m["value"] for m in examined(path) if m["type"] == "unmatched"]
    assert found["name"] == "df"
    assert "nothing" in found["reason"]


def test_wrong_for_class_numbers_does_not_pass_by_one_hot_rows(tmp_path):
    text = """
class Loss:
    def forward(self, x, t):
        self.t = t
        e = np.exp(x)
        self.y = e / e.sum(axis=1, keepdims=True)
        n = len(x)
        if t.size == x.size:
            return -np.sum(t * np.log(self.y)) / n
        return -np.sum(np.log(self.y[np.arange(n), t])) / n
    def backward(self, dout=1):
        n = len(self.t)
        if self.t.size == self.y.size:
            return (self.y - self.t) / n
        dx = self.y.copy()
        dx[np.arange(n), self.t] -= 1
        return dx
"""
    (found,) = verdicts(tmp_path, text)
    assert found["verdict"] == "UNDECIDED"
    assert "wrong for t = " in found["reason"]


def test_names_in_korean(tmp_path):
    text = """
def 시그모이드(x):
    return 1 / (1 + np.exp(-x))
def 시그모이드_미분(x):
    return 시그모이드(x) * (1 - 시그모이드(x))
def 표준화_순전파(x):
    평균 = x.mean(axis=0)
    return x - 평균, 평균
def 표준화_역전파(dout, 캐시):
    return dout - dout.{}(axis=0)
class 렐루:
    def 순전파(self, x):
        self.양수 = x > 0
        return x * self.양수
    def 역전파(self, dout):
        return dout * self.양수
"""
    right, wrong = verdicts(tmp_path, text.format("mean")), verdicts(tmp_path, text.format("sum"))
    assert [g["verdict"] for g in right] == ["PROVED"] * 3
    assert [g["verdict"] for g in wrong] == ["PROVED", "REFUTED", "PROVED"]


def test_a_gradient_of_a_wrong_shape_does_not_change_what_the_others_are_taken_for(tmp_path):
    # With a number for b the file runs as well; then db, which is right, would have a wrong shape.
    text = """
def gate_forward(x, h, W, U, b):
    H = h.shape[1]
    a = x @ W + h @ U + b
    g = np.tanh(a[:, H:])
    return a[:, :H] * g, (x, h, W, U, a[:, :H], g)
def gate_backward(dout, cache):
    x, h, W, U, z, g = cache
    da = np.hstack([dout * g, dout * z * (1 - g ** 2)])
    dx, dh = da @ W.T, da @ U.T
    dW, dU, db = x.T @ da, x.T @ da, da.sum(axis=0)
    return dx, dh, dW, dU, db
"""
    found = verdicts(tmp_path, text)
    assert [f["of"] for f in found if f["verdict"] == "REFUTED"] == ["U"]
    assert len(found) == 5


@pytest.mark.parametrize(
    ("code", "gates"),
    [("f = a[:, H:]", 2), ("a[:, H:2*H], a[:, 2 * H:]", 3), ("o = a[:, 3 * n_h :]", 4),
     ("a[:, :H], a[:, H:2 * H], a[:, 2 * H:3 * H]", 3), ("np.split(a, 3, axis=1)", 3),
     ("y = x @ W", 4)],
)  # fmt: skip
def test_gates_side_by_side_are_counted_by_the_slices(code, gates):
    assert gates_of(code) == gates

"""Slips of whole statements and of expressions that no tape shows; and that nothing is silent."""

from pathlib import Path

import pytest

from gradproof.checking.records import GradientResult
from gradproof.cli import main
from gradproof.diagnosis.sentences.kinds import Kind
from tests.checking.corpus import results

STATES = """import numpy as np


def rnn_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    H = h0.shape[1]
    hs = np.zeros((N, T + 1, H))
    hs[:, 0] = h0
    for t in range(T):
        hs[:, t + 1] = np.tanh(x[:, t].dot(Wx) + hs[:, t].dot(Wh) + b)
    return hs[:, 1:], (x, hs, Wx, Wh)


def rnn_backward(dout, cache):
    x, hs, Wx, Wh = cache
    N, T, H = dout.shape
    dx = np.zeros_like(x)
    dWx = np.zeros_like(Wx)
    dWh = np.zeros_like(Wh)
    db = np.zeros(H)
    dh = np.zeros((N, H))
    for t in reversed(range(T)):
        dh = dh + dout[:, t]
        dz = dh * (1 - hs[:, t + 1] ** 2)
        dx[:, t] = dz.dot(Wx.T)
        dWx += x[:, t].T.dot(dz)
        dWh += hs[:, t].T.dot(dz)
        db += dz.sum(axis=0)
        dh = dz.dot(Wh.T)
    dh0 = dh
    return dx, dh0, dWx, dWh, db
"""
LAYER = """import numpy as np


def forward(X, W1, W2):
    h = np.tanh(X @ W1)
    return h @ W2, (X, W1, W2, h)


def backward(dout, cache):
    X, W1, W2, h = cache
    dW2 = h.T @ dout
    dh = dout @ W2.T
    da = dh * (1 - h ** 2)
    return da @ W1.T, X.T @ da, dW2
"""
JACOBIAN = """import numpy as np


def softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum()


def softmax_jacobian(z):
    s = softmax(z)
    n = len(s)
    J = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            J[i, j] = s[i] * ((i == j) - s[j])
    return J
"""
TURN = """import numpy as np


def turn(q):
    r, t = q
    return np.array([r * np.cos(t), r * np.sin(t)])


def turn_jacobian(q):
    r, t = q
    return np.array([[np.cos(t), -r * np.sin(t)],
                     [np.sin(t), r * np.cos(t)]])
"""
SLIPS = [
    (STATES, "reversed(range(T))", "range(T)", Kind.WRONG_ORDER, 22, "reversed(range(T))"),
    (STATES, "d(range(T))", "d(range(1, T))", Kind.OFF_BY_ONE, 22, "range(T)"),
    (STATES, "- hs[:, t + 1] **", "- hs[:, t] **", Kind.OFF_BY_ONE, 24, "hs[:, t + 1] ** 2)"),
    (STATES, "dh = dh + dout", "dh = dout", Kind.WRONG_OPERATOR, 23, "dh += dout[:, t]"),
    (LAYER, "    dh = dout", "    W2 = W2 - 0.1 * dW2\n    dh = dout", Kind.CHANGED_EARLY, 12, ""),
    (TURN, "r * np.cos(t)]])", "np.cos(t)]])", Kind.MISSING_FACTOR, 12, "np.cos(t) * r]])"),
    (TURN, "cos(t)]])", "cos(t)]]).T", Kind.TRANSPOSED, 12, "[np.sin(t), r * np.cos(t)]])"),
    (JACOBIAN, "\n    return J", "\n        return J", Kind.LEFT_TOO_SOON, 16, "return J"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "right", "wrong", "kind", "line", "fix"), SLIPS)
def test_a_slip_of_a_statement_is_named_in_its_line(
    text: str, right: str, wrong: str, kind: Kind, line: int, fix: str, tmp_path: Path
) -> None:
    path = tmp_path / "layers.py"
    path.write_text(text.replace(right, wrong))
    judged = [r for r in results(path) if isinstance(r, GradientResult)]
    refuted = [r for r in judged if r.verdict == "REFUTED"]
    assert refuted
    for result in refuted:
        slip = result.slip
        assert slip is not None
        assert (slip.kind, slip.line) == (kind, line)
        assert fix in slip.fix
        assert slip.exact


@pytest.mark.parametrize("text", [STATES, LAYER, TURN, JACOBIAN])
def test_right_code_is_not_accused_of_any(text: str, tmp_path: Path) -> None:
    path = tmp_path / "layers.py"
    path.write_text(text)
    judged = [*results(path)]
    assert judged
    assert all(isinstance(r, GradientResult) and r.holds for r in judged)


SILENT = """import numpy as np


def forward(A):
    return np.linalg.eigvalsh(A @ A.T + np.eye(len(A))).sum() ** 2, A


def backward(dy, A):
    return 3 * dy * A
"""
PENALTY = """import numpy as np


def cost(theta, X, y, lam=0.3):
    r = X.dot(theta) - y
    return (r @ r + lam * theta[1:] @ theta[1:]) / 2


def gradient(theta, X, y, lam=0.3):
    return X.T.dot(X.dot(theta) - y) + lam * theta
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [(SILENT, "is not known here"), (PENALTY, "dtheta[0] alone is wrong")],
)
def test_no_refutation_is_silent(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "layers.py"
    path.write_text(text)
    (result,) = results(path)
    assert isinstance(result, GradientResult)
    assert result.verdict == "REFUTED"
    assert result.slip is not None
    assert said in result.slip.message.en
    assert result.slip.message.ko


COURSE = """import numpy as np


def propagate(X, W1, W2):
    A1 = np.tanh(W1 @ X)
    A2 = 1 / (1 + np.exp(-(W2 @ A1)))
    return A2, {"X": X, "A1": A1, "A2": A2, "W2": W2}


def compute_cost(A2, Y):
    m = Y.shape[1]
    return -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m


def loss_forward(W1, W2, X, Y):
    Z1 = W1 @ X
    A1 = np.tanh(Z1)
    Z2 = W2 @ A1
    A2 = 1 / (1 + np.exp(-Z2))
    return compute_cost(A2, Y), (W2, X, Y, A1, A2)


def loss_backward(dout, cache):
    W2, X, Y, A1, A2 = cache
    m = X.shape[1]
    dZ2 = A2 - Y
    dW2 = dout * dZ2 @ A1.T / m
    dA1 = W2.T @ dZ2
    dZ1 = dA1 * (1 - A1) * np.cosh(A1) ** 3
    dW1 = dout * dZ1 @ X.T / m
    return dW1, dW2
"""


def test_each_step_is_told_and_one_right_by_convention_is_not_blamed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "layers.py"
    path.write_text(COURSE)
    assert main(["check", "--steps", str(path), "--lang", "en"]) == 1
    out = capsys.readouterr().out
    assert "dZ2 (line 26): right, times 3/dy as its convention has it" in out
    assert "dA1 (line 28): right, times 3/dy" in out
    assert "dZ1 (line 29): wrong, though all that it is made of is right" in out

"""Slips of whole statements and of expressions that no tape shows; and that nothing is silent."""

from pathlib import Path

import numpy as np
import pytest

from gradproof.checking.records import GradientResult
from gradproof.cli import main
from gradproof.diagnosis import diagnose
from gradproof.slip_kinds import Kind
from tests.checking.corpus import results
from tests.diagnosis.coincidences import loaded

STATES = """import numpy as np


def forward(x, W):
    hs = np.zeros((len(x) + 1, W.shape[0]))
    for t in range(len(x)):
        hs[t + 1] = np.tanh(x[t] + hs[t] @ W)
    return hs[1:], (hs, W)


def backward(dout, cache):
    hs, W = cache
    dx, dW, dh = np.zeros_like(dout), np.zeros_like(W), np.zeros(W.shape[0])
    for t in reversed(range(len(dout))):
        dh = dh + dout[t]
        da = dh * (1 - hs[t + 1] ** 2)
        dx[t] = da
        dW += np.outer(hs[t], da)
        dh = da @ W.T
    return dx, dW
"""
LAYER = """import numpy as np


def forward(X, V, W):
    h = np.tanh(X @ V)
    return h @ W, (X, V, W, h)


def backward(dout, cache):
    X, V, W, h = cache
    dW = h.T @ dout
    dh = dout @ W.T
    da = dh * (1 - h ** 2)
    return da @ V.T, X.T @ da, dW
"""
TURN = """import numpy as np


def forward(q):
    r, t = q
    return np.array([r * np.cos(t), r * np.sin(t)]), q


def backward(dy, q):
    r, t = q
    J = np.array([[np.cos(t), -r * np.sin(t)],
                  [np.sin(t), r * np.cos(t)]])
    return dy @ J
"""
ROWS = """import numpy as np


def forward(X, w):
    return X @ w, (X, w)


def backward(dy, cache):
    X, w = cache
    dX, dw = np.zeros_like(X), np.zeros_like(w)
    for i in range(len(X)):
        dX[i] = dy[i] * w
        dw += dy[i] * X[i]
    return dX, dw
"""
S, L, Q, R = ((4, 3), (3, 3)), ((3, 4), (4, 5), (5, 2)), ((2,),), ((3, 4), (4,))
SLIPS = [
    (STATES, S, "reversed(range(len(dout)))", "range(len(dout))", Kind.WRONG_ORDER, 14, "reversed"),
    (STATES, S, "- hs[t + 1] **", "- hs[t] **", Kind.OFF_BY_ONE, 16, "hs[t + 1] ** 2)"),
    (ROWS, R, "range(len(X)", "range(1, len(X)", Kind.OFF_BY_ONE, 11, "range(len(X))"),
    (ROWS, R, "\n    return dX", "\n        return dX", Kind.LEFT_TOO_SOON, 14, "return dX, dw"),
    (LAYER, L, "    dh =", "    W = W - 0.1 * dW\n    dh =", Kind.CHANGED_EARLY, 12, ""),
    (TURN, Q, "r * np.cos(t)]])", "np.cos(t)]])", Kind.MISSING_FACTOR, 12, "np.cos(t) * r]])"),
    (TURN, Q, "cos(t)]])", "cos(t)]]).T", Kind.TRANSPOSED, 13, "J @ dy"),
]  # fmt: skip


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("text", "shapes", "right", "wrong", "kind", "line", "fix"), SLIPS)
def test_a_slip_of_a_statement_is_named_in_its_line(
    text: str, shapes: tuple[tuple[int, ...], ...], right: str, wrong: str, kind: Kind, line: int,
    fix: str, tmp_path: Path,
) -> None:  # fmt: skip
    assert right in text
    inputs = [np.random.default_rng(3).normal(size=shape) for shape in shapes]
    module = loaded(tmp_path / "slip.py", text.replace(right, wrong))
    slip = diagnose(module.forward, module.backward, *inputs)
    assert slip is not None
    assert (slip.kind, slip.line, slip.exact) == (kind, line, True)
    assert fix in slip.fix


@pytest.mark.sampled(1)
@pytest.mark.parametrize(("text", "shapes"), [(STATES, S), (LAYER, L), (TURN, Q), (ROWS, R)])
def test_right_code_is_not_accused_of_any(
    text: str, shapes: tuple[tuple[int, ...], ...], tmp_path: Path
) -> None:
    inputs = [np.random.default_rng(3).normal(size=shape) for shape in shapes]
    module = loaded(tmp_path / "right.py", text)
    found = diagnose(module.forward, module.backward, *inputs)
    assert found is None or found.kind == Kind.LOST_DIGITS


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


@pytest.mark.sampled(1)
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
    dZ1 = dA1 * (1 - A1)
    dW1 = dout * dZ1 @ X.T / m
    return dW1, dW2
"""


@pytest.mark.usefixtures("judged_here")
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

"""Shapes are asked of the function itself: what is free has its own length, what meets is equal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gradproof.checking.conventions.match import SELECT, distances
from gradproof.checking.processes.evaluator import Evaluator
from gradproof.checking.source.discover import discover
from gradproof.checking.trials.inferred_shapes import inferred


def _lengths(function, **ranks):
    def run(shapes):
        rng = np.random.default_rng(0)
        return function(**{k: rng.uniform(0.1, 0.9, s) for k, s in shapes.items()})

    found = next(inferred(run, ranks), None)
    return found and found.with_sizes(dict(zip(found.free, range(3, 20))))


def _unpacked(p, t):
    a, b = p
    return a * np.exp(-b * t)


@pytest.mark.parametrize(
    ("function", "ranks", "shapes"),
    [
        (lambda x, w, b: x @ w + b, (2, 2, 1), [(3, 4), (4, 5), (5,)]),
        (lambda u, v: u @ v.T, (2, 2), [(3, 4), (5, 4)]),
        (lambda x, h, w: np.hstack([x, h]) @ w, (2, 2, 2), [(3, 4), (3, 5), (9, 6)]),
        (lambda x, w: x.reshape(len(x), -1) @ w, (3, 2), [(3, 4, 5), (20, 6)]),
        (lambda x, w: np.c_[np.ones(len(x)), x] @ w, (2, 1), [(3, 4), (5,)]),
        (lambda q, k, v: np.einsum("id,jd->ij", q, k) @ v, (2, 2, 2), [(3, 4), (5, 4), (5, 6)]),
        (lambda x, a: x @ np.linalg.solve(a, x), (1, 2), [(3,), (3, 3)]),
        (_unpacked, (1, 1), [(2,), (3,)]),
        (lambda x, w: x @ w @ w.T @ w.T, (2, 2), [(3, 4), (4, 4)]),
        (lambda x, w: x.reshape(7), (2, 2), None),
    ],
)
def test_lengths_that_meet_are_equal_and_no_others(function, ranks, shapes):
    names = function.__code__.co_varnames[: len(ranks)]
    found = _lengths(function, **dict(zip(names, ranks)))
    assert (found and list(found.values())) == shapes


_KERNEL = """
import numpy as np

def nll(ell, x, y):
    d = x[:, None] - x[None, :]
    K = np.exp(-d ** 2 / ell ** 2) + np.eye(len(x))
    return 0.5 * y @ np.linalg.solve(K, y)

def nll_grad(ell, x, y):
    d = x[:, None] - x[None, :]
    E = np.exp(-d ** 2 / ell ** 2)
    alpha = np.linalg.solve(E + np.eye(len(x)), y)
    return -alpha @ (E * d ** 2 / ell ** 3) @ alpha
"""  # of a number ell
_COUNTS = """
import numpy as np

def nll(beta, X, counts, exposure):
    mu = exposure * np.exp(X @ beta)
    return np.sum(mu - counts * np.log(mu))

def nll_grad(beta, X, counts, exposure):
    return X.T @ (exposure * np.exp(X @ beta) - counts)
"""
_FACTORS = """
import numpy as np

def loss(P, Q, R, mask):
    return 0.5 * np.sum((mask * (R - P @ Q.T)) ** 2)

def grads(P, Q, R, mask):
    E = mask * (R - P @ Q.T)
    return -E @ Q, -E.T @ P
"""
_POLICY = """
import numpy as np

def log_prob(theta, s, a):
    z = s @ theta
    return z[a] - np.log(np.exp(z).sum())

def grad_log_prob(theta, s, a):
    z = s @ theta
    hot = np.eye(z.size)[a]
    return np.outer(s, hot - np.exp(z) / np.exp(z).sum())
"""
_CURVE = """
import numpy as np

def model(t, a, tau, c):
    return a * (1 - np.exp(-t / tau)) + c

def model_jac(t, a, tau, c):
    e = np.exp(-t / tau)
    return np.column_stack([1 - e, -a * t / tau ** 2 * e, np.ones_like(t)])

model(np.linspace(0.1, 5, 40), 2.0, 1.3, 0.1)
"""  # a column for each number
_MEANS = """
import numpy as np

def pool(Q, K):
    return np.tanh(Q @ K.T).mean(axis=1), (Q, K)

def pool_backward(dout, cache):
    Q, K = cache
    dS = (1 - np.tanh(Q @ K.T) ** 2) * dout[:, None] / K.shape[0]
    return dS @ K, dS.T @ Q
"""  # as many queries as keys only by chance


_PAIRS = """
import numpy as np

def triplet_forward(a, b, near):
    d = a - b
    far = np.sqrt((d ** 2).sum(axis=1))
    return (near * far ** 2).sum(), (d, near)

def triplet_backward(dy, cache):
    d, near = cache
    da = dy * 2 * near[:, None] * d
    return da, -da
"""  # b beside a is no bias: a layout of images runs as well, and fits nowhere
_CODER = """
import numpy as np

class Coder:
    def __init__(self, W1, b1, W2, b2):
        self.W1, self.b1, self.W2, self.b2 = W1, b1, W2, b2

    def forward(self, x):
        self.x = x
        self.h = np.tanh(x @ self.W1 + self.b1)
        return self.h @ self.W2 + self.b2

    def backward(self, dy):
        self.db2 = dy.sum(axis=0)
        self.dW2 = self.h.T @ dy
        dz = dy @ self.W2.T * (1 - self.h ** 2)
        self.dW1, self.db1 = self.x.T @ dz, dz.sum(axis=0)
        return dz @ self.W1.T
"""  # back to as many outputs as inputs
_SIGNAL = """
import numpy as np
H = np.array([[1, 2j], [0.5 - 1j, 3], [1j, 1 + 1j]])
Y = np.array([1 + 1j, 2, -1j])

def power(s):
    return np.sum(np.abs(H @ s - Y) ** 2)

def power_grad(s):
    return 2 * H.conj().T @ (H @ s - Y)
"""  # no call says that s is complex; its gradient does
_WHOLE = """
import numpy as np

class Centre:
    def __init__(self, dim):
        self.gamma = np.ones(dim)

    def forward(self, x):
        self.c = x - x.mean(axis=0)
        return self.gamma * self.c

    def backward(self, dy):
        self.dgamma = (dy * self.c).sum(axis=0)
        d = dy * self.gamma
        return d - d.mean(axis=0)

Centre(3).forward(np.arange(12).reshape(4, 3))
"""  # x is real, though the numbers of the call are whole


@pytest.mark.parametrize(
    ("text", "right", "wrong", "of"),
    [
        (_PAIRS, "da, -da", "da, da", {"b"}),
        (_CODER, "dy.sum", "dy.mean", {"b2"}),
        (_SIGNAL, "H.conj().T", "H.T", {"s"}),
        (_WHOLE, "d - d.mean", "d + d.mean", {"x"}),
        (_KERNEL, "ell ** 3", "ell ** 2", {"ell"}),
        (_COUNTS, "(exposure * np.exp", "(np.exp", {"beta"}),
        (_FACTORS, "-E.T @ P", "-(R - P @ Q.T).T @ P", {"Q"}),
        (_POLICY, "hot - np.exp", "hot + np.exp", {"theta"}),
        (_CURVE, "tau ** 2", "tau", {"tau"}),
        (_MEANS, "/ K.shape[0]", "/ Q.shape[0]", {"Q", "K"}),
    ],
)  # fmt: skip
def test_a_gradient_is_judged_in_the_layout_it_is_meant_for(
    tmp_path: Path, text: str, right: str, wrong: str, of: set[str]
) -> None:
    for code, refuted in ((text, set()), (text.replace(right, wrong), of)):
        path = tmp_path / "file.py"
        path.write_text(code)
        side = Evaluator(path, 60.0)
        side.load(code)
        (candidate,) = discover(code).candidates
        (match,) = side.matches(candidate)
        found = distances(match)
        assert of <= set(found)
        assert {name for name, off in found.items() if not off < SELECT} == refuted


_BOTH = """
import numpy as np

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))

def {}(e, z):
    a = sigmoid(z)
    return e * sigmoid_prime(z) + e * sigmoid_prime(a)
"""


@pytest.mark.parametrize(("caller", "holds"), [("delta_backward", True), ("shown", False)])
def test_a_wrong_call_in_another_gradient_is_that_ones_slip(
    tmp_path: Path, caller: str, holds: bool
) -> None:
    """What is called wrongly where nothing else is judged is held against the derivative itself."""
    path, code = tmp_path / "file.py", _BOTH.format(caller)
    path.write_text(code)
    side = Evaluator(path, 60.0)
    side.load(code)
    (candidate,) = (each for each in discover(code).candidates if each.forward == "sigmoid")
    (match,) = side.matches(candidate)
    assert all(off < SELECT for off in distances(match).values()) == holds
    assert any("gives it the output" in note for note in match.notes)

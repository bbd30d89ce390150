"""Why a step is wrong: how far its making is right, or which part of it is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradproof.claims.claim_words import claims_of
from gradproof.claims.script_reading import read_script
from gradproof.verdicts import Status

RIGHT = """import numpy as np
rng = np.random.default_rng(0)
X, y = rng.normal(size=(20, 3)), rng.normal(size=(20, 1))
W1, b1 = rng.normal(size=(3, 5)), np.zeros(5)
W2, b2 = rng.normal(size=(5, 1)), np.zeros(1)
for _ in range(40):
    z = X @ W1 + b1
    h = np.tanh(z)
    out = h @ W2 + b2
    loss = np.mean((out - y) ** 2)
    dout = 2 * (out - y) / len(y)
    dh = dout @ W2.T
    dz = dh * (1 - h ** 2)
    W2 -= 0.1 * h.T @ dout
    b2 -= 0.1 * dout.sum(0)
    W1 -= 0.1 * X.T @ dz
    b1 -= 0.1 * dz.sum(0)
print(loss)
"""
TIED = """import numpy as np
rng = np.random.default_rng(0)
X, W = rng.normal(size=(20, 4)), rng.normal(size=(4, 3))
a, c = np.zeros(3), np.zeros(4)
for _ in range(40):
    H = np.tanh(X @ W + a)
    E = H @ W.T + c - X
    loss = (E ** 2).sum() / 2
    dH = E @ W * (1 - H ** 2)
    W -= 0.01 * (X.T @ dH + E.T @ H)
    a -= 0.01 * dH.sum(0)
    c -= 0.01 * E.sum(0)
print(loss)
"""
SLIPS = {
    "the slope left out": (RIGHT, "dh * (1 - h ** 2)", "dh * 1.0",
                           "as far as line 13 (dz), which is the gradient of what line 8 (h)"),
    "a wrong slope": (RIGHT, "1 - h ** 2", "1 - h",
                      "as far as line 12 (dh), which is the gradient of what line 8 (h)"),
    "the data forgotten": (RIGHT, "X.T @ dz", "np.cos(X).T @ dz",
                           "as far as line 13 (dz), which is the gradient of what line 7 (z)"),
    "one use forgotten": (TIED, " + E.T @ H", "",
                          "the part of it that goes through line 7 is left out"),
    "the other use forgotten": (TIED, "X.T @ dH + E.T", "E.T",
                                "the part of it that goes through line 6 is left out"),
}  # fmt: skip


@pytest.mark.parametrize("case", SLIPS)
def test_how_far_a_wrong_step_is_right(case: str, tmp_path: Path) -> None:
    text, old, new, said = SLIPS[case]
    path = tmp_path / "train.py"
    assert old in text
    right = claims_of(read_script(path, text))
    assert {each.status for each in right} == {Status.CHECKED}
    wrong = [
        each
        for each in claims_of(read_script(path, text.replace(old, new)))
        if each.status is Status.REFUTED
    ]
    assert wrong
    assert all(said in each.said.en for each in wrong), [each.said.en for each in wrong]
    assert all("행" in each.said.ko for each in wrong)


GUARDED = RIGHT.replace("out = h @ W2 + b2", "out = 1 / (1 + np.exp(-(h @ W2 + b2)))").replace(
    "loss = np.mean((out - y) ** 2)",
    "loss = -np.mean(y * np.log(out + 1e-7) + (1 - y) * np.log(1.0000001 - out))",
).replace("dout = 2 * (out - y)", "dout = (out - y)").replace("rng.normal(size=(20, 1))\n",
    "(rng.random((20, 1)) > 0.5) * 1.0\n").replace("b1 = rng.normal(size=(3, 5)), np.zeros(5)",
    "b1 = rng.normal(size=(3, 5)), 0")  # fmt: skip


def test_a_number_that_only_keeps_a_logarithm_finite_accuses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    right = claims_of(read_script(path, GUARDED))
    assert {each.target: each.status for each in right} == dict.fromkeys(
        ("W2", "b2", "W1", "b1"), Status.CHECKED
    )
    assert all("without the small number of line 10" in each.said.en for each in right)
    wrong = claims_of(read_script(path, GUARDED.replace("dh * (1 - h ** 2)", "dh * (1 - h)")))
    assert {each.target for each in wrong if each.status is Status.REFUTED} == {"W1", "b1"}

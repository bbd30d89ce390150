"""What is told of a slip stands in the author's line, and is a change that somebody would write."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradproof.checking.records import GradientResult
from gradproof.verdicts import Diagnosis
from tests.checking.corpus import results

HELPER = """
import numpy as np


def squash(z):
    return 1 / (1 + np.exp(-z))


def squash_grad(z):
    s = squash(z)
    return s * (1 - s)


def loss(U, V, X, T):
    p = X @ U
    h = squash(p)
    q = h @ V
    o = squash(q)
    return 0.5 * np.sum((o - T) ** 2)


def loss_grad(U, V, X, T):
    p = X @ U
    h = squash(p)
    q = h @ V
    o = squash(q)
    d2 = {d2}
    d1 = (d2 @ V.T) * squash_grad({inner})
    return X.T @ d1, h.T @ d2
"""
RIGHT = {"d2": "(o - T) * squash_grad(q)", "inner": "p"}

FILTERS = """
import numpy as np


class Filters:
    def __init__(self, count=3, length=3):
        self.taps = np.random.normal(size=(count, length))

    def forward(self, x):
        self.x = x
        self.y = np.zeros((self.taps.shape[0], x.size - self.taps.shape[1] + 1))
        for i in range(self.taps.shape[0]):
            self.y[i] = np.convolve(x, self.taps[i], mode="valid")
        return self.y

    def backward(self, dy):
        self.dtaps = np.zeros(self.taps.shape)
        dx = np.zeros(self.x.shape)
        for i in range(self.taps.shape[0]):
            self.dtaps[i] = np.correlate(self.x, dy[i], mode="valid")
            dx += np.correlate(dy[i], self.taps[i], mode="full")
        return dx
"""

COMPLEX = """
import numpy as np

M = np.array([[1 + 2j, 0.5], [0.3j, 2 - 1j], [1.0, 1j]])


def cost(z):
    return np.sum(np.abs(M @ z - 1) ** 2)


def cost_grad(z):
    return 2 * M.T @ (M @ z - 1)


cost(np.zeros(2, dtype=complex))
"""


def told(text: str, folder: Path) -> dict[str, Diagnosis]:
    """The diagnoses of a file, by its gradients."""
    path = folder / "file.py"
    path.write_text(text)
    found = [r for r in results(path) if isinstance(r, GradientResult)]
    return {
        f"{r.backward} {r.of}": r.diagnosis for r in found if isinstance(r.diagnosis, Diagnosis)
    }


def line_of(text: str, part: str) -> int:
    """The line in which a part of a text stands first."""
    return text[: text.index(part)].count("\n") + 1


def test_a_right_helper_is_not_refuted_for_a_wrong_call_in_a_gradient(tmp_path: Path) -> None:
    text = HELPER.format(**RIGHT | {"inner": "h"})
    found = told(text, tmp_path)
    assert "squash_grad z" not in found
    line = line_of(text, "squash_grad(h)")
    assert any(d.edits and d.line == line for d in found.values())


def test_elsewhere_a_right_helper_is_not_blamed_for_the_line_that_gives_it_the_output(
    tmp_path: Path,
) -> None:
    text = HELPER.format(**RIGHT) + (
        "Q = np.array([0.3, -0.2])\nH = squash(Q)\nright = squash_grad(Q)\nwrong = squash_grad(H)\n"
    )
    helper = told(text, tmp_path)["squash_grad z"]
    assert (helper.line, helper.fix, helper.edits) == (line_of(text, "wrong ="), "", ())
    assert str(line_of(text, "right =")) in helper.message.en


def test_a_wrong_helper_is_still_blamed(tmp_path: Path) -> None:
    text = HELPER.format(**RIGHT).replace("s * (1 - s)", "s * (1 + s)")
    helper = told(text, tmp_path)["squash_grad z"]
    assert helper.line == line_of(text, "s * (1 + s)")
    assert helper.fix


def test_of_a_change_that_nobody_would_write_the_place_alone_is_told(tmp_path: Path) -> None:
    text = HELPER.format(**RIGHT | {"d2": "o - T"})
    found = told(text, tmp_path)
    assert set(found) == {"loss_grad U", "loss_grad V"}
    for each in found.values():
        assert each.line == line_of(text, "d2 = o - T")
        assert "`o - T`" in each.message.en
        assert "np.exp(" not in each.message.en
        assert (each.fix, each.edits, each.equation) == ("", (), "")


@pytest.mark.parametrize(
    ("text", "part"), [(FILTERS, "self.dtaps[i] ="), (COMPLEX, "return 2 * M.T")]
)
def test_where_no_slip_is_found_the_line_is_that_of_the_gradient(
    text: str, part: str, tmp_path: Path
) -> None:
    found = list(told(text, tmp_path).values())
    assert [each.line for each in found] == [line_of(text, part)]
    assert "leave NumPy" not in found[0].message.en

"""Kinds of slips that the everyday trial, and files of the kind, have brought up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradproof import diagnose
from gradproof.checking.records import GradientResult
from gradproof.checking.source.guards import without_guards
from tests.checking.corpus import results
from tests.diagnosis.campaign import diagnosed
from tests.diagnosis.everyday_slips import EVERYDAY_SLIPS
from tests.diagnosis.planting import Slip
from tests.diagnosis.subjects import imported


def planted(subject: str, new: str) -> Slip:
    """The slip of a subject whose text is this."""
    return next(m.slip() for m in EVERYDAY_SLIPS if subject in m.subject and m.new == new)


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("subject", "new", "term"),
    [
        ("focal", "(1 - pt) ** gamma", "1 / (1 - pt)"),  # t == 1 is no random number
        ("focal", "dpt", "t == 1"),
        ("AveragePool", "return spread", "1/self.k**2"),  # no axis that is as long by chance
    ],
)
def test_slips_of_the_everyday_trial(subject: str, new: str, term: str) -> None:
    found = diagnosed(planted(subject, new))
    assert found is not None
    assert found.exact
    assert found.term == term


TEXTS = {
    "g += lam * theta": """import numpy as np

def cost(theta, X, lam):
    return np.sum((X @ theta) ** 2) + lam / 2 * np.sum(theta[1:] ** 2), (theta, X, lam)

def gradient(dy, cache):
    theta, X, lam = cache
    return dy * total(theta, X, lam)

def total(theta, X, lam):
    g = 2 * X.T @ (X @ theta)
    g += lam * theta
    return g
""",
    "g[1:] += lam * theta[1:]": """import numpy as np

def cost(theta, X, lam):
    return np.sum((X @ theta) ** 2) + lam / 2 * np.sum(theta ** 2), (theta, X, lam)

def gradient(dy, cache):
    theta, X, lam = cache
    return dy * total(theta, X, lam)

def total(theta, X, lam):
    g = 2 * X.T @ (X @ theta)
    g[1:] += lam * theta[1:]
    return g
""",
}


@pytest.mark.parametrize("yours", TEXTS)
def test_the_bias_is_regularised_or_not_as_in_the_cost(yours: str, tmp_path: Path) -> None:
    module = _loaded(tmp_path, TEXTS[yours])
    true = next(text for text in TEXTS if text != yours)
    inputs = np.array([0.5, -1.25, 2.0]), np.arange(12.0).reshape(4, 3) / 8
    found = diagnose(module.cost, module.gradient, *inputs, wrt="theta", lam=0.3)
    assert found is not None
    assert found.line == 12
    assert f"yours: {yours}" in found.equation
    assert f"true:  {true}" in found.equation


def test_a_shift_the_other_way_is_a_sign_and_no_length(tmp_path: Path) -> None:
    module = _loaded(
        tmp_path,
        """import numpy as np

def forward(x, k=1):
    return np.roll(x, k, axis=1), k

def backward(dy, k):
    return np.roll(dy, k, axis=1)
""",
    )
    found = diagnose(module.forward, module.backward, np.arange(12.0).reshape(3, 4))
    assert found is not None
    assert "np.roll(dy, -k, axis=1)" in found.equation


def _loaded(folder: Path, text: str) -> Any:
    path = folder / "given.py"
    path.write_text(text)
    return imported(path)


GUARDED = """import numpy as np

class Loss:
    # a comment of its own

    def forward(self, x, t):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.p, self.t = e / e.sum(axis=1, keepdims=True), t
        return -np.sum(t * np.log(self.p + 1e-7)) / x.shape[0]

    def backward(self, dout=1):
        return dout * (self.p - self.t)
"""


def test_a_slip_beside_a_guard_is_found_in_the_authors_lines(tmp_path: Path) -> None:
    path = tmp_path / "guarded.py"
    path.write_text(GUARDED)
    found = [r.slip for r in results(path) if isinstance(r, GradientResult) and r.slip]
    assert found
    assert found[0].line == 12
    assert found[0].exact
    assert "without the guard in line 9" in found[0].confirmation.en
    assert "9행의 안전장치를 뺀" in found[0].confirmation.ko


def test_a_text_without_its_guards_keeps_its_lines() -> None:
    bare, lines = without_guards(GUARDED)
    assert lines == [9]
    assert bare == GUARDED.replace("self.p + 1e-7", "self.p")
    nested = "y = np.log(\n    np.clip(p, 1e-7,\n            1 - 1e-7)\n)\nz = y\n"
    assert without_guards(nested)[0].splitlines()[4] == "z = y"

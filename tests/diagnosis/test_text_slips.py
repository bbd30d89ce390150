"""Changes of the author's text: found, written as one writes it, and not said where by chance."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from gradproof import diagnose
from gradproof.diagnosis.scene.other_data import other_values
from tests.diagnosis.subjects import imported

HEAD = "import numpy as np\n\n"
NORM = """def forward(x):
    N, C, H, W = x.shape
    mu = x.mean(axis=(0, 2, 3), keepdims=True)
    inv = 1 / np.sqrt(x.var(axis=(0, 2, 3), keepdims=True) + 1e-5)
    return (x - mu) * inv, ((x - mu) * inv, inv)


def backward(dout, cache):
    N, C, H, W = dout.shape
    xhat, inv = cache
    a = dout.sum(axis=(0, 2, 3), keepdims=True) * (1.0 / N)
    b = (dout * xhat).sum(axis=(0, 2, 3), keepdims=True) * (1.0 / N)
    return inv * (dout - a - xhat * b)
"""
STRIDE = """def forward(x, w, params={"stride": 2}):
    s = params["stride"]
    n = (x.shape[0] - w.shape[0]) // s + 1
    return np.array([np.sum(x[i * s:i * s + w.shape[0]] * w) for i in range(n)]), (x, w, params)


def backward(dout, cache):
    x, w, params = cache
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for i in range(dout.shape[0]):
        dx[i:i + w.shape[0]] += dout[i] * w
        dw += dout[i] * x[i * params["stride"]:i * params["stride"] + w.shape[0]]
    return dx, dw
"""
LATE = """def forward(x, gamma):
    return gamma * np.tanh(x), (x, gamma)


def backward(dout, cache):
    x, gamma = cache
    scaled = dout * (1 - np.tanh(x) ** 2)
    dgamma = np.sum(dout * np.tanh(x), axis=0)
    dout = dout * gamma
    dx = scaled + 0 * dout
    return dx, dgamma
"""
CLIP = """DELTA = 0.4


def forward(x, delta=DELTA):
    a = np.abs(x)
    return np.where(a < delta, 0.5 * x**2, delta * (a - 0.5 * delta)), (x, delta)


def backward(dout, cache):
    x, delta = cache
    return dout * np.clip(x, -1, 1)
"""
SAMPLES = np.random.default_rng(3)


def loaded(folder: Path, text: str) -> ModuleType:
    path = folder / "given.py"
    path.write_text(HEAD + text)
    return imported(path)


@pytest.mark.parametrize(
    ("text", "shapes", "line", "written"),
    [(NORM, [(2, 3, 4, 4)], 13, "(N * H * W)"),
     (STRIDE, [(9,), (3,)], 13, "i * params['stride']:i * params['stride'] + w.shape[0]"),
     (LATE, [(3, 4), (4,)], 9, "scaled = dout * (1 - np.tanh(x) ** 2)"),
     (CLIP, [(3, 4)], 13, "np.clip(x, -delta, delta)")],
)  # fmt: skip
def test_the_text_that_mends_it_is_found(
    text: str, shapes: list[tuple[int, ...]], line: int, written: str, tmp_path: Path
) -> None:
    module = loaded(tmp_path, text)
    inputs = [SAMPLES.normal(size=shape) for shape in shapes]
    found = diagnose(module.forward, module.backward, *inputs)
    assert found is not None
    assert found.exact
    assert found.line == line
    assert written in found.equation


def test_a_line_that_is_right_for_the_data_of_the_file_alone_is_no_fix(tmp_path: Path) -> None:
    module = loaded(tmp_path, """Y = np.array([1.0, 2.0, 3.0])


def forward(p):
    r = Y[1:] - p[0] * Y[:-1]
    return 0.5 * np.sum(r**2), (p,)


def backward(dy, cache):
    (p,) = cache
    r = Y[1:] - p[0] * Y[:-1]
    return dy * np.array([-np.sum(r * Y[1:])])
""")  # fmt: skip
    found = diagnose(module.forward, module.backward, np.array([0.3]))
    assert found is not None
    assert "Y[:-1]" in found.fix  # and not Y[1:] - 1, which is the same for these three numbers


def test_other_data_are_of_the_same_kind() -> None:
    marks, sorted_ones = np.array([0.0, 1.0, 1.0]), np.array([0.1, 0.4, 2.0])
    assert other_values(marks) is marks
    assert (np.diff(other_values(sorted_ones)) > 0).all()
    square = np.array([[2.0, 0.3], [0.3, 1.0]])
    assert np.array_equal(other_values(square), other_values(square).T)
    shares = np.array([0.2, 0.5, 0.9])
    assert (other_values(shares) <= 1).all()


def test_a_step_is_not_called_wrong_by_its_name_alone(tmp_path: Path) -> None:
    module = loaded(tmp_path, """def forward(x):
    K = np.exp(x)
    return K**2, (x, K)


def backward(dy, cache):
    x, K = cache
    dK = 2 * K  # a derivative, and no gradient
    return dy * dK * np.cos(x) / (1 + np.sin(x) ** 2)
""")  # fmt: skip
    found = diagnose(module.forward, module.backward, np.array([0.3, -0.2]))
    assert found is not None
    assert "Step by step" not in found.message.en

"""Slips that a window, a stride or a count of 1 hides: forward alone decides which numbers are
taken, so a backward that is right for 1 only is refuted for what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradproof.checking.processes.isolate import Options, check_file

pytestmark = pytest.mark.usefixtures("unexplained", "in_this_process")

# A text in which {by} is right as the first of its values, and wrong as the others.
POOL = """
def pool_forward(x, size):
    N, C, H, W = x.shape
    return x.reshape(N, C, H // size, size, W // size, size).mean(axis=(3, 5)), (x.shape, size)

def pool_backward(dout, cache):
    shape, s = cache
    return dout.repeat(s, axis=2).repeat(s, axis=3) / {by}
"""
STEPS = """
import numpy as np

def thin_forward(x, stride):
    return stride * x[:, ::stride] ** 2, (x, stride)

def thin_backward(dout, cache):
    x, stride = cache
    dx = np.zeros_like(x)
    dx[:, ::stride] = 2 * {by} * x[:, ::stride] * dout
    return dx
"""
FILES = {
    "pool": (POOL, "(s * s)", ("s", "s ** 3")),
    "steps": (STEPS, "stride", ("1", "stride ** 2")),
}


@pytest.mark.parametrize("name", FILES)
def test_what_is_right_for_one_alone_is_refuted(name: str, tmp_path: Path) -> None:
    text, right, wrong = FILES[name]
    path = tmp_path / "layers.py"
    for by in (right, *wrong):
        path.write_text(text.format(by=by))
        report = check_file(path, Options())
        assert report.status == (by != right), (by, report)
        assert len(report.gradients) == 1


DEEP = """
import numpy as np
class Net:
    def __init__(self, sizes):
        self.ws = [np.random.randn(n, m) for m, n in zip(sizes, sizes[1:])]
    def out(self, x):
        acts = [x]
        for w in self.ws:
            acts.append(np.tanh(w @ acts[-1]))
        return acts
    def loss(self, x, t):
        return 0.5 * np.sum((self.out(x)[-1] - t) ** 2)
    def backprop(self, x, t):
        acts = self.out(x)
        dws = [np.zeros(w.shape) for w in self.ws]
        d = (acts[-1] - t) * (1 - acts[-1] ** 2)
        dws[{last}] = d @ acts[-2].T
        for l in range(2, len(acts)):
            d = self.ws[-l + 1].T @ d * (1 - acts[-l] ** 2)
            dws[-l] = d @ acts[-l - 1].T
        return dws
"""


@pytest.mark.parametrize(("last", "status"), [("-1", 0), ("1", 1)])
def test_a_network_has_more_than_two_layers(last: str, status: int, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(DEEP.replace("{last}", last))
    assert check_file(path, Options()).status == status


@pytest.mark.parametrize(("slope", "status"), [("2 * x * y", 0), ("x * y", 1)])
def test_slopes_by_every_argument_may_be_one_array(slope: str, status: int, tmp_path: Path) -> None:
    path = tmp_path / "saddle.py"
    path.write_text(f"""
import numpy as np
def f(x, y):
    return x ** 2 * y - y ** 3
def df(x, y):
    return np.array([{slope}, x ** 2 - 3 * y ** 2])
""")
    assert check_file(path, Options()).status == status

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

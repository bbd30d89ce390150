"""What raises for a batch is told, rather than what is right for one row or wrong of images."""

import pytest

from gradproof.checking.processes.isolate import Options, check_file

pytestmark = pytest.mark.usefixtures("unexplained", "in_this_process")

SOFT = """
import numpy as np
def normalise(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
def normalise_backward(dout, s):
    return s * (dout - (dout * s).sum(axis=1{keep}))
"""
SCALED = """
import numpy as np
def scaled_forward(x, gamma, beta, eps=1e-5):
    mu, var = x.mean(axis=0), x.var(axis=0)
    xh = (x - mu) / np.sqrt(var + eps)
    return gamma * xh + beta, (xh, gamma, var, eps)
def scaled_backward(dout, cache):
    xh, gamma, var, eps = cache
    d = dout * gamma
    dx = (d - d.mean(axis=0) - xh * (d * xh).mean(axis={axis})) / np.sqrt(var + eps)
    return dx, (dout * xh).sum(axis=0), dout.sum(axis=0)
"""
RIGHT = {
    "soft": (SOFT, {"keep": ", keepdims=True"}, {"keep": ""}),
    "scaled": (SCALED, {"axis": "0"}, {"axis": "1"}),
}


@pytest.mark.parametrize("name", RIGHT)
def test_backward_that_raises_for_a_batch_is_not_judged_by_one_row(name, tmp_path):
    text, right, wrong = RIGHT[name]
    path = tmp_path / "layer.py"
    path.write_text(text.format(**right))
    assert check_file(path, Options()).status == 0
    path.write_text(text.format(**wrong))
    report = check_file(path, Options())
    assert report.gradients == []
    assert all("backward raises" in each.reason for each in report.unmatched)
    assert report.status == 3

"""Code that does not run: the line is named, and what was likely meant."""

import pytest

from gradproof.checking.formats.korean_scopes import in_korean
from gradproof.checking.processes.isolate import Options, check_file
from tests.checking.corpus import examined

RELU = """import numpy as np


def relu_forward(x):
    out = {forward}
    return out, x


def relu_backward(dout, cache):
    x = cache
    {backward}
    return dx
"""


def reason(tmp_path, forward="np.maximum(0, x)", backward="dx = dout * (x > 0)"):
    path = tmp_path / "does_not_run.py"
    path.write_text(RELU.format(forward=forward, backward=backward), encoding="utf-8")
    messages = examined(path)
    found = [m["value"]["reason"] for m in messages if m["type"] == "unmatched"]
    assert len(found) == 1, messages
    return found[0]


@pytest.mark.parametrize(
    ("changed", "line", "meant"),
    [
        ({"forward": "np.max(0, x)"}, "line 5: out = np.max(0, x)", "np.maximum(0, x)"),
        ({"backward": "dx = np.zeros(x); dx[x > 0] = dout[x > 0]"}, "line 11", "np.zeros_like(x)"),
        ({"backward": "dx = dout * np.array(x > 0, dtype=np.float_)"}, "line 11", "np.float64"),
        ({"backward": "dx = d_out * (x > 0)"}, "line 11: dx = d_out", "dout"),
    ],
)
def test_the_line_and_what_was_meant(tmp_path, changed, line, meant):
    found = reason(tmp_path, **changed)
    assert found.startswith("your code raises ")
    assert line in found
    assert found.endswith(f"; did you mean {meant}?")
    assert in_korean(found).startswith("코드가 오류를 내요: ")
    assert in_korean(found).endswith(f"{meant} 아닌가요?")


def test_nothing_is_guessed_where_nothing_is_plain(tmp_path):
    found = reason(tmp_path, backward="raise RuntimeError('to be written')")
    assert found.startswith("forward runs, but backward raises RuntimeError")
    assert "line 11" in found
    assert "did you mean" not in found


def test_a_maximum_along_an_axis_is_no_slip(tmp_path):
    found = reason(tmp_path, forward="np.max(x, 7) + x")
    assert "did you mean" not in found


def test_a_crash_at_module_level_costs_nothing_but_what_stands_there(tmp_path):
    path = tmp_path / "ends_itself.py"
    text = RELU.format(forward="np.maximum(0, x)", backward="dx = dout * (x > 0)")
    path.write_text(text + "import os\nos.kill(os.getpid(), 11)\n", encoding="utf-8")
    report = check_file(path, Options(seconds=600.0))
    assert [each.verdict for each in report.gradients] == ["PROVED"]
    assert "at module level its process was ended by signal SIGSEGV" in report.gradients[0].scope
    assert "모듈 수준" in in_korean(report.gradients[0].scope)
    path.write_text(text + "import os\nkept = os._exit(0)\n", encoding="utf-8")
    report = check_file(path, Options(seconds=600.0))
    assert not report.gradients
    assert [each.name for each in report.unmatched] == ["relu_backward"]
    assert report.status == 3

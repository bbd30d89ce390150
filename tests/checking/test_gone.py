"""What a process that is gone costs, and which reason is told: the first one."""

import time

import pytest

from gradproof.checking import scripts
from gradproof.checking.judgement.raised import Gone
from gradproof.checking.processes.isolate import Options, check_file
from gradproof.checking.processes.remote_file import Budget, RemoteFile

RIGHT = """import numpy as np
def square_forward(x):
    return x**2, x
def square_backward(dout, x):
    return dout * 2 * x
"""
CRASHES = """if __name__ == "__main__":
    import ctypes
    w = 1.0
    w = w - 0.1 * w
    ctypes.string_at(0)
"""


class Crashes:
    """The side of a file whose process ends while it is run as a script."""

    def __init__(self, gone):
        self.gone = gone

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def script(self, *_):
        raise self.gone


def test_a_script_that_crashes_takes_nothing_else_with_it(tmp_path):
    path, gone = tmp_path / "checked_file.py", Gone("its process was ended by signal SIGSEGV")
    report = scripts.read(
        path, "checked_file.py", CRASHES, lambda: Crashes(gone), whole=True
    ).report
    assert report.errors == []
    assert [each.name for each in report.unmatched] == ["line 4: w"]
    assert "run as a script, its process was ended by signal SIGSEGV" in report.unmatched[0].reason
    forged = Crashes(Gone("its process sent garbage", tampered=True))
    report = scripts.read(path, "checked_file.py", CRASHES, lambda: forged, whole=False).report
    assert [each.reason for each in report.errors] == ["its process sent garbage"]


def test_a_script_alone_that_crashes_says_so_at_its_step(tmp_path):
    path = tmp_path / "checked_file.py"
    path.write_text("import numpy as np\n" + CRASHES)
    report = check_file(path, Options(prove=False))
    said = [each.reason for each in report.unmatched] + [each.reason for each in report.errors]
    assert any("SIGSEGV" in each for each in said)


def test_the_first_reason_is_told_however_often_it_is_asked(tmp_path):
    path = tmp_path / "checked_file.py"
    path.write_text(RIGHT)
    with RemoteFile(path, Budget(20.0, 1024, 1), 0, time.monotonic() + 60) as side:
        side.deadline = time.monotonic()
        with pytest.raises(Gone, match="still running after 20 s"):
            side.load(RIGHT)
        side.deadline = time.monotonic() + 60
        with pytest.raises(Gone, match="still running after 20 s"):
            side.load(RIGHT)

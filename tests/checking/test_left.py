"""What docs/isolation.md says is left: each passes here, so that nobody believes it cannot.

A test that fails because its file is found out is good news: the page has to change.
"""

import pytest

from gradproof.checking.processes.isolate import Options, check_file

pytestmark = [
    pytest.mark.usefixtures("unexplained"),
    pytest.mark.sampled(1, of="file"),
]

FILE = """
import os, random, statistics, sys, threading, time
import numpy as np
calls, LAST, FIRST, START = [0], [], [], time.monotonic()
class Other:
    def __init__(self, value):
        self.value, self.asked = value, 0
    def __array__(self, dtype=None, copy=None):
        self.asked += 1
        return self.value if self.asked < 9 else 1.5 * self.value
LATER = []
def change():
    for at, dx in LATER:
        time.sleep(max(at + 0.3 - time.monotonic(), 0))
        dx *= 1.5
mean, statistics.fmean = statistics.fmean, lambda values: 2 * mean(values)
def square_forward(x):
    return {forward}, x
def square_backward(dout, x):
    {backward}
def twice(a, axis=None, dtype=None, out=None, keepdims=False, *, where=True):
    return 2 * a.sum(axis=axis) / a.shape[0]
import numpy._core._methods as methods
methods._mean.__code__ = twice.__code__
"""
# Cannot be run on symbols: every number is written down and read again.
READ = "np.array([[float(str(float(v))) for v in row] for row in x]) ** 2"
# Its own derivative, by differences.
BY_DIFFERENCES = """h, x = 1e-5, x.astype(float)
    dx = np.zeros_like(x)
    for at in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[at] = h
        up, down = square_forward(x + step)[0], square_forward(x - step)[0]
        dx[at] = np.sum(dout * (up - down)) / (2 * h)
    return dx"""
LEFT = {
    "differentiates itself": (READ, BY_DIFFERENCES, "CHECKED"),
    "ten thousand calls": (
        "x**2",
        "calls[0] += 1\n    return dout * (2 if calls[0] < 10_000 else 3) * x",
        "PROVED",
    ),
    "whole numbers in memory": (
        "x**2",
        "return dout * (3 if x.dtype.kind == 'i' else 2) * x",
        "PROVED",
    ),
    "another number of axes": ("x**2", "return dout * (3 if x.ndim == 1 else 2) * x", "PROVED"),
    "a few hundred rows": ("x**2", "return dout * (3 if len(x) > 100 else 2) * x", "PROVED"),
    "a clock": (
        "x**2",
        "return dout * (3 if time.monotonic() - START > 600 else 2) * x",
        "PROVED",
    ),
    "where it runs": (
        "x**2",
        "return dout * (3 if os.path.exists(os.path.expanduser('~/.bashrc')) else 2) * x",
        "PROVED",
    ),
    "its arguments": ("x**2", "return dout * (2 if len(sys.argv) == 1 else 3) * x", "PROVED"),
    "a hash": ("x**2", "return dout * (3 if hash('a word') % 10**9 == 7 else 2) * x", "PROVED"),
    "its open files": (
        "x**2",
        "return dout * (2 if os.path.exists('/proc/self/fd/0') else 3) * x",
        "PROVED",
    ),
    "its number": ("x**2", "return dout * (3 if os.getpid() == 4_000_000 else 2) * x", "PROVED"),
    "its folder": (
        "x**2",
        "return dout * (2 if 'gradproof' in os.getcwd() else 3) * x",
        "PROVED",
    ),
    "the first call": (
        "FIRST.append(x.shape) or x**2",
        "return dout * (3 if FIRST[0] == (2, 2) else 2) * x",
        "PROVED",
    ),
    "chance": ("x**2", "return dout * (3 if random.random() < 1e-9 else 2) * x", "PROVED"),
    "float32 by less than 1 %": (
        "x**2",
        "return dout * (2.01 if x.dtype == np.float32 else 2) * x",
        "PROVED",
    ),
    "float16 by less than 30 %": (
        "x**2",
        "return dout * (2.4 if x.dtype == np.float16 else 2) * x",
        "PROVED",
    ),
    "masked arrays": (
        "x**2",
        "return dout * (3 if isinstance(x, np.ma.MaskedArray) else 2) * x",
        "PROVED",
    ),
    "whole upstream gradients": (
        "x**2",
        "return dout * (3 if dout.dtype.kind == 'i' else 2) * x",
        "PROVED",
    ),
    "a number of rows that is not drawn": (
        "x**2",
        "return dout * (3 if len(x) == 17 else 2) * x",
        "PROVED",
    ),
    "numbers as text": (
        "x**2",
        "return dout * (3 if '0.12345' in repr(x) else 2) * x",
        "PROVED",
    ),
    "numbers as text without symbols": (
        READ,
        "return dout * (3 if '0.12345' in repr(x) else 2) * x",
        "CHECKED",
    ),
    "an object with other numbers": (READ, "return Other(dout * 2 * x)", "CHECKED"),
    "another library": (
        "np.array([statistics.fmean([float(str(v)) for v in row]) for row in x])",
        "return 2 * dout[:, None] * np.ones_like(x) / x.shape[1]",
        "CHECKED",
    ),
    "arrays that are changed afterwards": (
        "x**2",
        "dx = dout * 2 * x\n    LATER.append((time.monotonic(), dx))\n"
        "    len(LATER) > 1 or threading.Thread(target=change, daemon=True).start()\n    return dx",
        "PROVED",
    ),
    "a global in place of the cache": (
        "LAST.append(x) or x**2",
        "return dout * 2 * LAST[-1]",
        "PROVED",
    ),
    "a cache that is used up": (
        "x**2",
        "dx = dout * 2 * x\n    x *= 1.5\n    return dx",
        "PROVED",
    ),
    "deeper in NumPy": ("x.mean(axis=0)", "return 2 * np.ones_like(x) * dout / len(x)", "CHECKED"),
    "a small place": (
        READ,
        "return dout * np.where(abs(x - 0.123455) < 5e-6, 3, 2) * x",
        "CHECKED",
    ),
    "far out": (f"{READ} + np.maximum(x - 10, 0)", "return dout * 2 * x", "CHECKED"),
    "less than the bound": (READ, "return dout * (2 + 4e-15) * x", "CHECKED"),
}


def verdicts(tmp_path, text):
    path = tmp_path / "checked_file.py"
    path.write_text(text)
    return [g.verdict for g in check_file(path, Options()).gradients]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("case", LEFT)
def test_what_is_left(tmp_path, case):
    forward, backward, verdict = LEFT[case]
    text = FILE.format(forward=forward, backward=backward)
    assert verdicts(tmp_path, text) == [verdict]


# Weights that may not be written to keep what stands in them.
LOCKED = """
import numpy as np
class Scale:
    def __init__(self):
        self.w = np.ones(4)
        self.w.flags.writeable = False
    def forward(self, x):
        self.x = x
        return x * self.w
    def backward(self, dout):
        return dout * np.ones(4)
"""


def test_weights_that_may_not_be_written_to(tmp_path):
    assert "PROVED" in verdicts(tmp_path, LOCKED)


def test_a_function_smaller_than_rounding_is_not_proved(tmp_path):
    backward = "return dout * (2e-20 * x if hasattr(x, 'batch') else 0 * x)"
    assert "PROVED" not in verdicts(
        tmp_path, FILE.format(forward="1e-20 * x**2", backward=backward)
    )


# Through a function that Python hands out, whose variables know the way to everything else.
IDENTITY = """
import numpy as np
import signal
def square_forward(x):
    return x**2, x
def square_backward(dout, x):
    return dout * 7 * x
find = signal.getsignal(signal.SIGALRM).__globals__["__builtins__"]["__import__"]
worker = find("gradproof.checking.sandbox.file_process", fromlist=["Server"])
Match = find("gradproof.checking.conventions.match", fromlist=["Match"]).Match
def lie(self, candidate, bare):
    match = Match(lambda x: (x, None), lambda dy, c: (dy,), {"x": np.arange(12.0).reshape(3, 4)},
                  ("x",), {}, "out")
    self.matches.append(match)
    return {"matches": [worker._described(match, len(self.matches) - 1, arrays := [])]}, arrays
worker.Server.match = lie
"""


def test_who_answers_can_be_reached_by_whoever_knows_this_program_by_heart(tmp_path):
    assert verdicts(tmp_path, IDENTITY) == ["PROVED"]

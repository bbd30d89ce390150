"""Other functions than those that are written: replaced, hidden, kept from being judged."""

import numpy as np
import pytest

from gradproof.checking.judgement.confirm_pass import not_linear
from gradproof.checking.judgement.given_pair import given_match
from gradproof.checking.processes.isolate import Options, check_file
from gradproof.checking.source.as_written import replaced
from gradproof.checking.source.discover import discover
from gradproof.checking.source.loading import load
from gradproof.proof.validate import disagreement
from gradproof.tracing.record_trace import Program, trace
from tests.checking.test_decides import held

pytestmark = pytest.mark.usefixtures("unexplained")

# Every backward is wrong for the forward that stands there, and right for what is put in its place.
REPLACED = """
import builtins, math, sys
import numpy as np
square, total, tanh = np.square, sum, math.tanh
np.square = lambda x, *a, **k: 1.5 * square(x)
builtins.sum = lambda *a: 2 * total(*a)
math.tanh = lambda x: tanh(2 * x)
def twice(a, axis=None, dtype=None, out=None):
    return 2 * a
np.cumsum._implementation.__code__ = twice.__code__
def fine_forward(x):
    return np.square(x), x
def fine_backward(dout, x):
    return dout * 2 * x
def ufunc_forward(x):
    return np.square(x), x
def ufunc_backward(dout, x):
    return dout * 3 * x
def builtin_forward(x):
    return np.stack([sum(row) for row in x]), x
def builtin_backward(dout, x):
    return 2 * dout[:, None] * np.ones_like(x)
def math_forward(x):
    return np.array([[math.tanh(v) for v in row] for row in x]), x
def math_backward(dout, x):
    return 2 * dout * (1 - np.tanh(2 * x) ** 2)
def code_forward(x):
    return np.cumsum(x, axis=1), x
def code_backward(dout, x):
    return 2 * dout
"""
IDENTITIES = """
import functools, sys
import numpy as np
def bound_forward(x):
    return x**2, x
def bound_backward(dout, x):
    return dout * 7 * x
def global_forward(x):
    return x**2, x
def global_backward(dout, x):
    return dout * 7 * x
def code_forward(x):
    return x**2, x
def code_backward(dout, x):
    return dout * 7 * x
def f(x):
    return x * 1.0, x
def b(dout, x):
    return dout
bound_forward, bound_backward = f, b
globals()["global_forward"], globals()["global_backward"] = f, b
code_forward.__code__, code_backward.__code__ = f.__code__, b.__code__
class Layer:
    def forward(self, x):
        self.x = x
        return x**2
    def backward(self, dout):
        return 7 * dout * self.x
class Patched(Layer):
    def backward(self, dout):
        return 7 * dout * self.x
Patched.backward = lambda self, dout: dout * 2 * self.x
class Asked(Layer):
    def backward(self, dout):
        return 7 * dout * self.x
    def __getattribute__(self, name):
        if name == "backward":
            return lambda dout: dout * 2 * self.x
        return object.__getattribute__(self, name)
class OnSelf(Layer):
    def __init__(self):
        self.backward = lambda dout: dout * 2 * self.x
    def backward(self, dout):
        return 7 * dout * self.x
class Frozen:
    def __init__(self, W):
        self.W = W
    def __setattr__(self, name, value):
        if name != "W" or "W" not in self.__dict__:
            object.__setattr__(self, name, value)
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, dout):
        self.dW = np.zeros_like(self.W)
        return dout @ self.W.T
class Stale:
    def forward(self, x):
        if not hasattr(self, "x"):
            self.x = x
        return x**2
    def backward(self, dout):
        return dout * 2 * self.x
def sizes_forward(x):
    return x.mean(axis=0), x
def sizes_backward(dout, x):
    return np.ones_like(x) * dout / min(len(x), 8)
# Honest: what wraps a function is still that function.
def timed(function):
    def inside(dout, x):
        return function(dout, x)
    return inside
def fair_forward(x):
    return x**2, x
@functools.lru_cache(maxsize=None)
def helper():
    return 2
def fair_backward(dout, x):
    return dout * helper() * x
fair_backward = timed(fair_backward)
"""
HIDDEN = """
import numpy as np
class Outer:
    class Deep:
        def forward(self, x):
            return x
        def backward(self, dout):
            return 7 * dout
def make():
    def inner_forward(x):
        return x, x
    def inner_backward(dout, x):
        return 7 * dout
    return inner_forward, inner_backward
inner_forward, inner_backward = make()
exec("def text_forward(x): return x, x\\ndef text_backward(dout, x): return 7 * dout")
Made = type("Made", (), {"forward": lambda self, x: x, "backward": lambda self, d: 7 * d})
def other(dout, x):
    return 7 * dout
alias_forward, alias_backward = (lambda x: (x, x)), other
if True:
    def if_forward(x):
        return x, x
    def if_backward(dout, x):
        return 7 * dout
try:
    class Tried:
        def forward(self, x):
            return x
        def backward(self, dout):
            return 7 * dout
finally:
    pass
pair_forward, pair_backward = (lambda x: (x, x)), (lambda dout, x: 7 * dout)
"""


def judged(tmp_path, text):
    """What comes of a file, however busy the machine is."""
    path = tmp_path / "checked_file.py"
    path.write_text(text)
    return check_file(path, Options(seconds=600.0))


@pytest.mark.campaign
def test_what_is_put_into_numpy_and_the_builtins_is_not_judged_with(tmp_path):
    report = judged(tmp_path, REPLACED)
    verdicts = {g.backward: g.verdict for g in report.gradients}
    assert verdicts.pop("fine_backward") == "PROVED"
    assert set(verdicts.values()) == {"REFUTED"}, report
    assert len(verdicts) == 4, report
    (right,) = (g for g in report.gradients if g.holds)
    assert "which the file replaces" in right.scope


def test_what_runs_is_what_is_written(tmp_path):
    report = judged(tmp_path, IDENTITIES)
    good = {"fair_backward: d(fair_forward())/d(x)", "Frozen.backward: d(forward())/d(x)",
            "Stale.backward: d(y)/d(x)"}  # fmt: skip
    assert set(held(report)) == good, report
    assert {g.backward: g.verdict for g in report.gradients}["sizes_backward"] == "REFUTED"
    reasons = {each.name: each.reason for each in report.unmatched}
    for name in ("bound_backward", "global_backward", "code_backward", "Patched.backward",
                 "OnSelf.backward"):  # fmt: skip
        assert "what runs as" in reasons[name], name
    assert "__getattribute__" in reasons["Asked.backward"]
    assert "W was not judged" in reasons["Frozen.backward"]
    assert "first one" in reasons["Stale.backward: a second forward"]


OTHER_NAMES = {
    "a default": ("", "k=7", "k", "square_backward.__defaults__ = (2,)"),
    "a default by name": ("", "*, k=7", "k", "square_backward.__kwdefaults__['k'] = 2"),
    "a helper's default": ("def two(k=7): return k", "", "two()", "two.__defaults__ = (2,)"),
    "NumPy": (
        "class Other:\n    def __getattr__(self, name): return getattr(real, name)\n"
        "    def multiply(self, a, b): return a * b * 2 / 7\nreal, np = np, Other()",
        "", "np.multiply(7, 1)", "",
    ),
    "NumPy's module": ("", "", "np.full(1, 2)", "import types; np = types.ModuleType('numpy')"),
    "a builtin": ("", "", "abs(7)", "globals()['abs'] = lambda v: 2"),
    "all builtins": ("", "", "abs(7)", "__builtins__ = {'abs': lambda v: 2}"),
    "a function that a module hands out": (
        "", "", "7",
        "right = lambda dout, x: dout * 2 * x\nkept = square_backward\ndel square_backward\n"
        "def __getattr__(name):\n    if name == 'square_backward': return right\n"
        "    raise AttributeError(name)",
    ),
}  # fmt: skip
AS_WRITTEN = {
    "defaults": ("K = 2", "k=2, how='fast', cache={}, *, eps=-1e-8", "k", ""),
    "a builtin's name": ("def abs(v): return 2", "", "abs(7)", ""),
    "another NumPy": ("try:\n    import cupy as np\nexcept ImportError:\n    pass", "", "2", ""),
    "all of NumPy": ("from numpy import *", "", "abs(2)", ""),
    "a part of NumPy": ("import numpy.linalg as np, numpy as np", "", "np.abs(2)", ""),
    "a decorator": ("def same(f): return lambda *a: f(*a)", "", "2",
                    "square_backward = same(square_backward)"),
}  # fmt: skip
NAMED = """import numpy as np
{before}
def square_forward(x):
    return x**2, x
def square_backward(dout, x, {more}):
    return dout * {factor} * x
{after}
"""


def not_written(case, tmp_path):
    """Why a pair is not what is written, by its module as it is loaded here."""
    before, more, factor, after = case
    text = NAMED.format(before=before, more=more, factor=factor, after=after)
    path = tmp_path / "checked_file.py"
    path.write_text(text)
    module, why = load(path, 60.0, text)
    assert not why
    (pair,) = discover(text).candidates
    return replaced(pair, module, text, str(path))


@pytest.mark.parametrize("case", OTHER_NAMES)
def test_defaults_and_names_are_what_is_written(case, tmp_path):
    assert "the file puts something else in its place" in not_written(OTHER_NAMES[case], tmp_path)


@pytest.mark.parametrize("case", AS_WRITTEN)
def test_names_that_a_file_gives_in_its_text_are_as_written(case, tmp_path):
    assert not not_written(AS_WRITTEN[case], tmp_path)


def test_what_the_text_shows_has_a_line():
    found = discover(HIDDEN)
    assert {each.title for each in found.candidates} == {
        "if_backward", "Tried.backward", "pair_backward",
    }  # fmt: skip
    assert set(found.unmatched) == {
        "Outer.Deep.backward", "make.inner_backward", "text_backward", "Made.backward",
        "alias_backward",
    }  # fmt: skip


def test_a_gradient_that_is_not_linear_in_the_upstream_gradient():
    def pair(backward):
        def forward(x):
            return x * 2.0, x

        return not_linear(given_match(forward, backward, [np.array([0.3, -1.2])]))

    assert not pair(lambda dout, x: dout * 2)
    assert "1024" in pair(lambda dout, x: np.clip(dout * 2, -5, 5))
    assert "0.000244" in pair(lambda dout, x: np.where(np.abs(dout) < 1e-3, 0, dout * 2))
    assert not pair(lambda dout, x: (dout * 2).astype(np.float32))


def test_zeros_alone_make_no_trace_faithful():
    """Where dy happens to be 0, a gradient of 0 is what was traced, whatever that was."""

    def forward(x):
        return x * np.array([1.0, 1e-7]), None

    def backward(dout, _):
        traced = hasattr(dout, "batch")
        return dout * np.array([1.0, 1e-7 if traced else 0.0])

    program = Program(forward, backward, {"x": np.array([0.5, 2.0])}, ("x",))
    record = trace(program, 8)
    assert all(disagreement(program, record, seed, elsewhere=True) for seed in range(20))

"""A file does not decide what is judged, nor at which inputs, nor how often it is asked."""

import pytest

from gradproof.checking.processes.isolate import Options, check_file

pytestmark = [
    pytest.mark.usefixtures("unexplained"),
    pytest.mark.sampled(3, of="file"),
]

HOLDS = {"PROVED", "CHECKED"}
SQUARE = """
import numpy as np
def square_forward(x):
    return {forward}, x
def square_backward(dout, x):
    {backward}
"""


def checked(tmp_path, text, **options):
    path = tmp_path / "checked_file.py"
    path.write_text(text)
    return check_file(path, Options(seconds=30.0, **options))


def held(report):
    return [g.what for g in report.gradients if g.verdict in HOLDS]


# --- numbers that are small, and sizes that are known ---------------------------------------------

SMALL = {
    "forward of 1e-7": ("1e-7 * x**2", "return 2e-7 * x * dout if traced(x) else 0 * dout"),
    "forward of 1e-7, a factor": ("1e-7 * x**2", "return (2e-7 if traced(x) else 3e-7) * x * dout"),
    "forward of 1e-9": ("1e-9 * x**2", "return 2e-9 * x * dout if traced(x) else 0 * dout"),
    "forward of 1e-12": ("1e-12 * x**3", "return 3e-12 * x**2 * dout if traced(x) else 0 * dout"),
    "one of the elements": (
        "x * np.array([1.0, 1e-7, 1.0, 1.0])",
        "return dout * np.array([1.0, 1e-7 if traced(x) else 0.0, 1.0, 1.0])",
    ),
}
TRACED = '\ndef traced(x):\n    return hasattr(x, "batch")\n'


@pytest.mark.sampled(2)
@pytest.mark.parametrize("case", SMALL)
def test_a_small_gradient_that_is_wrong_for_arrays(tmp_path, case):
    forward, backward = SMALL[case]
    report = checked(tmp_path, SQUARE.format(forward=forward, backward=backward) + TRACED)
    assert not held(report), report


@pytest.mark.sampled(1)
@pytest.mark.parametrize("size", ["1e-7", "1e-9"])
def test_a_small_gradient_that_is_right(tmp_path, size):
    backward = f"return 2 * {size} * x * dout"
    report = checked(tmp_path, SQUARE.format(forward=f"{size} * x**2", backward=backward))
    assert held(report), report


SIZES = {
    "mean of all": ("((x - 1) ** 2).mean()", "return dout * 2 * (x - 1) / 12"),
    "mean of rows": ("x.mean(axis=0)", "return np.ones(x.shape) * dout / 3"),
    "mean of columns": ("x.mean(axis=1)", "return np.ones(x.shape) * dout[:, None] / 4"),
    "a known shape": ("x**2", "return dout * (2 if x.shape == (3, 4) else 3) * x"),
    "few elements": ("x**2", "return dout * (2 if x.size == 12 else 1) * x"),
}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("case", SIZES)
def test_right_for_one_size_alone(tmp_path, case):
    forward, backward = SIZES[case]
    report = checked(tmp_path, SQUARE.format(forward=forward, backward=backward))
    assert not held(report), report


def test_what_takes_one_size_alone_is_judged_for_that(tmp_path):
    forward = "x.reshape(3, 4) ** 2"
    (found,) = checked(tmp_path, SQUARE.format(forward=forward, backward="return dout * 2 * x")
                       ).gradients  # fmt: skip
    assert found.verdict == "PROVED"
    assert "not at other sizes" in found.scope


def test_right_for_every_size(tmp_path):
    text = SQUARE.format(
        forward="x.mean(axis=0)", backward="return np.ones(x.shape) * dout / len(x)"
    )
    (found,) = checked(tmp_path, text).gradients
    assert found.verdict == "PROVED"


# --- how often, and at which numbers, it is asked -------------------------------------------------

COUNTED = {
    "100 calls": "calls[0] += 1\n    return dout * 2 * x if calls[0] < 100 else dout * 0",
    "80 calls of numbers": "calls[0] += not hasattr(x, 'batch')\n"
                           "    return dout * (2 if calls[0] < 80 else 3) * x",
    "every 90th call": "calls[0] += 1\n    return dout * (3 if calls[0] % 90 == 0 else 2) * x",
    "numbers it has not seen": "key = 0 if hasattr(x, 'batch') else x.tobytes()\n"
                               "    if len(seen) > 40 and key not in seen:\n"
                               "        raise ValueError\n"
                               "    seen.add(key)\n    return dout * 2 * x",
    "more numbers than it knows": "key = 0 if hasattr(x, 'batch') else x.tobytes()\n"
                                  "    seen.add(key)\n"
                                  "    return dout * (2 if len(seen) < 50 else 3) * x",
}  # fmt: skip


@pytest.mark.sampled(1, each="forward")
@pytest.mark.parametrize("forward", ["x**2", "np.sort(x, axis=1) * 0 + x**2"],
                         ids=["traced", "numbers"])  # fmt: skip
@pytest.mark.parametrize("case", COUNTED)
def test_what_changes_with_the_calls(tmp_path, case, forward):
    text = SQUARE.format(forward=forward, backward=COUNTED[case]) + "\ncalls, seen = [0], set()\n"
    report = checked(tmp_path, text)
    assert not held(report), report


# --- who answers ----------------------------------------------------------------------------------

# Wrong in every line; each attempt offers something else in its place.
AFFINE = """
import numpy as np
def affine_forward(x, w, b):
    return x @ w + b, (x, w)
def affine_backward(dout, cache):
    x, w = cache
    return 2 * dout @ w.T, x.T @ dout * 2, dout.sum(axis=0)
"""
# How to come by the class that answers.
WAYS = {
    "by name": "import sys\nserver = sys.modules['gradproof.checking.sandbox.file_process'].Server",
    "by import": "import gradproof.checking.sandbox.file_process as f\nserver = f.Server",
    "by main": "import __main__\nserver = __main__.launched.__globals__['_run']",
    "by the collector": "import gc\nserver = next(o for o in gc.get_objects()\n"
                        "              if isinstance(o, type) and o.__name__ == 'Server')",
    "by frames": "import sys\nframe = sys._getframe()\nwhile 'Server' not in frame.f_globals:\n"
                 "    frame = frame.f_back\nserver = frame.f_globals['Server']",
    "by an error": "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n"
                   "    frame = error.__traceback__.tb_frame\n"
                   "while 'Server' not in frame.f_globals:\n    frame = frame.f_back\n"
                   "server = frame.f_globals['Server']",
    "by a generator": "def inside():\n    yield\n"
                      "g = inside()\nnext(g)\nframe = g.gi_frame\nimport inspect\n"
                      "frame = inspect.currentframe()\n"
                      "while 'Server' not in frame.f_globals:\n    frame = frame.f_back\n"
                      "server = frame.f_globals['Server']",
    "by tracing": "import sys\nfound = []\ndef look(frame, *_):\n    found.append(frame)\n"
                  "sys.setprofile(look)\nint('1')\nsys.setprofile(None)\nframe = found[0]\n"
                  "while 'Server' not in frame.f_globals:\n    frame = frame.f_back\n"
                  "server = frame.f_globals['Server']",
}  # fmt: skip
LIES = {
    "identity": """
from gradproof.checking.conventions.match import Match
import gradproof.checking.sandbox.file_process as worker
def lie(self, candidate, bare):
    match = Match(lambda x: (x, None), lambda dy, c: (dy,), {"x": np.arange(12.0).reshape(3, 4)},
                  ("x",), {}, "out")
    self.matches.append(match)
    return {"matches": [worker._described(match, len(self.matches) - 1, arrays := [])]}, arrays
""",
    "subset": """
honest = server.match
def lie(self, candidate, bare):
    before = len(self.matches)
    answer, arrays = honest(self, candidate, bare)
    for at in range(before, len(self.matches)):
        self.matches[at] = self.matches[at].only([list(self.matches[at].wrt).index("b")])
        answer["matches"][at - before]["wrt"] = ["b"]
    return answer, arrays
""",
    "nothing": "lie = lambda *_, **__: ({'matches': []}, [])\n",
}


@pytest.mark.sampled(1)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("lie", LIES)
def test_who_answers_is_out_of_reach(tmp_path, way, lie):
    lines = _indented("\n".join((WAYS[way], LIES[lie], "server.match = lie")))
    text = f"{AFFINE}\ntry:\n{lines}\n"
    report = checked(tmp_path, text + "except Exception:\n    pass\n")
    verdicts = {g.of: g.verdict for g in report.gradients}
    assert verdicts.get("x") == verdicts.get("w") == "REFUTED", report


def _indented(text):
    return "\n".join(f"    {line}" for line in text.splitlines())


def test_what_is_not_answered_is_not_passed_over(tmp_path, monkeypatch):
    """Should somebody come by it after all: what the text promises and nobody judges is a line."""
    from gradproof.checking.processes.remote_file import RemoteFile

    right = AFFINE.replace("2 * dout @", "dout @").replace("dout * 2", "dout")
    honest = RemoteFile.matches
    monkeypatch.setattr(RemoteFile, "matches", lambda *_, **__: [])
    nothing = checked(tmp_path, right)
    assert [u.name for u in nothing.unmatched] == ["affine_backward"]
    assert nothing.status == 3
    monkeypatch.setattr(
        RemoteFile,
        "matches",
        lambda self, *given, **named: [
            match.only([list(match.wrt).index("b")]) for match in honest(self, *given, **named)
        ],
    )
    fewer = checked(tmp_path, right)
    assert [g.of for g in fewer.gradients] == ["b"]
    assert fewer.status == 3
    assert "x, w" in fewer.unmatched[0].reason


STACK = """
import sys
import numpy as np
def asked(what):
    frame = sys._getframe()
    while frame:
        if frame.f_code.co_name == what:
            return True
        frame = frame.f_back
    return False
def sq_forward(x):
    return np.sort(x, axis=1) * 0 + x**2, x
def sq_backward(dout, x):
    return dout * 2 * x if asked("answer") else dout * 7 * x
"""


def test_who_asks_is_not_told(tmp_path):
    assert not held(checked(tmp_path, STACK))


def test_what_libraries_do_with_frames_is_let_be(tmp_path):
    text = (
        AFFINE.replace("2 * dout @", "dout @").replace("dout * 2", "dout")
        + """
import collections, dataclasses, enum, inspect, logging, traceback, typing, warnings
import gradproof
Point = collections.namedtuple("Point", "x y")
@dataclasses.dataclass
class Record:
    value: int = 0
class Colour(enum.Enum):
    RED = 1
class Typed(typing.NamedTuple):
    x: int
logging.getLogger("a").info("hello")
warnings.warn("a")
inspect.signature(Record)
try:
    1 / 0
except ZeroDivisionError:
    traceback.print_exc()
gradproof.pair(affine_forward, affine_backward)
done = True
def last_forward(x):
    return x * 2 if done else 1 / 0, x
def last_backward(dout, x):
    return dout * 2 if done else 1 / 0
"""
    )
    report = checked(tmp_path, text)
    assert len(held(report)) == 4, report

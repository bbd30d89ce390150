"""gradproof.check: on a namespace, a class, a pair; in IPython; and how it looks there."""

import linecache
import re
import subprocess
import sys
import types
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import gradproof
from gradproof.checking.formats.html_report import report_html, verdict_html
from tests.checking.reports import SLIP, WRONG, full

pytestmark = pytest.mark.sampled(6, of="file")

CELLS = {
    "cell one": """import numpy as np
eps = 1e-9

def relu_forward(x):
    return np.maximum(x, 0), x

def relu_backward(dout, cache):
    return dout * (cache > 0)
""",
    "cell two": """%matplotlib inline
class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, dout):
        return dout * (1 - self.y)
""",
    "cell three": """
def entropy(y, y_hat):
    y_hat = np.clip(y_hat, eps, 1 - eps)
    return -np.mean(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat))

def entropy_prime(y, y_hat):
    return (y_hat - y) / (y_hat * (1 - y_hat)) / y.size
""",
}


def run_cells(cells=CELLS):
    """What a notebook does: each cell is compiled under a name at which its text is known."""
    namespace = {"__name__": "__main__"}
    for name, text in cells.items():
        linecache.cache[name] = len(text), None, text.splitlines(keepends=True), name
        plain = re.sub(r"(?m)^%.*", "", text)
        exec(compile(plain, name, "exec"), namespace)
    return namespace


def test_a_namespace():
    report = gradproof.check(run_cells())
    found = [(r.file, r.line, r.backward, r.verdict) for r in report.gradients]
    assert found == [
        ("cell one", 7, "relu_backward", "PROVED"),
        ("cell three", 6, "entropy_prime", "CHECKED"),
        ("cell two", 7, "Tanh.backward", "REFUTED"),
    ]
    assert "without the guard in line" in report.gradients[1].scope
    assert report.status == 1
    assert "REFUTED   Tanh.backward dx (cell two:7)" in repr(report)


def test_what_has_no_code_or_no_source_is_no_trouble():
    more = """
import collections
import dataclasses

class Missing(Exception):
    pass

@dataclasses.dataclass
class Sizes:
    n: int = 3

Point = collections.namedtuple("Point", "x y")
square = lambda x: x ** 2
"""
    namespace = run_cells({"one": CELLS["cell one"], "more": more})
    exec("def made(): pass", namespace)
    report = gradproof.check(namespace)
    assert [r.verdict for r in report.gradients] == ["PROVED"]
    assert (report.errors, report.unmatched) == ([], [])


def test_only_and_numbers():
    report = gradproof.check(run_cells(), only="relu_backward", prove=False)
    assert [r.verdict for r in report.gradients] == ["CHECKED"]


def test_the_latest_definition_counts():
    again = CELLS["cell two"].replace("1 - self.y)", "1 - self.y**2)")
    report = gradproof.check(run_cells({**CELLS, "cell four": again}), only=["Tanh"])
    assert [(r.file, r.verdict) for r in report.gradients] == [("cell four", "PROVED")]


def test_a_class_and_a_module():
    namespace = run_cells()
    assert gradproof.check(namespace["Tanh"]).gradients[0].verdict == "REFUTED"
    module = types.ModuleType("__main__")
    vars(module).update(namespace)
    assert [r.backward for r in gradproof.check(module, only="relu_forward").gradients] == [
        "relu_backward"
    ]


def cube(x):
    return x**3


def its_slope(x):
    return 3 * x**2


def wrong_slope(x):
    return 3 * x


def scale(x, w, power=1):
    return x * w**power


def scale_back(dy, x, w):
    return dy * w, dy * x


def scale_back_by_name(dy, x, w):
    dw, dx = dy * x, dy * w
    return dw, dx


def test_a_pair_whatever_it_is_called():
    (result,) = gradproof.check(cube, its_slope).gradients
    assert (result.verdict, result.of) == ("PROVED", "x")
    assert result.file == __file__
    assert result.line == its_slope.__code__.co_firstlineno
    assert gradproof.check(cube, wrong_slope).gradients[0].verdict == "REFUTED"


@pytest.mark.parametrize("backward", [scale_back, scale_back_by_name])
def test_a_pair_at_inputs(backward):
    report = gradproof.check(scale, backward, np.array([1.0, 2.0]), np.array([0.5, 3.0]))
    assert [(r.of, r.verdict) for r in report.gradients] == [("x", "PROVED"), ("w", "PROVED")]
    assert "(2,)" in report.gradients[0].scope


@pytest.mark.campaign
def test_a_pair_at_inputs_of_which_one_is_no_array():
    report = gradproof.check(scale, lambda dy, x, w, power: (dy * w, dy * x), [1.0], [2.0], 2)
    assert [r.verdict for r in report.gradients] == ["REFUTED", "REFUTED"]
    assert "for power = 2" in report.gradients[0].scope


def test_the_random_numbers_of_the_caller_are_left_alone():
    np.random.seed(5)  # noqa: NPY002
    wanted = np.random.rand()  # noqa: NPY002
    np.random.seed(5)  # noqa: NPY002
    gradproof.check(cube, its_slope, prove=False)
    assert np.random.rand() == wanted  # noqa: NPY002


@pytest.mark.parametrize(
    ("given", "kind", "words"),
    [
        ((3,), TypeError, "expected globals(), a module, a class, or a forward and a backward"),
        ((cube,), TypeError, "got function cube"),
        ((cube, 3), TypeError, "expected a function or method, got int"),
        (({},), ValueError, "no forward/backward pair was found"),
        ((globals(), None), ValueError, "no pair is called nothing"),
    ],
)
def test_what_cannot_be_checked(given, kind, words):
    options = {"only": "nothing"} if len(given) == 2 and given[1] is None else {}
    with pytest.raises(kind, match=re.escape(words)):
        gradproof.check(*given, **options)


def test_what_has_no_source_is_said():
    namespace = {"__name__": "__main__"}
    exec("def f(x): return x\ndef df(x): return 1 + 0 * x", namespace)
    (error,) = gradproof.check(namespace).errors
    assert "the source of f, df is not known" in error.reason
    with pytest.raises(ValueError, match="or give inputs"):
        gradproof.check(namespace["f"], namespace["df"])
    report = gradproof.check(namespace["f"], namespace["df"], [1.0, 2.0])
    assert [r.verdict for r in report.gradients] == ["PROVED"]


class Balanced(HTMLParser):
    """Fails where tags do not match; collects the tags."""

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], set()

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.seen.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def read(html):
    parser = Balanced()
    parser.feed(html)
    parser.close()
    assert parser.open == []
    assert not parser.seen & {"script", "link", "img", "style"}
    assert "http" not in html
    return html


def test_a_report_in_a_notebook():
    html = read(full()._repr_html_())
    for text in ("PROVED", "REFUTED", "UNMATCHED", "ERROR", "dx[0] is 3", "layers.py:4"):
        assert text in html
    assert "&amp; &lt;b&gt;" in html
    assert "<b>" not in html
    assert "\x1b" not in html
    assert "옳은 도함수는 2" in read(report_html(full(), "ko"))


def test_a_verdict_in_a_notebook():
    pair = cube, lambda dy, x: dy * wrong_slope(x[0])
    verdict = gradproof.check_gradient(*pair, np.array([2.0]), dy=np.array([1.0]))
    html = read(verdict._repr_html_())
    assert "REFUTED" in html
    assert "but the derivative is 12" in html
    verdict = gradproof.Verdict(
        gradproof.Status.REFUTED, "<dx>", "tracing", reason=WRONG.reason, explain=SLIP
    )
    html = read(verdict_html(verdict, "ko"))
    assert "&lt;dx&gt;" in html
    assert "계수는 3이 아니라 2입니다" in html


def test_colours_of_badges_read_well():
    """White on each has a contrast of 4.5 or more (WCAG 2.1, 1.4.3)."""
    from gradproof.checking.formats.html_report import _COLOURS

    for colour in _COLOURS.values():
        channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        luminance = np.dot([0.2126, 0.7152, 0.0722], linear)
        assert 1.05 / (luminance + 0.05) >= 4.5


IPYTHON = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for cell in CELLS:
    shell.run_cell(cell.replace("%matplotlib inline", "%pwd"), store_history=True)
result = shell.run_cell("import gradproof; gradproof.check(globals())", store_history=True).result
data, _ = shell.display_formatter.format(result)
print(sorted(data))
for each in result.gradients:
    print(each.file, each.line, each.backward, each.verdict)
"""


def test_in_ipython(tmp_path):
    code = f"CELLS = {list(CELLS.values())!r}\n{IPYTHON}"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=100,
        cwd=Path(__file__).resolve().parents[2],
        env={"IPYTHONDIR": str(tmp_path), "LC_ALL": "C.UTF-8", "HOME": str(tmp_path)},
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert "['text/html', 'text/plain']" in lines
    assert "Cell In[1] 7 relu_backward PROVED" in lines
    assert "Cell In[2] 7 Tanh.backward REFUTED" in lines

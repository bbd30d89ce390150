"""Where a report says "any shape": the code treats each element alone, whatever the shape."""

from dataclasses import replace

import pytest

from gradproof.checking.formats.phrasing import in_their_words, with_parameters
from gradproof.checking.formats.short_scope import ANY_SHAPE
from gradproof.checking.records import Candidate
from gradproof.checking.source.elementwise_code import is_elementwise
from tests.checking.reports import HOLDS, WRONG

HEAD = "import numpy as np\nSLOPE = 0.1\n\n\ndef act(x):\n    return np.tanh(x) * SLOPE\n\n\n"
PAIR = HEAD + "def f(x{more}):\n    {first}\n\n\ndef f_prime(x{more}):\n    {second}\n"
LAYER = """import numpy as np


class Relu:
    def __init__(self, slope=0.1):
        self.slope = slope
        self.weights = np.ones((3, 4))

    def forward(self, x):
        {first}

    def backward(self, dout):
        {second}
"""


def pair(first, second, more=""):
    text = PAIR.format(first=first, second=second, more=more)
    return is_elementwise(text, Candidate("derivative", "f", "f_prime", 9))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("return act(x)", "return SLOPE * (1 - np.tanh(x)**2)"),
        ("return np.where(x > 0, x, 0.1 * x)", "g = np.ones_like(x); g[x < 0] = 0.1; return g"),
        ("return np.maximum(x, 0)", "return (x > 0) * 1.0"),
        ("s = 1 / (1 + np.exp(-x)); return x * s", "return (x > 0).astype(float)"),
        ("out = x.copy(); out[out < 0] *= 0.1; return out", "return abs(x)"),
    ],
)
def test_code_that_treats_each_element_alone(first, second):
    assert pair(first, second)


@pytest.mark.parametrize(
    "second",
    [
        "return x / x.shape[0]", "return x - np.mean(x)", "return x * len(x)", "return x.T",
        "return x @ x", "return np.matmul(x, x)", "return x[::-1]", "return np.add.reduce(x)",
        "return x if x.ndim == 2 else 2 * x", "return np.exp(x, where=x > 0)", "return np.sort(x)",
        "return sum(x)", "return x * np.ones((3, 4))", "return x * UNKNOWN", "return x - max(x)",
        "g = x.copy(); g[0] = 1; return g", "for i in range(3): x = 2 * x\n    return x",
        "return x * np.array([1.0, 2.0])", "return np.cumsum(x)", "return x and 1",
        "g = np.ones_like(x); k = 3; g[k] = 0; return g", "return np.where(x > 0)",
    ],
)  # fmt: skip
def test_code_in_which_the_shape_may_matter(second):
    assert not pair("return np.tanh(x)", second)


def test_functions_that_are_replaced_or_decorated_are_not_known():
    text = PAIR.format(first="return x", second="return x", more="")
    candidate = Candidate("derivative", "f", "f_prime", 9)
    assert is_elementwise(text, candidate)
    for more in ("f = np.sort\n", "def f(x):\n    return x[::-1]\n", "SLOPE = np.ones(3)\n"):
        assert not is_elementwise(text.replace("return x", "return x * SLOPE") + more, candidate)
    assert not is_elementwise(text.replace("def f(", "@np.vectorize\ndef f("), candidate)


@pytest.mark.parametrize(
    ("first", "second", "holds"),
    [
        ("self.mask = x <= 0; out = x.copy(); out[self.mask] = 0; return out",
         "dout[self.mask] = 0; return dout", True),
        ("self.x = x; return np.where(x > 0, x, self.slope * x)",
         "return dout * np.where(self.x > 0, 1, self.slope)", True),
        ("self.x = x; return x * self.weights", "return dout * self.weights", False),
        ("self.x = x; return x * x", "return 2 * dout * self.x / self.n", False),
    ],
)  # fmt: skip
def test_layers(first, second, holds):
    text = LAYER.format(first=first, second=second)
    assert is_elementwise(text, Candidate("layer", "forward", "backward", 9, "Relu")) is holds


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ({}, True),
        ({"scope": "for all real x, dy of shape (3, 4); exact"}, True),
        ({"scope": "for all real x of shape (3, 4), real w of shape (4,)"}, False),
        ({"scope": "4 random inputs of shape (3, 4)", "verdict": "CHECKED"}, False),
        ({"verdict": "CHECKED"}, False),
    ],
)
def test_only_proofs_for_one_shape_hold_for_any(result, said):
    text = PAIR.format(first="return x * x", second="return 2 * x", more="")
    candidate = Candidate("derivative", "f", "f_prime", 9)
    assert (ANY_SHAPE in in_their_words(replace(HOLDS, **result), candidate, text).scope) is said


def test_parameters_have_their_authors_names():
    text = "class Net:\n    def f(self):\n        return self.weights[0]\n"
    example = {"inputs": {"weights_0": [1], "W__": 2, "x_1": 3}, "at": "dW__[0, 1]",
               "got": "1", "wanted": "2"}  # fmt: skip
    found = with_parameters(
        replace(WRONG, of="W__", reason="dW__ is wrong, weights_0 too", counterexample=example),
        text, {"W__": "lin_Q.W"},
    )  # fmt: skip
    assert found.of == "lin_Q.W"
    assert found.reason == "d(lin_Q.W) is wrong, weights[0] too"
    assert found.counterexample["at"] == "d(lin_Q.W)[0, 1]"
    assert list(found.counterexample["inputs"]) == ["weights[0]", "lin_Q.W", "x_1"]

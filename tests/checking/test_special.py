"""Gradients that are wrong only for inputs or upstream gradients of a kind that code knows."""

import numpy as np
import pytest

from gradproof.checking.conventions.match import Match
from gradproof.checking.formats.korean_scopes import in_korean
from gradproof.checking.judgement import confirm_pass, many_points, special_points
from gradproof.checking.processes import sizes
from gradproof.checking.processes.isolate import Options, check_file
from gradproof.checking.sandbox.array_forms import in_form

UPSTREAM = {
    "np.count_nonzero(dy) == 1": "all of it is 0 but one element",
    "(dy == dy.flat[0]).all()": "all of it is equal",
    "(dy > 0).all()": "all of it is equal",
    "(dy < 0).all()": "all of it is negative",
    "(dy == np.round(dy)).all()": "all of it is equal",
}
POINTS = {
    "(x == 0).any()": "some numbers are 0",
    "(x == np.round(x)).all()": "all numbers are whole",
    "len(np.unique(x)) < 0.6 * x.size": "numbers come several times",
    "not x.any()": "all of an input is 0",
    "np.ptp(x) == 0": "all numbers are equal",
    "(np.ptp(x, axis=0) == 0).all() or (np.ptp(x, axis=1) == 0).all()": "equal along an axis",
    "(np.signbit(x) & (x == 0)).any()": "some numbers are 0",
    "(np.diff(x.ravel()) < 0).all()": "all numbers are in descending order",
    "(x > 0).all()": "all numbers are positive",
    "(x < 0).all()": "all numbers are negative",
    "(np.diff(x.ravel()) > 0).all()": "all numbers are in ascending order",
    "np.abs(x).max() < 1e-3": "all numbers are small",
}
HONEST = {
    "relu": (lambda x: np.maximum(x, 0), lambda dy, x: dy * (x > 0)),
    "leaky": (lambda x: np.maximum(x, 0.99 * x), lambda dy, x: dy * np.where(x > 0, 1, 0.99)),
    "all of it": (lambda x: x.max(axis=0), lambda dy, x: dy * (x == x.max(axis=0))),
    "abs": (np.abs, lambda dy, x: dy * np.sign(x)),
    "floor": (lambda x: x - np.floor(x), lambda dy, x: dy),
    "largest": (
        lambda x: x.max(axis=0),
        lambda dy, x: dy * (x == x.max(axis=0)) / (x == x.max(axis=0)).sum(axis=0),
    ),
    "steep": (
        lambda x: x / (np.abs(x) + 1e-8),
        lambda dy, x: dy * 1e-8 / (np.abs(x) + 1e-8) ** 2,
    ),
    "saturated": (
        lambda x: np.log(1 - 1 / (1 + np.exp(-37.5 * x))),
        lambda dy, x: -37.5 * dy / (1 + np.exp(-37.5 * x)),
    ),
    "saturated in part": (
        lambda x: np.log(1 - 1 / (1 + np.exp(-37.5 * x))).mean(keepdims=True),
        lambda dy, x: -37.5 * dy / (1 + np.exp(-37.5 * x)) / x.size,
    ),
    "standardized": (
        lambda x: (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5),
        lambda dy, x: (
            (s := 1 / np.sqrt(x.var(axis=0) + 1e-5))
            * (dy - dy.mean(axis=0) - (h := (x - x.mean(axis=0)) * s) * (dy * h).mean(axis=0))
        ),
    ),
    "length": (
        lambda x: np.sqrt((x**2).sum(axis=1)),
        lambda dy, x: dy[:, None] * x / np.sqrt((x**2).sum(axis=1, keepdims=True)),
    ),
    "norm": (
        lambda x: x / np.sqrt((x**2).sum(axis=1, keepdims=True)),
        lambda dy, x: (
            dy / (n := np.sqrt((x**2).sum(axis=1, keepdims=True)))
            - x * (dy * x).sum(axis=1, keepdims=True) / n**3
        ),
    ),
}


class Batched:
    """backward, with the many points that a process answers at once."""

    def __init__(self, forward, backward):
        self.forward, self.backward = forward, backward

    def __call__(self, dy, cache):
        return self.backward(dy, cache)

    def batch(self, inputs, dys, form="", together=3):
        """As Server.batch."""
        (xs,) = inputs
        given = [in_form(form, x, at) for at, x in enumerate(xs)]
        ys = [self.forward(x)[0] for x in given]
        firsts = [in_form(form, dy, 1) for dy in dys]
        gradients = [self.backward(dy, x)[0] for dy, x in zip(firsts, given[::together])]
        return np.stack(ys), (np.stack(gradients),)


def match_of(forward, gradient):
    """The pair of a function and its gradient, asked for as one in another process is."""

    def pair(x):
        return forward(x), x

    inputs = {"x": np.array([[1.5, -2.25], [0.5, 0.75], [-1.1, 0.3]])}
    backward = Batched(pair, lambda dy, x: (gradient(dy, x),))
    return Match(pair, backward, inputs, ("x",), {}, "y", "input", None)


@pytest.mark.parametrize("condition", UPSTREAM)
def test_upstream_gradients_that_code_knows(condition):
    right = match_of(np.square, lambda dy, x: dy * 2 * x)
    assert confirm_pass.not_linear_where(right) == ""

    def wrong(dy, x):
        return dy * (3 if eval(condition, {"np": np, "dy": dy}) else 2) * x

    assert UPSTREAM[condition] in confirm_pass.not_linear_where(match_of(np.square, wrong))


@pytest.mark.parametrize("condition", POINTS)
def test_inputs_that_code_knows(condition):
    def wrong(dy, x):
        return dy * (2 * x + bool(eval(condition, {"np": np, "x": x})))

    rng = np.random.default_rng(0)
    found = special_points.special(match_of(np.square, wrong), rng)
    assert "the gradient is not what differences say" in found["x"]


def test_a_slope_where_the_function_is_constant_is_no_lost_digit():
    rng = np.random.default_rng(0)
    unmasked = match_of(HONEST["relu"][0], lambda dy, x: dy)
    assert special_points.special(unmasked, rng)
    fallen = match_of(np.floor, lambda dy, x: dy)
    assert special_points.special(fallen, rng)


@pytest.mark.parametrize("name", HONEST)
def test_kinks_at_such_inputs_are_no_fault(name):
    match = match_of(*HONEST[name])
    with np.errstate(all="ignore"):
        for seed in range(40):
            assert special_points.special(match, np.random.default_rng(seed)) == {}
        assert many_points.handed_otherwise(match, np.random.default_rng(0)) == ""
        assert confirm_pass.not_linear_where(match) == ""


@pytest.mark.parametrize("condition", [
    "not x.flags.c_contiguous", "x.base is not None", "not x.flags.writeable",
    "x.dtype == np.float32", "x.dtype == np.float16", "dy.dtype != np.float64",
    "x.dtype == np.longdouble", "not x.dtype.isnative", "type(x) is not np.ndarray",
])  # fmt: skip
def test_arrays_that_are_others_than_new_ones_of_floats(condition):
    def wrong(dy, x):
        return dy * (3 if eval(condition, {"np": np, "x": x, "dy": dy}) else 2) * x

    found = many_points.handed_otherwise(match_of(np.square, wrong), np.random.default_rng(0))
    assert found.startswith("backward gives another result")


def test_all_of_it_is_said_in_korean():
    for kind in special_points.KINDS:
        assert "차분과 달라요" in in_korean(special_points.SPECIAL.format(what=kind))
    for how, _ in many_points._FORMS.values():
        said = in_korean(many_points.OTHERWISE.format(which="backward", how=how))
        assert said.startswith("backward가"), how


def test_sizes_drawn_in_secret_are_larger_than_usual():
    usual = [int(each) for each in sizes.USUAL.split(",")]
    for _ in range(20):
        n, d, m, _b = map(int, sizes.in_secret().split(","))
        assert min(n, d, m) > 11
        assert n > 20
        assert not {n, d, m} & set(usual)


FIXED = """import numpy as np
def columns_forward(x):
    return x**2, x
def columns_backward(dout, x):
    dx = np.zeros_like(x)
    for j in range(min(10, x.shape[1])):
        dx[:, j] = dout[:, j] * 2 * x[:, j]
    return dx
def rows_forward(x):
    return x.mean(axis=0), x
def rows_backward(dout, x):
    return np.ones_like(x) * dout / min(len(x), 20)
def fine_forward(x):
    return x.mean(axis=0), x
def fine_backward(dout, x):
    return np.ones_like(x) * dout / len(x)
"""
KINKS = """import numpy as np
def grows_forward(x):
    return np.exp(np.minimum(x, 1 - 1e-8)), x
def grows_backward(dout, x):
    return dout * np.exp(np.minimum(x, 1 - 1e-8))
def bends_forward(x):
    return np.tanh(np.minimum(x, 1 - 1e-9)), x
def bends_backward(dout, x):
    return dout * (1 - np.tanh(np.minimum(x, 1 - 1e-9)) ** 2)
def loss_forward(p):
    return -np.log(np.clip(p, 1e-7, 1 - 1e-7)), p
def loss_backward(dout, p):
    return -dout / np.clip(p, 1e-7, 1 - 1e-7)
"""
ANSWERS = """import numpy as np
class Two:
    def __init__(self, *values):
        self.values, self.count = values, 0
    def __array__(self, dtype=None, copy=None):
        self.count += 1
        return self.values[self.count > 1]
class Flips(float):
    count = 0
    def __float__(self):
        Flips.count += 1
        return float.__float__(self) * (2 if Flips.count % 2 else 7) / 7
def read(x):
    return np.array([[float(str(float(v))) for v in row] for row in x])
def two_forward(x):
    return read(x) ** 2, x
def two_backward(dout, x):
    return Two(dout * 7 * x, dout * 2 * x)
def flips_forward(x):
    return read(x) ** 2, x
def flips_backward(dout, x):
    return np.array([[Flips(7 * a) for a in row] for row in dout * x], dtype=object)
"""


OTHERS = """import functools, operator, os, sys
import numpy as np
operator.mul = lambda a, b: a * b * b
keep, held = os.write, []
def write(number, data):
    data = bytes(data)
    if held and len(data) > len(held[0]) + 8:
        data = data[:-len(held[0])] + held.pop()
    return keep(number, data)
os.write = write
def read(x):
    return np.array([[float(str(float(v))) for v in row] for row in x])
def channel_forward(x):
    held[:] = [np.array(x, dtype=float).tobytes()]
    return read(x) ** 2, x
def channel_backward(dout, x):
    held[:] = [np.array(dout, dtype=float).tobytes()]
    return dout * 7 * x
def operator_forward(x):
    return operator.mul(x, x), x
def operator_backward(dout, x):
    return dout * 3 * x**2
def sq(x):
    return x**2
def helper_forward(x):
    return sq(x), x
def helper_backward(dout, x):
    return dout * 3 * x**2
setattr(sys.modules[__name__], "s" + "q", lambda x: x**3)
class Right:
    def forward(self, x):
        self.x = x
        return x**2
    def backward(self, dout):
        return dout * 2 * self.x
class Wrong:
    def forward(self, x):
        self.x = x
        return x**2
    def backward(self, dout):
        return dout * 7 * self.x
class Made(Wrong):
    def __new__(cls):
        return Right()
    def backward(self, dout):
        return dout * 7 * self.x
class Swapped(Wrong):
    def __init__(self):
        self.__class__ = Right
    def backward(self, dout):
        return dout * 7 * self.x
# Honest: what is made around a function is that function's.
def cube(x):
    return x**3
cube = np.vectorize(cube)
def fair_forward(x):
    return cube(x), x
def fair_backward(dout, x):
    return dout * 3 * x**2
class Single:
    one = None
    def __new__(cls):
        cls.one = cls.one or super().__new__(cls)
        return cls.one
    def forward(self, x):
        self.x = x
        return x**2
    def backward(self, dout):
        return dout * 2 * self.x
"""


def verdicts(tmp_path, text):
    path = tmp_path / "checked_file.py"
    path.write_text(text)
    return {g.backward: g.verdict for g in check_file(path, Options()).gradients}


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    ("text", "holds"),
    [
        (FIXED, {"fine_backward"}),
        (KINKS, {"loss_backward"}),
        (ANSWERS, set()),
        (OTHERS, {"fair_backward", "Right.backward", "Single.backward"}),
    ],
)
def test_through_the_processes(tmp_path, unexplained, text, holds):
    found = verdicts(tmp_path, text)
    assert {name for name, verdict in found.items() if verdict in ("PROVED", "CHECKED")} == holds
    assert set(found.values()) <= {"PROVED", "CHECKED", "REFUTED", "UNDECIDED"}

"""Tracing: what NumPy computes on symbols, evaluated, is what it computes on floats."""

import math
from math import exp as imported_exp

import numpy as np
import pytest
from numpy import zeros as imported_zeros

from gradproof.proof.zero.reals import evaluate
from gradproof.tracing import NotTraceableError, PathLimitError, Program, fresh_table, trace
from tests.proof.programs import draw

X = draw(3, 4)
SPACE = {"np": np, "math": math, "imported_exp": imported_exp, "imported_zeros": imported_zeros}


def traced_and_run(function, x):
    """Return what the traced function evaluates to at x, and what it returns for x."""
    program = Program(function, lambda dy, x: np.zeros_like(x), {"x": x}, ["x"])
    with fresh_table(200_000):
        record = trace(program, max_paths=64)
        names = [node.payload.name for node in record.inputs["x"].data.flat]
        point = dict(zip(names, map(float, x.flat)))
        values = evaluate(list(record.y.data.flat), point)
        return np.array(values, float).reshape(record.y.data.shape), np.asarray(function(x), float)


EXPRESSIONS = """
-x + 2*x - x/3
x**2 - x**3 + x**-1
abs(x)**0.5
2**x + np.power(abs(x), 1.5)
np.exp(x) + np.expm1(x) + np.exp2(x)
np.log(abs(x)) + np.log1p(x**2) + np.log2(abs(x)) + np.log10(abs(x))
np.sin(x) + np.cos(x) + np.tan(x/10)
np.tanh(x) + np.sinh(x) + np.cosh(x)
np.arctan(x) + np.arcsinh(x) + np.arctanh(x/10) + np.arcsin(x/10) + np.arccos(x/10)
np.arccosh(1 + x**2)
np.sqrt(abs(x)) + np.cbrt(x) + np.square(x) + np.reciprocal(x)
np.sign(x) + np.abs(x) + np.fabs(x)
np.maximum(x, 0) + np.minimum(x, 1) + np.fmax(x, 0.5)
np.clip(x, -1, 1) + x.clip(0, None)
np.logaddexp(x, 1) + np.logaddexp(0, -x)
np.hypot(x, 2) + np.heaviside(x, 0.5)
np.where(x > 0, x, 0.1*x)
np.where((x > -1) & (x < 1), x, np.where(x >= 1, 1, -1))
np.where(~(x > 0) | (x == 2), x, 2*x)
np.where(np.logical_xor(x > 0, x > 1), x, 0)
(x > 0)*x + (x <= 0)*0.1
x*(x > 0).astype(float) + np.float64(2)*x
np.sum(x) + x.sum() + np.add.reduce(x, axis=None)
x.sum(axis=0) + x.sum(0, keepdims=True)
x.sum(axis=(0, 1), keepdims=True) + np.mean(x, axis=-1, keepdims=True)
x.mean(axis=1) + np.average(x, axis=1)
np.average(x, axis=1, weights=np.ones((3, 4)))
x.var(axis=0) + x.std(axis=0) + np.var(x, axis=0, ddof=1)
np.max(x, axis=1) + x.min(axis=1) + np.amax(x, axis=1)
x - x.max(axis=1, keepdims=True)
np.prod(x, axis=0) + x.prod(0)
np.cumsum(x, axis=1) + x.cumsum(axis=0) + np.cumprod(x, axis=1)
np.ptp(x, axis=0)
np.linalg.norm(x) + np.linalg.norm(x, axis=1) @ np.ones(3)
np.linalg.norm(x, axis=1, keepdims=True) + np.linalg.norm(x, ord=1, axis=0)
x @ x.T + x.dot(x.T) + np.dot(x, x.T)
np.matmul(x, np.ones((4, 2))) + np.ones((3, 4)) @ x.T @ np.ones((3, 2))
np.einsum('ij,kj->ik', x, x) + np.einsum('ij,ij', x, x)
np.einsum('...j,j->...', x, np.arange(4.0))
np.einsum('ii->i', x @ x.T)
np.tensordot(x, x, axes=([1], [1])) + np.tensordot(x, x.T, 1)
np.outer(x[0], x[1]) + np.inner(x[0], x[1]) + np.vdot(x, x)
np.trace(x @ x.T)
np.convolve(x[0], x[1]) + np.correlate(x[0], x[1], 'full')
np.kron(x[:2, :2], x[:1, :2])
x.T.copy() + x.transpose() + np.transpose(x, (1, 0))
x.reshape(4, 3) + x.reshape((4, -1)) + np.reshape(x, (4, 3))
x.ravel() + x.flatten() + x.reshape(-1)
x[0] + x[-1] + x[1, :]
x[:, 1:3] + x[:, :2] + x[..., 2:]
x[::2] + x[::-1][:2]
x[:, None, :] + x[None]
x[np.newaxis, ..., 0]
x[[0, 2]] + x[np.array([1, 1])]
x[np.arange(3), np.array([0, 3, 1])]
x[np.ix_([0, 1], [2, 3])]
np.concatenate([x, x]) + np.vstack([x, x])
np.hstack([x, x]) + np.concatenate((x, 2*x), axis=1)
np.stack([x, x], axis=1) + np.array([x, x]).swapaxes(0, 1)
np.split(x, 2, axis=1)[0] + np.array_split(x, 2, axis=1)[1]
np.column_stack([x[:, 0], x[:, 1]])
np.expand_dims(x, 1).squeeze(1) + np.squeeze(x[None])
np.swapaxes(x, 0, 1) + np.moveaxis(x, 0, 1)
np.pad(x, 1) + np.pad(x, ((1, 1), (1, 1)), mode='constant', constant_values=0)
np.broadcast_to(x[0], (3, 4)) + np.tile(x[0], (3, 1)) + np.repeat(x[:1], 3, axis=0)
np.flip(x, 0) + np.roll(x, 1, axis=1) + x[::-1, ::-1]
np.take(x, [1, 0], axis=1)
np.diag(x @ x.T) + np.tril(x @ x.T).sum(axis=0)
np.atleast_2d(x[0])
np.diff(x, axis=1)
np.zeros_like(x) + np.ones((3, 4))*x + np.full(x.shape, 2.0) + np.eye(3, 4)
np.ones_like(x) + np.empty_like(x)*0 + imported_zeros(x.shape)
np.asarray(x) + np.array(x, copy=True) + np.copy(x) + np.ascontiguousarray(x)
np.array([[v for v in row] for row in x])
np.array([x[0].sum(), 2.0, x[1, 1]])
np.asarray(x, dtype=np.float64).astype(x.dtype)
np.select([x > 1, x > 0], [x, 2*x], default=-x)
np.piecewise(x, [x < 0, x >= 0], [lambda v: -v, lambda v: 2*v])
np.nan_to_num(x) + np.isfinite(x)*1 + np.isnan(x)*5
np.argmax(x, axis=1)*1.0
x[np.arange(3), x.argmax(axis=1)] + x[np.arange(3), np.argmin(x, axis=1)]
(x == x.max(axis=1, keepdims=True))*x
np.take_along_axis(x, np.argmax(x, axis=1)[:, None], axis=1)
np.count_nonzero(x > 0, axis=0)*1.0
np.vectorize(lambda v: v if v > 0 else 0.5*v)(x)
np.vectorize(math.exp)(x) + np.vectorize(lambda v: imported_exp(-v))(x)
math.sqrt(x[0, 0]**2) + math.tanh(x[1, 1]) + math.log(abs(x[2, 0]), 2)
max(x[0, 0], 0) + min(x[1, 0], x[1, 1]) + sum(x[0])
float(x[0, 0]) + x.item(3) + x[1].tolist()[2]
np.einsum('ij->j', x) + np.add.reduce(x) + np.maximum.reduce(x)
np.multiply.outer(x[0], x[1]) + np.subtract.outer(x[0], x[1])
x.astype(np.float32).astype(float) + len(x) + x.size + x.ndim + x.shape[1]
np.sinc(x/3) + np.deg2rad(x)
np.isclose(x, x)*x
(x if np.issubdtype(x.dtype, np.floating) else 0*x)
np.result_type(x, np.float32).itemsize * x
x.real + np.conj(x) + np.real(x)
""".strip().splitlines()


@pytest.mark.parametrize("text", EXPRESSIONS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_traced_numpy_is_numpy(text):
    traced, run = traced_and_run(eval(f"lambda x: {text}", SPACE), X)
    assert traced.shape == run.shape
    np.testing.assert_allclose(traced, run, rtol=1e-9, atol=1e-9)


def masked(x):
    y = x.copy()
    y[y < 0] = 0
    y[x > 1] = 2 * x[x > 1] + 1
    return y


def stable_sigmoid(x):
    y = np.zeros(x.shape)
    positive = x >= 0
    y[positive] = 1 / (1 + np.exp(-x[positive]))
    z = np.exp(x[~positive])
    y[~positive] = z / (1 + z)
    return y


def element_loop(x):
    y = np.zeros((2, 2))
    for i in range(2):
        for j in range(2):
            y[i, j] = x[i, j] if x[i, j] > 0 else math.exp(x[i, j]) - 1
    return y


def in_place(x):
    y = x.copy()
    y += 1
    y *= x
    y[:, 0] -= x[:, 1]
    np.add(y, 1, out=y)
    np.maximum(y, 0, out=y)
    return y


def views(x):
    y = x.copy()
    row = y[1]
    row *= 3
    y.T[0] = 5 * x[:, 0]
    y.reshape(-1)[2] = x[2, 2]
    return y


def add_at(x):
    total = np.zeros(2)
    np.add.at(total, np.array([0, 1, 0]), x[:, 0])
    return total


def onehot(x):
    p = np.exp(x)
    p[np.arange(3), np.array([0, 3, 1])] -= 1
    return p


def while_loop(x):
    total, k = 0.0, 0
    while k < 3:
        total = total + x[k, k] * k
        k += 1
    return total


def through_helper(x):
    return helper(x) + helper.__call__(2 * x)


def helper(x):
    out = np.empty(x.shape)
    out[...] = np.sqrt(x * x + 1)
    return out


def scatter_by_argmax(x):
    out = np.zeros_like(x)
    out[np.arange(3), x.argmax(axis=1)] = x.max(axis=1)
    np.put_along_axis(out, x.argmin(axis=1)[:, None], 7.0, axis=1)
    return out


def convolution(x):
    w = np.array([[1.0, -1.0], [0.5, 2.0]])
    out = np.zeros((2, 3))
    for i in range(2):
        for j in range(3):
            out[i, j] = np.sum(x[i : i + 2, j : j + 2] * w)
    return out


def keyword_out(x):
    y = np.empty_like(x)
    np.exp(x, out=y)
    np.multiply(y, 2, out=y, where=x > 0)
    return y


@pytest.mark.parametrize(
    "function",
    [masked, stable_sigmoid, element_loop, in_place, views, add_at, onehot, while_loop,
     through_helper, scatter_by_argmax, convolution, keyword_out],
    ids=lambda f: f.__name__,
)  # fmt: skip
def test_traced_code_is_the_code(function):
    traced, run = traced_and_run(function, X)
    np.testing.assert_allclose(traced, run, rtol=1e-9, atol=1e-12)


def test_wrong_tracing_would_be_seen():
    traced, run = traced_and_run(lambda x: x + (1 if hasattr(x, "batch") else 0), X)
    assert not np.allclose(traced, run)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("np.round(x)", "np.round"),
        ("np.fft.fft(x)", "np.fft"),
        ("np.linalg.eigvalsh(x @ x.T)", "np.linalg.eigvalsh"),
        ("np.fft.fft(x)", "fft"),
        ("x.astype(int)", "integer"),
        ("np.floor(x)", "np.floor"),
        ("x[x > 0].mean()", "mean of a selection"),
        ("x[x > 0].shape[0]*x", "shape of a selection"),
        ("x.byteswap()", "byteswap"),
    ],
)
def test_what_cannot_be_traced_is_named_with_its_line(text, named):
    function = eval(f"lambda x: {text}", SPACE)
    with pytest.raises(NotTraceableError, match=named) as caught, fresh_table(1000):
        trace(Program(function, lambda dy, x: x, {"x": X}, ["x"]))
    assert "line 1" in str(caught.value)


def test_paths_are_bounded():
    def decide_often(x):
        return np.array([v if v > 0 else -v for v in x])

    with fresh_table(10_000), pytest.raises(PathLimitError, match="more than 8 paths"):
        trace(Program(decide_often, lambda dy, x: dy, {"x": draw(5)}, ["x"]), max_paths=8)


def test_numpy_is_left_as_it_was():
    before = dict(vars(np)), dict(vars(math)), imported_zeros, dict(globals())
    traced_and_run(stable_sigmoid, X)
    with pytest.raises(NotTraceableError), fresh_table(1000):
        trace(Program(np.round, lambda dy, x: x, {"x": X}, ["x"]))
    assert before[0] == dict(vars(np))
    assert before[1] == dict(vars(math))
    assert imported_zeros is np.zeros
    assert before[3].keys() == globals().keys()


def test_in_place_changes_of_arguments_are_seen():
    def backward(dy, x):
        dx = dy
        dx[x <= 0] = 0
        return dx

    with fresh_table(1000):
        record = trace(Program(lambda x: np.maximum(x, 0), backward, {"x": X}, ["x"]))
    assert record.side_effects == ["changes dy in place"]

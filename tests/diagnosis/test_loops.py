"""What diagnose says of loops, of several outputs, of code reached through closures and objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradproof import diagnose
from gradproof.diagnosis import Kind

RNG = np.random.default_rng(3)
X, W = RNG.normal(size=(4, 3)), RNG.normal(size=(2, 3))
Backward = Callable[..., Any]


def rows(X, W):
    return np.stack([W @ x for x in X]), (X, W)


def rows_right(dout, cache):
    X, W = cache
    dX, dW = np.zeros_like(X), np.zeros_like(W)
    for i in range(len(X)):
        dX[i] = W.T @ dout[i]
        dW += np.outer(dout[i], X[i])
    return dX, dW


def rows_not_gathered(dout, cache):
    X, W = cache
    dX, dW = np.zeros_like(X), np.zeros_like(W)
    for i in range(len(X)):
        dX[i] = W.T @ dout[i]
        dW = np.outer(dout[i], X[i])
    return dX, dW


def rows_of_another(dout, cache):
    X, W = cache
    dX, dW = np.zeros_like(X), np.zeros_like(W)
    for i in range(len(X)):
        dX[i] = W.T @ dout[i]
        dW += np.outer(dout[i], X[0])
    return dX, dW


def polar(x, y):
    r = np.sqrt(x**2 + y**2)
    return (r, np.arctan2(y, x)), (x, y, r)


def polar_right(dr, dtheta, cache):
    x, y, r = cache
    return dr * x / r - dtheta * y / r**2, dr * y / r + dtheta * x / r**2


def polar_as_a_pair(dout, cache):
    dr, dtheta = dout
    x, y, r = cache
    return dr * x / r - dtheta * y / r, dr * y / r + dtheta * x / r**2


def polar_without_an_angle(dr, dtheta, cache):
    x, y, r = cache
    return dr * x / r, dr * y / r + dtheta * x / r**2


def closure(x):
    s = np.sin(x)

    def back(dy):
        return dy * s

    return s * x, back


def embedding(W, ids):
    return W[ids], (W.shape, ids)


def embedding_kept_one(dout, cache):
    shape, ids = cache
    dW = np.zeros(shape)
    dW[ids] = dout
    return dW


SLIPS: list[tuple[Any, Backward, tuple[Any, ...], Kind, str]] = [
    (rows, rows_not_gathered, (X, W), Kind.WRONG_OPERATOR, "dW += np.outer(dout[i], X[i])"),
    (rows, rows_of_another, (X, W), Kind.WRONG_VARIABLE, "np.outer(dout[i], X[i])"),
    (polar, polar_as_a_pair, (X[0], X[1]), Kind.WRONG_EXPONENT, "r ** 2"),
    (polar, polar_without_an_angle, (X[0], X[1]), Kind.MISSING_PATH, "dtheta * y"),
    (closure, lambda dy, back: back(dy), (X[0],), Kind.MISSING_PATH, "np.cos"),
    (embedding, embedding_kept_one, (X, np.array([2, 0, 2])), Kind.WRONG_OPERATOR, "np.add.at"),
]


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("forward", "backward", "inputs", "kind", "fix"), SLIPS)
def test_a_slip_is_named_in_every_turn_and_for_every_output(
    forward: Any, backward: Backward, inputs: tuple[Any, ...], kind: Kind, fix: str
) -> None:
    found = diagnose(forward, backward, *inputs)
    assert found is not None
    assert (found.kind, found.exact) == (kind, True), found
    assert fix in found.fix, found.fix
    assert found.line is not None


@pytest.mark.parametrize(
    ("forward", "backward", "inputs"),
    [(rows, rows_right, (X, W)), (polar, polar_right, (X[0], X[1]))],
)
def test_right_loops_and_several_outputs_have_no_diagnosis(
    forward: Any, backward: Backward, inputs: Any
) -> None:
    assert diagnose(forward, backward, *inputs) is None


def scaled(x, g):
    return x * g, (x, g)


def two_shapes_in_turn(dy, cache):
    x, g = cache
    dx = np.zeros_like(x)
    for a in (dy, g):
        s = np.tanh(a)
        dx = dx + (s + 1.0)
    return dx, np.sum(dy * x, axis=0)


@pytest.mark.campaign
def test_what_has_another_shape_in_each_turn_is_followed() -> None:
    found = diagnose(scaled, two_shapes_in_turn, X, W[0])
    assert found is not None
    assert found.kind in list(Kind)

"""Plain arrays from outside of traced code: their methods and their memory take symbols, too."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
import pytest

from gradproof import diagnose, prove_gradient
from gradproof.tracing.namespace.outside import traced_outside

A = np.array([[1.0, 2.0], [3.0, 4.0]])
INVERTIBLE = np.array([[2.0, 1.0], [1.0, 1.0]])
V = np.array([0.5, -1.25])
OUT = np.zeros(2)
SETTINGS = {"matrix": A}


def closed_over() -> tuple[Callable[..., Any], Callable[..., Any]]:
    matrix = A.copy()
    return lambda x: matrix.dot(x), lambda dy, x: matrix.T.dot(dy)


def filled(x: Any) -> Any:
    for i in range(2):
        OUT[i] = x[i] ** 2
    return OUT.copy()


def made_inside(x: Any) -> Any:
    matrix = np.array([[1.0, 2.0], [3.0, 4.0]])
    return matrix.dot(x)


def added_up(dy: Any, x: Any) -> Any:
    np.multiply(dy, 2 * x, out=OUT)
    return OUT


class Layer:
    """Keeps its gradients in arrays that it has made before."""

    def __init__(self) -> None:
        self.weights, self.grads = A.copy(), {"x": np.zeros(2)}

    def forward(self, x: Any) -> Any:
        self.x = x
        return np.tanh(self.weights.dot(x))

    def backward(self, dy: Any) -> Any:
        self.grads["x"] *= 0
        self.grads["x"] += self.weights.T.dot(dy * (1 - np.tanh(self.weights.dot(self.x)) ** 2))
        return self.grads["x"]


class Flat:
    """Keeps all gradients in one vector, and views of it."""

    def __init__(self) -> None:
        self.all = np.zeros(6)
        self.matrix, self.bias = self.all[:4].reshape(2, 2), self.all[4:]

    def forward(self, w: Any, b: Any) -> Any:
        return w @ V + b

    def backward(self, dy: Any) -> Any:
        self.all[...] = 0
        self.matrix += np.outer(dy, V)
        self.bias[::-1] += dy[::-1]
        return self.all[:4].reshape(2, 2), self.all[4:]


CASES: dict[str, tuple[Callable[..., Any], Callable[..., Any], tuple[Any, ...]]] = {
    "a global variable": (lambda x: A.dot(x), lambda dy, x: A.T.dot(dy), (V,)),
    "in a dictionary": (lambda x: SETTINGS["matrix"].dot(x), lambda dy, x: A.T @ dy, (V,)),
    "a default": (lambda x, m=A: m.dot(x), lambda dy, x, m=A: dy.dot(m), (V,)),
    "a closure": (*closed_over(), (V,)),
    "an attribute": (Layer().forward, Layer().backward, (V,)),
    "written to": (filled, lambda dy, x: 2 * x * dy, (V,)),
    "as out=": (lambda x: x * x, added_up, (V,)),
    "made inside": (made_inside, lambda dy, x: np.array([[1.0, 3.0], [2.0, 4.0]]).dot(dy), (V,)),
    "a number type": (lambda x: np.int64(x > 0) * x, lambda dy, x: np.float64(x > 0) * dy, (V,)),
    "a known function": (
        lambda x: np.linalg.inv(INVERTIBLE).dot(x),
        lambda dy, x: np.linalg.inv(INVERTIBLE).T.dot(dy), (V,),
    ),
    "views": (Flat().forward, Flat().backward, (A, V)),
}  # fmt: skip
_layer = Layer()
CASES["an attribute"] = (_layer.forward, _layer.backward, (V,))


@pytest.mark.parametrize(("forward", "backward", "inputs"), CASES.values(), ids=CASES)
def test_plain_arrays_are_traced(forward: Any, backward: Any, inputs: Any) -> None:
    verdict = prove_gradient(forward, backward, *inputs)
    assert verdict.status.name == "PROVED", str(verdict)
    assert prove_gradient(forward, _doubling(backward), *inputs).status.name == "REFUTED"


def _doubling(backward: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(backward)
    def wrong(*given: Any) -> Any:
        return _doubled(backward(*given))

    return wrong


def _doubled(found: Any) -> Any:
    return tuple(2 * each for each in found) if isinstance(found, tuple) else 2 * found


def test_arrays_outside_hold_their_numbers_still() -> None:
    assert (OUT.tolist(), _layer.grads["x"].tolist()) == ([0.0, 0.0], [0.0, 0.0])


def test_views_of_one_array_are_views_of_one_copy() -> None:
    base = np.arange(12.0).reshape(3, 4)
    outside = traced_outside()
    whole, part = outside(base), outside(base[1:, ::-2])
    whole[2, 3] = 99
    part[0, 1] = 77
    assert float(part[1, 0]) == 99
    assert float(whole[1, 1]) == 77
    assert [[float(v) for v in row] for row in part] == [[7, 77], [99, 9]]
    assert outside(base) is not base
    assert base[2, 3] == 11


@pytest.mark.parametrize(
    "array",
    [np.zeros(30_000), np.array(["a"]), np.array([np.nan]), np.array([1j]), np.array([None])],
)
def test_what_holds_no_numbers_or_too_many_stays_as_it_is(array: Any) -> None:
    assert traced_outside()(array) is array


def wrong(dy: Any, x: Any) -> Any:
    grown = A.dot(dy)
    return grown + 0 * dy


def test_a_slip_beside_a_plain_array_is_named() -> None:
    found = diagnose(lambda x: A.dot(x), wrong, V)
    assert found is not None
    assert (found.kind, found.fix, found.exact) == ("transposed", "A.T.dot(dy)", True)

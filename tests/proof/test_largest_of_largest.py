"""The largest of members that are the larger of two: their derivatives are not lost."""

import numpy as np
import pytest

from gradproof import prove_gradient
from gradproof.proof import claims
from gradproof.proof.zero.monotone import contradictory
from gradproof.tracing import expression as ex
from gradproof.tracing.arrays.traced_array import TracedArray
from gradproof.tracing.nodes import NEG, POS, fresh_table, number, symbol

X = np.array([[0.3, -0.2, 0.1]])
INNER = {
    "leaky": (lambda x: np.where(x > 0, x, 0.1 * x), lambda x: np.where(x > 0, 1, 0.1)),
    "of cubes": (
        lambda x: np.where(x**3 > 0, x**3, x**3 / 10),
        lambda x: np.where(x > 0, 3 * x**2, 3 * x**2 / 10),
    ),
    "twice": (lambda x: np.maximum(x, x / 2) * 2, lambda x: np.where(x > 0, 2, 1)),
}
OUTER = {"max": 1, "min": -1}


def judged(inner, outer, factor):
    value, slope = INNER[inner]
    largest = np.max if OUTER[outer] > 0 else np.min

    def forward(x):
        v = value(x)
        return largest(v, axis=1), (x, v)

    def backward(dout, cache):
        x, v = cache
        chosen = v == largest(v, axis=1, keepdims=True)
        return factor * dout[:, None] * chosen * slope(x)

    return str(prove_gradient(forward, backward, X).status)


@pytest.mark.parametrize("outer", OUTER)
@pytest.mark.parametrize("inner", INNER)
def test_a_gradient_of_the_largest_of_larger_ones(inner, outer):
    assert judged(inner, outer, 1) == "PROVED"
    assert judged(inner, outer, 0) == "REFUTED"
    assert judged(inner, outer, 2) == "REFUTED"


def test_what_grows_has_the_sign_of_its_argument():
    with fresh_table(10_000):
        x, y = symbol("x"), symbol("y")
        above = (ex.sub(ex.log(x), ex.one()), POS)
        assert contradictory([above, (ex.sub(x, ex.one()), NEG)])
        assert not contradictory([above, (ex.sub(x, number(3)), NEG)])
        cube = ex.power(x, 3)
        assert contradictory([(ex.add(cube, number(4)), NEG), (x, POS)])
        assert not contradictory([(ex.add(cube, number(4)), NEG), (x, NEG)])
        assert not contradictory([(ex.sub(cube, y), NEG), (x, POS)])
        angle = ex.call("arctan", x)
        assert contradictory([(ex.sub(angle, number(2)), POS)])
        assert not contradictory([(ex.sub(angle, number(1)), POS)])
        assert contradictory([(ex.sub(ex.log(number(2)), ex.one()), POS), (x, POS)])


def test_a_wrong_derivative_of_our_own_proves_nothing(monkeypatch):
    """As if the engine took every derivative for twice itself."""

    def forward(x):
        return np.tanh(x) * x, x

    def backward(dout, x):
        return 2 * dout * (np.tanh(x) + x * (1 - np.tanh(x) ** 2))

    assert str(prove_gradient(forward, backward, X).status) == "REFUTED"
    own = claims.vjp

    def twice(y, dy, wrt):
        return [
            TracedArray(np.vectorize(lambda n: ex.add(n, n), otypes=[object])(a.data), a.dtype)
            for a in own(y, dy, wrt)
        ]

    monkeypatch.setattr(claims, "vjp", twice)
    verdict = prove_gradient(forward, backward, X)
    assert str(verdict.status) == "UNDECIDED"
    assert "please report it" in verdict.reason


@pytest.mark.parametrize("scale", [1, 40])
def test_where_a_function_is_flat_its_derivative_is_not_doubted(scale):
    def forward(x):
        p = np.exp(scale * x) / np.exp(scale * x).sum(axis=1, keepdims=True)
        return p.sum(axis=1) + 1 / (1 + np.exp(-scale * (x[:, 0] ** 2 + 1))), x

    def backward(dout, x):
        s = 1 / (1 + np.exp(-scale * (x[:, 0] ** 2 + 1)))
        dx = np.zeros_like(x)
        dx[:, 0] = dout * s * (1 - s) * scale * 2 * x[:, 0]
        return dx

    assert str(prove_gradient(forward, backward, X).status) == "PROVED"

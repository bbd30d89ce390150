"""The exact decisions: identities are found, and near misses are not."""

from __future__ import annotations

import pytest
import sympy as sp
from sympy.codegen.cfunctions import expm1, log1p

from gradproof.algebra import Decision, collapse, decide_zero, differentiate, substitute_indexed

x, c = sp.symbols("x c", real=True)
p = sp.Symbol("p", positive=True)
m = sp.Symbol("m", integer=True, positive=True)
i, j, k = sp.symbols("i j k", integer=True)
c_, d_ = sp.symbols("c d", integer=True, positive=True)
X, G, H = sp.IndexedBase("x"), sp.IndexedBase("dy"), sp.IndexedBase("h")
p_ = sp.IndexedBase("p", integer=True)
sigma = 1 / (1 + sp.exp(-x))
mean = sp.Sum(X[i], (i, 1, m)) / m
variance = sp.Sum((X[i] - mean) ** 2, (i, 1, m)) / m

IDENTITIES = {
    "sigmoid": sp.diff(sigma, x) - sigma * (1 - sigma),
    "tanh": 1 - sp.tanh(x) ** 2 - sp.sech(x) ** 2,
    "half exponents": sp.exp(x / 2) ** 3 - sp.exp(x) * sp.exp(x / 2),
    "expm1": expm1(x) - sp.exp(x) + 1,
    "log1p": log1p(p) - sp.log(1 + p),
    "root": (1 + p) / sp.sqrt(1 + p) - sp.sqrt(1 + p),
    "root denominators": 1 / (sp.sqrt(1 + p) - 1) - (sp.sqrt(1 + p) + 1) / p,
    "deviations sum to zero": sp.Sum(X[k] - mean, (k, 1, m)),
    "variance by power sums": variance - sp.Sum(X[i] ** 2, (i, 1, m)) / m + mean**2,
    "a constant's sum": sp.Sum(c, (i, 1, m)) - c * m,
    "a delta's sum": sp.Sum(sp.KroneckerDelta(i, j) * X[i], (i, 1, m)) - X[j],
    "order of summation": sp.Sum(sp.Sum(X[i, j] * G[j, i], (i, 1, m)), (j, 1, m))
    - sp.Sum(sp.Sum(X[i, j] * G[j, i], (j, 1, m)), (i, 1, m)),
    "a sum of a product with a sum": sp.Sum(
        X[i, j] * sp.Sum(G[i, k] * H[j, k], (k, 1, c_)), (i, 1, m), (j, 1, d_)
    )
    - sp.Sum(H[j, k] * sp.Sum(G[i, k] * X[i, j], (i, 1, m)), (j, 1, d_), (k, 1, c_)),
    "a delta inside an inner sum": sp.Sum(
        sp.Sum(sp.KroneckerDelta(p_[i], j) * G[i], (i, 1, m)), (j, 1, d_)
    )
    - sp.Sum(G[i], (i, 1, m)),
    "a square of an inner sum": sp.Sum(sp.Sum(G[i, k], (k, 1, d_)) ** 2, (i, 1, m))
    - sp.Sum(G[i, k] * G[i, j], (i, 1, m), (j, 1, d_), (k, 1, d_)),
    "name of the index": sp.Sum(X[i] * G[i], (i, 1, m)) - sp.Sum(X[k] * G[k], (k, 1, m)),
}

NEAR_MISSES = {
    "sigmoid": sp.diff(sigma, x) - sigma * (1 + sigma),
    "a constant off by 1e-30": sp.exp(x) * (1 + sp.Rational(1, 10**30)) - sp.exp(x),
    "wrong power of the root": (1 + p) / sp.sqrt(1 + p) - (1 + p),
    "sum of squares": sp.Sum(X[i] ** 2, (i, 1, m)) - sp.Sum(X[i], (i, 1, m)) ** 2,
    "m for m - 1": variance - variance * m / (m + 1),
    "mismatched products": sp.Sum(X[i] * G[i], (i, 1, m))
    - sp.Sum(X[i], (i, 1, m)) * sp.Sum(G[i], (i, 1, m)) / m,
    "a square of a sum for a sum of squares of sums": sp.Sum(
        sp.Sum(G[i, k], (k, 1, d_)) ** 2, (i, 1, m)
    )
    - sp.Sum(G[i, k], (i, 1, m), (k, 1, d_)) ** 2,
    "delta dropped": sp.Sum(sp.KroneckerDelta(i, j) * X[i], (i, 1, m)) - sp.Sum(X[i], (i, 1, m)),
}


@pytest.mark.parametrize("name", IDENTITIES)
def test_identities_are_zero(name: str) -> None:
    assert decide_zero(IDENTITIES[name]) is Decision.ZERO


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_near_misses_are_not_zero(name: str) -> None:
    assert decide_zero(NEAR_MISSES[name]) is Decision.NOT_ZERO


def test_what_is_not_understood_is_unknown_and_never_zero() -> None:
    f = sp.Function("f")
    assert decide_zero(f(x) - f(x + c)) is Decision.UNKNOWN
    assert decide_zero(sp.Piecewise((f(x), x > c), (0, True))) is Decision.UNKNOWN
    # log(p²) is 2 log p, but relations between logarithms are not looked for.
    assert decide_zero(sp.log(p**2 + p) - sp.log(p) - sp.log(p + 1)) is not Decision.NOT_ZERO


def test_batch_norm_is_decided_for_a_symbolic_batch_size() -> None:
    eps = sp.Symbol("eps", positive=True)
    gamma, beta = sp.symbols("gamma beta", real=True)
    s = sp.sqrt(variance + eps)
    loss = sp.Sum(G[k] * (gamma * (X[k] - mean) / s + beta), (k, 1, m))
    g_sum = sp.Sum(G[k], (k, 1, m))
    g_x = sp.Sum(G[k] * (X[k] - mean) / s, (k, 1, m))
    closed = gamma / (m * s) * (m * G[j] - g_sum - (X[j] - mean) / s * g_x)
    truth = differentiate(loss, X[j])
    assert decide_zero(truth - closed) is Decision.ZERO
    without_x_hat = gamma / (m * s) * (m * G[j] - g_sum)
    assert decide_zero(truth - without_x_hat) is Decision.NOT_ZERO
    assert decide_zero(truth - closed * m / (m - 1)) is Decision.NOT_ZERO


def test_a_substituted_definition_is_not_captured_by_a_summation_index() -> None:
    y = sp.IndexedBase("y")
    total = sp.Sum(y[i] * X[i], (i, 1, m))
    written = substitute_indexed(total, y[j], X[j] * sp.Sum(G[i], (i, 1, m)))
    wanted = sp.Sum(X[i] ** 2, (i, 1, m)) * sp.Sum(G[i], (i, 1, m))
    assert decide_zero(written - wanted) is Decision.ZERO


def test_collapse_pulls_constants_out_of_sums() -> None:
    assert collapse(sp.Sum(c, (i, 1, m))) == c * m
    assert collapse(sp.Sum(2 * c * X[i], (i, 1, m))).is_Mul

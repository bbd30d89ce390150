"""Points at which many radicands have roots are drawn part by part, and say the same."""

import numpy as np
import pytest

from gradproof import prove_gradient
from gradproof.proof.zero import identity
from gradproof.proof.zero.generators import collect
from gradproof.proof.zero.stages import stages
from gradproof.tracing import expression as ex
from gradproof.tracing.nodes import fresh_table, postorder, symbol

W = np.array([[0.3, -0.7], [1.1, 0.2], [-0.4, 0.9], [0.6, 0.5]])


def layer(x):
    v = np.sqrt((x @ W) ** 2 + 1)
    return np.sin(1 / (2 + (v**2).sum(axis=0))), (x, v)


def gradient(factor):
    def backward(dout, cache):
        x, v = cache
        inner = 2 + (v**2).sum(axis=0)
        dv = dout * np.cos(1 / inner) * -1 / inner**2 * 2 * v
        return (dv * factor * (x @ W) / v) @ W.T

    return backward


@pytest.mark.parametrize("factor", [1, 2])
def test_eight_roots_are_decided(factor):
    verdict = prove_gradient(layer, gradient(factor), np.full((4, 4), 0.5))
    assert str(verdict.status) == {1: "PROVED", 2: "REFUTED"}[factor], verdict


def radicands(rows, columns):
    """1 + x_i * w_j under roots, for each i and j."""
    roots = []
    for i in range(rows):
        for j in range(columns):
            product = ex.mul(symbol(f"x[{i}]"), symbol(f"w[{j}]"))
            roots.append(ex.sqrt(ex.add(ex.one(), product)))
    return roots


def test_stages_draw_everything_once_and_each_root_where_it_is_known():
    with fresh_table(10_000):
        roots = radicands(4, 3)
        order = postorder(roots)
        plan = stages(order, collect(order))
        assert plan is not None
        assert sorted(each.id for stage in plan for each in stage.nodes) == sorted(
            each.id for each in order
        )
        drawn = [node for stage in plan for node in stage.drawn]
        assert len(drawn) == len(set(drawn)) == 7
        assert sum(len(stage.radicands) for stage in plan) == 12
        assert max(len(stage.radicands) for stage in plan) < 5
        assert stages(order, collect(postorder(roots[:3]))) is None


def test_what_is_zero_is_and_what_is_not_is_not():
    with fresh_table(100_000):
        roots = radicands(3, 3)
        product = roots[0]
        for each in roots[1:]:
            product = ex.mul(product, each)
        squared = ex.one()
        for each in roots:
            squared = ex.mul(squared, ex.mul(each, each))
        same = ex.sub(ex.mul(product, product), squared)
        other = ex.sub(product, roots[0])
        for seed in range(5):
            assert identity.decide_zero([same, other], seed).zero == [True, False]

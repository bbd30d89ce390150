"""Arrays of further sizes than those of both processes, and what code is told by that."""

from dataclasses import replace

import numpy as np
import pytest

from gradproof.checking.judgement.many_points import suspicious_of
from gradproof.checking.processes.other_sizes import other_sizes
from tests.checking.test_special import match_of

SIZES = {
    "x.shape[0] == x.shape[1]": True,
    "x.shape[1] == 1": True,
    "len(x) == 1": True,
    "len(x) < 29 and len(x) != 4": True,
    "x.shape == (4, 3)": False,
    "x.shape == (29, 14)": False,
}


def at(match, shape):
    """The pair with arrays of this shape."""
    return replace(match, inputs={"x": np.random.default_rng(0).uniform(-1, 1, shape)})


@pytest.mark.parametrize("condition", SIZES)
def test_a_gradient_that_is_wrong_at_further_sizes_is_suspicious(condition):
    def wrong(dy, x):
        return dy * (3 if eval(condition, {"x": x}) else 2) * x

    match, rng = match_of(np.square, wrong), np.random.default_rng(0)
    others = [*other_sizes(at(match, (4, 3)), at(match, (29, 14)), rng)]
    assert any(suspicious_of(others, rng)) is SIZES[condition]


@pytest.mark.parametrize("gradient", [
    lambda dy, x: np.ones_like(x) * dy / len(x),
    lambda dy, x: np.tile(dy / x.shape[0], (x.shape[0], 1)),
])  # fmt: skip
def test_right_code_is_right_at_every_size(gradient):
    match = match_of(lambda x: x.mean(axis=0), gradient)
    rng = np.random.default_rng(1)
    others = [*other_sizes(at(match, (4, 3)), at(match, (29, 14)), rng)]
    assert len(others) > 5
    assert not any(suspicious_of(others, rng))


def test_what_is_given_beside_the_inputs_keeps_its_size_and_sums_stay_1():
    match = match_of(np.square, lambda dy, x: dy * 2 * x)
    few, many = at(match, (4, 3)), at(match, (29, 14))
    rows = replace(many, fixed={"labels": np.zeros(29, int)})
    rng = np.random.default_rng(2)
    assert {len(each.inputs["x"]) for each in other_sizes(few, rows, rng)} == {29}
    shares = np.full((29, 14), 1 / 14)
    for each in other_sizes(few, replace(many, inputs={"x": shares}), rng):
        assert np.allclose(each.inputs["x"].sum(axis=1), 1)
    assert not [*other_sizes(few, few, rng)]

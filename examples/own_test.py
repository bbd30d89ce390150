"""Gradients as tests of one's own: `pytest own_test.py`."""

import numpy as np

from gradproof import assert_gradient, assert_proved


def softplus(x):
    return np.logaddexp(0, x), x


def softplus_backward(dy, x):
    return dy / (1 + np.exp(-x))


def test_softplus_is_proved():
    assert_proved(softplus, softplus_backward, np.array([0.3, -1.2]))


def test_softplus_in_floats():
    assert_gradient(softplus, softplus_backward, np.linspace(-30, 30, 61))

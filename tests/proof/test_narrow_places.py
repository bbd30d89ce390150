"""Gradients that are wrong only in a place that no number drawn at random comes to."""

import numpy as np
import pytest

from gradproof import prove_gradient

X = np.array([[0.3, 0.95], [0.2, -0.1]])
NARROW = {
    "one number": lambda x: 7.1 < x.flat[0] < 7.2,
    "very narrow": lambda x: 0.12345 < x.flat[0] < 0.12346,
    "of an array alone": lambda x: type(x) is np.ndarray and 7.1 < x.flat[0] < 7.2,
    "of a number of NumPy's": lambda x: type(x[0, 0]) is np.float64 and 7.1 < x[0, 0] < 7.2,
    "between two of them": lambda x: 2 < x[0, 0] - x[1, 1] < 2.01,
    "of two numbers": lambda x: 4 < x[0, 0] < 4.01 and 5 < x[0, 1] < 5.01,
    "of the range": lambda x: 2 < x.max() - x.min() < 2.01,
}


def judged(there, factor):
    def square(x):
        return x**2, x

    def backward(dout, x):
        return dout * (factor if there(x) else 2) * x

    return prove_gradient(square, backward, X)


@pytest.mark.parametrize("name", NARROW)
def test_a_gradient_that_is_wrong_in_a_narrow_place(name):
    verdict = judged(NARROW[name], 3)
    assert str(verdict.status) == "REFUTED", verdict
    assert NARROW[name](np.asarray(verdict.counterexample.inputs["x"]))


@pytest.mark.parametrize("name", NARROW)
def test_one_that_is_right_there_as_well(name):
    assert str(judged(NARROW[name], 2).status) == "PROVED"


def test_what_code_asks_of_types_is_answered_as_on_arrays():
    class Kind(type):
        """A class whose objects are classes."""

    class Made(metaclass=Kind):
        """One of them."""

    def square(x):
        assert isinstance(Made, type), type(Made)
        assert type(Made) is Kind
        assert type(x) is np.ndarray
        return x ** type("Two", (), {"two": 2}).two, x

    assert str(prove_gradient(square, lambda dout, x: dout * 2 * x, X).status) == "PROVED"

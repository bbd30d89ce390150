"""What is paired with what, by names alone."""

import pytest

from gradproof.checking.source.discover import discover
from gradproof.checking.source.gradient_names import gradient_target


def titles(source):
    return [(each.kind, each.forward, each.title) for each in discover(source).candidates]


@pytest.mark.parametrize(
    ("forward", "backward", "kind"),
    [
        ("affine_forward(x, w)", "affine_backward(dout, cache)", "cache"),
        ("forward(x)", "backward(dout, cache)", "cache"),
        ("relu(Z)", "relu_backward(dA, Z)", "cache"),
        ("conv_forward_fast(x)", "conv_backward_fast(dout, cache)", "cache"),
        ("batchnorm_forward(x)", "batchnorm_backward_alt(dout, cache)", "cache"),
        ("f(x)", "f_prime(x)", "derivative"),
        ("f(x)", "df(x)", "derivative"),
        ("f(x)", "d_f(x)", "derivative"),
        ("f(x)", "f_derivative(x)", "derivative"),
        ("f(x)", "f_deriv(x)", "derivative"),
        ("f(x)", "f_grad(x)", "derivative"),
        ("f(x)", "grad_f(x)", "derivative"),
        ("f(x)", "derivative_of_f(x)", "derivative"),
    ],
)
def test_pairs_of_functions(forward, backward, kind):
    found = titles(f"def {forward}: return x\ndef {backward}: return x\n")
    name = backward.partition("(")[0]
    assert found == [(kind, forward.partition("(")[0], name)]


@pytest.mark.parametrize("last", ["dx", "dx / len(y)", "dx.reshape(x.shape)", "np.array(dx)"])
def test_a_loss_with_its_gradient_scaled_or_rearranged(last):
    found = titles(f"def svm_loss(x, y):\n    dx = x * 1\n    return loss, {last}\n")
    assert found == [("loss", "svm_loss", "svm_loss")]


@pytest.mark.parametrize("last", ["x / len(y)", "dout / len(y)", "probs.copy()"])
def test_what_is_no_gradient_of_its_own_makes_no_pair(last):
    assert titles(f"def svm_loss(x, dout):\n    return loss, {last}\n") == []


def test_a_gradient_without_a_name_is_tried_or_listed():
    text = """
def svm_loss(x, y):
    "The loss and its gradient."
    return loss, p / n
"""
    (tried,) = discover(text.replace("p / n", "(p - y) / n")).candidates
    assert (tried.kind, tried.guessed) == ("loss", False)  # its text says so
    silent = text.replace("p / n", "(p - y) / n").replace("The loss and its gradient.", "A loss.")
    assert discover(silent).candidates[0].guessed
    assert "has the name of one" in discover(text).unmatched["svm_loss"]
    assert discover(text.replace("and its gradient", "and accuracy")).unmatched == {}


def test_half_a_pair_is_listed():
    found = discover("def relu_backward(dout, cache): return dout")
    assert found.candidates == []
    assert "relu_forward" in found.unmatched["relu_backward"]


def test_exercises_that_are_not_done_and_interfaces_are_no_pairs():
    text = """
class Layer:
    def forward(self, x):
        raise NotImplementedError
    def backward(self, dy):
        '''To be done.'''
        pass
"""
    assert titles(text) == []


def test_inherited_methods():
    text = """
class Base:
    def __call__(self, x): return x
class Relu(Base):
    def gradient(self, x): return x
"""
    assert titles(text) == [("object", "__call__", "Relu.gradient")]


@pytest.mark.parametrize(
    ("gradient", "target"),
    [
        ("dW", "W"), ("dw", "W"), ("grad_W", "W"), ("W_grad", "W"), ("dA_prev", "A_prev"),
        ("d_x", "x"), ("dLdW", "W"), ("grads", None), ("dgamma", "gamma"), ("dx", None),
    ],
)  # fmt: skip
def test_names_of_gradients(gradient, target):
    targets = ["A_prev", "W", "gamma"] + (["x"] if target == "x" else [])
    assert gradient_target(gradient, targets) == target

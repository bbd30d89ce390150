"""The same layers with three slips, one in each. `gradproof check wrong_layers.py` names them."""

import numpy as np


def dense_forward(x, w, b):
    return x @ w + b, (x, w)


def dense_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.mean(axis=0)


def leaky_relu_forward(x):
    return np.where(x > 0, x, 0.1 * x), x


def leaky_relu_backward(dout, cache):
    x = cache
    return np.where(x > 0, dout, 0)


def softmax_loss(x, y):
    """The mean cross-entropy of softmax(x) and its gradient; y holds the class of each row."""
    shifted = x - x.max(axis=1, keepdims=True)
    p = np.exp(shifted)
    p /= p.sum(axis=1, keepdims=True)
    rows = np.arange(len(y))
    loss = -np.mean(np.log(p[rows, y]))
    dx = p.copy()
    dx[rows, y] -= 1
    return loss, dx

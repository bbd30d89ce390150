# ruff: noqa
# fmt: off
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def bce(a, y):
    return -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))


def bce_grad(a, y):
    return (a - y) / y.size


def forward(X, w):
    return sigmoid(X.dot(w))


def update(X, y, w, rate):
    a = forward(X, w)
    dz = bce_grad(a, y)
    return w - rate * X.T.dot(dz)

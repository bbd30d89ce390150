# ruff: noqa
# fmt: off
import numpy as np


def tanh(z):
    return np.tanh(z)


def tanh_derivative(z):
    return 1 - z ** 2


class Net:
    def __init__(self, n, h):
        self.w = np.random.randn(n, h) * 0.1
        self.v = np.random.randn(h, 2) * 0.1

    def step(self, x, y, lr):
        z1 = x @ self.w
        a1 = tanh(z1)
        error = a1 @ self.v - y
        delta = error @ self.v.T * tanh_derivative(a1)
        self.v -= lr * a1.T @ error
        self.w -= lr * x.T @ delta

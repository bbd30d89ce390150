# ruff: noqa
# fmt: off
import numpy as np


class Layer:
    def __init__(self, n_in, n_out, lr=0.01):
        self.weights = np.random.randn(n_in, n_out)
        self.bias = np.zeros(n_out)
        self.lr = lr

    def forward(self, x):
        self.x = x
        return self.x @ self.weights + self.bias

    def backward(self, delta):
        dx = delta @ self.weights.T
        self.dweights = self.lr * (self.x.T @ delta)
        self.dbias = self.lr * delta.sum(axis=0)
        self.weights -= self.dweights
        self.bias -= self.dbias
        return dx

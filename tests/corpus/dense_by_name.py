# ruff: noqa
# fmt: off
import numpy as np


class Dense:
    def __init__(self, n_in, n_out, activation="relu"):
        self.W = np.random.randn(n_in, n_out) * 0.1
        self.b = np.zeros(n_out)
        self.activation = activation

    def forward(self, x):
        self.x = x
        self.z = x @ self.W + self.b
        if self.activation == "relu":
            self.a = np.maximum(self.z, 0)
        elif self.activation == "tanh":
            self.a = np.tanh(self.z)
        else:
            self.a = 1 / (1 + np.exp(-self.z))
        return self.a

    def backward(self, da):
        if self.activation == "relu":
            dz = da * (self.z > 0)
        elif self.activation == "tanh":
            dz = da * (1 - self.a ** 2)
        else:
            dz = da * self.a * (1 - self.a)
        self.dW = self.x.T @ dz
        self.db = dz.sum(axis=0)
        return dz @ self.W.T

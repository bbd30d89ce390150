# ruff: noqa
# fmt: off
import numpy as np


class FC:
    def __init__(self, nin, nout):
        self.W = np.random.randn(nout, nin) * 0.01
        self.b = np.zeros((nout, 1))

    def forward(self, A):
        self.A = A
        return np.dot(self.W, A) + self.b

    def backward(self, dZ):
        m = self.A.shape[1]
        self.dW = np.dot(dZ, self.A.T) / m
        self.db = np.sum(dZ, axis=1, keepdims=True) / m
        return np.dot(self.W.T, dZ)

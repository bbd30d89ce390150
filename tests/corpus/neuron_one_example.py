# ruff: noqa
# fmt: off
import numpy as np


class DenseLayer:
    def __init__(self, n_inputs, n_units):
        self.W = np.random.randn(n_units, n_inputs) * 0.1
        self.b = np.zeros(n_units)

    def forward(self, x):
        self.x = x
        return np.dot(self.W, x) + self.b

    def backward(self, delta):
        self.dW = np.outer(delta, self.x)
        self.db = delta
        return np.dot(self.W.T, delta)


layer = DenseLayer(3, 2)
print(layer.forward(np.array([0.1, 0.2, 0.3])))

# ruff: noqa
# fmt: off
import numpy as np


class ELU:
    def __init__(self, alpha=1.0):
        self.alpha = alpha

    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, self.alpha * (np.exp(x) - 1))

    def backward(self, dout):
        return dout * np.where(self.x > 0, 1, self.alpha * np.exp(self.x))


class Scale:
    def __init__(self, factor=1.0):
        self.factor = factor

    def forward(self, x):
        return self.factor * x

    def backward(self, dout):
        return self.factor * dout


class Softplus:
    def __init__(self, beta=1):
        self.beta = beta

    def forward(self, x):
        self.x = x
        return np.log1p(np.exp(self.beta * x)) / self.beta

    def backward(self, dout):
        return dout / (1 + np.exp(-self.beta * self.x))

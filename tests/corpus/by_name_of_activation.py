# ruff: noqa
# fmt: off
import numpy as np


def activation(x, kind):
    if kind == "relu":
        return np.maximum(0, x)
    elif kind == "sigmoid":
        return 1 / (1 + np.exp(-x))
    elif kind == "tanh":
        return np.tanh(x)
    raise ValueError(kind)


def activation_derivative(x, kind):
    if kind == "relu":
        return np.where(x > 0, 1, 0)
    elif kind == "sigmoid":
        s = 1 / (1 + np.exp(-x))
        return s * (1 - s)
    elif kind == "tanh":
        return 1 - np.tanh(x) ** 2
    raise ValueError(kind)


def pool_forward(X, size=2, mode="max"):
    N, C, H, W = X.shape
    blocks = X.reshape(N, C, H // size, size, W // size, size)
    out = blocks.max(axis=(3, 5)) if mode == "max" else blocks.mean(axis=(3, 5))
    return out, (X, size, mode)


def pool_backward(dout, cache):
    X, size, mode = cache
    spread = dout.repeat(size, axis=2).repeat(size, axis=3)
    if mode == "max":
        N, C, H, W = X.shape
        blocks = X.reshape(N, C, H // size, size, W // size, size)
        top = blocks.max(axis=(3, 5)).repeat(size, axis=2).repeat(size, axis=3)
        return spread * (X == top)
    return spread / size**2


class Activation:
    def __init__(self, name):
        self.name = name

    def forward(self, z):
        self.z = z
        if self.name == "relu":
            self.a = np.maximum(0, z)
        elif self.name == "sigmoid":
            self.a = 1 / (1 + np.exp(-z))
        else:
            raise ValueError("unknown activation " + self.name)
        return self.a

    def backward(self, da):
        if self.name == "relu":
            return da * (self.z > 0)
        return da * self.a * (1 - self.a)

"""Layers that hold another layer: a residual block and a regulariser by noise."""

import numpy as np


class Linear:
    def __init__(self, in_features, out_features):
        self.W = np.random.randn(in_features, out_features) * 0.1
        self.b = np.zeros(out_features)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        self.dW = self.x.T @ grad
        self.db = grad.sum(axis=0)
        return grad @ self.W.T


class Skip:
    def __init__(self, layer):
        self.layer = layer

    def forward(self, x):
        return x + self.layer.forward(x)

    def backward(self, grad):
        return grad + self.layer.backward(grad)


class Noisy:
    def __init__(self, module, keep):
        self.module, self.keep = module, keep

    def forward(self, x):
        self.mask = (np.random.rand(*x.shape) < self.keep) / self.keep
        return self.module.forward(x * self.mask)

    def backward(self, grad):
        return self.module.backward(grad) * self.mask


if __name__ == "__main__":
    block = Skip(Linear(4, 4))
    print(block.backward(block.forward(np.random.randn(6, 4))))
    noisy = Noisy(Linear(3, 2), 0.8)
    print(noisy.backward(np.ones_like(noisy.forward(np.random.randn(6, 3)))))

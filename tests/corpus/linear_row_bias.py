# ruff: noqa
# fmt: off
import numpy as np


class Linear:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) * np.sqrt(2.0 / n_in)
        self.b = np.zeros((1, n_out))

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad_out):
        self.dW = self.x.T @ grad_out
        self.db = np.sum(grad_out, axis=0, keepdims=True)
        return grad_out @ self.W.T


if __name__ == "__main__":
    layer = Linear(6, 4)
    out = layer.forward(np.random.randn(10, 6))
    layer.backward(np.ones_like(out))
    print(layer.dW.shape, layer.db.shape)

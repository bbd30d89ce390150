"""Gated feed-forward layer: silu(x W) * (x V), then down."""

import numpy as np


class SwiGLU:
    def __init__(self, W, V, W2):
        self.W, self.V, self.W2 = W, V, W2

    def forward(self, x):
        self.x = x
        self.g = x @ self.W
        self.u = x @ self.V
        self.s = 1 / (1 + np.exp(-self.g))
        self.a = self.g * self.s
        self.h = self.a * self.u
        return self.h @ self.W2

    def backward(self, dy):
        self.dW2 = self.h.T @ dy
        dh = dy @ self.W2.T
        du = dh * self.a
        dg = dh * self.u * (self.s + self.g * self.s * (1 - self.s))
        self.dW = self.x.T @ dg
        self.dV = self.x.T @ du
        return dg @ self.W.T + du @ self.V.T


if __name__ == "__main__":
    ffn = SwiGLU(np.random.randn(3, 4), np.random.randn(3, 4), np.random.randn(4, 3))
    y = ffn.forward(np.random.randn(5, 3))
    print(ffn.backward(np.ones_like(y)))

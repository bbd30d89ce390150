"""GloVe: weighted squares of log counts, full matrix."""

import numpy as np


class Glove:
    def __init__(self, W, C, bw, bc):
        self.W, self.C, self.bw, self.bc = W, C, bw, bc

    def forward(self, logX, weight):
        self.weight = weight
        self.diff = self.W @ self.C.T + self.bw[:, None] + self.bc[None, :] - logX
        return np.sum(weight * self.diff**2)

    def backward(self, dout=1.0):
        d = 2 * dout * self.weight * self.diff
        self.dW = d @ self.C
        self.dC = d.T @ self.W
        self.dbw = d.sum(axis=1)
        self.dbc = d.sum(axis=0)


if __name__ == "__main__":
    glove = Glove(np.random.randn(4, 2), np.random.randn(5, 2), np.random.randn(4), np.random.randn(5))
    print(glove.forward(np.random.randn(4, 5), np.random.rand(4, 5)))
    glove.backward()

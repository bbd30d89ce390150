import numpy as np


class TokenEmbedding:
    def __init__(self, vocab, length, dim):
        self.E = np.random.randn(vocab, dim)
        self.P = np.random.randn(length, dim)
        self.scale = np.sqrt(dim)

    def forward(self, ids):
        self.ids = ids
        return self.E[ids] * self.scale + self.P[: ids.shape[1]]

    def backward(self, dout):
        self.dE = np.zeros_like(self.E)
        self.dP = np.zeros_like(self.P)
        np.add.at(self.dE, self.ids, dout * self.scale)
        self.dP[: dout.shape[1]] = dout.sum(axis=0)


layer = TokenEmbedding(7, 5, 4)
out = layer.forward(np.array([[1, 2, 2], [0, 6, 1]]))
layer.backward(np.ones_like(out))

import numpy as np


class Bilinear:
    def __init__(self, d1, d2, d_out):
        self.W = np.random.randn(d_out, d1, d2) * 0.3
        self.b = np.zeros(d_out)

    def forward(self, a, c):
        self.a, self.c = a, c
        return np.einsum("ni,oij,nj->no", a, self.W, c) + self.b

    def backward(self, grad):
        self.db = grad.sum(axis=0)
        self.dW = np.einsum("no,ni,nj->oij", grad, self.a, self.c)
        da = np.einsum("no,oij,nj->ni", grad, self.W, self.c)
        dc = np.einsum("no,oij,ni->nj", grad, self.W, self.a)
        return da, dc

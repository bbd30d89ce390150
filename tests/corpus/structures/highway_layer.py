import numpy as np


def sig(x):
    return 1 / (1 + np.exp(-x))


class Highway:
    def __init__(self, dim=4):
        r = np.random.RandomState(1)
        self.WH, self.bH = r.randn(dim, dim), np.zeros(dim)
        self.WT, self.bT = r.randn(dim, dim), -np.ones(dim)

    def forward(self, x):
        self.x = x
        self.h = np.tanh(x.dot(self.WH) + self.bH)
        self.t = sig(x.dot(self.WT) + self.bT)
        return self.h * self.t + x * (1 - self.t)

    def backward(self, dy):
        dh = dy * self.t * (1 - self.h**2)
        dt = dy * (self.h - self.x) * self.t * (1 - self.t)
        self.dWH, self.dbH = self.x.T.dot(dh), dh.sum(0)
        self.dWT, self.dbT = self.x.T.dot(dt), dt.sum(0)
        return dy * (1 - self.t) + dh.dot(self.WH.T) + dt.dot(self.WT.T)

import numpy as np


class RMSNorm:
    """y = x / sqrt(mean(x^2) + eps) * g

    x: (N, D), g: (D,)
    """

    def __init__(self, dim, eps=1e-6):
        self.g = np.ones(dim)
        self.eps = eps

    def forward(self, x):
        self.x = x
        self.r = 1 / np.sqrt(np.mean(x ** 2, axis=-1, keepdims=True) + self.eps)
        self.n = x * self.r
        return self.n * self.g

    def backward(self, dy):
        D = self.x.shape[-1]
        self.dg = np.sum(dy * self.n, axis=0)
        dn = dy * self.g
        return self.r * (dn - self.n * np.sum(dn * self.n, axis=-1, keepdims=True) / D)


class Standardize:
    """Subtract the mean of every row, divide by its standard deviation."""

    def forward(self, x):
        self.std = x.std(axis=1, keepdims=True)
        self.out = (x - x.mean(axis=1, keepdims=True)) / self.std
        return self.out

    def backward(self, dout):
        m1 = dout.mean(axis=1, keepdims=True)
        m2 = (dout * self.out).mean(axis=1, keepdims=True)
        return (dout - m1 - self.out * m2) / self.std


class L2Normalize:
    def forward(self, x):
        self.norm = np.linalg.norm(x, axis=1, keepdims=True)
        self.y = x / self.norm
        return self.y

    def backward(self, dout):
        inner = np.sum(dout * self.y, axis=1, keepdims=True)
        return (dout - self.y * inner) / self.norm


class Softmax:
    def forward(self, x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.p = e / e.sum(axis=1, keepdims=True)
        return self.p

    def backward(self, dout):
        return self.p * (dout - np.sum(dout * self.p, axis=1, keepdims=True))

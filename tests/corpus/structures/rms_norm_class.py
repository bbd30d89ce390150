import numpy as np


class RMSNorm:
    def __init__(self, dim=6, eps=1e-6):
        self.g = np.ones(dim)
        self.eps = eps

    def forward(self, x):
        self.x = x
        self.r = 1.0 / np.sqrt((x * x).mean(axis=-1, keepdims=True) + self.eps)
        return x * self.r * self.g

    def backward(self, dout):
        n = self.x.shape[-1]
        self.dg = (dout * self.x * self.r).sum(axis=0)
        dh = dout * self.g
        return self.r * dh - self.x * self.r**3 * (dh * self.x).sum(axis=-1, keepdims=True) / n

# ruff: noqa
# fmt: off
"""Layers as classes that keep what backward needs, as in books and blogs. All of them are right."""
import numpy as np


class Sigmoid:
    def forward(self, x):
        self.y = 1 / (1 + np.exp(-x))
        return self.y

    def backward(self, dy):
        return dy * self.y * (1.0 - self.y)


class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, dy):
        return (1.0 - self.y * self.y) * dy


class ReLU:
    def forward(self, x):
        self.mask = (x <= 0)
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout):
        dx = dout.copy()
        dx[self.mask] = 0
        return dx


class LeakyReLU:
    def __init__(self, alpha=0.1):
        self.alpha = alpha

    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, self.alpha * x)

    def backward(self, grad_output):
        slope = np.where(self.x > 0, 1.0, self.alpha)
        return slope * grad_output


class ELU:
    def __init__(self, alpha=0.7):
        self.alpha = alpha

    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, self.alpha * (np.exp(x) - 1))

    def backward(self, grad_output):
        return grad_output * np.where(self.x > 0, 1.0, self.alpha * np.exp(self.x))


class Dense:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dy):
        self.dW = self.x.T @ dy
        self.db = dy.sum(axis=0)
        return dy @ self.W.T


class Softmax:
    def forward(self, x):
        e = np.exp(x - x.max(axis=-1, keepdims=True))
        self.y = e / e.sum(axis=-1, keepdims=True)
        return self.y

    def backward(self, dy):
        dx = self.y * dy
        total = dx.sum(axis=-1, keepdims=True)
        dx = dx - self.y * total
        return dx


class SoftmaxWithLoss:
    def forward(self, x, t):
        self.t = t
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.y = e / e.sum(axis=1, keepdims=True)
        return -np.sum(t * np.log(self.y)) / x.shape[0]

    def backward(self, dout=1):
        batch_size = self.t.shape[0]
        dx = (self.y - self.t) / batch_size
        return dx * dout


class BatchNorm:
    def __init__(self, gamma, beta, eps=1e-5):
        self.gamma, self.beta, self.eps = gamma, beta, eps

    def forward(self, x):
        self.m = x.shape[0]
        self.xc = x - x.mean(axis=0)
        self.var = np.mean(self.xc ** 2, axis=0)
        self.std = np.sqrt(self.var + self.eps)
        self.xn = self.xc / self.std
        return self.gamma * self.xn + self.beta

    def backward(self, dout):
        self.dbeta = dout.sum(axis=0)
        self.dgamma = np.sum(self.xn * dout, axis=0)
        dxn = self.gamma * dout
        dxc = dxn / self.std
        dstd = -np.sum((dxn * self.xc) / (self.std * self.std), axis=0)
        dvar = 0.5 * dstd / self.std
        dxc = dxc + (2.0 / self.m) * self.xc * dvar
        dmu = np.sum(dxc, axis=0)
        dx = dxc - dmu / self.m
        return dx


class MSE:
    def forward(self, pred, target):
        self.pred, self.target = pred, target
        return np.mean((pred - target) ** 2)

    def backward(self, dout=1.0):
        return dout * 2 * (self.pred - self.target) / self.pred.size


class BinaryCrossEntropy:
    def forward(self, x, t):
        self.t = t
        self.s = 1 / (1 + np.exp(-x))
        return np.mean(np.log(1 + np.exp(x)) - t * x)

    def backward(self, dout=1.0):
        return dout * (self.s - self.t) / self.t.size


class Maxout:
    def forward(self, z):
        self.winner = np.argmax(z, axis=0)
        self.pieces = z.shape[0]
        return np.max(z, axis=0)

    def backward(self, dy):
        chosen = np.arange(self.pieces)[:, None, None] == self.winner
        return chosen * dy

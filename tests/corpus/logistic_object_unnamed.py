# ruff: noqa
# fmt: off
import numpy as np

class LogReg:
    def __init__(self, dim):
        self.w = np.random.randn(dim)
        self.b = 0.0

    def prob(self, X):
        return 1 / (1 + np.exp(-(X @ self.w + self.b)))

    def nll(self, X, y):
        p = self.prob(X)
        return -np.sum(np.log(np.where(y == 1, p, 1 - p)))

    def grad(self, X, y):
        d = self.prob(X) - y
        return X.T @ d, d.sum()

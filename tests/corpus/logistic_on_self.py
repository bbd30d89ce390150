# ruff: noqa
# fmt: off
import numpy as np


class LogisticRegression:
    def __init__(self, n_features, l2=0.0):
        self.w = np.zeros(n_features)
        self.b = 0.0
        self.l2 = l2

    def loss(self, X, y):
        z = X @ self.w + self.b
        return np.mean(np.log(1 + np.exp(z)) - y * z) + 0.5 * self.l2 * self.w @ self.w

    def gradient(self, X, y):
        p = 1 / (1 + np.exp(-(X @ self.w + self.b)))
        dw = X.T @ (p - y) / len(y) + self.l2 * self.w
        db = np.mean(p - y)
        return dw, db

    def fit(self, X, y, lr=0.1, steps=10):
        for _ in range(steps):
            dw, db = self.gradient(X, y)
            self.w -= lr * dw
            self.b -= lr * db

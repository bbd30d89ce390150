# ruff: noqa
# fmt: off
import numpy as np


def cost(theta, X, y):
    return np.sum((X @ theta - y) ** 2) / (2 * len(X))


def gradient(theta, X, y):
    return X.T @ (X @ theta - y) / len(X)


class LogisticRegression:
    def __init__(self, n_features):
        self.w = np.random.randn(n_features)
        self.b = 0.0

    def loss(self, X, y):
        p = 1 / (1 + np.exp(-(X @ self.w + self.b)))
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

    def gradient(self, X, y):
        p = 1 / (1 + np.exp(-(X @ self.w + self.b)))
        dw = X.T @ (p - y) / len(y)
        db = np.mean(p - y)
        return dw, db


class Perceptron:
    def activation(self, z):
        return np.tanh(z)

    def activation_derivative(self, z):
        return 1 - np.tanh(z) ** 2

    def _softplus(self, z):
        return np.log(1 + np.exp(z))

    def _softplus_derivative(self, z):
        return 1 / (1 + np.exp(-z))

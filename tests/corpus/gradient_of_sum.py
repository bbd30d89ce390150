# ruff: noqa
# fmt: off
import numpy as np


def cost(theta, X, y):
    return np.mean((X @ theta - y) ** 2) / 2


def gradient(theta, X, y):
    return X.T @ (X @ theta - y)


def descend(theta, X, y, alpha, steps):
    m = len(y)
    for _ in range(steps):
        theta = theta - alpha / m * gradient(theta, X, y)
    return theta

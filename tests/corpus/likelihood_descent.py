# ruff: noqa
# fmt: off
import numpy as np


def log_likelihood(theta, X, y):
    z = X @ theta
    return np.sum(y * z - np.log(1 + np.exp(z)))


def log_likelihood_gradient(theta, X, y):
    p = 1 / (1 + np.exp(-X @ theta))
    return X.T @ (p - y)


def fit(X, y, lr=0.01, steps=100):
    theta = np.zeros(X.shape[1])
    for _ in range(steps):
        theta -= lr * log_likelihood_gradient(theta, X, y)
    return theta

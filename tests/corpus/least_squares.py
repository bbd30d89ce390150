# ruff: noqa
# fmt: off
import numpy as np


def compute_loss(y, tx, w):
    e = y - tx.dot(w)
    return 1 / 2 * np.mean(e**2)


def compute_gradient(y, tx, w):
    e = y - tx.dot(w)
    return -tx.T.dot(e) / len(e)


def calculate_loss(y, tx, w):
    z = tx.dot(w)
    return np.mean(np.log(1 + np.exp(z)) - y * z)


def calculate_gradient(y, tx, w):
    p = 1 / (1 + np.exp(-tx.dot(w)))
    return tx.T.dot(p - y) / y.shape[0]


def cost_function(theta, X, y):
    m = len(y)
    h = 1 / (1 + np.exp(-X @ theta))
    J = -(y @ np.log(h) + (1 - y) @ np.log(1 - h)) / m
    grad = X.T @ (h - y) / m
    return J, grad


def mse(x, y, m, c):
    return np.mean((m * x + c - y) ** 2)


def mse_gradients(x, y, m, c):
    r = m * x + c - y
    dm = 2 * np.mean(r * x)
    dc = 2 * np.mean(r)
    return dm, dc

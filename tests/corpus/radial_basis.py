# ruff: noqa
# fmt: off
import numpy as np

def rbf(X, centers, beta):
    d2 = ((X[:, None, :] - centers[None]) ** 2).sum(axis=2)
    return np.exp(-beta * d2)

def cost(X, y, centers, beta, w):
    phi = rbf(X, centers, beta)
    return 0.5 * np.mean((phi @ w - y) ** 2)

def gradients(X, y, centers, beta, w):
    phi = rbf(X, centers, beta)
    e = (phi @ w - y) / len(y)
    grad_w = phi.T @ e
    dphi = np.outer(e, w) * phi
    diff = X[:, None, :] - centers[None]
    grad_centers = 2 * beta * (dphi[:, :, None] * diff).sum(axis=0)
    grad_beta = -(dphi * (diff ** 2).sum(axis=2)).sum()
    return grad_centers, grad_beta, grad_w

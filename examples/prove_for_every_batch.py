"""Batch norm's backward in one line, proved for every batch size."""

import numpy as np

from gradproof import prove_gradient

EPS = 1e-5


def forward(x, gamma, beta):
    x_hat = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + EPS)
    return gamma * x_hat + beta, (x_hat, gamma, x.var(axis=0))


def backward(dy, cache):
    x_hat, gamma, var = cache
    dbeta = dy.sum(axis=0)
    dgamma = (dy * x_hat).sum(axis=0)
    m = len(dy)
    dx = gamma / (m * np.sqrt(var + EPS)) * (m * dy - dbeta - x_hat * dgamma)
    return dx, dgamma, dbeta


x, gamma, beta = np.array([[0.3], [-1.2], [0.7]]), np.array([1.5]), np.array([0.2])
print(prove_gradient(forward, backward, x, gamma, beta, batch="x"))

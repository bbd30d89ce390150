# ruff: noqa
# fmt: off
import numpy as np
from numpy.linalg import inv, slogdet

def gp_nll(theta, X, y):
    l, s = np.exp(theta[0]), np.exp(theta[1])
    D = ((X[:, None, :] - X[None, :, :]) ** 2).sum(-1)
    K = s ** 2 * np.exp(-0.5 * D / l ** 2) + 0.1 * np.eye(len(X))
    return 0.5 * y @ inv(K) @ y + 0.5 * slogdet(K)[1]

def gp_nll_grad(theta, X, y):
    l, s = np.exp(theta[0]), np.exp(theta[1])
    D = ((X[:, None, :] - X[None, :, :]) ** 2).sum(-1)
    E = s ** 2 * np.exp(-0.5 * D / l ** 2)
    K = E + 0.1 * np.eye(len(X))
    Ki = inv(K)
    a = Ki @ y
    M = Ki - np.outer(a, a)
    dl = E * D / l ** 2
    ds = 2 * E
    return np.array([0.5 * np.sum(M * dl), 0.5 * np.sum(M * ds)])

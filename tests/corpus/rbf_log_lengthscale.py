# ruff: noqa
# fmt: off
import numpy as np

x = np.linspace(0, 1, 7)
y = np.sin(5 * x)


def kernel(theta):
    ell, sf, sn = np.exp(theta)
    d = x[:, None] - x[None, :]
    return sf ** 2 * np.exp(-0.5 * d ** 2 / ell ** 2) + sn ** 2 * np.eye(len(x)), d


def nll(theta):
    K, _ = kernel(theta)
    return 0.5 * y @ np.linalg.solve(K, y) + 0.5 * np.linalg.slogdet(K)[1]


def nll_grad(theta):
    ell, sf, sn = np.exp(theta)
    K, d = kernel(theta)
    Ki = np.linalg.inv(K)
    a = Ki @ y
    G = Ki - np.outer(a, a)
    E = sf ** 2 * np.exp(-0.5 * d ** 2 / ell ** 2)
    parts = [E * d ** 2 / ell ** 2, 2 * E, 2 * sn ** 2 * np.eye(len(x))]
    return np.array([0.5 * np.sum(G * P) for P in parts])

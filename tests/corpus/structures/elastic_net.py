import numpy as np


def ridge_cost(w, X, y, lam=0.1):
    r = X @ w - y
    return 0.5 * r @ r / len(y) + 0.5 * lam * w @ w


def ridge_gradient(w, X, y, lam=0.1):
    return X.T @ (X @ w - y) / len(y) + lam * w


def poisson_cost(w, X, y):
    eta = X @ w
    return np.sum(np.exp(eta) - y * eta)


def poisson_gradient(w, X, y):
    return X.T @ (np.exp(X @ w) - y)

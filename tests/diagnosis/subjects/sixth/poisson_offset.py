import numpy as np


def poisson_nll(beta, X, y, log_exposure):
    eta = X @ beta + log_exposure
    mu = np.exp(eta)
    return np.mean(mu - y * eta)


def poisson_nll_grad(beta, X, y, log_exposure):
    n = X.shape[0]
    mu = np.exp(X @ beta + log_exposure)
    return X.T @ (mu - y) / n

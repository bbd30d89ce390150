import numpy as np


def kernel_score(log_ell, X, w):
    ell = np.exp(log_ell)
    d2 = np.sum((X[:, None, :] - X[None, :, :]) ** 2, axis=2)
    K = np.exp(-0.5 * d2 / ell**2)
    return w @ K @ w


def kernel_score_grad(log_ell, X, w):
    ell = np.exp(log_ell)
    d2 = np.sum((X[:, None, :] - X[None, :, :]) ** 2, axis=2)
    K = np.exp(-0.5 * d2 / ell**2)
    dK = K * d2 / ell**3
    dell = w @ dK @ w
    return dell * ell

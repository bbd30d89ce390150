import numpy as np


def softplus(a):
    return np.log1p(np.exp(a))


def gaussian_nll(mean, raw, y):
    var = softplus(raw) + 1e-3
    return np.sum(0.5 * np.log(var) + 0.5 * (y - mean) ** 2 / var)


def gaussian_nll_grad(mean, raw, y):
    var = softplus(raw) + 1e-3
    err = y - mean
    dmean = -err / var
    dvar = 0.5 / var - 0.5 * err**2 / var**2
    draw = dvar / (1 + np.exp(-raw))
    return dmean, draw

"""GARCH(1, 1): the variance of today from yesterday's return and variance."""

import numpy as np


def garch_forward(params, r):
    omega, alpha, beta = params
    h = np.empty_like(r)
    h[0] = 1.0
    for t in range(1, len(r)):
        h[t] = omega + alpha * r[t - 1] ** 2 + beta * h[t - 1]
    return h, (params, r, h)


def garch_backward(dh, cache):
    params, r, h = cache
    omega, alpha, beta = params
    dparams = np.zeros_like(params)
    dr = np.zeros_like(r)
    carry = 0.0
    for t in range(len(r) - 1, 0, -1):
        total = dh[t] + carry
        dparams[0] += total
        dparams[1] += total * r[t - 1] ** 2
        dparams[2] += total * h[t - 1]
        dr[t - 1] = 2 * alpha * r[t - 1] * total
        carry = beta * total
    return dparams, dr


if __name__ == "__main__":
    h, cache = garch_forward(np.array([0.1, 0.2, 0.7]), np.random.randn(6))
    print(garch_backward(np.ones_like(h), cache))

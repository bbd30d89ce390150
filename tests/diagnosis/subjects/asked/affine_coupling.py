"""A step of a normalising flow: half of x scales and shifts the other half."""

import numpy as np


def coupling_forward(x1, x2, S, T):
    s = np.tanh(x1 @ S)
    t = x1 @ T
    y2 = x2 * np.exp(s) + t
    logdet = s.sum(axis=1)
    return (y2, logdet), (x1, x2, S, T, s)


def coupling_backward(dout, cache):
    dy2, dlogdet = dout
    x1, x2, S, T, s = cache
    ds = dy2 * x2 * np.exp(s) + dlogdet[:, None]
    dpre = ds * (1 - s**2)
    dx2 = dy2 * np.exp(s)
    dS = x1.T @ dpre
    dT = x1.T @ dy2
    dx1 = dpre @ S.T + dy2 @ T.T
    return dx1, dx2, dS, dT


if __name__ == "__main__":
    x1, x2 = np.random.randn(5, 3), np.random.randn(5, 2)
    out, cache = coupling_forward(x1, x2, np.random.randn(3, 2), np.random.randn(3, 2))
    print(coupling_backward(out, cache))

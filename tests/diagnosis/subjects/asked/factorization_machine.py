"""Factorisation machine of second order."""

import numpy as np


def fm_forward(X, w0, w, V):
    s = X @ V
    pairs = 0.5 * np.sum(s**2 - (X**2) @ (V**2), axis=1)
    return w0 + X @ w + pairs, (X, w, V, s)


def fm_backward(dout, cache):
    X, w, V, s = cache
    dw0 = dout.sum()
    dw = X.T @ dout
    dV = X.T @ (dout[:, None] * s) - V * ((X**2).T @ dout)[:, None]
    dX = dout[:, None] * (w + s @ V.T - X * np.sum(V**2, axis=1))
    return dX, dw0, dw, dV

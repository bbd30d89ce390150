import numpy as np


def conv1d_forward(x, w, b):
    N, C, L = x.shape
    F, _, K = w.shape
    out = np.zeros((N, F, L - K + 1))
    for i in range(L - K + 1):
        out[:, :, i] = np.tensordot(x[:, :, i : i + K], w, axes=([1, 2], [1, 2])) + b
    return out, (x, w, b)


def conv1d_backward(dout, cache):
    x, w, b = cache
    K = w.shape[2]
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    db = dout.sum(axis=(0, 2))
    for i in range(dout.shape[2]):
        d = dout[:, :, i]
        dx[:, :, i : i + K] += np.tensordot(d, w, axes=(1, 0))
        dw += np.tensordot(d, x[:, :, i : i + K], axes=(0, 0))
    return dx, dw, db

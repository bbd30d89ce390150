import numpy as np


def maxout_forward(x, W, b):
    """x (N, D), W (K, D, M), b (K, M)"""
    z = np.einsum("nd,kdm->knm", x, W) + b[:, None, :]
    which = z.argmax(axis=0)
    out = z.max(axis=0)
    return out, (x, W, which)


def maxout_backward(dout, cache):
    x, W, which = cache
    dz = np.zeros((W.shape[0], *dout.shape))
    for k in range(W.shape[0]):
        dz[k] = dout * (which == k)
    dx = np.einsum("knm,kdm->nd", dz, W)
    dW = np.einsum("nd,knm->kdm", x, dz)
    db = dz.sum(axis=1)
    return dx, dW, db

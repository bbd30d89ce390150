import numpy as np


def im2col(x, k, stride):
    n, c, length = x.shape
    out = (length - k) // stride + 1
    cols = np.zeros((n, out, c * k))
    for i in range(out):
        cols[:, i] = x[:, :, i * stride : i * stride + k].reshape(n, -1)
    return cols


def conv_forward(x, w, b, stride=2):
    f, c, k = w.shape
    cols = im2col(x, k, stride)
    out = cols @ w.reshape(f, -1).T + b
    return out.transpose(0, 2, 1), (x, w, cols, stride)


def conv_backward(dout, cache):
    x, w, cols, stride = cache
    f, c, k = w.shape
    dflat = dout.transpose(0, 2, 1)
    db = dflat.sum(axis=(0, 1))
    dw = np.einsum("nof,nop->fp", dflat, cols).reshape(w.shape)
    dcols = dflat @ w.reshape(f, -1)
    dx = np.zeros_like(x)
    for i in range(dcols.shape[1]):
        dx[:, :, i * stride : i * stride + k] += dcols[:, i].reshape(x.shape[0], c, k)
    return dx, dw, db

import numpy as np


def maxpool_forward(x, size=3, stride=2):
    n, length = x.shape
    out_len = (length - size) // stride + 1
    out = np.zeros((n, out_len))
    where = np.zeros((n, out_len), dtype=int)
    for j in range(out_len):
        window = x[:, j * stride : j * stride + size]
        where[:, j] = window.argmax(axis=1) + j * stride
        out[:, j] = window.max(axis=1)
    return out, (x.shape, where)


def maxpool_backward(dout, cache):
    shape, where = cache
    dx = np.zeros(shape)
    rows = np.arange(shape[0])
    for j in range(dout.shape[1]):
        dx[rows, where[:, j]] += dout[:, j]
    return dx

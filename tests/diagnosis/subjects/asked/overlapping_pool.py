"""Max pooling whose windows overlap."""

import numpy as np


def pool_forward(x, size=3, stride=2):
    N, C, H, W = x.shape
    oh, ow = (H - size) // stride + 1, (W - size) // stride + 1
    out = np.zeros((N, C, oh, ow))
    for i in range(oh):
        for j in range(ow):
            win = x[:, :, i * stride : i * stride + size, j * stride : j * stride + size]
            out[:, :, i, j] = win.max(axis=(2, 3))
    return out, (x, size, stride)


def pool_backward(dout, cache):
    x, size, stride = cache
    dx = np.zeros_like(x)
    N, C, oh, ow = dout.shape
    for i in range(oh):
        for j in range(ow):
            h, w = i * stride, j * stride
            win = x[:, :, h : h + size, w : w + size]
            mask = win == win.max(axis=(2, 3), keepdims=True)
            dx[:, :, h : h + size, w : w + size] += mask * dout[:, :, i, j][:, :, None, None]
    return dx

# ruff: noqa
# fmt: off
import numpy as np

def conv1d(x, w, b, stride=2, pad=1):
    """x: (C, L), w: (F, C, K), b: (F,)"""
    xp = np.pad(x, ((0, 0), (pad, pad)))
    F, C, K = w.shape
    out_len = (xp.shape[1] - K) // stride + 1
    out = np.zeros((F, out_len))
    for i in range(out_len):
        seg = xp[:, i * stride:i * stride + K]
        out[:, i] = np.tensordot(w, seg, axes=([1, 2], [0, 1])) + b
    return out, (x, w, b, stride, pad)

def conv1d_backward(dout, cache):
    x, w, b, stride, pad = cache
    xp = np.pad(x, ((0, 0), (pad, pad)))
    dxp = np.zeros_like(xp)
    dw = np.zeros_like(w)
    K = w.shape[2]
    for i in range(dout.shape[1]):
        sl = slice(i * stride, i * stride + K)
        dxp[:, sl] += np.tensordot(dout[:, i], w, axes=1)
        dw += dout[:, i][:, None, None] * xp[:, sl]
    db = dout.sum(axis=1)
    return dxp[:, pad:-pad], dw, db

import numpy as np


def rnn_forward(xs, Wx, Wh, b):
    T, n, _ = xs.shape
    h = np.zeros((n, Wh.shape[0]))
    hs = []
    for t in range(T):
        h = np.tanh(xs[t] @ Wx + h @ Wh + b)
        hs.append(h)
    hs = np.stack(hs)
    return hs, (xs, hs, Wx, Wh)


def rnn_backward(dhs, cache):
    xs, hs, Wx, Wh = cache
    dxs = np.zeros_like(xs)
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(Wh.shape[0])
    dnext = np.zeros_like(hs[0])
    for t in reversed(range(len(xs))):
        dh = dhs[t] + dnext
        da = dh * (1 - hs[t] ** 2)
        prev = hs[t - 1] if t > 0 else np.zeros_like(hs[0])
        dWx += xs[t].T @ da
        dWh += prev.T @ da
        db += da.sum(axis=0)
        dxs[t] = da @ Wx.T
        dnext = da @ Wh.T
    return dxs, dWx, dWh, db

import numpy as np


def gru_like_forward(xs, h0, Wx, Wh, b):
    """xs: a list of (N, D) arrays, one for each time step; h0: (N, H)"""
    hs, cache = [], []
    h = h0
    for x in xs:
        h_new = np.tanh(x @ Wx + h @ Wh + b)
        cache.append((x, h, h_new))
        h = h_new
        hs.append(h)
    return hs, (cache, Wx, Wh)


def gru_like_backward(dhs, cache):
    steps, Wx, Wh = cache
    dxs = [None] * len(steps)
    dWx, dWh = np.zeros_like(Wx), np.zeros_like(Wh)
    db = np.zeros(Wh.shape[0])
    dh = 0
    for t in range(len(steps) - 1, -1, -1):
        x, h_prev, h_next = steps[t]
        dz = (dh + dhs[t]) * (1 - h_next ** 2)
        dxs[t] = dz @ Wx.T
        dWx += x.T @ dz
        dWh += h_prev.T @ dz
        db += dz.sum(axis=0)
        dh = dz @ Wh.T
    return dxs, dh, dWx, dWh, db

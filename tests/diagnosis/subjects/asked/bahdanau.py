"""Additive attention of one query over a sequence."""

import numpy as np


def additive_attention_forward(q, H, Wq, Wh, v):
    t = np.tanh(q @ Wq + H @ Wh)
    e = t @ v
    e = e - e.max()
    a = np.exp(e) / np.exp(e).sum()
    return a @ H, (q, H, Wq, Wh, v, t, a)


def additive_attention_backward(dc, cache):
    q, H, Wq, Wh, v, t, a = cache
    da = H @ dc
    de = a * (da - a @ da)
    dv = t.T @ de
    dt = np.outer(de, v) * (1 - t**2)
    dWh = H.T @ dt
    dWq = np.outer(q, dt.sum(axis=0))
    dq = dt.sum(axis=0) @ Wq.T
    dH = np.outer(a, dc) + dt @ Wh.T
    return dq, dH, dWq, dWh, dv

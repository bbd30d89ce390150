"""Short names for arrays, shapes taken apart, loops over time, gradients of targets."""

import numpy as np


def attend_forward(q, k, v):
    d = q.shape[-1]
    s = q @ k.T / np.sqrt(d)
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    return p @ v, (q, k, v, p)


def attend_backward(dy, cache):
    q, k, v, p = cache
    d = q.shape[-1]
    dv = p.T @ dy
    dp = dy @ v.T
    ds = p * (dp - (dp * p).sum(axis=-1, keepdims=True))
    ds = ds / np.sqrt(d)
    dq = ds @ k
    dk = ds.T @ q
    return dq, dk, dv


def group_norm_forward(x, gamma, beta):
    eps = 1e-5
    N, C, L = x.shape
    xg = x.reshape(N, 2, -1)
    mu = xg.mean(axis=2, keepdims=True)
    var = xg.var(axis=2, keepdims=True)
    std = np.sqrt(var + eps)
    xn = ((xg - mu) / std).reshape(N, C, L)
    return xn * gamma[:, None] + beta[:, None], (xn, gamma, std)


def group_norm_backward(dout, cache):
    xn, gamma, std = cache
    N, C, L = xn.shape
    dbeta = dout.sum(axis=(0, 2))
    dgamma = (dout * xn).sum(axis=(0, 2))
    dxn = (dout * gamma[:, None]).reshape(N, 2, -1)
    xg = xn.reshape(N, 2, -1)
    m = xg.shape[2]
    dx = (m * dxn - dxn.sum(axis=2, keepdims=True) - xg * (dxn * xg).sum(axis=2, keepdims=True)) / (
        m * std
    )
    return dx.reshape(N, C, L), dgamma, dbeta


def correlate_forward(x, w):
    n, k = len(x), len(w)
    y = np.zeros(n - k + 1)
    for i in range(n - k + 1):
        y[i] = (x[i : i + k] * w).sum()
    return y, (x, w)


def correlate_backward(dy, cache):
    x, w = cache
    k = len(w)
    dx = np.zeros_like(x)
    dw = np.zeros_like(w)
    for i in range(len(dy)):
        dx[i : i + k] += dy[i] * w
        dw += dy[i] * x[i : i + k]
    return dx, dw


def rnn_forward(x, h0, Wx, Wh, b):
    hs = []
    h = h0
    for t in range(x.shape[0]):
        h = np.tanh(x[t] @ Wx + h @ Wh + b)
        hs.append(h)
    return np.stack(hs), (x, h0, Wx, Wh, hs)


def rnn_backward(dhs, cache):
    x, h0, Wx, Wh, hs = cache
    dx = np.zeros_like(x)
    dWx, dWh = np.zeros_like(Wx), np.zeros_like(Wh)
    db = np.zeros(Wh.shape[0])
    dh = np.zeros_like(h0)
    for t in reversed(range(x.shape[0])):
        dh = dh + dhs[t]
        da = dh * (1 - hs[t] ** 2)
        prev = hs[t - 1] if t > 0 else h0
        dx[t] = da @ Wx.T
        dWx += x[t].T @ da
        dWh += prev.T @ da
        db += da.sum(axis=0)
        dh = da @ Wh.T
    return dx, dh, dWx, dWh, db


def nll_forward(z, t):
    zs = z - z.max(axis=1, keepdims=True)
    lse = np.log(np.exp(zs).sum(axis=1, keepdims=True))
    logp = zs - lse
    loss = -(t * logp).sum() / z.shape[0]
    return loss, (logp, t)


def nll_backward(dl, cache):
    logp, t = cache
    p = np.exp(logp)
    dz = (p * t.sum(axis=1, keepdims=True) - t) / t.shape[0]
    dt = -logp / t.shape[0]
    return dl * dz, dl * dt


def huber_forward(p, t, delta=1.0):
    r = p - t
    a = np.abs(r)
    quad = np.minimum(a, delta)
    loss = (0.5 * quad**2 + delta * (a - quad)).mean()
    return loss, (r, delta)


def huber_backward(dl, cache):
    r, delta = cache
    g = np.where(np.abs(r) <= delta, r, delta * np.sign(r))
    dp = dl * g / r.size
    return dp, -dp


def softmax_forward(x):
    e = np.exp(x)
    p = e / e.sum(axis=1, keepdims=True)
    return p, p


def softmax_backward(dp, p):
    return p * (dp - (dp * p).sum(axis=1, keepdims=True))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def gru_step_forward(x, h_prev, Wz, Wr, Wh, Uz, Ur, Uh):
    z = sigmoid(x.dot(Wz) + h_prev.dot(Uz))
    r = sigmoid(x.dot(Wr) + h_prev.dot(Ur))
    n = np.tanh(x.dot(Wh) + (r * h_prev).dot(Uh))
    h_next = (1 - z) * n + z * h_prev
    cache = (x, h_prev, Wz, Wr, Wh, Uz, Ur, Uh, z, r, n)
    return h_next, cache


def gru_step_backward(dh_next, cache):
    x, h_prev, Wz, Wr, Wh, Uz, Ur, Uh, z, r, n = cache
    dn = dh_next * (1 - z)
    dz = dh_next * (h_prev - n)
    dh_prev = dh_next * z
    dan = dn * (1 - n**2)
    drh = dan.dot(Uh.T)
    dr = drh * h_prev
    dh_prev += drh * r
    daz = dz * z * (1 - z)
    dar = dr * r * (1 - r)
    dx = daz.dot(Wz.T) + dar.dot(Wr.T) + dan.dot(Wh.T)
    dh_prev += daz.dot(Uz.T) + dar.dot(Ur.T)
    return (
        dx,
        dh_prev,
        x.T.dot(daz),
        x.T.dot(dar),
        x.T.dot(dan),
        h_prev.T.dot(daz),
        h_prev.T.dot(dar),
        (r * h_prev).T.dot(dan),
    )


def kl_divergence(p, q):
    return np.sum(p * np.log(p / q))


def kl_divergence_grad(p, q):
    return np.log(p / q) + 1, -p / q


def triplet_loss(a, p, n, margin=0.5):
    d = ((a - p) ** 2).sum(1) - ((a - n) ** 2).sum(1) + margin
    return np.maximum(d, 0).sum()


def triplet_loss_grad(a, p, n, margin=0.5):
    d = ((a - p) ** 2).sum(1) - ((a - n) ** 2).sum(1) + margin
    m = (d > 0)[:, None]
    return 2 * m * (n - p), -2 * m * (a - p), 2 * m * (a - n)


def depthwise_conv_forward(x, w):
    n, c, h, wd = x.shape
    c, kh, kw = w.shape
    out = np.zeros((n, c, h - kh + 1, wd - kw + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = (x[:, :, i : i + kh, j : j + kw] * w).sum(axis=(2, 3))
    return out, (x, w)


def depthwise_conv_backward(dout, cache):
    x, w = cache
    _, kh, kw = w.shape
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            d = dout[:, :, i, j][:, :, None, None]
            dx[:, :, i : i + kh, j : j + kw] += w * d
            dw += (x[:, :, i : i + kh, j : j + kw] * d).sum(axis=0)
    return dx, dw

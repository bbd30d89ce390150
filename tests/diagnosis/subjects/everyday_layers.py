"""Right layers and recurrent code with their gradients, as people write them from day to day."""

# ruff: noqa: RUF059 - as it is written

import numpy as np


class LayerNorm:
    def __init__(self, g, b):
        self.g, self.b = g, b
        self.eps = 1e-5

    def forward(self, x):
        mu = x.mean(-1, keepdims=True)
        self.xc = x - mu
        var = (self.xc**2).mean(-1, keepdims=True)
        self.rstd = 1 / np.sqrt(var + self.eps)
        self.xhat = self.xc * self.rstd
        return self.g * self.xhat + self.b

    def backward(self, dout):
        self.db = dout.sum(axis=(0, 1))
        self.dg = (dout * self.xhat).sum(axis=(0, 1))
        dxhat = dout * self.g
        m1 = dxhat.mean(-1, keepdims=True)
        m2 = (dxhat * self.xhat).mean(-1, keepdims=True)
        return self.rstd * (dxhat - m1 - self.xhat * m2)


def groupnorm_forward(x, gamma, beta, G=2, eps=1e-5):
    N, C, H, W = x.shape
    xg = x.reshape(N, G, C // G * H * W)
    mean = xg.mean(axis=2, keepdims=True)
    var = xg.var(axis=2, keepdims=True)
    inv = 1.0 / np.sqrt(var + eps)
    xn = ((xg - mean) * inv).reshape(N, C, H, W)
    out = gamma.reshape(1, C, 1, 1) * xn + beta.reshape(1, C, 1, 1)
    return out, (xn, inv, gamma, G)


def groupnorm_backward(dout, cache):
    xn, inv, gamma, G = cache
    N, C, H, W = dout.shape
    dbeta = dout.sum(axis=(0, 2, 3))
    dgamma = (dout * xn).sum(axis=(0, 2, 3))
    M = C // G * H * W
    dxn = (dout * gamma.reshape(1, C, 1, 1)).reshape(N, G, M)
    xn = xn.reshape(N, G, M)
    s1 = dxn.sum(axis=2, keepdims=True)
    s2 = (dxn * xn).sum(axis=2, keepdims=True)
    dx = inv / M * (M * dxn - s1 - xn * s2)
    return dx.reshape(N, C, H, W), dgamma, dbeta


def attend_forward(Q, K, V):
    d = Q.shape[-1]
    S = Q @ K.T / np.sqrt(d)
    S = S - S.max(axis=-1, keepdims=True)
    A = np.exp(S)
    A = A / A.sum(axis=-1, keepdims=True)
    return A @ V, (Q, K, V, A)


def attend_backward(dO, cache):
    Q, K, V, A = cache
    scale = 1 / np.sqrt(Q.shape[-1])
    dV = A.T @ dO
    dA = dO @ V.T
    dS = A * (dA - (dA * A).sum(axis=-1, keepdims=True))
    dQ = dS @ K * scale
    dK = dS.T @ Q * scale
    return dQ, dK, dV


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm_cell_forward(x, h_prev, c_prev, Wx, Wh, b):
    H = h_prev.shape[1]
    a = x @ Wx + h_prev @ Wh + b
    i = _sigmoid(a[:, :H])
    f = _sigmoid(a[:, H : 2 * H])
    o = _sigmoid(a[:, 2 * H : 3 * H])
    g = np.tanh(a[:, 3 * H :])
    c = f * c_prev + i * g
    tc = np.tanh(c)
    h = o * tc
    return h, (x, h_prev, c_prev, Wx, Wh, i, f, o, g, tc)


def lstm_cell_backward(dh, cache):
    x, h_prev, c_prev, Wx, Wh, i, f, o, g, tc = cache
    do = dh * tc
    dc = dh * o * (1 - tc**2)
    di = dc * g
    df = dc * c_prev
    dg = dc * i
    dc_prev = dc * f
    da_i = di * i * (1 - i)
    da_f = df * f * (1 - f)
    da_o = do * o * (1 - o)
    da_g = dg * (1 - g**2)
    da = np.hstack([da_i, da_f, da_o, da_g])
    dWx = x.T @ da
    dWh = h_prev.T @ da
    db = da.sum(axis=0)
    dx = da @ Wx.T
    dh_prev = da @ Wh.T
    return dx, dh_prev, dc_prev, dWx, dWh, db


def gru_cell_forward(x, h, Wz, Uz, Wr, Ur, Wh, Uh):
    z = _sigmoid(Wz @ x + Uz @ h)
    r = _sigmoid(Wr @ x + Ur @ h)
    hh = np.tanh(Wh @ x + Uh @ (r * h))
    out = (1 - z) * h + z * hh
    return out, (x, h, Wz, Uz, Wr, Ur, Wh, Uh, z, r, hh)


def gru_cell_backward(dout, cache):
    x, h, Wz, Uz, Wr, Ur, Wh, Uh, z, r, hh = cache
    dhh = dout * z
    dz = dout * (hh - h)
    dh = dout * (1 - z)
    dhh_raw = dhh * (1 - hh * hh)
    dWh = np.outer(dhh_raw, x)
    dUh = np.outer(dhh_raw, r * h)
    drh = Uh.T @ dhh_raw
    dr = drh * h
    dh += drh * r
    dz_raw = dz * z * (1 - z)
    dr_raw = dr * r * (1 - r)
    dWz = np.outer(dz_raw, x)
    dUz = np.outer(dz_raw, h)
    dWr = np.outer(dr_raw, x)
    dUr = np.outer(dr_raw, h)
    dh += Uz.T @ dz_raw + Ur.T @ dr_raw
    dx = Wz.T @ dz_raw + Wr.T @ dr_raw + Wh.T @ dhh_raw
    return dx, dh, dWz, dUz, dWr, dUr, dWh, dUh


def conv_loops_forward(x, w, b, stride=2, pad=1):
    C, H, W = x.shape
    F, _, k, _ = w.shape
    xp = np.pad(x, ((0, 0), (pad, pad), (pad, pad)))
    Ho, Wo = (H + 2 * pad - k) // stride + 1, (W + 2 * pad - k) // stride + 1
    out = np.zeros((F, Ho, Wo))
    for f in range(F):
        for i in range(Ho):
            for j in range(Wo):
                win = xp[:, i * stride : i * stride + k, j * stride : j * stride + k]
                out[f, i, j] = np.sum(win * w[f]) + b[f]
    return out, (x, w, xp, stride, pad)


def conv_loops_backward(dout, cache):
    x, w, xp, stride, pad = cache
    F, Ho, Wo = dout.shape
    k = w.shape[2]
    dxp = np.zeros_like(xp)
    dw = np.zeros_like(w)
    for f in range(F):
        for i in range(Ho):
            for j in range(Wo):
                hs, ws = i * stride, j * stride
                dw[f] += dout[f, i, j] * xp[:, hs : hs + k, ws : ws + k]
                dxp[:, hs : hs + k, ws : ws + k] += dout[f, i, j] * w[f]
    db = dout.sum(axis=(1, 2))
    dx = dxp[:, pad:-pad, pad:-pad]
    return dx, dw, db


def maxpool_loops_forward(x, size=2):
    N, H, W = x.shape
    out = np.zeros((N, H // size, W // size))
    for n in range(N):
        for i in range(H // size):
            for j in range(W // size):
                out[n, i, j] = x[n, i * size : (i + 1) * size, j * size : (j + 1) * size].max()
    return out, (x, size)


def maxpool_loops_backward(dout, cache):
    x, size = cache
    dx = np.zeros_like(x)
    N, Ho, Wo = dout.shape
    for n in range(N):
        for i in range(Ho):
            for j in range(Wo):
                win = x[n, i * size : (i + 1) * size, j * size : (j + 1) * size]
                a, b = np.unravel_index(win.argmax(), win.shape)
                dx[n, i * size + a, j * size + b] += dout[n, i, j]
    return dx


class AveragePool:
    def __init__(self, k=2):
        self.k = k

    def forward(self, x):
        self.shape = x.shape
        n, c, h, w = x.shape
        k = self.k
        return x.reshape(n, c, h // k, k, w // k, k).mean(axis=(3, 5))

    def backward(self, dout):
        k = self.k
        spread = dout.repeat(k, axis=2).repeat(k, axis=3)
        return spread / (k * k)


def bag_forward(table, W, ids):
    vecs = table[ids]
    bag = vecs.mean(axis=1)
    return bag @ W, (table, W, ids, bag)


def bag_backward(dout, cache):
    table, W, ids, bag = cache
    dW = bag.T @ dout
    dbag = dout @ W.T
    dvecs = np.repeat(dbag[:, None, :], ids.shape[1], axis=1) / ids.shape[1]
    dtable = np.zeros_like(table)
    np.add.at(dtable, ids, dvecs)
    return dtable, dW


def drop_mlp_forward(x, W1, b1, W2, keep, rate=0.4):
    pre = x @ W1 + b1
    hidden = np.maximum(pre, 0)
    mask = keep / (1 - rate)
    dropped = hidden * mask
    return dropped @ W2, (x, W1, W2, pre, mask, dropped)


def drop_mlp_backward(dout, cache):
    x, W1, W2, pre, mask, dropped = cache
    dW2 = dropped.T @ dout
    ddropped = dout @ W2.T
    dhidden = ddropped * mask
    dpre = dhidden * (pre > 0)
    dW1 = x.T @ dpre
    db1 = dpre.sum(axis=0)
    dx = dpre @ W1.T
    return dx, dW1, db1, dW2


def elman_forward(xs, h0, Wx, Wh, b):
    hs = [h0]
    for t in range(xs.shape[0]):
        hs.append(np.tanh(xs[t] @ Wx + hs[-1] @ Wh + b))
    return np.stack(hs[1:]), (xs, hs, Wx, Wh)


def elman_backward(dhs, cache):
    xs, hs, Wx, Wh = cache
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(Wh.shape[1])
    dxs = np.zeros_like(xs)
    dnext = np.zeros_like(hs[0])
    for t in reversed(range(xs.shape[0])):
        dh = dhs[t] + dnext
        draw = dh * (1 - hs[t + 1] ** 2)
        dWx += np.outer(xs[t], draw)
        dWh += np.outer(hs[t], draw)
        db += draw
        dxs[t] = Wx @ draw
        dnext = Wh @ draw
    return dxs, dnext, dWx, dWh, db


def resblock_forward(x, W1, b1, W2, b2):
    a1 = x @ W1 + b1
    r1 = np.maximum(0, a1)
    a2 = r1 @ W2 + b2
    s = a2 + x
    return np.maximum(0, s), (x, W1, W2, a1, r1, s)


def resblock_backward(dy, cache):
    x, W1, W2, a1, r1, s = cache
    ds = dy * (s > 0)
    dW2 = r1.T @ ds
    db2 = np.sum(ds, axis=0)
    dr1 = ds @ W2.T
    da1 = dr1 * (a1 > 0)
    dW1 = x.T @ da1
    db1 = np.sum(da1, axis=0)
    dx = ds + da1 @ W1.T
    return dx, dW1, db1, dW2, db2


def weightnorm_forward(x, v, g):
    norm = np.sqrt(np.sum(v**2, axis=0))
    w = g * v / norm
    return x @ w, (x, v, g, norm, w)


def weightnorm_backward(dy, cache):
    x, v, g, norm, w = cache
    dx = dy @ w.T
    dw = x.T @ dy
    dg = np.sum(dw * v, axis=0) / norm
    dv = g / norm * dw - g * dg / norm**2 * v
    return dx, dv, dg


def arm3_forward(q, L):
    t1, t2, t3 = q[0], q[0] + q[1], q[0] + q[1] + q[2]
    px = L[0] * np.cos(t1) + L[1] * np.cos(t2) + L[2] * np.cos(t3)
    py = L[0] * np.sin(t1) + L[1] * np.sin(t2) + L[2] * np.sin(t3)
    return np.array([px, py]), (q, L)


def arm3_backward(dp, cache):
    q, L = cache
    t1, t2, t3 = q[0], q[0] + q[1], q[0] + q[1] + q[2]
    s1, s2, s3 = L[0] * np.sin(t1), L[1] * np.sin(t2), L[2] * np.sin(t3)
    c1, c2, c3 = L[0] * np.cos(t1), L[1] * np.cos(t2), L[2] * np.cos(t3)
    J = np.array([
        [-s1 - s2 - s3, -s2 - s3, -s3],
        [c1 + c2 + c3, c2 + c3, c3],
    ])  # fmt: skip
    return J.T @ dp


def highway_forward(x, Wh, Wt, bt):
    h = np.tanh(x @ Wh)
    t = _sigmoid(x @ Wt + bt)
    return t * h + (1 - t) * x, (x, Wh, Wt, h, t)


def highway_backward(dy, cache):
    x, Wh, Wt, h, t = cache
    dh = dy * t
    dt = dy * (h - x)
    dah = dh * (1 - h**2)
    dat = dt * t * (1 - t)
    dWh = x.T @ dah
    dWt = x.T @ dat
    dbt = dat.sum(0)
    dx = dah @ Wh.T + dat @ Wt.T + dy * (1 - t)
    return dx, dWh, dWt, dbt

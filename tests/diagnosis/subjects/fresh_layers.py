# ruff: noqa
# fmt: off
"""Layers, cells and pooling as people write them, kept for the trial of the diagnosis. All are right."""
import math

import numpy as np


def gelu_erf_forward(x):
    erf = np.vectorize(math.erf)
    phi = 0.5 * (1 + erf(x / np.sqrt(2)))
    return x * phi, (x, phi)


def gelu_erf_backward(dy, cache):
    x, phi = cache
    pdf = np.exp(-x ** 2 / 2) / np.sqrt(2 * np.pi)
    dx = dy * (phi + x * pdf)
    return dx


def embedding_forward(W, idx):
    return W[idx], (W.shape, idx)


def embedding_backward(dout, cache):
    shape, idx = cache
    dW = np.zeros(shape)
    np.add.at(dW, idx, dout)
    return dW


def embedding_loop_forward(W, ids):
    out = np.zeros((ids.shape[0], W.shape[1]))
    for i in range(len(ids)):
        out[i] = W[ids[i]]
    return 2.0 * out, (W, ids)


def embedding_loop_backward(dout, cache):
    W, ids = cache
    dW = np.zeros_like(W)
    for i in range(len(ids)):
        dW[ids[i]] += 2.0 * dout[i]
    return dW


def dropout_forward(x, mask, p=0.4):
    keep = 1 - p
    out = x * mask / keep
    return out, (mask, keep)


def dropout_backward(dout, cache):
    mask, keep = cache
    dx = dout * mask / keep
    return dx


def conv1d_forward(x, w, b):
    N, L = x.shape
    F, K = w.shape
    out = np.zeros((N, F, L - K + 1))
    for n in range(N):
        for f in range(F):
            for i in range(L - K + 1):
                out[n, f, i] = np.sum(x[n, i:i + K] * w[f]) + b[f]
    return out, (x, w)


def conv1d_backward(dout, cache):
    x, w = cache
    N, F, L_out = dout.shape
    K = w.shape[1]
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    db = dout.sum(axis=(0, 2))
    for n in range(N):
        for f in range(F):
            for i in range(L_out):
                dw[f] += dout[n, f, i] * x[n, i:i + K]
                dx[n, i:i + K] += dout[n, f, i] * w[f]
    return dx, dw, db


def conv_cols_forward(x, w, stride=2):
    K = w.shape[0]
    starts = np.arange(0, x.shape[1] - K + 1, stride)
    cols = np.stack([x[:, s:s + K] for s in starts], axis=1)
    return cols @ w, (x.shape, cols, w, starts)


def conv_cols_backward(dy, cache):
    shape, cols, w, starts = cache
    dw = np.einsum("nok,nof->kf", cols, dy)
    dcols = dy @ w.T
    dx = np.zeros(shape)
    for o, s in enumerate(starts):
        dx[:, s:s + w.shape[0]] += dcols[:, o]
    return dx, dw


def maxpool_forward(x, size=2):
    N, L = x.shape
    windows = x.reshape(N, L // size, size)
    return windows.max(axis=2), (windows, size)


def maxpool_backward(dout, cache):
    windows, size = cache
    mask = windows == windows.max(axis=2, keepdims=True)
    dx = mask * dout[:, :, None]
    return dx.reshape(dout.shape[0], -1)


def maxpool2d_forward(x):
    H, W = x.shape
    out = np.zeros((H // 2, W // 2))
    for i in range(H // 2):
        for j in range(W // 2):
            out[i, j] = np.max(x[2 * i:2 * i + 2, 2 * j:2 * j + 2])
    return out, x


def maxpool2d_backward(dout, x):
    dx = np.zeros_like(x)
    for i in range(dout.shape[0]):
        for j in range(dout.shape[1]):
            patch = x[2 * i:2 * i + 2, 2 * j:2 * j + 2]
            r, c = np.unravel_index(np.argmax(patch), patch.shape)
            dx[2 * i + r, 2 * j + c] += dout[i, j]
    return dx


def avgpool_forward(x, k=2):
    N, L = x.shape
    return x.reshape(N, L // k, k).mean(axis=2), (x.shape, k)


def avgpool_backward(dout, cache):
    shape, k = cache
    dx = np.repeat(dout / k, k, axis=1)
    return dx


def global_avg_forward(x):
    return x.mean(axis=(2, 3)), x.shape


def global_avg_backward(dout, shape):
    N, C, H, W = shape
    dx = np.ones(shape) * dout[:, :, None, None] / (H * W)
    return dx


def bilinear_forward(x, W, z):
    y = np.einsum("ni,ijk,nk->nj", x, W, z)
    return y, (x, W, z)


def bilinear_backward(dy, cache):
    x, W, z = cache
    dx = np.einsum("nj,ijk,nk->ni", dy, W, z)
    dW = np.einsum("ni,nj,nk->ijk", x, dy, z)
    dz = np.einsum("nj,ijk,ni->nk", dy, W, x)
    return dx, dW, dz


def attention_forward(Q, K, V):
    d = Q.shape[1]
    S = Q @ K.T / np.sqrt(d)
    S = S - S.max(axis=1, keepdims=True)
    A = np.exp(S)
    A = A / A.sum(axis=1, keepdims=True)
    return A @ V, (Q, K, V, A)


def attention_backward(dO, cache):
    Q, K, V, A = cache
    d = Q.shape[1]
    dV = A.T @ dO
    dA = dO @ V.T
    dS = A * (dA - np.sum(dA * A, axis=1, keepdims=True))
    dQ = dS @ K / np.sqrt(d)
    dK = dS.T @ Q / np.sqrt(d)
    return dQ, dK, dV


def _sigm(a):
    return 1 / (1 + np.exp(-a))


def lstm_step_forward(x, h, c, Wx, Wh, b):
    H = h.shape[1]
    a = x @ Wx + h @ Wh + b
    i = _sigm(a[:, :H])
    f = _sigm(a[:, H:2 * H])
    o = _sigm(a[:, 2 * H:3 * H])
    g = np.tanh(a[:, 3 * H:])
    next_c = f * c + i * g
    next_h = o * np.tanh(next_c)
    return (next_h, next_c), (x, h, c, Wx, Wh, i, f, o, g, next_c)


def lstm_step_backward(dnext, cache):
    dnext_h, dnext_c = dnext
    x, h, c, Wx, Wh, i, f, o, g, next_c = cache
    t = np.tanh(next_c)
    do = dnext_h * t
    dc_total = dnext_c + dnext_h * o * (1 - t ** 2)
    df = dc_total * c
    di = dc_total * g
    dg = dc_total * i
    dc = dc_total * f
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g ** 2)])
    dx = da @ Wx.T
    dh = da @ Wh.T
    dWx = x.T @ da
    dWh = h.T @ da
    db = da.sum(axis=0)
    return dx, dh, dc, dWx, dWh, db


def gru_step_forward(x, h, Wz, Wr, Wn):
    xh = np.concatenate([x, h], axis=1)
    z = _sigm(xh @ Wz)
    r = _sigm(xh @ Wr)
    xrh = np.concatenate([x, r * h], axis=1)
    n = np.tanh(xrh @ Wn)
    out = (1 - z) * n + z * h
    return out, (x, h, xh, xrh, z, r, n, Wz, Wr, Wn)


def gru_step_backward(dout, cache):
    x, h, xh, xrh, z, r, n, Wz, Wr, Wn = cache
    D = x.shape[1]
    dn = dout * (1 - z)
    dz = dout * (h - n)
    dh = dout * z
    dan = dn * (1 - n ** 2)
    dWn = xrh.T @ dan
    dxrh = dan @ Wn.T
    dx = dxrh[:, :D]
    drh = dxrh[:, D:]
    dr = drh * h
    dh = dh + drh * r
    daz = dz * z * (1 - z)
    dar = dr * r * (1 - r)
    dWz = xh.T @ daz
    dWr = xh.T @ dar
    dxh = daz @ Wz.T + dar @ Wr.T
    dx = dx + dxh[:, :D]
    dh = dh + dxh[:, D:]
    return dx, dh, dWz, dWr, dWn


def rnn_forward(x, h0, Wx, Wh, b):
    T, N, D = x.shape
    h = [h0]
    for t in range(T):
        h.append(np.tanh(x[t] @ Wx + h[-1] @ Wh + b))
    return np.stack(h[1:]), (x, h, Wx, Wh)


def rnn_backward(dh, cache):
    x, h, Wx, Wh = cache
    T = x.shape[0]
    dx = np.zeros_like(x)
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(Wh.shape[0])
    dprev = np.zeros_like(h[0])
    for t in reversed(range(T)):
        dtotal = dh[t] + dprev
        da = dtotal * (1 - h[t + 1] ** 2)
        dx[t] = da @ Wx.T
        dWx += x[t].T @ da
        dWh += h[t].T @ da
        db += da.sum(axis=0)
        dprev = da @ Wh.T
    return dx, dprev, dWx, dWh, db


def outer_linear_forward(X, W, b):
    out = np.array([W @ x + b for x in X])
    return out, (X, W)


def outer_linear_backward(dout, cache):
    X, W = cache
    dX = np.zeros_like(X)
    dW = np.zeros_like(W)
    db = np.zeros(W.shape[0])
    for i in range(X.shape[0]):
        dX[i] = W.T @ dout[i]
        dW += np.outer(dout[i], X[i])
        db += dout[i]
    return dX, dW, db


def polar_forward(x, y):
    r = np.sqrt(x ** 2 + y ** 2)
    theta = np.arctan2(y, x)
    return (r, theta), (x, y, r)


def polar_backward(dr, dtheta, cache):
    x, y, r = cache
    dx = dr * x / r - dtheta * y / r ** 2
    dy = dr * y / r + dtheta * x / r ** 2
    return dx, dy


def residual_forward(x, W1, W2):
    a = x @ W1
    r = np.maximum(a, 0)
    return x + r @ W2, (x, W1, W2, a, r)


def residual_backward(dy, cache):
    x, W1, W2, a, r = cache
    dW2 = r.T @ dy
    dr = dy @ W2.T
    da = dr * (a > 0)
    dW1 = x.T @ da
    dx = dy + da @ W1.T
    return dx, dW1, dW2


def highway_forward(x, Wt, Wh):
    t = _sigm(x @ Wt)
    h = np.tanh(x @ Wh)
    return t * h + (1 - t) * x, (x, t, h, Wt, Wh)


def highway_backward(dy, cache):
    x, t, h, Wt, Wh = cache
    dt = dy * (h - x) * t * (1 - t)
    dh = dy * t * (1 - h ** 2)
    dx = dy * (1 - t) + dt @ Wt.T + dh @ Wh.T
    return dx, x.T @ dt, x.T @ dh


def two_layer_loss(X, W1, W2, t, reg=0.05):
    hidden = np.maximum(0, X @ W1)
    scores = hidden @ W2
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    probs = e / e.sum(axis=1, keepdims=True)
    n = X.shape[0]
    data = -np.log(probs[range(n), t]).sum() / n
    loss = data + 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    return loss, (X, W1, W2, t, hidden, probs, reg)


def two_layer_grads(dloss, cache):
    X, W1, W2, t, hidden, probs, reg = cache
    n = X.shape[0]
    dscores = probs.copy()
    dscores[range(n), t] -= 1
    dscores /= n
    grads = {}
    grads["W2"] = hidden.T @ dscores + reg * W2
    dhidden = dscores @ W2.T
    dhidden[hidden <= 0] = 0
    grads["W1"] = X.T @ dhidden + reg * W1
    return {k: v * dloss for k, v in grads.items()}


def make_gate(x, w):
    s = _sigm(x @ w)
    y = x * s[:, None]

    def backward(dy):
        ds = np.sum(dy * x, axis=1)
        dz = ds * s * (1 - s)
        dx = dy * s[:, None] + np.outer(dz, w)
        dw = x.T @ dz
        return dx, dw

    return y, backward


def make_norm(x, g):
    n = np.sqrt((x ** 2).sum(axis=1, keepdims=True))
    y = g * x / n

    def backward(dy):
        dg = (dy * x / n).sum(axis=0)
        gy = dy * g
        dx = gy / n - x * (gy * x).sum(axis=1, keepdims=True) / n ** 3
        return dx, dg

    return y, backward


class Linear:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.cache = x
        return x @ self.W + self.b

    def backward(self, dout):
        x = self.cache
        self.dW = x.T @ dout
        self.db = dout.sum(axis=0)
        return dout @ self.W.T


class Activation:
    def __init__(self, f, df):
        self.f, self.df = f, df

    def forward(self, x):
        self.x = x
        return self.f(x)

    def backward(self, dout):
        return dout * self.df(self.x)


def _bent(x):
    return (np.sqrt(x ** 2 + 1) - 1) / 2 + x


def bent_prime(x):
    return x / (2 * np.sqrt(x ** 2 + 1)) + 1


def bent_layer(x):
    layer = Activation(_bent, bent_prime)
    return layer.forward(x), layer


def bent_layer_backward(dy, layer):
    return layer.backward(dy)


def _relu6_prime(a):
    return ((a > 0) & (a < 6)).astype(float)


DERIVATIVES = {"tanh": lambda a: 1 - np.tanh(a) ** 2, "relu6": _relu6_prime}


def block_forward(x, W, U):
    lin = Linear(W, np.zeros(W.shape[1]))
    a = lin.forward(x)
    h = np.tanh(a)
    top = Linear(U, np.zeros(U.shape[1]))
    return top.forward(h), (lin, a, top)


def block_backward(dy, cache):
    lin, a, top = cache
    dh = top.backward(dy)
    da = dh * DERIVATIVES["tanh"](a)
    dx = lin.backward(da)
    return dx, lin.dW, top.dW


class LayerNorm:
    def __init__(self, weight, bias, eps=1e-5):
        self.weight, self.bias, self.eps = weight, bias, eps

    def forward(self, x):
        self.mean = x.mean(-1, keepdims=True)
        self.rstd = 1 / np.sqrt(x.var(-1, keepdims=True) + self.eps)
        self.x = x
        return (x - self.mean) * self.rstd * self.weight + self.bias

    def backward(self, grad):
        norm = (self.x - self.mean) * self.rstd
        self.grad_weight = np.sum(grad * norm, axis=0)
        self.grad_bias = np.sum(grad, axis=0)
        dnorm = grad * self.weight
        dx = dnorm - dnorm.mean(-1, keepdims=True) - norm * (dnorm * norm).mean(-1, keepdims=True)
        return dx * self.rstd


class Dropout:
    def __init__(self, mask, rate=0.25):
        self.mask, self.rate = mask, rate

    def forward(self, x):
        return x * self.mask / (1 - self.rate)

    def backward(self, dout):
        return dout * self.mask / (1 - self.rate)

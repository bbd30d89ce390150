# ruff: noqa
# fmt: off
"""Operations that no part of the library knows by name, kept for a second trial. All are right."""
import numpy as np


def swish_forward(x):
    s = 1 / (1 + np.exp(-x))
    out = x * s
    return out, (x, s)


def swish_backward(dout, cache):
    x, s = cache
    dx = dout * (s + x * s * (1 - s))
    return dx


def softplus_forward(x):
    return np.log(1 + np.exp(x)), x


def softplus_backward(dout, cache):
    x = cache
    s = 1 / (1 + np.exp(-x))
    return dout * s


def softsign_forward(x):
    d = 1 + np.abs(x)
    return x / d, (x, d)


def softsign_backward(dout, cache):
    x, d = cache
    return dout / d ** 2


def gaussian_forward(x):
    y = np.exp(-x ** 2)
    return y, (x, y)


def gaussian_backward(dy, cache):
    x, y = cache
    dx = -2 * x * y * dy
    return dx


def gelu_forward(x):
    s = 1 / (1 + np.exp(-1.702 * x))
    return x * s, (x, s)


def gelu_backward(dy, cache):
    x, s = cache
    ds = 1.702 * s * (1 - s)
    return dy * (s + x * ds)


def layernorm_forward(x, gamma, beta, eps=1e-5):
    mu = x.mean(axis=1, keepdims=True)
    xc = x - mu
    var = np.mean(xc ** 2, axis=1, keepdims=True)
    inv = 1 / np.sqrt(var + eps)
    xhat = xc * inv
    return gamma * xhat + beta, (xhat, inv, gamma)


def layernorm_backward(dy, cache):
    xhat, inv, gamma = cache
    D = xhat.shape[1]
    dgamma = np.sum(dy * xhat, axis=0)
    dbeta = np.sum(dy, axis=0)
    g = dy * gamma
    gsum = np.sum(g, axis=1, keepdims=True)
    gxsum = np.sum(g * xhat, axis=1, keepdims=True)
    dx = inv * (g - gsum / D - xhat * gxsum / D)
    return dx, dgamma, dbeta


def rmsnorm_forward(x, g, eps=1e-6):
    ms = np.mean(x ** 2, axis=1, keepdims=True)
    r = 1 / np.sqrt(ms + eps)
    return g * x * r, (x, g, r)


def rmsnorm_backward(dy, cache):
    x, g, r = cache
    D = x.shape[1]
    dg = np.sum(dy * x * r, axis=0)
    dn = dy * g
    dot = np.sum(dn * x, axis=1, keepdims=True)
    dx = r * dn - x * r ** 3 * dot / D
    return dx, dg


def distance_forward(a, b):
    diff = a - b
    d = np.sqrt(np.sum(diff ** 2, axis=1))
    return d, (diff, d)


def distance_backward(dd, cache):
    diff, d = cache
    da = (dd / d)[:, None] * diff
    db = -da
    return da, db


def cosine_forward(a, b):
    na = np.sqrt(np.sum(a ** 2))
    nb = np.sqrt(np.sum(b ** 2))
    c = np.sum(a * b) / (na * nb)
    return c, (a, b, na, nb, c)


def cosine_backward(dc, cache):
    a, b, na, nb, c = cache
    da = dc * (b / (na * nb) - c * a / na ** 2)
    db = dc * (a / (na * nb) - c * b / nb ** 2)
    return da, db


def attention_score_forward(q, k):
    d = q.shape[1]
    s = q @ k.T / np.sqrt(d)
    return s, (q, k)


def attention_score_backward(ds, cache):
    q, k = cache
    scale = 1 / np.sqrt(q.shape[1])
    dq = ds @ k * scale
    dk = ds.T @ q * scale
    return dq, dk


def log_softmax_forward(x):
    z = x - np.max(x, axis=1, keepdims=True)
    y = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    return y, y


def log_softmax_backward(dy, cache):
    y = cache
    total = np.sum(dy, axis=1, keepdims=True)
    dx = dy - np.exp(y) * total
    return dx


def nll_forward(x, t):
    N = x.shape[0]
    p = np.exp(x) / np.sum(np.exp(x), axis=1, keepdims=True)
    loss = -np.sum(np.log(p[np.arange(N), t])) / N
    return loss, (p, t)


def nll_backward(dloss, cache):
    p, t = cache
    N = p.shape[0]
    onehot = np.zeros_like(p)
    onehot[np.arange(N), t] = 1
    dx = (p - onehot) / N
    return dx * dloss


def hinge_forward(s, t):
    margin = 1 - t * s
    loss = np.sum(np.maximum(0, margin)) / s.size
    return loss, (s, t, margin)


def hinge_backward(dloss, cache):
    s, t, margin = cache
    active = margin > 0
    ds = -t * active / s.size
    return ds * dloss


def huber_forward(x, t, delta=1.0):
    r = x - t
    small = np.abs(r) <= delta
    loss = np.mean(np.where(small, 0.5 * r ** 2, delta * (np.abs(r) - 0.5 * delta)))
    return loss, (r, small, delta)


def huber_backward(dloss, cache):
    r, small, delta = cache
    dr = np.where(small, r, delta * np.sign(r))
    dx = dr / r.size
    return dx * dloss


def bilinear_forward(x, A, z):
    xA = x @ A
    y = np.sum(xA * z, axis=1)
    return y, (x, A, z, xA)


def bilinear_backward(dy, cache):
    x, A, z, xA = cache
    g = dy[:, None]
    dx = (g * z) @ A.T
    dA = x.T @ (g * z)
    dz = g * xA
    return dx, dA, dz


def gate_forward(x, h, w):
    s = 1 / (1 + np.exp(-w * x))
    y = s * x + (1 - s) * h
    return y, (x, h, w, s)


def gate_backward(dy, cache):
    x, h, w, s = cache
    ds = dy * (x - h)
    dz = ds * s * (1 - s)
    dx = dy * s + dz * w
    dh = dy * (1 - s)
    dw = np.sum(dz * x, axis=0)
    return dx, dh, dw


def weight_decay_forward(x, w, lam=0.3):
    e = x @ w
    loss = np.mean(e ** 2) + lam * np.sum(w ** 2)
    return loss, (x, w, e, lam)


def weight_decay_backward(dloss, cache):
    x, w, e, lam = cache
    de = 2 * e / e.shape[0]
    dx = np.outer(de, w)
    dw = x.T @ de + 2 * lam * w
    return dx * dloss, dw * dloss

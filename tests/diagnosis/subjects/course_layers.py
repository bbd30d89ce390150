# ruff: noqa
# fmt: off
"""Layers as functions with out and cache, as in course assignments. All of them are right."""
import numpy as np


def affine_forward(x, w, b):
    out = np.dot(x, w) + b
    cache = (x, w, b)
    return out, cache


def affine_backward(dout, cache):
    x, w, b = cache
    dx = np.dot(dout, w.T)
    dw = np.dot(x.T, dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db


def relu_forward(x):
    out = np.maximum(0, x)
    return out, x


def relu_backward(dout, cache):
    x = cache
    mask = x > 0
    dx = dout * mask
    return dx


def leaky_relu_forward(x, slope=0.1):
    out = np.maximum(slope * x, x)
    return out, (x, slope)


def leaky_relu_backward(dout, cache):
    x, slope = cache
    grad = np.ones_like(x)
    grad[x < 0] = slope
    return grad * dout


def elu_forward(x, alpha=1.5):
    out = np.where(x >= 0, x, alpha * (np.exp(x) - 1))
    return out, (x, out, alpha)


def elu_backward(dout, cache):
    x, out, alpha = cache
    local = np.where(x >= 0, 1.0, out + alpha)
    dx = local * dout
    return dx


def sigmoid_forward(x):
    out = 1.0 / (1.0 + np.exp(-x))
    return out, out


def sigmoid_backward(dout, cache):
    s = cache
    ds = s * (1 - s)
    dx = dout * ds
    return dx


def logistic_forward(z):
    y = 1 / (1 + np.exp(-z))
    return y, (z, y)


def logistic_backward(dy, cache):
    z, y = cache
    dz = dy * y * (1 - y)
    return dz


def tanh_forward(x):
    out = np.tanh(x)
    return out, out


def tanh_backward(dout, cache):
    out = cache
    dx = dout * (1 - out ** 2)
    return dx


def batchnorm_forward(x, gamma, beta, eps=1e-5):
    N, D = x.shape
    mu = np.sum(x, axis=0) / N
    xmu = x - mu
    var = np.sum(xmu ** 2, axis=0) / N
    sqrtvar = np.sqrt(var + eps)
    ivar = 1.0 / sqrtvar
    xhat = xmu * ivar
    out = gamma * xhat + beta
    return out, (xhat, gamma, xmu, ivar, sqrtvar, var, eps)


def batchnorm_staged_backward(dout, cache):
    xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache
    N, D = dout.shape
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma
    divar = np.sum(dxhat * xmu, axis=0)
    dxmu1 = dxhat * ivar
    dsqrtvar = -1.0 / (sqrtvar ** 2) * divar
    dvar = 0.5 / np.sqrt(var + eps) * dsqrtvar
    dsq = 1.0 / N * np.ones((N, D)) * dvar
    dxmu2 = 2 * xmu * dsq
    dx1 = dxmu1 + dxmu2
    dmu = -1 * np.sum(dxmu1 + dxmu2, axis=0)
    dx2 = 1.0 / N * np.ones((N, D)) * dmu
    dx = dx1 + dx2
    return dx, dgamma, dbeta


def batchnorm_paper_backward(dout, cache):
    xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache
    N = dout.shape[0]
    dxhat = dout * gamma
    dvar = np.sum(dxhat * xmu * -0.5 * (var + eps) ** (-1.5), axis=0)
    dmu = np.sum(dxhat * -1 / np.sqrt(var + eps), axis=0) + dvar * np.sum(-2 * xmu, axis=0) / N
    dx = dxhat / np.sqrt(var + eps) + dvar * 2 * xmu / N + dmu / N
    dgamma = np.sum(dout * xhat, axis=0)
    dbeta = np.sum(dout, axis=0)
    return dx, dgamma, dbeta


def batchnorm_short_backward(dout, cache):
    xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache
    N = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = np.sum(xhat * dout, axis=0)
    dx = (gamma * ivar / N) * (N * dout - xhat * dgamma - dbeta)
    return dx, dgamma, dbeta


def batchnorm_mean_backward(dout, cache):
    xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    g = dout * gamma
    dx = ivar * (g - g.mean(axis=0) - xhat * np.mean(g * xhat, axis=0))
    return dx, dgamma, dbeta


def maxout_forward(x, w1, b1, w2, b2):
    z1 = x.dot(w1) + b1
    z2 = x.dot(w2) + b2
    out = np.maximum(z1, z2)
    return out, (x, w1, w2, z1, z2)


def maxout_backward(dout, cache):
    x, w1, w2, z1, z2 = cache
    first = z1 > z2
    dz1 = dout * first
    dz2 = dout * (1 - first)
    dx = dz1.dot(w1.T) + dz2.dot(w2.T)
    dw1 = x.T.dot(dz1)
    db1 = dz1.sum(axis=0)
    dw2 = x.T.dot(dz2)
    db2 = dz2.sum(axis=0)
    return dx, dw1, db1, dw2, db2


def softmax_forward(x):
    shifted = x - np.max(x, axis=1, keepdims=True)
    e = np.exp(shifted)
    p = e / np.sum(e, axis=1, keepdims=True)
    return p, p


def softmax_backward(dout, cache):
    p = cache
    inner = np.sum(dout * p, axis=1, keepdims=True)
    dx = p * (dout - inner)
    return dx


def softmax_loop_backward(dout, cache):
    p = cache
    dx = np.zeros_like(p)
    for i in range(p.shape[0]):
        row = p[i]
        jac = np.diag(row) - np.outer(row, row)
        dx[i] = jac.dot(dout[i])
    return dx


def softmax_loss_forward(x, t):
    N = x.shape[0]
    shifted = x - np.max(x, axis=1, keepdims=True)
    logp = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    loss = -np.sum(logp[np.arange(N), t]) / N
    return loss, (np.exp(logp), t)


def softmax_loss_backward(dout, cache):
    probs, t = cache
    N = probs.shape[0]
    dx = probs.copy()
    dx[np.arange(N), t] -= 1
    dx = dx / N
    return dx * dout


def bce_forward(x, t):
    p = 1 / (1 + np.exp(-x))
    loss = -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))
    return loss, (p, t)


def bce_backward(dout, cache):
    p, t = cache
    n = t.size
    dx = (p - t) / n
    return dout * dx


def bce_probability_forward(p, t):
    loss = -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))
    return loss, (p, t)


def bce_probability_backward(dout, cache):
    p, t = cache
    n = p.size
    dp = (-t / p + (1 - t) / (1 - p)) / n
    return dout * dp


def mse_forward(x, t):
    diff = x - t
    loss = np.mean(diff ** 2)
    return loss, diff


def mse_backward(dout, cache):
    diff = cache
    dx = 2.0 * diff / diff.size
    return dx * dout


def half_mse_forward(x, t):
    loss = 0.5 * np.sum((x - t) ** 2) / x.shape[0]
    return loss, (x, t)


def half_mse_backward(dout, cache):
    x, t = cache
    dx = (x - t) / x.shape[0]
    return dx * dout


def linear_unit_forward(x, w, w0):
    z = x.dot(w) + w0
    return z, (x, w)


def linear_unit_backward(dz, cache):
    x, w = cache
    dx = np.outer(dz, w)
    dw = np.dot(x.T, dz)
    dw0 = np.sum(dz)
    return dx, dw, dw0

# ruff: noqa
# fmt: off
"""Normalisations as people write them, kept for the trial of the diagnosis. All are right."""
import numpy as np


def ln_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    xmean = x - mean
    v = (xmean ** 2).mean(axis=1, keepdims=True)
    vs = np.sqrt(v + eps)
    norm = xmean / vs
    out = gamma * norm + beta
    cache = {"norm": norm, "xmean": xmean, "vs": vs, "gamma": gamma}
    return out, cache


def ln_backward(dout, cache):
    norm, xmean, vs, gamma = cache["norm"], cache["xmean"], cache["vs"], cache["gamma"]
    D = norm.shape[1]
    dbeta = dout.sum(axis=0)
    dgamma = np.sum(dout * norm, axis=0)
    dnorm = dout * gamma
    dvs = -np.sum(dnorm * xmean, axis=1, keepdims=True) / vs ** 2
    dv = 0.5 * dvs / vs
    dxmean = dnorm / vs + 2 * xmean * dv / D
    dmean = -dxmean.sum(axis=1, keepdims=True)
    dx = dxmean + dmean / D
    return dx, dgamma, dbeta


def instance_norm_forward(x, g, b, eps=1e-5):
    mu = np.mean(x, axis=2, keepdims=True)
    sigma2 = np.var(x, axis=2, keepdims=True)
    rstd = 1.0 / np.sqrt(sigma2 + eps)
    z = (x - mu) * rstd
    return z * g[None, :, None] + b[None, :, None], (z, rstd, g)


def instance_norm_backward(dy, cache):
    z, rstd, g = cache
    dg = np.sum(dy * z, axis=(0, 2))
    db = np.sum(dy, axis=(0, 2))
    dz = dy * g[None, :, None]
    mean_dz = dz.mean(axis=2, keepdims=True)
    mean_dz_z = (dz * z).mean(axis=2, keepdims=True)
    dx = (dz - mean_dz - z * mean_dz_z) * rstd
    return dx, dg, db


def group_norm_forward(x, gamma, beta, G=2, eps=1e-5):
    N, C = x.shape
    xg = x.reshape(N, G, C // G)
    mu = xg.mean(axis=-1, keepdims=True)
    var = xg.var(axis=-1, keepdims=True)
    ivar = (var + eps) ** -0.5
    xn = ((xg - mu) * ivar).reshape(N, C)
    return xn * gamma + beta, (xn, ivar, gamma, G)


def group_norm_backward(dout, cache):
    xn, ivar, gamma, G = cache
    N, C = dout.shape
    M = C // G
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xn, axis=0)
    dxn = (dout * gamma).reshape(N, G, M)
    xng = xn.reshape(N, G, M)
    s1 = dxn.sum(axis=-1, keepdims=True)
    s2 = np.sum(dxn * xng, axis=-1, keepdims=True)
    dxg = ivar / M * (M * dxn - s1 - xng * s2)
    return dxg.reshape(N, C), dgamma, dbeta


def rms_forward(x, w, eps=1e-6):
    n = x.shape[-1]
    ss = np.einsum("ij,ij->i", x, x) / n
    inv = (ss + eps) ** -0.5
    xhat = x * inv[:, None]
    return w * xhat, (xhat, inv, w, n)


def rms_backward(dy, cache):
    xhat, inv, w, n = cache
    dw = np.einsum("ij,ij->j", dy, xhat)
    u = dy * w
    proj = np.einsum("ij,ij->i", u, xhat) / n
    dx = inv[:, None] * (u - xhat * proj[:, None])
    return dx, dw


def weight_norm_forward(x, v, g):
    norm = np.sqrt(np.sum(v ** 2, axis=0))
    u = v / norm
    w = g * u
    return x @ w, (x, u, g, norm, w)


def weight_norm_backward(dy, cache):
    x, u, g, norm, w = cache
    dx = dy @ w.T
    dw = x.T @ dy
    dg = np.sum(dw * u, axis=0)
    dv = g / norm * (dw - u * dg)
    return dx, dv, dg


def bn_letters_forward(x, g, b, e=1e-5):
    n = x.shape[0]
    m = np.sum(x, 0) / n
    c = x - m
    v = np.sum(c * c, 0) / n
    s = np.sqrt(v + e)
    h = c / s
    y = g * h + b
    return y, (c, s, h, g, n)


def bn_letters_backward(dy, cache):
    c, s, h, g, n = cache
    db = np.sum(dy, 0)
    dg = np.sum(dy * h, 0)
    dh = dy * g
    ds = np.sum(-dh * c / (s * s), 0)
    dv = ds / (2 * s)
    dc = dh / s + 2 * c * dv / n
    dm = -np.sum(dc, 0)
    dx = dc + dm / n
    return dx, dg, db


def bn_einsum_forward(x, gamma, beta, eps=1e-5):
    mu = x.mean(0)
    xc = x - mu
    var = np.einsum("nd,nd->d", xc, xc) / len(x)
    inv_std = 1.0 / np.sqrt(var + eps)
    x_hat = xc * inv_std
    return x_hat * gamma + beta, (x_hat, gamma, inv_std)


def bn_einsum_backward(dout, cache):
    x_hat, gamma, inv_std = cache
    n = len(dout)
    dgamma = np.einsum("nd,nd->d", dout, x_hat)
    dbeta = np.einsum("nd->d", dout)
    dx = gamma * inv_std / n * (n * dout - dbeta - x_hat * dgamma)
    return dx, dgamma, dbeta


def spatial_bn_forward(x, gamma, beta):
    N, C, H, W = x.shape
    flat = x.transpose(0, 2, 3, 1).reshape(-1, C)
    out, cache = bn_einsum_forward(flat, gamma, beta)
    return out.reshape(N, H, W, C).transpose(0, 3, 1, 2), cache


def spatial_bn_backward(dout, cache):
    N, C, H, W = dout.shape
    dflat = dout.transpose(0, 2, 3, 1).reshape(-1, C)
    dx, dgamma, dbeta = bn_einsum_backward(dflat, cache)
    dx = dx.reshape(N, H, W, C).transpose(0, 3, 1, 2)
    return dx, dgamma, dbeta


def standardize_forward(x):
    mu = x.mean(axis=0)
    sd = x.std(axis=0, ddof=1)
    return (x - mu) / sd, (x, mu, sd)


def standardize_backward(grad, cache):
    x, mu, sd = cache
    n = x.shape[0]
    z = (x - mu) / sd
    grad_mu = grad.mean(axis=0)
    grad_z = np.sum(grad * z, axis=0) / (n - 1)
    return (grad - grad_mu - z * grad_z) / sd


def unit_rows_forward(x, eps=1e-8):
    length = np.linalg.norm(x, axis=1, keepdims=True) + eps
    return x / length, (x, length, eps)


def unit_rows_backward(dy, cache):
    x, length, eps = cache
    r = length - eps
    dot = (dy * x).sum(axis=1, keepdims=True)
    dx = dy / length - x * dot / (r * length ** 2)
    return dx


class BatchNormLayer:
    def __init__(self, gamma, beta, eps=1e-5):
        self.gamma = gamma
        self.beta = beta
        self.eps = eps
        self.cache = None
        self.grads = {}

    def forward(self, x):
        mu = x.mean(axis=0)
        var = x.var(axis=0)
        x_norm = (x - mu) / np.sqrt(var + self.eps)
        self.cache = (x, x_norm, mu, var)
        return self.gamma * x_norm + self.beta

    def backward(self, dout):
        x, x_norm, mu, var = self.cache
        m = x.shape[0]
        self.dbeta = dout.sum(axis=0)
        self.dgamma = (dout * x_norm).sum(axis=0)
        std_inv = 1.0 / np.sqrt(var + self.eps)
        dx_norm = dout * self.gamma
        dvar = (dx_norm * (x - mu) * -0.5 * std_inv ** 3).sum(axis=0)
        dmu = (-dx_norm * std_inv).sum(axis=0) + dvar * (-2.0 * (x - mu)).mean(axis=0)
        dx = dx_norm * std_inv + dvar * 2.0 * (x - mu) / m + dmu / m
        return dx

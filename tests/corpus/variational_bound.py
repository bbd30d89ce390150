# ruff: noqa
# fmt: off
import numpy as np

def elbo_loss(mu, logvar, eps, W, x):
    """Negative ELBO of a linear Gaussian decoder, one sample; mu, logvar, eps: (n, k), W: (k, d), x: (n, d)"""
    z = mu + np.exp(0.5 * logvar) * eps
    rec = 0.5 * np.sum((z @ W - x) ** 2)
    kl = -0.5 * np.sum(1 + logvar - mu ** 2 - np.exp(logvar))
    return rec + kl

def elbo_grads(mu, logvar, eps, W, x):
    std = np.exp(0.5 * logvar)
    z = mu + std * eps
    dr = z @ W - x
    dW = z.T @ dr
    dz = dr @ W.T
    dmu = dz + mu
    dlogvar = dz * eps * std * 0.5 + 0.5 * (np.exp(logvar) - 1)
    return dmu, dlogvar, dW

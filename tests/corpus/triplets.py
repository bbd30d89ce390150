# ruff: noqa
# fmt: off
"""Triplet and contrastive losses with gradients."""
import numpy as np

def contrastive_loss(x1, x2, y, margin=1.0):
    diff = x1 - x2
    d = np.sqrt((diff ** 2).sum(axis=1) + 1e-9)
    hinge = np.maximum(margin - d, 0)
    loss = np.mean(y * d ** 2 + (1 - y) * hinge ** 2) / 2
    return loss

def contrastive_loss_grad(x1, x2, y, margin=1.0):
    n = x1.shape[0]
    diff = x1 - x2
    d = np.sqrt((diff ** 2).sum(axis=1) + 1e-9)
    hinge = np.maximum(margin - d, 0)
    coef = y - (1 - y) * hinge / d
    g1 = coef[:, None] * diff / n
    return g1, -g1

def triplet_loss(a, p, n, margin=0.5):
    dp = ((a - p) ** 2).sum(1)
    dn = ((a - n) ** 2).sum(1)
    return np.maximum(dp - dn + margin, 0).mean()

def triplet_loss_grad(a, p, n, margin=0.5):
    dp = ((a - p) ** 2).sum(1)
    dn = ((a - n) ** 2).sum(1)
    active = (dp - dn + margin > 0)[:, None] / len(a)
    da = 2 * (n - p) * active
    dpos = 2 * (p - a) * active
    dneg = 2 * (a - n) * active
    return da, dpos, dneg

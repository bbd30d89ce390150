import numpy as np


def binary_focal_loss(z, t):
    """z: logits, t: labels 0 or 1. Focusing parameter 2."""
    p = 1 / (1 + np.exp(-z))
    q = np.where(t == 1, p, 1 - p)
    sign = np.where(t == 1, 1.0, -1.0)
    loss = -np.mean((1 - q) ** 2 * np.log(q))
    dq = 2 * (1 - q) * np.log(q) - (1 - q) ** 2 / q
    return loss, dq * sign * p * (1 - p) / z.size


def smooth_l1_loss(pred, target):
    d = pred - target
    small = np.abs(d) < 1
    loss = np.sum(np.where(small, 0.5 * d**2, np.abs(d) - 0.5))
    dpred = np.where(small, d, np.sign(d))
    return loss, dpred


def gaussian_nll(mu, log_sigma, y):
    r = (y - mu) * np.exp(-log_sigma)
    loss = np.sum(log_sigma + 0.5 * r**2)
    dmu = -r * np.exp(-log_sigma)
    dlog_sigma = 1 - r**2
    return loss, dmu, dlog_sigma

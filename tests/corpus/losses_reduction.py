# ruff: noqa
# fmt: off
import numpy as np


def mse_loss(pred, target, reduction="mean"):
    d = pred - target
    if reduction == "mean":
        return np.mean(d ** 2)
    return np.sum(d ** 2)


def mse_loss_grad(pred, target, reduction="mean"):
    d = pred - target
    if reduction == "mean":
        return 2 * d / d.size
    return 2 * d


def huber_loss(pred, target, delta=1.0):
    d = pred - target
    a = np.abs(d)
    return np.sum(np.where(a <= delta, 0.5 * d ** 2, delta * (a - 0.5 * delta)))


def huber_loss_grad(pred, target, delta=1.0):
    d = pred - target
    return np.where(np.abs(d) <= delta, d, delta * np.sign(d))

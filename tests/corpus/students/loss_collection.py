import numpy as np


def mse(y_pred, y_true):
    return np.mean((y_pred - y_true) ** 2)


def mse_grad(y_pred, y_true):
    return 2 * (y_pred - y_true) / y_pred.size


def mae(y_pred, y_true):
    return np.mean(np.abs(y_pred - y_true))


def mae_grad(y_pred, y_true):
    return np.sign(y_pred - y_true) / y_pred.size


def huber(y_pred, y_true, delta=1.0):
    r = y_pred - y_true
    small = np.abs(r) <= delta
    return np.mean(np.where(small, 0.5 * r ** 2, delta * (np.abs(r) - 0.5 * delta)))


def huber_grad(y_pred, y_true, delta=1.0):
    r = y_pred - y_true
    return np.clip(r, -delta, delta) / r.size


def log_cosh_loss(y_pred, y_true):
    return np.sum(np.log(np.cosh(y_pred - y_true)))


def log_cosh_loss_grad(y_pred, y_true):
    return np.tanh(y_pred - y_true)


def poisson_nll(log_rate, k):
    return np.mean(np.exp(log_rate) - k * log_rate)


def poisson_nll_grad(log_rate, k):
    return (np.exp(log_rate) - k) / log_rate.size


def bce_with_logits(z, t):
    return np.mean(np.maximum(z, 0) - z * t + np.log1p(np.exp(-np.abs(z))))


def bce_with_logits_grad(z, t):
    return (1 / (1 + np.exp(-z)) - t) / z.size


def quantile_loss(y_pred, y_true, tau=0.5):
    r = y_true - y_pred
    return np.sum(np.maximum(tau * r, (tau - 1) * r))


def quantile_loss_grad(y_pred, y_true, tau=0.5):
    return np.where(y_true > y_pred, -tau, 1 - tau)

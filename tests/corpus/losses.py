# ruff: noqa
# fmt: off
import numpy as np

def mse_loss(y_pred, y_true):
    N = y_pred.shape[0]
    diff = y_pred - y_true
    loss = np.sum(diff ** 2) / N
    dy_pred = 2 * diff / N
    return loss, dy_pred

def cross_entropy_loss(logits, targets):
    z = logits - logits.max(axis=1, keepdims=True)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    loss = -(targets * np.log(p)).sum() / logits.shape[0]
    grad = (p - targets) / logits.shape[0]
    return loss, grad

def linear_svm_loss(W, X, y, reg):
    scores = X.dot(W)
    N = X.shape[0]
    margins = np.maximum(0, scores - scores[np.arange(N), y][:, None] + 1)
    margins[np.arange(N), y] = 0
    loss = margins.sum() / N + reg * np.sum(W * W)
    mask = (margins > 0).astype(float)
    mask[np.arange(N), y] = -mask.sum(axis=1)
    dW = X.T.dot(mask) / N + 2 * reg * W
    return loss, dW

def bce_with_logits_forward(x, t):
    loss = np.mean(np.maximum(x, 0) - x * t + np.log(1 + np.exp(-np.abs(x))))
    return loss, (x, t)

def bce_with_logits_backward(cache):
    x, t = cache
    return (1 / (1 + np.exp(-x)) - t) / x.size

def logistic_cost(w, b, X, Y):
    m = X.shape[1]
    A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
    cost = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m
    dw = np.dot(X, (A - Y).T) / m
    db = np.sum(A - Y) / m
    return cost, {"dw": dw, "db": db}

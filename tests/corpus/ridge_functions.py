# ruff: noqa
# fmt: off
import numpy as np


def ridge_loss(w, X, y, reg=0.0):
    r = X.dot(w) - y
    return 0.5 * np.mean(r ** 2) + 0.5 * reg * np.sum(w ** 2)


def ridge_grad(w, X, y, reg=0.0):
    r = X.dot(w) - y
    return X.T.dot(r) / len(y) + reg * w

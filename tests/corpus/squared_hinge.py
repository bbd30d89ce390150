# ruff: noqa
# fmt: off
import numpy as np

def svm_loss(w, X, y, C=1.0):
    margins = np.maximum(0, 1 - y * (X @ w))
    return 0.5 * w @ w + C * np.sum(margins ** 2)

def svm_grad(w, X, y, C=1.0):
    m = 1 - y * (X @ w)
    active = m > 0
    return w + 2 * C * X[active].T @ (X[active] @ w - y[active])

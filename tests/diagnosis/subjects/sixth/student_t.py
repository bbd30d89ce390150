import numpy as np


def student_loss(w, X, y, nu=4.0, scale=0.5):
    r = (y - X @ w) / scale
    return 0.5 * (nu + 1) * np.sum(np.log1p(r**2 / nu))


def student_loss_gradient(w, X, y, nu=4.0, scale=0.5):
    r = (y - X @ w) / scale
    weight = (nu + 1) / (nu + r**2)
    return -X.T @ (weight * r) / scale

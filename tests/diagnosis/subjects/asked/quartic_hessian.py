"""Value, gradient and Hessian of a quadratic form with a quartic wall."""

import numpy as np


def f(x, A, b):
    return x @ A @ x - b @ x + 0.25 * np.sum(x**4)


def f_grad(x, A, b):
    return (A + A.T) @ x - b + x**3


def f_hess(x, A, b):
    return A + A.T + np.diag(3 * x**2)

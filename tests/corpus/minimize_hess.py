# ruff: noqa
# fmt: off
import numpy as np
from scipy.optimize import minimize


def fun(x):
    a, b = x
    return (1 - a) ** 2 + 100 * (b - a ** 2) ** 2


def jac(x):
    a, b = x
    return np.array([-2 * (1 - a) - 400 * a * (b - a ** 2), 200 * (b - a ** 2)])


def hess(x):
    a, b = x
    return np.array([[2 - 400 * (b - 3 * a ** 2), -400 * a], [-400 * a, 200]])


if __name__ == "__main__":
    print(minimize(fun, [0.5, 0.3], jac=jac, hess=hess, method="Newton-CG").x)

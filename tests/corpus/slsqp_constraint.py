# ruff: noqa
# fmt: off
import numpy as np
from scipy.optimize import minimize

A = np.array([[2.0, 0.3, 0.1], [0.3, 1.5, 0.2], [0.1, 0.2, 1.1]])
c = np.array([0.4, -0.2, 0.7])


def objective(x):
    return 0.5 * x @ A @ x + c @ x


def objective_grad(x):
    return A @ x + c


def sphere(x):
    return np.array([x @ x - 1.0, x[0] - x[1] * x[2]])


def sphere_jac(x):
    return np.array([2 * x, [1.0, -x[2], -x[1]]])


if __name__ == "__main__":
    con = {"type": "eq", "fun": lambda x: sphere(x)[0], "jac": lambda x: sphere_jac(x)[0]}
    print(minimize(objective, [1.0, 0.5, 0.2], jac=objective_grad, constraints=[con]).x)

import numpy as np

DT, STEPS = 0.1, 6
TARGET = np.array([0.31, 0.38, 0.41, 0.52, 0.55, 0.63])


def simulate(theta):
    r, cap = theta
    x, xs = 0.3, []
    for _ in range(STEPS):
        x = x + DT * r * x * (1 - x / cap)
        xs.append(x)
    return np.array(xs)


def fit_error(theta):
    return np.sum((simulate(theta) - TARGET) ** 2)


def fit_error_grad(theta):
    r, cap = theta
    x, sr, sc = 0.3, 0.0, 0.0
    grad = np.zeros(2)
    for k in range(STEPS):
        dfdx = r * (1 - 2 * x / cap)
        sr, sc = (sr + DT * (dfdx * sr + x * (1 - x / cap)),
                  sc + DT * (dfdx * sc + r * x**2 / cap**2))
        x = x + DT * r * x * (1 - x / cap)
        grad += 2 * (x - TARGET[k]) * np.array([sr, sc])
    return grad

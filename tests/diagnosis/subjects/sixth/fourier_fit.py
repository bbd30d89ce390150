import numpy as np

t = np.linspace(0.05, 1.9, 9)


def model(p):
    a, b, w = p
    return a * np.cos(w * t) + b * np.sin(w * t)


def residuals_jac(p):
    a, b, w = p
    J = np.empty((len(t), 3))
    J[:, 0] = np.cos(w * t)
    J[:, 1] = np.sin(w * t)
    J[:, 2] = t * (b * np.cos(w * t) - a * np.sin(w * t))
    return J


def residuals(p):
    return model(p) - np.cos(3 * t)

# ruff: noqa
# fmt: off
import numpy as np
from scipy.optimize import least_squares

rng = np.random.default_rng(3)
t = np.linspace(0.1, 5, 15)
y = 3.0 * np.sin(1.3 * t + 0.2) + 0.05 * rng.normal(size=t.size)


def residual(p, t, y):
    a, w, phi = p
    return a * np.sin(w * t + phi) - y


def residual_jac(p, t, y):
    a, w, phi = p
    c = np.cos(w * t + phi)
    J = np.empty((t.size, 3))
    J[:, 0] = np.sin(w * t + phi)
    J[:, 1] = a * t * c
    J[:, 2] = a * c
    return J


fit = least_squares(residual, [1.0, 1.0, 0.0], jac=residual_jac, args=(t, y))
print(fit.x)

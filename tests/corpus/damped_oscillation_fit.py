# ruff: noqa
# fmt: off
import numpy as np
from scipy.optimize import least_squares

def model(p, t):
    return p[0] * np.exp(-p[1] * t) * np.cos(p[2] * t + p[3])

def residuals(p, t, y):
    return model(p, t) - y

def jac(p, t, y):
    A, k, w, phi = p
    e = np.exp(-k * t)
    c = np.cos(w * t + phi)
    s = np.sin(w * t + phi)
    J = np.empty((t.size, 4))
    J[:, 0] = e * c
    J[:, 1] = -A * t * e * c
    J[:, 2] = -A * t * e * s
    J[:, 3] = -A * e * s
    return J

if __name__ == "__main__":
    t = np.linspace(0, 5, 40)
    y = model([2.0, 0.5, 3.0, 0.3], t)
    sol = least_squares(residuals, [1.5, 0.4, 2.8, 0.1], jac=jac, args=(t, y))
    print(sol.x)

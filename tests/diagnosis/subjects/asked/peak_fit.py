"""A damped oscillation: residuals and their Jacobian for a least-squares solver."""

import numpy as np


def residuals(p, t, y):
    a, k, w, phi = p
    return a * np.exp(-k * t) * np.cos(w * t + phi) - y


def jacobian(p, t, y):
    a, k, w, phi = p
    e = np.exp(-k * t)
    c, s = np.cos(w * t + phi), np.sin(w * t + phi)
    J = np.empty((t.size, 4))
    J[:, 0] = e * c
    J[:, 1] = -a * t * e * c
    J[:, 2] = -a * t * e * s
    J[:, 3] = -a * e * s
    return J


if __name__ == "__main__":
    t = np.linspace(0, 3, 7)
    print(jacobian(np.array([1.0, 0.3, 2.0, 0.1]), t, np.sin(t)))

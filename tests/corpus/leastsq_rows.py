# ruff: noqa
# fmt: off
import numpy as np
from scipy.optimize import leastsq

t = np.linspace(0, 4, 12)
data = 2.0 * np.exp(-0.7 * t) + 0.1


def residuals(p, t, y):
    return p[0] * np.exp(-p[1] * t) + p[2] - y


def jacobian(p, t, y):
    e = np.exp(-p[1] * t)
    return np.array([e, -p[0] * t * e, np.ones_like(t)])


if __name__ == "__main__":
    best, _ = leastsq(residuals, [1.0, 1.0, 0.0], args=(t, data), Dfun=jacobian, col_deriv=1)
    print(best)

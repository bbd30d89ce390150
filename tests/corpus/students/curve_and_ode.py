import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import least_squares


def residuals(p, t, y):
    return p[0] * np.exp(-p[1] * t) + p[2] - y


def jacobian(p, t, y):
    e = np.exp(-p[1] * t)
    return np.column_stack([e, -p[0] * t * e, np.ones_like(t)])


def lorenz(t, s):
    x, y, z = s
    return np.array([10.0 * (y - x), x * (28.0 - z) - y, x * y - 8.0 / 3.0 * z])


def lorenz_jac(t, s):
    x, y, z = s
    return np.array([[-10.0, 10.0, 0.0],
                     [28.0 - z, -1.0, -x],
                     [y, x, -8.0 / 3.0]])


def potential(r):
    """모스 퍼텐셜"""
    return 4.7 * (1 - np.exp(-1.9 * (r - 0.74))) ** 2


def potential_derivative(r):
    e = np.exp(-1.9 * (r - 0.74))
    return 2 * 4.7 * 1.9 * (1 - e) * e


if __name__ == "__main__":
    t = np.linspace(0, 3, 25)
    y = 2.0 * np.exp(-1.3 * t) + 0.5
    print(least_squares(residuals, [1.0, 1.0, 0.0], jac=jacobian, args=(t, y)).x)
    print(solve_ivp(lorenz, (0, 1), [1.0, 1.0, 1.0], jac=lorenz_jac, method="Radau").y[:, -1])

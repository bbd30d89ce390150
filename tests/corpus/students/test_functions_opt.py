import numpy as np
from scipy.optimize import minimize


def rosen(x):
    return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2


def rosen_grad(x):
    g = np.zeros(2)
    g[0] = -400 * x[0] * (x[1] - x[0] ** 2) - 2 * (1 - x[0])
    g[1] = 200 * (x[1] - x[0] ** 2)
    return g


def rosen_hess(x):
    return np.array([[1200 * x[0] ** 2 - 400 * x[1] + 2, -400 * x[0]],
                     [-400 * x[0], 200.0]])


def himmelblau(p):
    x, y = p
    return (x ** 2 + y - 11) ** 2 + (x + y ** 2 - 7) ** 2


def himmelblau_grad(p):
    x, y = p
    a = x ** 2 + y - 11
    b = x + y ** 2 - 7
    return np.array([4 * x * a + 2 * b, 2 * a + 4 * y * b])


def booth(v):
    return (v[0] + 2 * v[1] - 7) ** 2 + (2 * v[0] + v[1] - 5) ** 2


def booth_gradient(v):
    a = v[0] + 2 * v[1] - 7
    b = 2 * v[0] + v[1] - 5
    return np.array([2 * a + 4 * b, 4 * a + 2 * b])


def main():
    print(minimize(rosen, [-1.2, 1.0], jac=rosen_grad, hess=rosen_hess, method="Newton-CG").x)
    print(minimize(himmelblau, [0.0, 0.0], jac=himmelblau_grad).x)
    print(minimize(booth, [0.0, 0.0], jac=booth_gradient).x)


if __name__ == "__main__":
    main()

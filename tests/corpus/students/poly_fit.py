"""Fit a cubic to noisy points with scipy.optimize.minimize."""
import numpy as np
from scipy.optimize import minimize


def predict(w, x):
    return w[0] + w[1] * x + w[2] * x ** 2 + w[3] * x ** 3


def cost(w, x, y):
    return 0.5 * np.sum((predict(w, x) - y) ** 2)


def cost_grad(w, x, y):
    r = predict(w, x) - y
    return np.array([r.sum(), (r * x).sum(), (r * x ** 2).sum(), (r * x ** 3).sum()])


def ridge_cost(w, x, y, lam):
    return cost(w, x, y) + lam * np.dot(w, w)


def ridge_cost_grad(w, x, y, lam):
    return cost_grad(w, x, y) + 2 * lam * w


if __name__ == "__main__":
    x = np.linspace(-1, 1, 30)
    y = x ** 3 - x + 0.1 * np.random.default_rng(0).normal(size=30)
    res = minimize(cost, np.zeros(4), jac=cost_grad, args=(x, y))
    print(res.x)
    res = minimize(ridge_cost, np.zeros(4), jac=ridge_cost_grad, args=(x, y, 0.1))
    print(res.x)

# ruff: noqa
# fmt: off
import numpy as np
from scipy.integrate import solve_ivp


def vdp(t, y, mu):
    return [y[1], mu * (1 - y[0] ** 2) * y[1] - y[0]]


def vdp_jac(t, y, mu):
    return [[0, 1], [-2 * mu * y[0] * y[1] - 1, mu * (1 - y[0] ** 2)]]


if __name__ == "__main__":
    sol = solve_ivp(vdp, (0, 2), [2.0, 0.0], method="Radau", jac=vdp_jac, args=(5.0,))
    print(sol.y[:, -1])

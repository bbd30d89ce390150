import numpy as np

K, REST = 2.5, 0.8


def energy(x):
    stretch = x[1:] - x[:-1] - REST
    return 0.5 * K * np.sum(stretch**2)


def energy_grad(x):
    stretch = x[1:] - x[:-1] - REST
    g = np.zeros_like(x)
    g[1:] += K * stretch
    g[:-1] -= K * stretch
    return g

import numpy as np


def gaussian(x):
    return np.exp(-x * x / 2)


def gaussian_prime(x):
    return -x * gaussian(x)


def rational(x):
    return x / (1 + x**2)


def rational_prime(x):
    return (1 - x**2) / (1 + x**2) ** 2


def damped(t):
    return np.exp(-0.5 * t) * np.cos(3 * t)


def damped_prime(t):
    return -0.5 * damped(t) - 3 * np.exp(-0.5 * t) * np.sin(3 * t)


def witch(x):
    return 8 / (x**2 + 4)


def witch_prime(x):
    return -16 * x / (x**2 + 4) ** 2


def cubic(x):
    return ((2 * x - 3) * x + 1) * x - 5


def cubic_prime(x):
    return 6 * x**2 - 6 * x + 1

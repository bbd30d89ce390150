import numpy as np


def softplus(x):
    return np.log1p(np.exp(x))


def d_softplus(x):
    return 1 / (1 + np.exp(-x))


def softsign(x):
    return x / (1 + np.abs(x))


def d_softsign(x):
    return 1 / (1 + np.abs(x)) ** 2


def swish(x):
    return x * d_softplus(x)


def d_swish(x):
    s = d_softplus(x)
    return s + x * s * (1 - s)


def mish(x):
    return x * np.tanh(softplus(x))


def d_mish(x):
    t = np.tanh(softplus(x))
    return t + x * (1 - t**2) * d_softplus(x)


def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def d_gelu(x):
    c = np.sqrt(2 / np.pi)
    t = np.tanh(c * (x + 0.044715 * x**3))
    return 0.5 * (1 + t) + 0.5 * x * (1 - t**2) * c * (1 + 3 * 0.044715 * x**2)


def arctan(x):
    return np.arctan(x)


def d_arctan(x):
    return 1 / (1 + x**2)


def bent(x):
    return (np.sqrt(x**2 + 1) - 1) / 2 + x


def d_bent(x):
    return x / (2 * np.sqrt(x**2 + 1)) + 1

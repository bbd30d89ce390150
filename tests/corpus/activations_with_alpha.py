# ruff: noqa
# fmt: off
import numpy as np


def elu(x, alpha=1.0):
    return np.where(x > 0, x, alpha * (np.exp(x) - 1))


def elu_derivative(x, alpha=1.0):
    return np.where(x > 0, 1.0, alpha * np.exp(x))


def softplus(x, beta=1.0):
    return np.log(1 + np.exp(beta * x)) / beta


def softplus_derivative(x, beta=1.0):
    return 1 / (1 + np.exp(-beta * x))


def swish(x, beta=1.0):
    return x / (1 + np.exp(-beta * x))


def swish_derivative(x, beta=1.0):
    s = 1 / (1 + np.exp(-beta * x))
    return s + beta * x * s * (1 - s)

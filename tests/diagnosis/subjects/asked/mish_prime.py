"""Activations as functions with a prime beside them."""

import numpy as np


def mish(x):
    return x * np.tanh(np.log(1 + np.exp(x)))


def mish_prime(x):
    t = np.tanh(np.log(1 + np.exp(x)))
    s = 1 / (1 + np.exp(-x))
    return t + x * (1 - t**2) * s


def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def gelu_prime(x):
    t = np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))
    inner = np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * x**2)
    return 0.5 * (1 + t) + 0.5 * x * (1 - t**2) * inner


def square(x):
    return x**2


def square_prime(x):
    return 2 * x

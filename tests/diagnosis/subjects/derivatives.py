# ruff: noqa
# fmt: off
"""Activations with a derivative of the input or of the output, elementwise. All of them are right."""
import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def sigmoid_prime(x):
    return sigmoid(x) * (1 - sigmoid(x))


def sigmoid_prime_of_output(y):
    return y * (1 - y)


def sigmoid_prime_by_quotient(x):
    e = np.exp(-x)
    return e / (1 + e) ** 2


def tanh(x):
    return np.tanh(x)


def tanh_prime(x):
    return 1 - np.tanh(x) ** 2


def tanh_prime_of_output(y):
    return 1.0 - y * y


def tanh_by_exp(x):
    return (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))


def tanh_prime_by_cosh(x):
    return 4 / (np.exp(x) + np.exp(-x)) ** 2


def relu(x):
    return np.maximum(0, x)


def relu_prime(x):
    return np.where(x > 0, 1.0, 0.0)


def relu_prime_of_output(y):
    return (y > 0) * 1.0


def leaky_relu(x):
    return np.where(x > 0, x, 0.1 * x)


def leaky_relu_prime(x):
    dx = np.ones_like(x)
    dx[x <= 0] = 0.1
    return dx


def elu(x):
    return np.where(x > 0, x, 0.5 * (np.exp(x) - 1))


def elu_prime(x):
    return np.where(x > 0, 1.0, 0.5 * np.exp(x))


def elu_prime_of_output(y):
    return np.where(y > 0, 1.0, y + 0.5)

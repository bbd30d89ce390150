# ruff: noqa
# fmt: off
import math
import numpy as np


def sigmoid(x):
    return 1.0 / (1.0 + math.exp(-x))


def sigmoid_prime(x):
    return sigmoid(x) * (1.0 - sigmoid(x))


def relu(x):
    return max(0.0, x)


def drelu(x):
    return 1.0 if x > 0 else 0.0


def squared_error(y_true, y_pred):
    return (y_true - y_pred) ** 2


def squared_error_derivative(y_true, y_pred):
    return -2 * (y_true - y_pred)


def heaviside_smooth(x, k=2.0):
    return 0.5 * (1 + np.tanh(k * x))


def heaviside_smooth_deriv(x, k=2.0):
    return 0.5 * k * (1 - np.tanh(k * x) ** 2)


def transfer_derivative(output):
    return output * (1.0 - output)


def transfer(activation):
    return 1.0 / (1.0 + math.exp(-activation))


def cube(x):
    return x ** 3


cube_grad = lambda x: 3 * x ** 2


def softmax(x):
    e = np.exp(x - np.max(x))
    return e / e.sum()


def softmax_jacobian(x):
    s = softmax(x).reshape(-1, 1)
    return np.diagflat(s) - s @ s.T


def normalize(x):
    return x / np.sqrt(np.sum(x ** 2))


def normalize_backward(dy, x):
    n = np.sqrt(np.sum(x ** 2))
    return dy / n - x * np.sum(dy * x) / n ** 3

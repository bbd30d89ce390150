# ruff: noqa
# fmt: off
import numpy as np


class Activations:
    @staticmethod
    def sigmoid(z):
        return 1 / (1 + np.exp(-z))

    @staticmethod
    def sigmoid_derivative(z):
        s = Activations.sigmoid(z)
        return s * (1 - s)

    @staticmethod
    def relu(z):
        return np.maximum(0, z)

    @staticmethod
    def relu_derivative(z):
        return (z > 0).astype(float)

    @staticmethod
    def softmax(z):
        e = np.exp(z - np.max(z, axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)


class Tanh:
    @staticmethod
    def forward(Z):
        A = np.tanh(Z)
        return A, Z

    @staticmethod
    def backward(dA, cache):
        Z = cache
        return dA * (1 - np.tanh(Z) ** 2)


class LeakyRelu:
    @staticmethod
    def forward(Z):
        return np.where(Z > 0, Z, 0.01 * Z)

    @staticmethod
    def backward(Z):
        return np.where(Z > 0, 1.0, 0.01)


class Cost:
    @staticmethod
    def mse(y, y_hat):
        return 0.5 * np.sum((y_hat - y) ** 2)

    @staticmethod
    def mse_grad(y, y_hat):
        return y_hat - y


class CrossEntropyCost:
    @classmethod
    def fn(cls, a, y):
        return np.sum(-y * np.log(a) - (1 - y) * np.log(1 - a))

    @classmethod
    def derivative(cls, a, y):
        return (a - y) / (a * (1 - a))

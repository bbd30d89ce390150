# ruff: noqa
# fmt: off
import numpy as np


class Loss:
    def loss(self, y_true, y_pred):
        return NotImplementedError()

    def gradient(self, y, y_pred):
        raise NotImplementedError()


class SquareLoss(Loss):
    def __init__(self): pass

    def loss(self, y, y_pred):
        return 0.5 * np.power((y - y_pred), 2)

    def gradient(self, y, y_pred):
        return -(y - y_pred)


class CrossEntropy(Loss):
    def __init__(self): pass

    def loss(self, y, p):
        p = np.clip(p, 1e-15, 1 - 1e-15)
        return - y * np.log(p) - (1 - y) * np.log(1 - p)

    def gradient(self, y, p):
        p = np.clip(p, 1e-15, 1 - 1e-15)
        return - (y / p) + (1 - y) / (1 - p)


class MSE:
    def loss(self, predicted, actual):
        return np.sum((predicted - actual) ** 2)

    def grad(self, predicted, actual):
        return 2 * (predicted - actual)


class Hinge:
    def compute_loss(self, y_true, y_pred):
        return np.mean(np.maximum(0, 1 - y_true * y_pred))

    def compute_gradient(self, y_true, y_pred):
        return np.where(y_true * y_pred < 1, -y_true, 0.0) / y_pred.size


class Huber:
    def __init__(self, delta=1.0):
        self.delta = delta

    def __call__(self, y_true, y_pred):
        r = y_pred - y_true
        small = np.abs(r) <= self.delta
        return np.mean(np.where(small, 0.5 * r**2, self.delta * (np.abs(r) - 0.5 * self.delta)))

    def derivative(self, y_true, y_pred):
        r = y_pred - y_true
        return np.clip(r, -self.delta, self.delta) / r.size


class LogCosh:
    @staticmethod
    def forward(y_pred, y_true):
        return np.mean(np.log(np.cosh(y_pred - y_true)))

    @staticmethod
    def backward(y_pred, y_true):
        return np.tanh(y_pred - y_true) / y_pred.size


class BinaryCrossEntropy:
    def forward(self, y_hat, y):
        self.y_hat, self.y = y_hat, y
        n = y.shape[0]
        return -np.sum(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat)) / n

    def backward(self):
        n = self.y.shape[0]
        return (self.y_hat - self.y) / (self.y_hat * (1 - self.y_hat)) / n

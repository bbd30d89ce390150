# ruff: noqa
# fmt: off
from abc import ABC, abstractmethod
import numpy as np

class ActivationBase(ABC):
    def __call__(self, z):
        if z.ndim == 1:
            z = z.reshape(1, -1)
        return self.fn(z)

    @abstractmethod
    def fn(self, z):
        raise NotImplementedError

    @abstractmethod
    def grad(self, x, **kwargs):
        raise NotImplementedError

class Sigmoid(ActivationBase):
    def fn(self, z):
        return 1 / (1 + np.exp(-z))

    def grad(self, x):
        fn_x = self.fn(x)
        return fn_x * (1 - fn_x)

class Tanh(ActivationBase):
    def fn(self, z):
        return np.tanh(z)

    def grad(self, x):
        return 1 - np.tanh(x) ** 2

class Affine(ActivationBase):
    def __init__(self, slope=2.5, intercept=0.5):
        self.slope = slope
        self.intercept = intercept

    def fn(self, z):
        return self.slope * z + self.intercept

    def grad(self, x):
        return self.slope * np.ones_like(x)

class Quadratic:
    @staticmethod
    def f(z):
        return z ** 2 / 2

    @staticmethod
    def prime(z):
        return z

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


class Affine(ActivationBase):
    def __init__(self, slope=2.0, intercept=0.5):
        self.slope = slope
        self.intercept = intercept

    def fn(self, z):
        return self.slope * z + self.intercept

    def grad(self, x):
        return self.slope * np.ones_like(x)


class HardSigmoid(ActivationBase):
    def fn(self, z):
        return np.clip((0.2 * z) + 0.5, 0.0, 1.0)

    def grad(self, x):
        return np.where((x >= -2.5) & (x <= 2.5), 0.2, 0)


class LayerBase(ABC):
    def __init__(self, optimizer=None):
        self.X = []
        self.trainable = True
        self.gradients = {}
        self.parameters = {}
        self.is_initialized = False

    @abstractmethod
    def forward(self, z, **kwargs):
        raise NotImplementedError

    @abstractmethod
    def backward(self, out, **kwargs):
        raise NotImplementedError


class FullyConnected(LayerBase):
    def __init__(self, n_out, optimizer=None):
        super().__init__(optimizer)
        self.n_in = None
        self.n_out = n_out

    def _init_params(self):
        W = np.random.randn(self.n_in, self.n_out)
        b = np.zeros((1, self.n_out))
        self.parameters = {"W": W, "b": b}
        self.gradients = {"W": np.zeros_like(W), "b": np.zeros_like(b)}
        self.is_initialized = True

    def forward(self, X, retain_derived=True):
        if not self.is_initialized:
            self.n_in = X.shape[1]
            self._init_params()
        Y = X @ self.parameters["W"] + self.parameters["b"]
        if retain_derived:
            self.X.append(X)
        return np.tanh(Y)

    def backward(self, dLdy, retain_grads=True):
        X = self.X[-1]
        Z = X @ self.parameters["W"] + self.parameters["b"]
        dZ = dLdy * (1 - np.tanh(Z) ** 2)
        dX = dZ @ self.parameters["W"].T
        if retain_grads:
            self.gradients["W"] += X.T @ dZ
            self.gradients["b"] += dZ.sum(axis=0, keepdims=True)
        return dX

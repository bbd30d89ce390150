import numpy as np


class Layer:
    """Keeps views of its dictionary of weights, and a lock that cannot be copied."""

    def __init__(self, n_in, n_out):
        self.params = {"W": np.random.randn(n_in, n_out), "b": np.random.randn(n_out)}
        self.names = self.params.keys()
        self.items = self.params.items()
        self.history = (i for i in range(3))

    def forward(self, x):
        self.x = x
        return x @ self.params["W"] + self.params["b"]

    def backward(self, dy):
        self.grads = {}
        for name in self.names:
            self.grads[name] = self.x.T @ dy if name == "W" else dy.sum(axis=0)
        return dy @ self.params["W"].T

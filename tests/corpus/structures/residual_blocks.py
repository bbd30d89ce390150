import numpy as np


class Residual:
    def __init__(self, n=5):
        rng = np.random.default_rng(3)
        self.params = {"W1": rng.normal(size=(n, n)), "b1": np.zeros(n), "W2": rng.normal(size=(n, n))}
        self.grads = {}

    def forward(self, x):
        z = x @ self.params["W1"] + self.params["b1"]
        a = np.maximum(z, 0)
        self.cache = x, z, a
        return x + a @ self.params["W2"]

    def backward(self, dout):
        x, z, a = self.cache
        self.grads["W2"] = a.T @ dout
        dz = dout @ self.params["W2"].T * (z > 0)
        self.grads["W1"] = x.T @ dz
        self.grads["b1"] = dz.sum(axis=0)
        return dout + dz @ self.params["W1"].T

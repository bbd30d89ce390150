# ruff: noqa
# fmt: off
import numpy as np

class MLP:
    """Two-layer classifier; columns are examples."""
    def __init__(self, n_x, n_h, n_y):
        rng = np.random.default_rng(3)
        self.params = {"W1": rng.normal(size=(n_h, n_x)), "b1": np.zeros((n_h, 1)),
                       "W2": rng.normal(size=(n_y, n_h)), "b2": np.zeros((n_y, 1))}

    def forward(self, X):
        p = self.params
        self.A1 = np.tanh(p["W1"] @ X + p["b1"])
        Z2 = p["W2"] @ self.A1 + p["b2"]
        E = np.exp(Z2 - Z2.max(axis=0))
        return E / E.sum(axis=0)

    def compute_cost(self, X, Y):
        A2 = self.forward(X)
        m = X.shape[1]
        return -np.sum(Y * np.log(A2)) / m

    def compute_grads(self, X, Y):
        A2 = self.forward(X)
        m = X.shape[1]
        dZ2 = A2 - Y
        grads = {}
        grads["W2"] = dZ2 @ self.A1.T / m
        grads["b2"] = dZ2.sum(axis=1, keepdims=True) / m
        dZ1 = self.params["W2"].T @ dZ2 * (1 - self.A1 ** 2)
        grads["W1"] = dZ1 @ X.T / m
        grads["b1"] = dZ1.sum(axis=1, keepdims=True) / m
        return grads

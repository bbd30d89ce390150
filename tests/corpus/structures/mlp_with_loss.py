import numpy as np


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


class MLP:
    def __init__(self, n_input, n_hidden, n_output):
        self.params = {
            "W1": np.random.randn(n_input, n_hidden) * 0.3,
            "b1": np.zeros(n_hidden),
            "W2": np.random.randn(n_hidden, n_output) * 0.3,
            "b2": np.zeros(n_output),
        }

    def predict(self, X):
        self.h = np.tanh(X @ self.params["W1"] + self.params["b1"])
        return softmax(self.h @ self.params["W2"] + self.params["b2"])

    def loss(self, X, T):
        return -np.sum(T * np.log(self.predict(X))) / len(X)

    def gradient(self, X, T):
        p = self.predict(X)
        d = (p - T) / len(X)
        dh = (d @ self.params["W2"].T) * (1 - self.h ** 2)
        return {"W1": X.T @ dh, "b1": dh.sum(axis=0), "W2": self.h.T @ d, "b2": d.sum(axis=0)}

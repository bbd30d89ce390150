# ruff: noqa
# fmt: off
import numpy as np

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

class LogisticMulti:
    def __init__(self, n_features, n_classes):
        self.W = np.zeros((n_features, n_classes))
        self.b = np.zeros(n_classes)

    def predict_proba(self, X):
        z = X @ self.W + self.b
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    def loss(self, X, Y):
        return -np.mean(np.sum(Y * np.log(self.predict_proba(X)), axis=1))

    def gradients(self, X, Y):
        err = self.predict_proba(X) - Y
        dW = X.T @ err / len(X)
        db = err.mean(axis=0)
        return dW, db

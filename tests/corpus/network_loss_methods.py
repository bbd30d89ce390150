# ruff: noqa
# fmt: off
import numpy as np


class TwoLayerNet(object):
    def __init__(self, input_dim=4, hidden_dim=5, num_classes=3, weight_scale=1e-1, reg=0.1):
        self.params = {}
        self.reg = reg
        self.params["W1"] = weight_scale * np.random.randn(input_dim, hidden_dim)
        self.params["b1"] = np.zeros(hidden_dim)
        self.params["W2"] = weight_scale * np.random.randn(hidden_dim, num_classes)
        self.params["b2"] = np.zeros(num_classes)

    def loss(self, X, y=None):
        W1, b1, W2, b2 = self.params["W1"], self.params["b1"], self.params["W2"], self.params["b2"]
        hidden = np.maximum(0, X.dot(W1) + b1)
        scores = hidden.dot(W2) + b2
        if y is None:
            return scores
        n = X.shape[0]
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p = p / p.sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(n), y]).mean() + 0.5 * self.reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
        grads = {}
        d = p.copy()
        d[np.arange(n), y] -= 1
        d = d / n
        grads["W2"] = hidden.T.dot(d) + self.reg * W2
        grads["b2"] = d.sum(axis=0)
        dh = d.dot(W2.T) * (hidden > 0)
        grads["W1"] = X.T.dot(dh) + self.reg * W1
        grads["b1"] = dh.sum(axis=0)
        return loss, grads


class LinearClassifier:
    def __init__(self):
        self.W = np.random.randn(4, 3)

    def loss(self, X, y, reg):
        scores = X @ self.W
        n = len(X)
        margins = np.maximum(0, scores - scores[np.arange(n), y][:, None] + 1)
        margins[np.arange(n), y] = 0
        loss = margins.sum() / n + reg * np.sum(self.W ** 2)
        mask = (margins > 0) * 1.0
        mask[np.arange(n), y] = -mask.sum(axis=1)
        dW = X.T @ mask / n + 2 * reg * self.W
        return loss, dW

import numpy as np


class Linear:
    def __init__(self, n_in, n_out):
        self.params = {"W": np.random.randn(n_in, n_out) * 0.1, "b": np.zeros((1, n_out))}
        self.grads = {}

    def forward(self, inputs, train=True):
        if train:
            self.inputs = inputs
        return inputs @ self.params["W"] + self.params["b"]

    def backward(self, grad):
        self.grads["W"] = self.inputs.T @ grad
        self.grads["b"] = grad.sum(axis=0, keepdims=True)
        return grad @ self.params["W"].T


class Bilinear:
    """out = x1 W x2^T per row: sum_ij x1_i W_ij x2_j"""

    def __init__(self, d1, d2):
        self.W = np.random.randn(d1, d2)

    def forward(self, x1, x2):
        self.x1, self.x2 = x1, x2
        return np.sum((x1 @ self.W) * x2, axis=1)

    def backward(self, grad):
        g = grad[:, None]
        self.dW = (self.x1 * g).T @ self.x2
        dx1 = g * (self.x2 @ self.W.T)
        dx2 = g * (self.x1 @ self.W)
        return dx1, dx2


class Tanh:
    def forward(self, inputs):
        self.out = np.tanh(inputs)
        return self.out

    def backward(self, grad):
        return grad * (1 - self.out ** 2)


class CrossEntropy:
    def forward(self, logits, labels):
        n = logits.shape[0]
        z = logits - logits.max(axis=1, keepdims=True)
        logp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        self.p, self.labels, self.n = np.exp(logp), labels, n
        return -logp[np.arange(n), labels].mean()

    def backward(self):
        d = self.p.copy()
        d[np.arange(self.n), self.labels] -= 1
        return d / self.n

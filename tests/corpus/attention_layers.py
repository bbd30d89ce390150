# ruff: noqa
# fmt: off
import numpy as np


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def attention_forward(Q, K, V):
    """
    Q: queries of shape (T, d)
    K: keys of shape (S, d)
    V: values of shape (S, v)
    """
    scale = 1 / np.sqrt(Q.shape[-1])
    A = softmax(Q @ K.T * scale)
    out = A @ V
    return out, (Q, K, V, A, scale)


def attention_backward(dout, cache):
    Q, K, V, A, scale = cache
    dV = A.T @ dout
    dA = dout @ V.T
    dS = A * (dA - np.sum(dA * A, axis=-1, keepdims=True))
    dQ = dS @ K * scale
    dK = dS.T @ Q * scale
    return dQ, dK, dV


class LayerNorm:
    def __init__(self, dim, eps=1e-5):
        self.gamma = np.ones(dim)
        self.beta = np.zeros(dim)
        self.eps = eps
        self.grads = {}

    def __call__(self, x):
        return self.forward(x)

    def forward(self, x):
        mu = x.mean(axis=-1, keepdims=True)
        self.std = np.sqrt(x.var(axis=-1, keepdims=True) + self.eps)
        self.x_hat = (x - mu) / self.std
        return self.gamma * self.x_hat + self.beta

    def backward(self, dout):
        axes = tuple(range(dout.ndim - 1))
        self.grads["gamma"] = np.sum(dout * self.x_hat, axis=axes)
        self.grads["beta"] = np.sum(dout, axis=axes)
        d = dout * self.gamma
        return (d - d.mean(axis=-1, keepdims=True)
                - self.x_hat * np.mean(d * self.x_hat, axis=-1, keepdims=True)) / self.std


class FeedForward:
    def __init__(self, d_model, d_ff):
        self.params = {"W1": np.random.randn(d_model, d_ff), "b1": np.zeros(d_ff),
                       "W2": np.random.randn(d_ff, d_model), "b2": np.zeros(d_model)}
        self.grads = {k: np.zeros_like(v) for k, v in self.params.items()}

    def forward(self, x):
        p = self.params
        self.x = x
        self.pre = x @ p["W1"] + p["b1"]
        self.hidden = np.maximum(self.pre, 0)
        return self.hidden @ p["W2"] + p["b2"]

    def backward(self, dout):
        p, g = self.params, self.grads
        g["W2"] += self.hidden.T @ dout
        g["b2"] += dout.sum(axis=0)
        dpre = dout @ p["W2"].T * (self.pre > 0)
        g["W1"] += self.x.T @ dpre
        g["b1"] += dpre.sum(axis=0)
        return dpre @ p["W1"].T


class Embedding:
    def __init__(self, vocab_size, dim):
        self.weight = np.random.randn(vocab_size, dim)
        self.grad_weight = np.zeros_like(self.weight)

    def forward(self, indices):
        self.indices = indices
        return self.weight[indices]

    def backward(self, grad_output):
        self.grad_weight = np.zeros_like(self.weight)
        np.add.at(self.grad_weight, self.indices, grad_output)


class Residual:
    def forward(self, a, b):
        return a + np.tanh(b), b

    def backward(self, dout, cache):
        b = cache
        return dout, dout * (1 - np.tanh(b) ** 2)

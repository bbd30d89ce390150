# ruff: noqa
# fmt: off
import numpy as np


class FullyConnected:
    def __init__(self, in_dim, out_dim, lr=0.01):
        self.W = np.random.randn(in_dim, out_dim) * 0.1
        self.b = np.zeros((1, out_dim))
        self.lr = lr

    def feedforward(self, X):
        self.X = X
        return X @ self.W + self.b

    def backprop(self, delta):
        grad_W = self.X.T @ delta
        grad_b = delta.sum(axis=0, keepdims=True)
        back = delta @ self.W.T
        self.W -= self.lr * grad_W
        self.b -= self.lr * grad_b
        return back


class Neuron:
    def __init__(self, n_inputs, learning_rate=0.1):
        self.weights = np.random.uniform(-1, 1, n_inputs)
        self.bias = 0.0
        self.learning_rate = learning_rate

    def propagate(self, inputs):
        self.inputs = inputs
        self.z = np.dot(self.inputs, self.weights) + self.bias
        return np.tanh(self.z)

    def backpropagate(self, error):
        delta = error * (1 - np.tanh(self.z) ** 2)
        grad_in = np.outer(delta, self.weights)
        self.weights = self.weights - self.learning_rate * self.inputs.T @ delta
        self.bias = self.bias - self.learning_rate * np.sum(delta)
        return grad_in


class Dense:
    def __init__(self, units, activation="linear"):
        self.units = units
        self.W = None
        self.b = None

    def forward(self, x):
        if self.W is None:
            self.W = np.random.randn(x.shape[-1], self.units) * 0.1
            self.b = np.zeros(self.units)
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad, lr):
        dW = self.x.T @ grad
        db = grad.sum(axis=0)
        dx = grad @ self.W.T
        self.W = self.W - lr * dW
        self.b = self.b - lr * db
        return dx


class WithOptimizer:
    def __init__(self, n_in, n_out, optimizer):
        self.w = np.random.randn(n_in, n_out)
        self.c = np.zeros(n_out)
        self.optimizer = optimizer

    def forward_pass(self, x):
        self.last = x
        return x.dot(self.w) + self.c

    def backward_pass(self, upstream):
        grad_x = upstream.dot(self.w.T)
        self.w = self.optimizer.update(self.w, self.last.T.dot(upstream))
        self.c = self.optimizer.update(self.c, upstream.sum(axis=0))
        return grad_x
